// What the player must know from an opened part: its codec, its clock and when its picture is due
// (ISO/IEC 14496-12 §8.8, 14496-15 §5.3.3, §8.3.3, annex E). The bytes come from our own muxer, but lengths are checked all the same.

const BOX_BYTES = 8;
const VISUAL_ENTRY_BYTES = 78;

/** Codec (RFC 6381 §3.3), timescale and size of an init part. Throws when it has no H.264 or H.265 track. */
export function readInit(octets) {
  const media = inside(octets, ["moov", "trak", "mdia"]);
  const header = need(find(media, "mdhd"));
  const timescale = number(header, header[0] === 1 ? 20 : 12);
  const entries = need(find(inside(media, ["minf", "stbl"]), "stsd"));
  const avc = find(entries.subarray(8), "avc1");
  const entry = avc ?? need(find(entries.subarray(8), "hvc1"));
  const boxes = entry.subarray(VISUAL_ENTRY_BYTES);
  const codec = avc ? avcName(need(find(boxes, "avcC"))) : hevcName(need(find(boxes, "hvcC")));
  return { codec, timescale, width: (entry[24] << 8) | entry[25], height: (entry[26] << 8) | entry[27] };
}

/** When the first picture of a media part is shown, in seconds of its track. Throws when it is no media part. */
export function readPresentation(octets, timescale) {
  const fragment = inside(octets, ["moof", "traf"]);
  const decodeTime = need(find(fragment, "tfdt"));
  const base = decodeTime[0] === 1 ? number(decodeTime, 4) * 2 ** 32 + number(decodeTime, 8) : number(decodeTime, 4);
  return (base + compositionOffset(need(find(fragment, "trun")))) / timescale;
}

function avcName(config) {
  return "avc1." + [1, 2, 3].map((at) => config[at].toString(16).padStart(2, "0")).join("");
}

// Profile space and profile, compatibility flags in reverse, tier and level, constraints without their last zeros.
function hevcName(config) {
  let compatibility = 0;
  for (let bit = 0, flags = number(config, 2); bit < 32; bit += 1, flags >>>= 1) compatibility = compatibility * 2 + (flags & 1);
  const constraints = Array.from(config.subarray(6, 12));
  while (constraints.at(-1) === 0) constraints.pop();
  const profile = ["", "A", "B", "C"][config[1] >> 6] + (config[1] & 31);
  const level = (config[1] & 32 ? "H" : "L") + config[12];
  return ["hvc1", profile, hex(compatibility), level, ...constraints.map(hex)].join(".");
}

function hex(value) {
  return value.toString(16).toUpperCase();
}

function compositionOffset(run) {
  const flags = number(run, 0) & 0xffffff;
  if (!(flags & 0x800)) return 0;
  let at = 8;
  for (const flag of [0x1, 0x4, 0x100, 0x200, 0x400]) if (flags & flag) at += 4;
  return number(run, at) | 0;
}

export function inside(octets, path) {
  return path.reduce((outer, name) => need(find(outer, name)), octets);
}

export function need(box) {
  if (box === null) throw new Error("a box that is not there");
  return box;
}

export function find(octets, name) {
  let at = 0;
  while (at + BOX_BYTES <= octets.length) {
    const size = number(octets, at);
    if (size < BOX_BYTES || at + size > octets.length) throw new Error("a box that ends too early");
    if (String.fromCharCode(...octets.subarray(at + 4, at + 8)) === name) return octets.subarray(at + BOX_BYTES, at + size);
    at += size;
  }
  return null;
}

export function number(octets, at) {
  if (at + 4 > octets.length) throw new Error("a box that ends too early");
  return ((octets[at] << 24) | (octets[at + 1] << 16) | (octets[at + 2] << 8) | octets[at + 3]) >>> 0;
}
