// The sound of one view: opened parts in, an audio element of its own fed, the live edge kept.
//
// It is an element beside the picture's, never a second buffer in it: a picture whose element waits for sound would stand
// still when sound stays away. So the picture never stops for it, may come by any delivery, and does not blink when the
// sound is turned on. lips.js keeps the two together.
//
// Guards: what waits and what is kept behind the playhead are bounded; `clear` silences it in the same call. It has the
// looks of Picture (picture.js), so that view.js checks and opens its parts as it does those of pictures.

import { Lips, Made } from "./lips.js";
import { readPresentation } from "./media_box.js";
import { trim } from "./pace.js";
import { readSoundInit } from "./sound_box.js";
import { same, Waiting } from "./waiting.js";

const WAITING_BYTES_MAX = 512 * 1024;
const KEPT_BEHIND_S = 4;
// Behind the newest by more than this: jump. Between that and the edge: play a little faster.
const JUMP_S = 0.4;
// The edge to keep to, behind the newest. Every time it was too near for this network (the sound ran out) it is moved
// off by a step, and after a while without trouble halfway back again.
const EDGE_FIRST_S = 0.2;
const EDGE_STEP_S = 0.1;
const EDGE_LAST_S = 0.6;
const CALM_MS = 10_000;
const FASTER = 1.06;
const FAR_S = 0.15;
const FAR_RATE = 1.12;
const SLOWER = 0.95;
// Ahead of the picture by more than this: wait for it.
const AHEAD_S = 0.06;
// Less is no hole. And how many are remembered.
const STEP_S = 0.01;
const PIECES_COUNT_MAX = 64;
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
  #waiting = new Waiting(WAITING_BYTES_MAX);
  #failures = 0;
  #jumpedAt = -Infinity;
  #edge = EDGE_FIRST_S;
  #movedAt = 0;
  #timescale = 1;
  #appending = null;
  /** Where in the buffer a run of sound without a hole begins, and its camera's time there: {at, cameraS}. */
  #pieces = [];
  #made = new Made();
  still = 0;
  /** Keeps a picture together with it. */
  lips = new Lips(this);

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

  /** When what is heard at this moment was made, ms since the Unix epoch by the server; null: nothing is heard. */
  get heardMs() {
    const { paused, seeking, readyState, currentTime } = this.#element;
    if (paused || seeking || readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return null;
    const piece = this.#pieces.findLast(({ at }) => at <= currentTime + STEP_S);
    return piece === undefined ? null : this.#made.at((piece.cameraS + currentTime - piece.at) * 1000);
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
    const { codec, timescale } = readSoundInit(octets);
    this.#timescale = timescale;
    this.#initOctets = octets;
    if (!Source.isTypeSupported(`audio/mp4; codecs="${codec}"`)) {
      this.#told.undecodable();
      return;
    }
    this.#waiting.add({ octets, codec, timeMs: 0 });
    this.#drain();
  }

  /** A media part. Where some are missing, what follows is put right behind: the live edge is what counts. */
  media(octets, timeMs) {
    if (this.#initOctets === null) return;
    this.#told.frame(timeMs);
    this.#waiting.add({ octets, codec: null, timeMs });
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
    this.#waiting.entries = [];
    this.#appending = null;
    this.#pieces = [];
  }

  #drain() {
    if (this.#media?.readyState !== "open" || this.#buffer?.updating || this.#waiting.entries.length === 0) return;
    try {
      const { octets, codec, timeMs } = this.#waiting.entries[0];
      this.#prepareBuffer(codec);
      this.#waiting.entries.shift();
      const cameraS = codec === null ? readPresentation(octets, this.#timescale) : null;
      this.#appending = { cameraS, timeMs, at: this.#end };
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
    if (this.#appending?.cameraS != null) this.#appended(this.#appending);
    this.#appending = null;
    this.#keepEdge();
    trim(this.#element, buffer, KEPT_BEHIND_S);
    this.#drain();
  }

  get #end() {
    const ranges = this.#element.buffered;
    return ranges.length ? ranges.end(ranges.length - 1) : 0;
  }

  #appended({ cameraS, timeMs, at }) {
    const last = this.#pieces.at(-1);
    if (last === undefined || Math.abs(cameraS - last.cameraS - (at - last.at)) > STEP_S) this.#pieces.push({ at, cameraS });
    if (this.#pieces.length > PIECES_COUNT_MAX) this.#pieces.shift();
    this.#made.came((cameraS + this.#end - at) * 1000, timeMs);
  }

  #keepEdge() {
    const ranges = this.#element.buffered;
    if (ranges.length === 0 || this.#waiting.entries.length > 0 || this.#buffer.updating) return;
    const last = ranges.length - 1;
    const element = this.#element;
    const calm = performance.now() - this.#jumpedAt > JUMP_PAUSE_MS && !element.seeking;
    if (this.#edge > EDGE_FIRST_S && performance.now() - this.#movedAt > CALM_MS) this.#move(-EDGE_STEP_S / 2);
    const outside = element.currentTime < ranges.start(last) || element.currentTime > ranges.end(last);
    if (outside || (this.behind > this.#edge + JUMP_S && calm)) {
      this.#jumpedAt = performance.now();
      element.playbackRate = 1;
      element.currentTime = Math.max(ranges.start(last), ranges.end(last) - this.#edge);
    } else {
      const rate = this.#rate();
      if (element.playbackRate !== rate) element.playbackRate = rate;
    }
  }

  // It waits for a picture that is late, and hurries to its own edge unless it is ahead.
  #rate() {
    const late = this.lips.late ?? 0;
    if (late > AHEAD_S) return SLOWER;
    const tooFar = this.behind - this.#edge;
    if (tooFar <= 0 || late > AHEAD_S / 2) return 1;
    return tooFar > FAR_S ? FAR_RATE : FASTER;
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
    this.#waiting.add({ octets, codec: readSoundInit(octets).codec, timeMs: 0 });
  }
}
