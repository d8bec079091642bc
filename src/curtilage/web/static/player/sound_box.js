// What the player must know from the init part of a sound track (ISO/IEC 14496-12 §8.8, 14496-14, Opus and FLAC in ISOBMFF).

import { find, inside, need, number } from "./media_box.js";

const SOUND_ENTRY_BYTES = 28;
// Where our own writer puts the configuration: after the heads of three descriptors (ISO/IEC 14496-1 §7.2.6).
const AAC_CONFIG_AT = 4 + 5 + 15 + 2;

/** Codec (RFC 6381 §3.3) and timescale of the init part of a sound track. Throws when it has none that we know. */
export function readSoundInit(octets) {
  const media = inside(octets, ["moov", "trak", "mdia"]);
  const timescale = number(need(find(media, "mdhd")), 12);
  const entries = need(find(inside(media, ["minf", "stbl"]), "stsd")).subarray(8);
  if (find(entries, "Opus") !== null) return { codec: "opus", timescale };
  if (find(entries, "fLaC") !== null) return { codec: "flac", timescale };
  return { codec: aacName(need(find(need(find(entries, "mp4a")).subarray(SOUND_ENTRY_BYTES), "esds"))), timescale };
}

function aacName(stream) {
  if (stream.length <= AAC_CONFIG_AT) throw new Error("a box that ends too early");
  return `mp4a.40.${stream[AAC_CONFIG_AT] >> 3}`;
}
