// The sealed part: the page's half of wire/sealed_part.py; docs/spec/sealed-part.md is the normative text.
//
// Guards: the whole clear header is associated data, so a header that was touched does not open; the nonce is the
// sequence. That a sequence increases is a rule between parts and is kept by view.js.

export const HEADER_BYTES = 52;
export const INIT = 1;
export const MEDIA = 2;
const VERSION = 1;
const TRACKS = { 1: "main", 2: "sub", 3: "audio" };
const KEYFRAME = 0x01;
const TAG_BYTES = 16;
const SEQUENCE_AT = 36;
const SEQUENCE_BYTES = 8;

/** Lower-case hexadecimal of some bytes: identifiers are compared and kept in this form. */
export function hex(octets) {
  let text = "";
  for (const octet of octets) text += octet.toString(16).padStart(2, "0");
  return text;
}

/** The clear header of a sealed part. Throws: too short, unknown version, kind, track or flag. */
export function decodeHeader(octets) {
  if (octets.length < HEADER_BYTES + TAG_BYTES) throw new Error("shorter than a sealed part");
  const [version, kind, track, flags] = octets;
  if (version !== VERSION) throw new Error("unknown version of sealed part");
  if (kind !== INIT && kind !== MEDIA) throw new Error("unknown kind of sealed part");
  if (!(track in TRACKS)) throw new Error("unknown track");
  if (flags & ~KEYFRAME) throw new Error("unknown flag in a sealed part");
  const numbers = new DataView(octets.buffer, octets.byteOffset + SEQUENCE_AT, 2 * SEQUENCE_BYTES);
  return {
    kind,
    track: TRACKS[track],
    keyframe: Boolean(flags & KEYFRAME),
    streamId: hex(octets.subarray(4, 20)),
    epochId: hex(octets.subarray(20, SEQUENCE_AT)),
    sequence: numbers.getBigUint64(0),
    timeMs: Number(numbers.getBigUint64(SEQUENCE_BYTES)),
  };
}

/** The clear CMAF bytes; rejects when the part was not sealed by this key for this very header. */
export async function openPart(key, octets) {
  const nonce = new Uint8Array(12);
  nonce.set(octets.subarray(SEQUENCE_AT, SEQUENCE_AT + SEQUENCE_BYTES), 4);
  const algorithm = { name: "AES-GCM", iv: nonce, additionalData: octets.subarray(0, HEADER_BYTES) };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, octets.subarray(HEADER_BYTES)));
}

/** 32 secret bytes as a key that can open and do nothing else, and cannot be read back. */
export function importEpochKey(secret) {
  return crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
}

/** These runs of bytes as one. */
export function join(...pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
