// How fast the screen plays to be where it should: at the live edge, a cushion behind it (cushion.js), or where the sound
// is heard (lips.js). A picture has no pitch, so nobody notices a twentieth, and hardly anybody a sixth.
//
// Guards: it says a rate and how far is too far, and moves nothing; what is kept behind the playhead is bounded.

import { Cushion } from "./cushion.js";

const NUDGE_S = 0.1;
const NUDGE_RATE = 1.05;
// Further off than this, what a stall or a cushion left behind is given back faster.
const FAR_S = 0.2;
const FAR_RATE = 1.15;
// While the decoder worked its way to the playhead, more pictures came: make that up at once, where nobody notices.
const HASTE_RATE = 1.5;
const HASTE_MS = 1_500;
// To come by a cushion without a gap.
const SLOW_RATE = 0.9;
// Behind where it should be by more than this is too far to be made up: jump.
const JUMP_S = 0.4;
const KEPT_BEHIND_S = 10;

export class Pace {
  #video;
  #cushion = new Cushion();
  /** How far behind the newest picture to be, in seconds, and how far is too far. */
  place = 0;
  most = JUMP_S;

  constructor(video) {
    this.#video = video;
  }

  /** A picture came that was `ageMs` old. */
  came(ageMs, now) {
    this.#cushion.came(ageMs, now);
  }

  /** How fast to play. `lips`: null when there is no sound; `newest`: the place and time of the picture that came last. */
  rate(behind, sinceJumpMs, lips, newest) {
    const cushion = this.#cushion.ms / 1000;
    const spare = behind - cushion;
    const wanted = lips?.rate(this.#video.currentTime, newest, behind, cushion) ?? null;
    this.place = lips?.place ?? cushion;
    this.most = this.place + JUMP_S;
    if (wanted !== null) return wanted;
    if (spare > NUDGE_S && sinceJumpMs < HASTE_MS) return HASTE_RATE;
    if (spare > NUDGE_S) return spare > FAR_S ? FAR_RATE : NUDGE_RATE;
    return cushion > 0 && spare < -NUDGE_S ? SLOW_RATE : 1;
  }

  /** What was played some seconds ago is forgotten. */
  trim(buffer) {
    trim(this.#video, buffer, KEPT_BEHIND_S);
  }
}

/** A buffer keeps so many seconds behind the playhead; what is older goes, some seconds at a time. */
export function trim(element, buffer, keptS) {
  const ranges = element.buffered;
  const keepFrom = element.currentTime - keptS;
  if (ranges.length && !buffer.updating && ranges.start(0) < keepFrom - keptS) buffer.remove(0, keepFrom);
}
