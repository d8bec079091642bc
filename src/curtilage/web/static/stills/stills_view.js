// A view of pictures the server opened: for a browser that cannot open or play parts, or a camera it cannot decode.
//
// One request brings each keyframe as a JPEG (multipart/x-mixed-replace); this page takes it apart itself, because an
// image element would keep the last picture on the screen when the request is reset, which is how a grant's end looks.
// Guards: what is held of one picture is bounded; `clear` takes it off the screen in the same call.

const PART_BYTES_MAX = 8 * 1024 * 1024;
const PAUSE_MS = 2_000;
const HEAD_END = [13, 10, 13, 10];

export class StillsView {
  #clock;
  #told;
  #canvas;
  #abort = new AbortController();
  #begun = false;
  #over = false;
  /** Where the server knows this view: for a report. */
  place = null;
  /** A report under way: the request lives until it arrived, for the server forgets a view with its request. */
  reported = null;

  /** The parts of Picture that a tile asks of every view. */
  picture = { still: 0, behind: 0, tick() {}, play() {} };

  /** `told`: frame(timeMs), refused(status), lost(), size(width, height). `clock.now()` is the server's time. */
  constructor(grant, canvas, clock, told) {
    this.grant = grant;
    this.#canvas = canvas;
    this.#clock = clock;
    this.#told = told;
  }

  /** Ask for pictures, and again after every loss, until `clear`. */
  begin() {
    if (this.#begun) return;
    this.#begun = true;
    this.#run();
  }

  /** Nothing of this view remains. */
  clear() {
    this.#over = true;
    this.#canvas.width = this.#canvas.height = 0;
    Promise.resolve(this.reported).finally(() => this.#abort.abort());
  }

  async #run() {
    const { signal } = this.#abort;
    while (!this.#over) {
      const status = await this.#watch(signal);
      if (this.#over) return;
      if ((status >= 400 && status < 500 && status !== 429) || status === 503) {
        this.#told.refused(status);
        return;
      }
      this.#told.lost();
      if (status !== 200) await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }

  // One request, from asking to its end; its status, or 0 when there was no answer.
  async #watch(signal) {
    let answered = false;
    try {
      const options = { cache: "no-store", redirect: "error", signal };
      const reply = await fetch(`/api/v1/stills/${this.grant}/moving`, options);
      if (!reply.ok) return reply.status;
      this.place = { stream: reply.headers.get("curtilage-stream"), view: reply.headers.get("curtilage-view") };
      answered = true;
      await this.#read(reply.body.getReader());
      return reply.status;
    } catch {
      // A reset and a lost network look the same: the next request tells which.
      return answered ? 200 : 0;
    }
  }

  async #read(reader) {
    let held = new Uint8Array(0);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      held = joined(held, value);
      for (let part = takePart(held); part !== null; part = takePart(held)) {
        held = part.rest;
        await this.#show(part);
      }
      if (held.length > PART_BYTES_MAX) throw new RangeError("a part without end");
    }
  }

  // A card without a picture says no age: the tile shows its own.
  async #show({ octets, ageMs }) {
    const image = await createImageBitmap(new Blob([octets], { type: "image/jpeg" }));
    if (this.#over || ageMs === null) return image.close();
    this.#canvas.width = image.width;
    this.#canvas.height = image.height;
    this.#canvas.getContext("2d").drawImage(image, 0, 0);
    this.#told.size(image.width, image.height);
    image.close();
    this.#told.frame(this.#clock.now() - ageMs);
  }
}

/** The first whole part of a multipart body (RFC 2046 §5.1.1) whose parts say their length, or null. */
export function takePart(octets) {
  const end = find(octets, HEAD_END);
  if (end < 0) return null;
  const head = new TextDecoder("latin1").decode(octets.subarray(0, end)).toLowerCase();
  const length = field(head, "content-length");
  if (length === null || length > PART_BYTES_MAX) throw new RangeError("a part of an impossible length");
  const start = end + HEAD_END.length;
  if (octets.length < start + length) return null;
  const age = field(head, "curtilage-picture-age-ms");
  return { octets: octets.slice(start, start + length), ageMs: age, rest: octets.subarray(start + length) };
}

function field(head, name) {
  const found = head.match(new RegExp(`^${name}: *([0-9]{1,15})$`, "m"));
  return found === null ? null : Number(found[1]);
}

function find(octets, wanted) {
  for (let at = octets.indexOf(wanted[0]); at >= 0; at = octets.indexOf(wanted[0], at + 1)) {
    if (wanted.every((octet, offset) => octets[at + offset] === octet)) return at;
  }
  return -1;
}

function joined(one, other) {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}
