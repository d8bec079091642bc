// The part's own time of a frame that came by WebRTC: the server says which RTP timestamp had which time, and timestamps
// count 1/90,000 s from there.
//
// Guards: a picture that reached the server late must not make those after it look younger than they are, so the
// earliest of what was heard counts; it may drift by what two machines' clocks drift. After a gap (the server closes it in
// its timeline, time does not) pictures look older than they are until two words in a row say so: one may be a picture
// that was late.

const TICKS_PER_MS = 90;
const DRIFT_MS = 5;
const JUMP_MS = 300;

export class PartClock {
  #timestamp = null;
  #timeMs = 0;
  #late = null;

  /** The picture of this RTP timestamp reached the sealer at `timeMs`. */
  heard(timestamp, timeMs) {
    const expected = this.timeOf(timestamp) ?? timeMs;
    const lateBy = timeMs - expected;
    const before = this.#late;
    this.#late = lateBy > JUMP_MS ? lateBy : null;
    const shift = lateBy > JUMP_MS ? Math.min(before ?? 0, lateBy) : Math.min(DRIFT_MS, lateBy);
    if (before !== null) this.#late = null;
    this.#timeMs = expected + shift;
    this.#timestamp = timestamp;
  }

  /** When the picture of this RTP timestamp reached the sealer, in ms since the Unix epoch; null: not known yet. */
  timeOf(timestamp) {
    // Timestamps have 32 bits and wrap: the shorter way round is meant.
    return this.#timestamp === null ? null : this.#timeMs + ((timestamp - this.#timestamp) | 0) / TICKS_PER_MS;
  }
}
