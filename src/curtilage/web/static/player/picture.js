// The picture on the screen: opened parts in, Media Source fed, the live edge kept.
//
// Guards: what waits to be appended and what is kept behind the playhead are bounded; `clear` takes the picture off the
// screen in the same call. It holds clear parts of one view only and is told nothing about whose they are.

import { readInit, readPresentation } from "./media_box.js";
import { join } from "./sealed_part.js";
import { same, Waiting } from "./waiting.js";

const WAITING_BYTES_MAX = 8 * 1024 * 1024;
const TIMES_COUNT_MAX = 512;
// Behind the live edge by more than this: jump. Less is made up by playing faster (pace.js).
const JUMP_S = 0.4;
// A forward jump of the camera's clock that no network delay explains.
const GAP_S = 5;
// Where another timeline is put behind the one before: about one picture later.
const STEP_S = 0.04;
// A group of pictures is replayed from the cache until a part this young comes; then the burst is over.
const BURST_AGE_MS = 150;
const BURST_MS_MAX = 1_000;
const FAILURES_COUNT_MAX = 3;
// A jump decodes a whole group of pictures: a slow machine that jumped all the time would show nothing.
const JUMP_PAUSE_MS = 2_000;
// Where the playhead is: not placed; on the first picture of a burst, which needs no other to be decoded and is on the
// screen in a blink however long the group is; somewhere in a burst that still arrives; at the live edge.
const NOWHERE = 0;
const FIRST = 1;
const EARLY = 2;
const LIVE = 3;

const Source = globalThis.MediaSource ?? globalThis.ManagedMediaSource;
/** Can this browser open parts and play them? */
export const CAN_PLAY = Source !== undefined && globalThis.crypto?.subtle !== undefined;

export class Picture {
  #video;
  #told;
  #media = null;
  #buffer = null;
  #init = null;
  #initOctets = null;
  #codec = null;
  #waiting = new Waiting(WAITING_BYTES_MAX);
  #keyframeNeeded = true;
  #lastAt = null;
  /** From the times in the parts to the times on the screen; null: to be found with the next keyframe. */
  #offset = 0;
  #burstBegan = null;
  #caughtUp = false;
  #placed = NOWHERE;
  #times = [];
  #failures = 0;
  #frameWatch = 0;
  #framesCount = 0;
  #jumpedAt = -Infinity;
  #pace = null;
  /** 0: moving pictures. Otherwise a still picture, renewed after so many ms. */
  still = 0;
  /** What keeps it together with the sound that is heard (lips.js); null: there is none. */
  lips = null;

  /** `told.frame(timeMs, video)` for every picture shown, `told.blocked()` when the browser refuses to play by itself,
   * `told.undecodable()` when the decoder gives up, `told.size(width, height)` from each init part. */
  constructor(video, told) {
    this.#video = video;
    this.#told = told;
  }

  /** Does it hold, or wait for, clear bytes? */
  get fed() {
    return this.#initOctets !== null;
  }

  /** Start a Media Source, so that it is ready when the first part comes. */
  prepare() {
    if (this.#media !== null) return;
    const media = new Source();
    this.#media = media;
    media.addEventListener("sourceopen", () => this.#drain(), { once: true });
    if (globalThis.MediaSource === undefined) this.#video.disableRemotePlayback = true;
    const address = URL.createObjectURL(media);
    this.#video.preload = "auto";
    this.#video.src = address;
    media.addEventListener("sourceopen", () => URL.revokeObjectURL(address), { once: true });
    this.play();
    this.#watchFrames();
  }

  /** Ask the browser to play; it may want a tap first. */
  play() {
    this.#video.muted = true;
    if (this.still) return;
    this.#video.play()?.catch((error) => {
      if (error.name === "NotAllowedError") this.#told.blocked();
    });
  }

  /** An init part: kept when it is the one in use (an epoch turned), taken over when the picture changed. */
  init(octets) {
    if (this.#initOctets !== null && same(this.#initOctets, octets)) return;
    this.#init = readInit(octets);
    this.#initOctets = octets;
    this.#keyframeNeeded = true;
    this.#told.size(this.#init.width, this.#init.height);
    this.#wait({ octets, codec: this.#init.codec, offset: null });
    this.#drain();
  }

  /** What follows is of another track: it goes on where this one ends, with its first keyframe. */
  turn(initOctets) {
    if (initOctets !== null) this.init(initOctets);
    this.#offset = null;
    this.skipToKeyframe();
  }

  /** A media part; `ageMs` by the server's clock tells a replayed group of pictures from the live edge. */
  media(octets, timeMs, keyframe, ageMs) {
    if (this.#init === null || (this.#keyframeNeeded && !keyframe)) return;
    const said = readPresentation(octets, this.#init.timescale);
    if (this.#offset === null) this.#offset = this.#lastAt === null ? 0 : this.#lastAt + STEP_S - said;
    let at = said + this.#offset;
    if (keyframe && this.#lastAt !== null && (at < this.#lastAt - 1 || at > this.#lastAt + GAP_S)) {
      this.#offset = this.#lastAt + STEP_S - said;
      at = said + this.#offset;
    }
    this.#keyframeNeeded = false;
    this.#lastAt = at;
    this.#remember(at, timeMs);
    this.#caughtUp ||= ageMs <= BURST_AGE_MS;
    if (this.#burstBegan === null) this.#expectEnd();
    const now = performance.now();
    if (this.#placed === LIVE && now - this.#burstBegan > BURST_MS_MAX) this.#pace?.came(ageMs, now);
    this.#wait({ octets, codec: null, offset: this.#offset });
    this.#drain();
  }

  /** Pictures are missing: show nothing that depends on them, and find the live edge anew. */
  skipToKeyframe() {
    this.#keyframeNeeded = true;
    this.expectBurst();
  }

  /** What comes next may be old: find the live edge anew. */
  expectBurst() {
    this.#caughtUp = false;
    this.#burstBegan = null;
    if (this.#placed === LIVE) this.#placed = EARLY;
  }

  /** Take the picture off the screen now and forget every clear byte. */
  clear() {
    this.#stopWatching();
    this.#forget();
    this.#media = null;
    this.#init = null;
    this.#initOctets = null;
    this.#times = [];
    this.#failures = 0;
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  /** How far the screen is behind the newest picture that arrived, in seconds. */
  get behind() {
    const ranges = this.#video.buffered;
    return ranges.length ? ranges.end(ranges.length - 1) - this.#video.currentTime : 0;
  }

  #forget() {
    this.#waiting.entries = [];
    this.#buffer = null;
    this.#codec = null;
    this.#lastAt = null;
    this.#offset = 0;
    this.#placed = NOWHERE;
    this.skipToKeyframe();
  }

  // The camera's clock jumped, or the decoder failed: begin again with the same init part.
  #restart() {
    const octets = this.#initOctets;
    this.#stopWatching();
    this.#forget();
    this.#media = null;
    this.#times = [];
    this.prepare();
    this.#wait({ octets, codec: this.#init.codec, offset: null });
  }

  #wait(entry) {
    if (!this.#waiting.add(entry)) this.#keyframeNeeded = true;
  }

  // Called whenever something waits or the buffer is free; never waits itself.
  #drain() {
    if (this.#media?.readyState !== "open" || this.#buffer?.updating || this.#waiting.entries.length === 0) return;
    try {
      this.#prepareBuffer(this.#waiting.entries[0]);
      if (this.#buffer === null) return;
      this.#append();
    } catch (error) {
      this.#failed(error);
    }
  }

  #prepareBuffer(first) {
    if (first.codec === null || first.codec === this.#codec) return;
    const type = `video/mp4; codecs="${first.codec}"`;
    if (this.#buffer === null) {
      const buffer = this.#media.addSourceBuffer(type);
      buffer.mode = "segments";
      buffer.addEventListener("updateend", () => this.#updated(buffer));
      this.#buffer = buffer;
    } else this.#buffer.changeType(type);
    this.#codec = first.codec;
  }

  // As many waiting parts as belong to one init part and one timeline, in one append: each append costs a round through
  // the renderer.
  #append() {
    const { entries } = this.#waiting;
    let { offset } = entries[0];
    let count = 1;
    while (count < entries.length && entries[count].codec === null) {
      if (offset !== null && entries[count].offset !== offset) break;
      offset = entries[count].offset;
      count += 1;
    }
    if (offset !== null && this.#buffer.timestampOffset !== offset) this.#buffer.timestampOffset = offset;
    this.#buffer.appendBuffer(join(...entries.slice(0, count).map(({ octets }) => octets)));
    entries.splice(0, count);
  }

  #updated(buffer) {
    if (buffer !== this.#buffer) return;
    this.#keepEdge();
    this.#pace?.trim(buffer);
    this.#drain();
  }

  #keepEdge() {
    const ranges = this.#video.buffered;
    if (this.#buffer === null || ranges.length === 0) return;
    if (this.#placed === NOWHERE) this.#showFirst(ranges);
    else if (this.#waiting.entries.length > 0 || this.#buffer.updating) return; // the newest is not in yet
    else if (this.#placed !== LIVE) this.#arrive(ranges);
    else if (!this.still) this.#follow(ranges);
    else if (performance.now() - this.#jumpedAt >= this.still) this.#jump();
  }

  #showFirst(ranges) {
    this.#placed = FIRST;
    this.#seek(ranges.start(ranges.length - 1));
  }

  // From the burst to its end at once, when its first picture is seen and its last is here; or when the wait is over.
  #arrive(ranges) {
    const awaited = this.#placed === FIRST || !this.#caughtUp;
    if (awaited && performance.now() - this.#burstBegan < BURST_MS_MAX) return;
    this.#placed = LIVE;
    this.#bring();
    this.#follow(ranges, true);
  }

  // Fetched when the picture is live, not before.
  #bring() {
    if (this.#pace !== null) return;
    this.#pace = undefined;
    import("./pace.js").then(({ Pace }) => (this.#pace = new Pace(this.#video)), () => (this.#pace = null));
  }

  // A burst that comes slowly, or was all there is, is shown as far as it goes.
  #expectEnd() {
    this.#burstBegan = performance.now();
    setTimeout(() => this.#keepEdge(), BURST_MS_MAX + 1);
  }

  #follow(ranges, atOnce = false) {
    const video = this.#video;
    const last = ranges.length - 1;
    const behind = ranges.end(last) - video.currentTime;
    const since = performance.now() - this.#jumpedAt;
    const rate = this.#pace?.rate(behind, since, this.lips, this.#times.at(-1)) ?? 1;
    const calm = atOnce || (since > JUMP_PAUSE_MS && !video.seeking);
    if (video.currentTime < ranges.start(last) || (behind > (this.#pace?.most ?? JUMP_S) && calm)) this.#jump(this.#pace?.place);
    else if (video.playbackRate !== rate) video.playbackRate = rate;
  }

  #jump(behind = 0) {
    const ranges = this.#video.buffered;
    const last = ranges.length - 1;
    this.#seek(Math.max(ranges.start(last), Math.min(this.#lastAt - behind, ranges.end(last))));
  }

  #seek(at) {
    this.#jumpedAt = performance.now();
    this.#video.playbackRate = 1;
    this.#video.currentTime = at;
    if (this.#video.paused) this.play();
  }

  #failed(error) {
    if (error.name === "QuotaExceededError" && !this.#buffer.updating && this.#video.currentTime > 1) {
      this.#buffer.remove(0, this.#video.currentTime - 0.5);
      return;
    }
    this.#failures += 1;
    if (this.#failures > FAILURES_COUNT_MAX) this.#told.undecodable();
    else this.#restart();
  }

  #remember(at, timeMs) {
    this.#times.push({ at, timeMs });
    if (this.#times.length > TIMES_COUNT_MAX) this.#times.shift();
  }

  // The time the part itself carries, of the picture that is due at `mediaTime`.
  #timeOf(mediaTime) {
    for (let i = this.#times.length - 1; i >= 0; i -= 1) if (this.#times[i].at <= mediaTime + 0.003) return this.#times[i].timeMs;
    return null;
  }

  #watchFrames() {
    const video = this.#video;
    if (video.requestVideoFrameCallback === undefined) return;
    const shown = (_now, frame) => {
      this.#frameWatch = video.requestVideoFrameCallback(shown);
      this.#shown(frame.mediaTime);
    };
    this.#frameWatch = video.requestVideoFrameCallback(shown);
  }

  #stopWatching() {
    this.#video.cancelVideoFrameCallback?.(this.#frameWatch);
  }

  #shown(mediaTime) {
    const timeMs = this.#timeOf(mediaTime);
    if (timeMs !== null && this.#media !== null) this.#told.frame(timeMs);
    if (this.#placed !== FIRST) return;
    this.#placed = EARLY;
    this.#keepEdge();
  }

  /** For browsers without requestVideoFrameCallback, and for a decoder that failed: called a few times a second. */
  tick() {
    if (this.#media === null) return;
    if (this.#video.error !== null) this.#failed(this.#video.error);
    if (this.#video.requestVideoFrameCallback !== undefined) return;
    const count = this.#video.getVideoPlaybackQuality().totalVideoFrames;
    if (count > this.#framesCount) this.#shown(this.#video.currentTime);
    this.#framesCount = count;
  }
}
