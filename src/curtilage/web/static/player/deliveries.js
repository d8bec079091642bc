// Which way a picture comes: what this browser can, what is tried first, what next, and when again.
//
// Guards: no flapping. A delivery that failed is tried again only after a pause that doubles with each failure, is
// trembled so that a house full of displays does not ask in step, and is bounded; a success counts once it has lasted.
// It decides alone; player.js does what it says.

import { CAN_PLAY } from "./picture.js";

export const WEBRTC = "webrtc";
export const SEALED = "sealed";
export const HLS = "hls";
export const STILLS = "stills";
const ALL = [WEBRTC, SEALED, HLS, STILLS];
const PINNED = "picture delivery";

const PAUSE_FIRST_MS = 10_000;
const PAUSE_LAST_MS = 300_000;
const LASTING_MS = 30_000;
// A delivery that does not keep up comes last for so long; doubled each time, until it did for LASTING_MS.
const POOR_FIRST_MS = 60_000;
const POOR_LAST_MS = 960_000;
// A peer connection costs the browser threads, a jitter buffer and a decoder of its own, and the server a handshake.
const WEBRTC_COUNT_MAX = 4;

/** What a page's pictures share. */
export class Deliveries {
  #webrtcCount = 0;

  /** `csrf`: the page's token; `able`: the deliveries this browser can play; `storage` keeps a person's own choice. */
  constructor(csrf, able = ableHere(), storage = storageHere()) {
    this.csrf = csrf;
    this.able = able;
    this.storage = storage;
  }

  /** What a person chose for this browser, or null. */
  get pinned() {
    const kind = this.storage?.getItem(PINNED) ?? null;
    return ALL.includes(kind) ? kind : null;
  }

  set pinned(kind) {
    if (kind === null) this.storage?.removeItem(PINNED);
    else this.storage?.setItem(PINNED, kind);
  }

  /** May one more picture come by WebRTC? */
  get webrtcFree() {
    return this.#webrtcCount < WEBRTC_COUNT_MAX;
  }

  /** A picture begins to come this way. */
  seatTaken(kind) {
    if (kind === WEBRTC) this.#webrtcCount += 1;
  }

  /** It does no longer. */
  seatLeft(kind) {
    if (kind === WEBRTC) this.#webrtcCount -= 1;
  }
}

/** One picture's deliveries: what failed, and until when it rests. */
export class Choice {
  #page;
  #tremble;
  #never = new Set();
  #failures = new Map();
  #restsUntil = new Map();
  #shownSince = new Map();
  /** The sealed stream's network, as it showed there. */
  #poor = { until: -Infinity, count: 0 };

  /** `tremble()`: between 0 and 1. */
  constructor(page, tremble = Math.random) {
    this.#page = page;
    this.#tremble = tremble;
  }

  /** Can this browser, and did this camera not turn out to be impossible that way? */
  can(kind) {
    return this.#page.able.has(kind) && !this.#never.has(kind);
  }

  /** What to begin with: the sealed stream shows a picture first, for its connection stands already. */
  first(now) {
    const { pinned } = this.#page;
    if (pinned === null && this.can(SEALED)) return SEALED;
    return this.next(now, null, false, false);
  }

  /** What to try beside `current` now, or null. `large`: the picture is what the person looks at. */
  next(now, current, healthy, large) {
    for (const kind of this.#order(large, now)) {
      if (kind === current) {
        if (healthy) return null;
        continue;
      }
      const full = kind === WEBRTC && !this.#page.webrtcFree;
      if (this.can(kind) && !full && now >= (this.#restsUntil.get(kind) ?? -Infinity)) return kind;
    }
    return null;
  }

  /** Is `kind` better than `other` here? */
  better(kind, other, large, now) {
    const order = this.#order(large, now);
    return order.indexOf(kind) < order.indexOf(other);
  }

  /** It shows a live picture; called with each. */
  works(kind, now) {
    if (!this.#shownSince.has(kind)) this.#shownSince.set(kind, now);
    if (now - this.#shownSince.get(kind) <= LASTING_MS) return;
    this.#failures.delete(kind);
    if (kind === SEALED && now >= this.#poor.until) this.#poor.count = 0;
  }

  /** The sealed stream does not keep up on this network: TCP repairs too slowly. WebRTC goes first for a while. */
  poor(now) {
    if (now < this.#poor.until) return;
    this.#poor.count += 1;
    this.#poor.until = now + Math.min(POOR_LAST_MS, POOR_FIRST_MS * 2 ** Math.min(this.#poor.count - 1, 10));
  }

  /** The network is no better yet, by what another delivery sees of it. */
  stillPoor(now) {
    if (now < this.#poor.until) this.#poor.until = Math.max(this.#poor.until, now + POOR_FIRST_MS);
  }

  /** It gave way to another, and did not fail. */
  left(kind) {
    this.#shownSince.delete(kind);
  }

  /** It does not work at the moment. */
  failed(kind, now) {
    const count = (this.#failures.get(kind) ?? 0) + 1;
    const pause = Math.min(PAUSE_LAST_MS, PAUSE_FIRST_MS * 2 ** Math.min(count - 1, 10));
    this.#failures.set(kind, count);
    this.#restsUntil.set(kind, now + pause * (0.75 + this.#tremble() / 4));
    this.#shownSince.delete(kind);
  }

  /** It cannot work with this camera in this browser. */
  never(kind) {
    this.#never.add(kind);
  }

  #order(large, now) {
    const { pinned } = this.#page;
    const order = large || now < this.#poor.until ? ALL : [SEALED, WEBRTC, HLS, STILLS];
    return pinned === null ? order : [pinned, ...order.filter((kind) => kind !== pinned)];
  }
}

/** What this browser can play. A picture must carry its age: WebRTC needs to say each frame's RTP timestamp, and HLS
 * the date at which the stream began. */
export function ableHere() {
  const able = new Set([STILLS]);
  const video = document.createElement("video");
  const frames = video.requestVideoFrameCallback !== undefined;
  if (frames && globalThis.RTCPeerConnection !== undefined && globalThis.RTCDtlsTransport !== undefined) able.add(WEBRTC);
  if (CAN_PLAY) able.add(SEALED);
  if (video.getStartDate !== undefined && video.canPlayType("application/vnd.apple.mpegurl") !== "") able.add(HLS);
  return able;
}

function storageHere() {
  try {
    return globalThis.localStorage;
  } catch {
    return null; // switched off: nothing is remembered
  }
}
