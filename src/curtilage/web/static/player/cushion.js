// How far behind the newest picture the screen had better stay, so that pictures that come late come in time.
//
// TCP repairs a lost packet a round trip later, and everything behind it waits: on a lossy network pictures come in
// lumps. Where they do not, the cushion is nothing at all and costs nothing.
//
// Guards: one late picture decides nothing, bounded in time and in length. It knows lateness only, no clock of anybody's:
// late is what comes later than the quickest of the window.

const BUCKET_MS = 1_000;
const BUCKETS_COUNT = 15;
// Less than the player puts up with anyway.
const LEAST_MS = 120;
const MARGIN_MS = 40;
const MOST_MS = 600;

export class Cushion {
  /** Per second: when it began, the least and the greatest age of a picture that came in it. */
  #buckets = [];

  /** A picture came that was `ageMs` old. */
  came(ageMs, now) {
    const last = this.#buckets.at(-1);
    if (last === undefined || now - last.began >= BUCKET_MS) this.#buckets.push({ began: now, least: ageMs, most: ageMs });
    else {
      last.least = Math.min(last.least, ageMs);
      last.most = Math.max(last.most, ageMs);
    }
    while (this.#buckets.length > BUCKETS_COUNT || now - this.#buckets[0].began > BUCKETS_COUNT * BUCKET_MS) this.#buckets.shift();
  }

  /** In ms. The second of the latest: what happens twice in a quarter of a minute happens again. */
  get ms() {
    if (this.#buckets.length < 2) return 0;
    const quickest = Math.min(...this.#buckets.map((bucket) => bucket.least));
    const late = this.#buckets.map((bucket) => bucket.most - quickest).sort((one, other) => other - one)[1];
    return late < LEAST_MS ? 0 : Math.min(MOST_MS, late + MARGIN_MS);
  }
}
