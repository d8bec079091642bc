// A picture and the sound that belongs to it, shown and heard together, although each plays in an element of its own.
//
// Each part carries the server's time at which it came (both by one clock). What a network does makes that late, never
// early, so the earliest of the last while says when what is at a place in a buffer was made. What is shown and what is
// heard at this moment were made LATE apart; whichever is ahead waits:
//
// * mostly the picture waits, because a browser wants more sound in advance than pictures (Chromium 0.2 s): it plays
//   slower until they meet, but stays no further behind the newest than WAIT_S for that. Sound that needs more trails.
//   A screen that keeps a cushion has waited already: the longer of the two counts, not both;
// * the sound waits (sound.js) where the picture is late, because the network is and the screen keeps a cushion.
//
// So the two are together where the later of them can be, and nothing waits while there is no sound.
//
// Guards: it only says how fast to play; without word from the one the other goes its own way.

const NEAR_S = 0.02;
const FAR_S = 0.15;
const WAIT_S = 0.3;
// A picture this near to its edge cannot hurry.
const EDGE_S = 0.1;
const OLD_MS = 500;

export class Lips {
  #sound;
  #made = new Made();
  #late = 0;
  #saidAt = -Infinity;
  /** How far behind the newest picture to be, in seconds. */
  place = 0;

  /** `sound.heardMs`: when what is heard was made; null: nothing is heard. */
  constructor(sound) {
    this.#sound = sound;
  }

  /** How fast the picture had better play; null: as if there were no sound. It is at `place` of its buffer, in seconds,
   * `newest` came last ({at: its place, timeMs}), which is `behind` seconds away; the network wants `cushion` of them. */
  rate(place, newest, behind, cushion) {
    this.#made.came(newest.at * 1000, newest.timeMs);
    const heard = this.#sound.heardMs;
    this.place = cushion;
    if (heard === null) return null;
    const late = (heard - this.#made.at(place * 1000)) / 1000;
    const last = Math.max(WAIT_S, cushion);
    this.#late = late;
    this.#saidAt = performance.now();
    this.place = Math.min(Math.max(cushion, behind - late), last);
    const tooFar = Math.max(behind - last - NEAR_S, behind - cushion > EDGE_S ? late : 0);
    if (tooFar > NEAR_S) return tooFar > FAR_S ? 1.15 : 1.05;
    if (late < -NEAR_S && behind < last) return late < -FAR_S ? 0.8 : 0.95;
    return 1;
  }

  /** How much later the picture is than the sound, in seconds; null: it is not known. */
  get late() {
    return performance.now() - this.#saidAt < OLD_MS ? this.#late : null;
  }
}

// From places (ms) to the time at which what is there came, without what the network added.
const OTHER_MS = 500;
const FORGETTING_SHARE = 1 / 256;

export class Made {
  #shift = null;

  /** What ends at this place came at that time. */
  came(place, timeMs) {
    const shift = timeMs - place;
    if (this.#shift === null || shift < this.#shift || shift - this.#shift > OTHER_MS) this.#shift = shift;
    else this.#shift += (shift - this.#shift) * FORGETTING_SHARE;
  }

  at(place) {
    return place + this.#shift;
  }
}
