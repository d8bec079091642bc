// How far behind the newest picture the screen had better stay, so that pictures that come late come in time.
//
// TCP repairs a lost packet a round trip later, and everything behind it waits: on a lossy network pictures come in
// lumps. Where they do not, the cushion is nothing at all and costs nothing.
//
// Guards: one late picture decides nothing, nor does one bout of them: a page that begins something, or a machine that was
// busy for a moment, is late for a second or two and then not again. Bounded in time and in length. It knows lateness
// only, no clock of anybody's: late is what comes later than the quickest of the window.
//
// What it took it gives back: a quarter of a minute after the last but one bout it is nothing, and pace.js plays
// faster until the screen is at the live edge again, which takes two to four seconds.

const BUCKET_MS = 1_000;
const BUCKETS_COUNT = 15;
// Less than the player puts up with anyway.
const LEAST_MS = 120;
const MARGIN_MS = 40;
const MOST_MS = 600;
// Lateness that is nearer to another is the same bout.
const APART_MS = 3_000;

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

  /** In ms. The second of the latest bouts: what happens twice in a quarter of a minute happens again. */
  get ms() {
    if (this.#buckets.length < 2) return 0;
    const quickest = Math.min(...this.#buckets.map((bucket) => bucket.least));
    const late = this.#buckets.filter((bucket) => bucket.most - quickest >= LEAST_MS);
    const twice = late.map((bucket) => Math.min(bucket.most, latestApart(late, bucket)) - quickest);
    const most = Math.max(0, ...twice);
    return most === 0 ? 0 : Math.min(MOST_MS, most + MARGIN_MS);
  }
}

// The latest of another bout than this bucket's; -Infinity: there is none.
function latestApart(late, bucket) {
  return Math.max(...late.filter((other) => Math.abs(other.began - bucket.began) >= APART_MS).map((other) => other.most));
}
