// The sound of one view: opened parts in, an audio element of its own fed, the live edge kept.
//
// It is an element beside the picture's, never a second buffer in it: a picture whose element waits for sound would stand
// still when sound stays away. So the picture cannot wait for it, may come by any delivery, and does not blink when the
// sound is turned on. The two are together because both stay near the live edge.
//
// Guards: what waits and what is kept behind the playhead are bounded; `clear` silences it in the same call. It has the
// looks of Picture (picture.js), so that view.js checks and opens its parts as it does those of pictures.

import { readSoundInit } from "./sound_box.js";

const WAITING_BYTES_MAX = 512 * 1024;
const KEPT_BEHIND_S = 4;
// Behind the newest by more than this: jump. Between that and the edge: play a little faster.
const JUMP_S = 0.4;
// The edge to keep to, behind the newest. Every time it was too near for this network (the sound ran out) it is moved
// off by a step, and after a while without trouble back again.
const EDGE_FIRST_S = 0.2;
const EDGE_STEP_S = 0.1;
const EDGE_LAST_S = 0.6;
const CALM_MS = 30_000;
const FASTER = 1.06;
const JUMP_PAUSE_MS = 1_000;
const FAILURES_COUNT_MAX = 3;

const Source = globalThis.MediaSource ?? globalThis.ManagedMediaSource;

export class Sound {
  #element;
  #told;
  #media = null;
  #buffer = null;
  #initOctets = null;
  #codec = null;
  #waiting = [];
  #waitingBytes = 0;
  #failures = 0;
  #jumpedAt = -Infinity;
  #edge = EDGE_FIRST_S;
  #movedAt = 0;
  still = 0;

  /** `told.blocked()` when the browser refuses to play by itself, `told.undecodable()` when it cannot play this sound,
   * `told.frame(timeMs)` for every part that was taken. */
  constructor(element, told) {
    this.#element = element;
    this.#told = told;
    element.addEventListener("waiting", () => this.#ranOut());
  }

  /** Does it hold, or wait for, clear bytes? */
  get fed() {
    return this.#initOctets !== null;
  }

  /** How far what is heard is behind the newest that arrived, in seconds. */
  get behind() {
    const ranges = this.#element.buffered;
    return ranges.length ? ranges.end(ranges.length - 1) - this.#element.currentTime : 0;
  }

  /** Start a Media Source. */
  prepare() {
    if (this.#media !== null) return;
    const media = new Source();
    this.#media = media;
    if (globalThis.MediaSource === undefined) this.#element.disableRemotePlayback = true;
    const address = URL.createObjectURL(media);
    this.#element.src = address;
    media.addEventListener("sourceopen", () => {
      URL.revokeObjectURL(address);
      this.#drain();
    }, { once: true });
    this.play();
  }

  /** Ask the browser to play; it may want a tap first. */
  play() {
    this.#element.play()?.catch((error) => {
      if (error.name === "NotAllowedError") this.#told.blocked();
    });
  }

  /** An init part: nothing new when it is the one in use (an epoch turned). */
  init(octets) {
    if (this.#initOctets !== null && same(this.#initOctets, octets)) return;
    const { codec } = readSoundInit(octets);
    this.#initOctets = octets;
    if (!Source.isTypeSupported(`audio/mp4; codecs="${codec}"`)) {
      this.#told.undecodable();
      return;
    }
    this.#wait({ octets, codec });
    this.#drain();
  }

  /** A media part. Where some are missing, what follows is put right behind: the live edge is what counts. */
  media(octets, timeMs) {
    if (this.#initOctets === null) return;
    this.#told.frame(timeMs);
    this.#wait({ octets, codec: null });
    this.#drain();
  }

  /** Sound has one track. */
  turn() {}

  /** Every part can be played by itself. */
  skipToKeyframe() {}

  /** What is old is jumped over as soon as it is in. */
  expectBurst() {}

  /** Silence now; every clear byte is forgotten. */
  clear() {
    this.#forget();
    this.#initOctets = null;
    this.#failures = 0;
    this.#element.pause();
    this.#element.removeAttribute("src");
    this.#element.load();
  }

  /** For a decoder that failed: called a few times a second. */
  tick() {
    if (this.#media !== null && this.#element.error !== null) this.#failed();
  }

  #forget() {
    this.#media = null;
    this.#buffer = null;
    this.#codec = null;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #wait(entry) {
    if (this.#waitingBytes + entry.octets.length > WAITING_BYTES_MAX) {
      this.#waiting = this.#waiting.filter((waiting) => waiting.codec !== null);
      this.#waitingBytes = this.#waiting.reduce((sum, waiting) => sum + waiting.octets.length, 0);
    }
    this.#waiting.push(entry);
    this.#waitingBytes += entry.octets.length;
  }

  #drain() {
    if (this.#media?.readyState !== "open" || this.#buffer?.updating || this.#waiting.length === 0) return;
    try {
      this.#prepareBuffer(this.#waiting[0].codec);
      const { octets } = this.#waiting.shift();
      this.#waitingBytes -= octets.length;
      this.#buffer.appendBuffer(octets);
    } catch {
      this.#failed();
    }
  }

  #prepareBuffer(codec) {
    if (codec === null || codec === this.#codec) return;
    const type = `audio/mp4; codecs="${codec}"`;
    if (this.#buffer === null) {
      const buffer = this.#media.addSourceBuffer(type);
      // The parts' times are times of day; in this mode they only say what follows on what.
      buffer.mode = "sequence";
      buffer.addEventListener("updateend", () => this.#updated(buffer));
      this.#buffer = buffer;
    } else this.#buffer.changeType(type);
    this.#codec = codec;
  }

  #updated(buffer) {
    if (buffer !== this.#buffer) return;
    this.#keepEdge();
    this.#trim();
    this.#drain();
  }

  #keepEdge() {
    const ranges = this.#element.buffered;
    if (ranges.length === 0 || this.#waiting.length > 0 || this.#buffer.updating) return;
    const last = ranges.length - 1;
    const element = this.#element;
    const calm = performance.now() - this.#jumpedAt > JUMP_PAUSE_MS && !element.seeking;
    if (this.#edge > EDGE_FIRST_S && performance.now() - this.#movedAt > CALM_MS) this.#move(-EDGE_STEP_S);
    const outside = element.currentTime < ranges.start(last) || element.currentTime > ranges.end(last);
    if (outside || (this.behind > this.#edge + JUMP_S && calm)) {
      this.#jumpedAt = performance.now();
      element.playbackRate = 1;
      element.currentTime = Math.max(ranges.start(last), ranges.end(last) - this.#edge);
    } else {
      const rate = this.behind > this.#edge ? FASTER : 1;
      if (element.playbackRate !== rate) element.playbackRate = rate;
    }
  }

  // It also waits at its beginning and after a jump, which says nothing of the network.
  #ranOut() {
    const began = performance.now() - this.#jumpedAt > JUMP_PAUSE_MS;
    if (this.#buffer !== null && began && !this.#element.seeking) this.#move(EDGE_STEP_S);
  }

  #move(by) {
    this.#edge = Math.min(Math.max(this.#edge + by, EDGE_FIRST_S), EDGE_LAST_S);
    this.#movedAt = performance.now();
  }

  #trim() {
    const ranges = this.#element.buffered;
    const keepFrom = this.#element.currentTime - KEPT_BEHIND_S;
    if (ranges.length && !this.#buffer.updating && ranges.start(0) < keepFrom - KEPT_BEHIND_S) this.#buffer.remove(0, keepFrom);
  }

  // Begin again with the same init part.
  #failed() {
    this.#failures += 1;
    const octets = this.#initOctets;
    this.#forget();
    if (this.#failures > FAILURES_COUNT_MAX || octets === null) {
      this.#told.undecodable();
      return;
    }
    this.prepare();
    this.#wait({ octets, codec: readSoundInit(octets).codec });
  }
}

function same(one, other) {
  return one.length === other.length && one.every((octet, at) => octet === other[at]);
}
