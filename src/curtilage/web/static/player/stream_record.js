// Records on the page's one streaming connection: the page's half of wire/stream_record.py.
//
// Guards: a record of an impossible length or type ends the connection; memory is bounded by the longest record.

export const WELCOME = 1;
export const KEY = 2;
export const PART = 3;
export const STATE = 4;
export const END = 5;
export const HEARTBEAT = 6;
export const TRACK = 7;
const HEAD_BYTES = 9;
const HEAD_AFTER_LENGTH_BYTES = 5;
// A sealed part of 2 MiB and its header, as the server's own limit has it, with room to spare.
const LENGTH_MAX = 2 * 1024 * 1024 + 128 * 1024;

/** Takes the connection's bytes in whatever pieces they come and gives whole records. */
export class RecordParser {
  #head = new Uint8Array(HEAD_BYTES);
  #payload = null;
  #filled = 0;

  /** The records that these bytes complete, in order. Throws when they are none. */
  push(octets) {
    const records = [];
    let at = 0;
    while (at < octets.length || this.#whole()) {
      if (this.#whole()) records.push(this.#take());
      else at += this.#fill(octets, at);
    }
    return records;
  }

  #whole() {
    return this.#payload !== null && this.#filled === this.#payload.length;
  }

  #fill(octets, at) {
    const target = this.#payload ?? this.#head;
    const count = Math.min(target.length - this.#filled, octets.length - at);
    target.set(octets.subarray(at, at + count), this.#filled);
    this.#filled += count;
    if (this.#payload === null && this.#filled === HEAD_BYTES) this.#startPayload();
    return count;
  }

  #startPayload() {
    const length = new DataView(this.#head.buffer).getUint32(0);
    const type = this.#head[4];
    if (length < HEAD_AFTER_LENGTH_BYTES || length > LENGTH_MAX) throw new Error("a record of an impossible length");
    if (type < WELCOME || type > TRACK) throw new Error("a record of an unknown type");
    this.#payload = new Uint8Array(length - HEAD_AFTER_LENGTH_BYTES);
    this.#filled = 0;
  }

  #take() {
    const record = { type: this.#head[4], view: new DataView(this.#head.buffer).getUint32(5), payload: this.#payload };
    this.#payload = null;
    this.#filled = 0;
    return record;
  }
}

/** The value of a WELCOME, STATE, END or TRACK record. Throws when it is no JSON object. */
export function decodeJson(payload) {
  const value = JSON.parse(new TextDecoder().decode(payload));
  if (value === null || typeof value !== "object") throw new Error("not an object");
  return value;
}

/** The server's time in ms, from a HEARTBEAT record. */
export function decodeTime(payload) {
  return Number(new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getBigUint64(0));
}
