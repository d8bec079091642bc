// Does a delivery keep up? From when its pictures were shown: too much of the last while in gaps means it does not.
//
// Guards: a camera that sends few pictures has wide gaps on the best network, so a gap is one beside what is usual here;
// nothing is said before there was time to see.

const WINDOW_MS = 10_000;
const GAP_MS = 250;
const USUAL_TIMES = 4;
const SHARE = 0.06;
const SHOWN_COUNT_MAX = 1_024;

export class Strain {
  #began = null;
  #shown = [];

  /** A picture was shown. */
  shown(now) {
    this.#began ??= now;
    this.#shown.push(now);
    if (this.#shown.length > SHOWN_COUNT_MAX) this.#shown.shift();
  }

  /** Begin anew: what was seen says nothing any more. */
  forget() {
    this.#began = null;
    this.#shown = [];
  }

  /** True: more than a few percent of the last ten seconds passed in gaps. */
  isPoor(now) {
    while (this.#shown.length > 0 && now - this.#shown[0] > WINDOW_MS) this.#shown.shift();
    if (this.#began === null || now - this.#began < WINDOW_MS || this.#shown.length === 0) return false;
    const gaps = this.#shown.map((at, i) => (this.#shown[i + 1] ?? now) - at);
    const usual = [...gaps].sort((one, other) => one - other)[Math.floor(gaps.length / 2)];
    const wide = gaps.filter((gap) => gap > Math.max(GAP_MS, USUAL_TIMES * usual));
    return wide.reduce((sum, gap) => sum + gap, 0) > SHARE * WINDOW_MS;
  }
}
