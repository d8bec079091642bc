// The server's time, as far as this page can know it: a picture's age is told by it.
//
// Guards: a message that was under way for long must not make an old picture look young, so the least delayed message
// of the last minutes counts; and when the machine slept or its clock was set, ages grow at once and the page is told to
// ask anew.

const BUCKET_MS = 300_000;
const JUMP_MS = 1_000;

export class ServerTime {
  #offset = offset();
  #current = -Infinity;
  #previous = -Infinity;
  #turnedAt = 0;

  /** Milliseconds since the Unix epoch, by the server; by this machine until the server was heard. */
  now() {
    const skew = Math.max(this.#current, this.#previous);
    if (skew === -Infinity) return Date.now();
    return performance.now() + skew + Math.max(0, offset() - this.#offset);
  }

  /** The server said its time. */
  heard(serverMs) {
    const now = performance.now();
    if (now - this.#turnedAt > BUCKET_MS) {
      this.#previous = this.#current;
      this.#current = -Infinity;
      this.#turnedAt = now;
    }
    this.#current = Math.max(this.#current, serverMs - now);
  }

  /** Did the machine sleep, or was its clock set, since the last `reset`? */
  get jumped() {
    return Math.abs(offset() - this.#offset) > JUMP_MS;
  }

  /** Forget what was heard: a fresh word comes. */
  reset() {
    this.#offset = offset();
    this.#current = this.#previous = -Infinity;
  }
}

function offset() {
  return Date.now() - performance.now();
}
