// The part's own time of a frame that came by WebRTC: the server says which RTP timestamp had which time, and timestamps
// count 1/90,000 s from there.
//
// Guards: a picture that reached the server late must not make those after it look younger than they are, so the
// earliest of what was heard counts; it may drift by what two machines' clocks drift. A jump of the camera's clock (the
// server closes the gap in its timeline, time does not) begins anew.

const TICKS_PER_MS = 90;
const DRIFT_MS = 5;
const JUMP_MS = 300;

export class PartClock {
  #timestamp = null;
  #timeMs = 0;

  /** The picture of this RTP timestamp reached the sealer at `timeMs`. */
  heard(timestamp, timeMs) {
    const expected = this.timeOf(timestamp);
    const jumped = expected === null || Math.abs(timeMs - expected) > JUMP_MS;
    this.#timeMs = jumped ? timeMs : Math.min(timeMs, expected + DRIFT_MS);
    this.#timestamp = timestamp;
  }

  /** When the picture of this RTP timestamp reached the sealer, in ms since the Unix epoch; null: not known yet. */
  timeOf(timestamp) {
    // Timestamps have 32 bits and wrap: the shorter way round is meant.
    return this.#timestamp === null ? null : this.#timeMs + ((timestamp - this.#timestamp) | 0) / TICKS_PER_MS;
  }
}
