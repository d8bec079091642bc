// Key delivery: the page's half of wire/view_key.py. An epoch key arrives wrapped to this view's own ephemeral key
// (HPKE, RFC 9180 base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM) and signed by the sealer.
//
// Guards: the signature is checked before anything is opened; the binding (stream, epoch, view, track) is both signed
// and HPKE's info, so a wrapping made for another view opens nowhere else. WebCrypto's HKDF is extract and expand in
// one step, which is what RFC 9180 §4.1 (ExtractAndExpand) and §5.1 (key, base_nonce) ask for.

import { hex, importEpochKey, join } from "./sealed_part.js";

const LABEL = "curtilage view key v1";
const BINDING_BYTES = 70;
const POINT_BYTES = 65;
const WRAPPED_BYTES = POINT_BYTES + 32 + 16;
const SIGNATURE_BYTES = 64;
const TRACKS = { 1: "main", 2: "sub", 3: "audio" };
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const EMPTY = new Uint8Array(0);
const utf8 = new TextEncoder();
const KEM = suite("KEM", [0x00, 0x10]);
const HPKE = suite("HPKE", [0x00, 0x10, 0x00, 0x01, 0x00, 0x02]);

/** A view's ephemeral key: the private half never leaves WebCrypto, `point` is what the server is told. */
export async function makeViewKey() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { secret: pair.privateKey, point };
}

/** The sealer's public point as a key to check signatures with. */
export function importSealer(point) {
  return crypto.subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
}

/** The parts of a KEY record. Throws when it is none; the signature is not checked here. */
export function decodeWrappedKey(octets) {
  if (octets.length !== BINDING_BYTES + WRAPPED_BYTES + SIGNATURE_BYTES) throw new Error("not the length of a wrapped key");
  if (new TextDecoder().decode(octets.subarray(0, LABEL.length)) !== LABEL) throw new Error("not a wrapped key");
  const track = octets[BINDING_BYTES - 1];
  if (!(track in TRACKS)) throw new Error("unknown track");
  return {
    binding: octets.subarray(0, BINDING_BYTES),
    streamId: hex(octets.subarray(21, 37)),
    epochId: hex(octets.subarray(37, 53)),
    viewId: hex(octets.subarray(53, 69)),
    track: TRACKS[track],
    point: octets.subarray(BINDING_BYTES, BINDING_BYTES + POINT_BYTES),
    sealed: octets.subarray(BINDING_BYTES + POINT_BYTES, BINDING_BYTES + WRAPPED_BYTES),
    signed: octets.subarray(0, BINDING_BYTES + WRAPPED_BYTES),
    signature: octets.subarray(BINDING_BYTES + WRAPPED_BYTES),
  };
}

/** The epoch key inside; rejects when the sealer did not sign it or it was not wrapped to this view. */
export async function unwrap(wrapped, viewKey, sealer) {
  const ecdsa = { name: "ECDSA", hash: "SHA-256" };
  const [genuine, shared, context] = await Promise.all([
    crypto.subtle.verify(ecdsa, sealer, wrapped.signature, wrapped.signed),
    decapsulate(wrapped.point, viewKey),
    baseContext(wrapped.binding),
  ]);
  if (!genuine) throw new Error("the sealer did not sign this key");
  return importEpochKey(await openBase(shared, context, wrapped.sealed));
}

// RFC 9180 §4.1, Decap.
async function decapsulate(point, viewKey) {
  const theirs = await crypto.subtle.importKey("raw", point, CURVE, false, []);
  const dh = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, viewKey.secret, 256);
  const context = join(point, viewKey.point);
  return extractAndExpand(EMPTY, labeledKey(KEM, "eae_prk", new Uint8Array(dh)), labeledInfo(KEM, "shared_secret", context, 32), 32);
}

// RFC 9180 §5.1, KeySchedule: key_schedule_context for mode_base.
async function baseContext(info) {
  const labels = [labeledKey(HPKE, "psk_id_hash", EMPTY), labeledKey(HPKE, "info_hash", info)];
  return join(Uint8Array.of(0), ...(await Promise.all(labels.map(extract))));
}

// RFC 9180 §5.1, KeySchedule, and §5.2 with sequence number 0.
async function openBase(shared, context, sealed) {
  const material = labeledKey(HPKE, "secret", EMPTY);
  const [secret, nonce] = await Promise.all([
    extractAndExpand(shared, material, labeledInfo(HPKE, "key", context, 32), 32),
    extractAndExpand(shared, material, labeledInfo(HPKE, "base_nonce", context, 12), 12),
  ]);
  const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, key, sealed));
}

// LabeledExtract with an empty salt: RFC 5869 §2.2 takes 32 zero bytes then.
async function extract(material) {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(32), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, material));
}

async function extractAndExpand(salt, material, info, length) {
  const key = await crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, 8 * length));
}

function suite(name, numbers) {
  return join(utf8.encode(name), Uint8Array.from(numbers));
}

function labeledKey(suiteId, label, material) {
  return join(utf8.encode("HPKE-v1"), suiteId, utf8.encode(label), material);
}

function labeledInfo(suiteId, label, info, length) {
  return join(Uint8Array.of(length >> 8, length & 0xff), utf8.encode("HPKE-v1"), suiteId, utf8.encode(label), info);
}
