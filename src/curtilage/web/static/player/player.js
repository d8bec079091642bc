// One player for every picture: shows it by the delivery that works, moves to a better one, and falls back by itself.
//
// The sealed stream begins, because it shows a picture first; WebRTC is connected beside it where somebody looks at one
// camera, and takes the screen with its first live picture. So the first picture never waits for ICE.
//
// A sealed stream that does not keep up on a lossy network (strain.js) gives way to WebRTC, where that is there, and comes
// back when the network has been good for a while.
//
// Guards: one picture on the screen at a time and at most one more being tried beside it; what is tried gives up after
// TRY_MS; a view that the server closed keeps its last picture no longer than GRACE_MS without the server's word that
// the grant lives. Moving never goes back in time.

import { Choice, HLS, SEALED, STILLS, WEBRTC } from "./deliveries.js";
import { View } from "./view.js";

const TRY_MS = 5_000;
const PATIENCE_MS = 3_000;
const GRACE_MS = 120;
const LIVE_MS = 2_000;
// WebRTC's burst at the start claims one time for a whole group of pictures; it plays where nobody sees it.
const BURST_MS = 300;
// A better way is looked for once the picture is there and the machine has drawn breath.
const SETTLED_MS = 700;
const BACK_MS = 150;
const STILL_MS = 10_000;
const OVER = new Set([401, 403, 404, 423]);
const IMPOSSIBLE = new Set([400, 406, 415, 501]);

export class Player {
  #grant;
  #stream;
  #page;
  #canvas;
  #told;
  #choice;
  #still;
  #video;
  #current = null;
  #coming = null;
  #shownMs = -Infinity;
  #grace = 0;
  #over = false;
  #blamed = null;
  /** Does the person look at this picture alone? Then WebRTC is worth its price. */
  large = false;
  /** What keeps the picture together with the sound (lips.js); null: there is none. */
  lips = null;

  /** `place`: {video, canvas}; the video is replaced when another delivery takes over. `still`: 0, or ms between still
   * pictures. `told`: opened(reply), frame(timeMs), camera(state), ended(words), alarm(cause), refused(status), lost(),
   * blocked(), size(width, height), dark() (no picture until the next frame). */
  constructor(grant, place, stream, page, still, told) {
    this.#grant = grant;
    this.#video = place.video;
    this.#canvas = place.canvas;
    this.#stream = stream;
    this.#page = page;
    this.#still = still;
    this.#told = told;
    this.#choice = new Choice(page);
  }

  /** The element on the screen. */
  get video() {
    return this.#video;
  }

  /** How the picture on the screen comes; null: there is none. */
  get delivery() {
    return this.#current?.kind ?? null;
  }

  /** 0: moving pictures; otherwise how long a still one stays. */
  get still() {
    return this.#current?.view?.picture.still ?? 0;
  }

  /** What the network lets through: main, sub, few (keyframes alone) or last (nothing new). */
  get quality() {
    return this.#current?.quality ?? "main";
  }

  /** Does a relay carry it? null: not known. */
  get relayed() {
    return this.#current?.view?.relayed ?? (this.delivery === WEBRTC ? null : false);
  }

  /** Begin. */
  start() {
    const kind = this.#choice.first(performance.now());
    if (kind !== null) this.#try(kind);
  }

  /** No picture and no view remain. */
  clear() {
    this.#over = true;
    clearTimeout(this.#grace);
    this.#leave(this.#coming);
    this.#leave(this.#current);
    this.#coming = this.#current = null;
  }

  /** Nobody can see the page: only the sealed stream's views, which its connection takes along, stay asked for. */
  sleep() {
    this.#leave(this.#coming);
    this.#coming = null;
    this.#current?.strain?.forget();
    if (this.#current === null || this.#current.kind === SEALED) return;
    this.#leave(this.#current);
    this.#current = null;
    this.#told.dark();
  }

  /** Tell the server why it was cut. Before `clear`. */
  report(cause) {
    const session = this.#blamed ?? this.#current ?? this.#coming;
    if (session?.view?.report !== undefined) session.view.reported = session.view.report(cause);
    else if (session?.view) this.#stream.report(session.view, cause);
  }

  /** Ask the browser to play: it wanted a tap first. */
  play() {
    this.#current?.view?.picture.play();
    this.#coming?.view?.picture.play();
  }

  /** Called a few times a second, while the page is visible. */
  tick() {
    if (this.#current?.kind === SEALED) this.#current.view.picture.lips = this.lips;
    this.#current?.view?.picture.tick();
    this.#coming?.view?.picture.tick();
    if (this.#over || document.hidden) return undefined;
    const now = performance.now();
    const healthy = this.#healthy(now);
    this.#giveUp(now, healthy);
    if (this.#coming !== null || (this.#still && this.#page.able.has(SEALED))) return undefined;
    if (this.#current?.cameraDown) return undefined; // no other way brings a picture either
    this.#lookAtTheNetwork(now);
    if (this.#current === null) return this.start();
    if (healthy && now - this.#current.liveSince < SETTLED_MS) return undefined;
    const kind = this.#choice.next(now, this.#current.dead ? null : this.delivery, healthy, this.large);
    return kind === null ? undefined : this.#try(kind);
  }

  #lookAtTheNetwork(now) {
    const session = this.#current;
    if (session?.kind === SEALED && session.strain?.isPoor(now)) this.#choice.poor(now);
    else if (session?.kind === WEBRTC && session.quality !== undefined && session.quality !== "main") this.#choice.stillPoor(now);
  }

  #healthy(now) {
    const session = this.#current;
    return session !== null && !session.dead && now - session.seenAt < PATIENCE_MS + this.still;
  }

  // What is tried beside a picture gives up after a while, or when the picture went on by itself.
  #giveUp(now, healthy) {
    const session = this.#coming;
    if (session === null || this.#current === null) return;
    if (healthy && this.#choice.better(this.delivery, session.kind, this.large, now)) this.#drop(session);
    else if (now - session.since > TRY_MS && !session.cameraDown) this.#failed(session);
  }

  // Without a picture on the screen it takes its place at once, and has it to itself until another shows one.
  #try(kind) {
    const alone = this.#current === null;
    const now = performance.now();
    const video = alone || kind === STILLS ? this.#video : another(this.#video);
    const session = { kind, video, view: null, cameraDown: false, counted: true, dead: false, strain: null };
    session.since = session.seenAt = now;
    session.liveSince = Infinity;
    if (alone) this.#current = session;
    else this.#coming = session;
    this.#page.seatTaken(kind);
    if (kind === SEALED) this.#begin(session, new View(this.#grant, session.video, this.#stream, this.#listener(session)));
    else this.#fetch(session).catch(() => this.#failed(session));
  }

  // Few need these, or not at once.
  async #fetch(session) {
    const listener = this.#listener(session);
    const { csrf } = this.#page;
    const made = {
      [WEBRTC]: async () => new (await import("./webrtc.js")).WhepView(this.#grant, session.video, this.#stream, csrf, listener),
      [HLS]: async () => new (await import("./hls_view.js")).HlsView(this.#grant, session.video, csrf, listener),
      [STILLS]: async () => new (await import("../stills/stills_view.js")).StillsView(this.#grant, this.#canvas, this.#stream, listener),
    };
    const view = await made[session.kind]();
    if (this.#knows(session)) this.#begin(session, view);
  }

  #begin(session, view) {
    session.view = view;
    view.picture.still = session.kind === STILLS ? STILL_MS : this.#still;
    if (session.kind === SEALED) this.#stream.watch(view);
    else view.begin();
  }

  #listener(session) {
    const told = this.#told;
    const mine = (act) => (...given) => this.#knows(session) && act(...given);
    return {
      opened: mine((reply) => this.#opened(session, reply)),
      frame: mine((timeMs) => this.#frame(session, timeMs)),
      camera: mine((state) => {
        session.cameraDown = state.state !== "live";
        session.strain?.forget();
        told.camera(state);
      }),
      ended: mine((end) => told.ended(end)),
      alarm: mine((cause) => {
        this.#blamed = session;
        told.alarm(cause);
      }),
      refused: mine((status) => this.#refused(session, status)),
      lost: mine(() => told.lost()),
      blocked: mine(() => told.blocked()),
      quality: mine((name) => (session.quality = name)),
      undecodable: mine(() => this.#refused(session, 501)),
      size: mine((width, height) => told.size(width, height)),
      failed: mine(() => this.#failed(session)),
      closed: mine(() => this.#closed(session)),
    };
  }

  #knows(session) {
    return !this.#over && (session === this.#current || session === this.#coming);
  }

  #opened(session, reply) {
    if (session.kind !== WEBRTC) clearTimeout(this.#grace); // the grant lives
    this.#told.opened(reply);
  }

  #frame(session, timeMs) {
    const now = performance.now();
    session.seenAt = now;
    session.liveSince = Math.min(session.liveSince, now);
    if (session === this.#coming) this.#arrived(session, timeMs);
    if (session !== this.#current) return;
    session.dead = false;
    this.#shownMs = timeMs;
    this.#strains(session, now);
    this.#choice.works(session.kind, now);
    this.#told.frame(timeMs);
  }

  // Does it keep up? What tells is fetched when there is a picture, not before.
  #strains(session, now) {
    session.strain?.shown(now);
    if (session.strain !== null) return;
    session.strain = undefined;
    import("./strain.js").then(({ Strain }) => (session.strain = new Strain()), () => {});
  }

  // A picture by another way: it takes the screen when it is as new as what is there.
  #arrived(session, timeMs) {
    const age = this.#stream.now() - timeMs;
    const live = age <= LIVE_MS + (session.view?.picture.still ?? 0);
    const healthy = this.#healthy(performance.now());
    if (timeMs + BACK_MS < this.#shownMs || (healthy && (!live || floats(this.#video)))) return;
    if (healthy && session.kind === WEBRTC && session.seenAt - session.liveSince < BURST_MS) return;
    const before = this.#current;
    if (healthy) this.#choice.left(before.kind);
    else if (!before.dead) this.#choice.failed(before.kind, performance.now());
    this.#current = session;
    this.#coming = null;
    clearTimeout(this.#grace);
    this.#put(session.video);
    this.#leave(before);
  }

  #put(video) {
    if (video === this.#video) return;
    this.#video.replaceWith(video);
    this.#video = video;
  }

  #refused(session, status) {
    const sealed = session.kind === SEALED || !this.#choice.can(SEALED);
    if (OVER.has(status) && sealed) return this.#told.refused(status);
    if (IMPOSSIBLE.has(status) || (session.kind === STILLS && status === 503)) this.#choice.never(session.kind);
    if (session.kind === STILLS && session === this.#current) return this.#told.refused(status);
    return this.#failed(session);
  }

  // The server ended it: the grant may be over. Ask the sealed stream, or anew where there is none; meanwhile the picture
  // stays for a moment.
  #closed(session) {
    if (session !== this.#current) return this.#failed(session);
    session.dead = true;
    this.#choice.failed(session.kind, performance.now());
    this.#grace = setTimeout(() => this.#darken(session), GRACE_MS);
    const kind = this.#choice.can(SEALED) ? SEALED : session.kind; // also one that rests: it is asked for its word
    if (this.#coming?.kind === kind) return undefined;
    if (this.#coming !== null) this.#drop(this.#coming);
    return this.#try(kind);
  }

  #darken(session) {
    if (session !== this.#current) return;
    session.view.clear();
    this.#told.dark();
  }

  #failed(session) {
    if (!this.#knows(session)) return;
    this.#choice.failed(session.kind, performance.now());
    if (session === this.#coming) this.#drop(session);
    else if (session.kind === WEBRTC && session.seenAt > session.since) session.dead = true; // its picture grows old
    else {
      this.#leave(session);
      this.#current = null;
    }
    this.#next();
  }

  #next() {
    if (this.#coming !== null || document.hidden) return;
    const kind = this.#choice.next(performance.now(), this.delivery, false, this.large);
    if (kind !== null) this.#try(kind);
    else if (this.#current === null) this.#told.refused(503);
  }

  #drop(session) {
    this.#choice.left(session.kind);
    this.#coming = null;
    this.#leave(session);
  }

  #leave(session) {
    if (session === null) return;
    if (session.counted) this.#page.seatLeft(session.kind);
    session.counted = false;
    if (session.view === null) return;
    session.view.clear();
    this.#stream.drop(session.view);
  }
}

// Another element of the same looks, outside the page until it shows something.
function another(video) {
  const made = video.cloneNode(false);
  made.removeAttribute("src");
  return made;
}

// To replace an element that floats above other windows would close it.
function floats(video) {
  return document.pictureInPictureElement === video;
}
