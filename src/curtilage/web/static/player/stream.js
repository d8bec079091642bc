// The page's one streaming connection, which carries all its views (docs/spec/sealed-stream.md).
//
// Guards: records of a view that nobody here asked for are dropped; what arrives before the answer to our request is
// held, bounded; a connection that was reset (a grant ended: there is no polite last word) is opened again at once and
// the views are asked for again, so that only the one without a grant stays dark; other losses are met with growing,
// jittered pauses. When a connection falls silent another is tried beside it, and whichever speaks first stays: after an
// outage nobody can say which of the two TCP brings back sooner. One of them at a time carries views.
// The server's time is estimated here, and never from anything a part says.

import { ServerTime } from "./server_time.js";
import { decodeJson, decodeTime, HEARTBEAT, RecordParser, WELCOME } from "./stream_record.js";

const HELD_BYTES_MAX = 8 * 1024 * 1024;
const SILENCE_MS_MAX = 1_500;
const WATCH_MS = 250;
const CONNECT_MS_MAX = 4_000;
const PAUSE_FIRST_MS = 250;
const PAUSE_LAST_MS = 15_000;
// A network that is away asks nothing of anybody; a server that said no does.
const PAUSE_AWAY_MS = 1_500;
// Resets in a row (many grants revoked at once) that are met without a pause.
const AT_ONCE_COUNT_MAX = 20;
const AT_ONCE_WINDOW_MS = 10_000;
// A refusal that came while the connection was going down may have meant the connection.
const DOUBTFUL_MS = 2_000;
const REPORTS_PER_MINUTE_MAX = 10;

export class Stream {
  #csrf;
  #base;
  #views = new Set();
  #wanted = false;
  #link = null;
  /** Tried beside a link that fell silent. */
  #spare = null;
  #noSpareUntil = -Infinity;
  #time = new ServerTime();
  #turn = 0;
  #guard = 0;
  #retryNow = () => {};
  #reports = [];

  /** `base` is where the API lives; `csrf` the session's token against forged requests. */
  constructor(csrf, base = "/api/v1") {
    this.#csrf = csrf;
    this.#base = base;
    addEventListener("online", () => this.#retryNow());
  }

  /** The server's time in ms. */
  now() {
    return this.#time.now();
  }

  /** Is the connection up? */
  get connected() {
    return this.#link?.handle != null;
  }

  /** Keep a connection open from now on. */
  open() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#turn += 1;
    this.#run(this.#turn);
    this.#guard = setInterval(() => this.#watch(), WATCH_MS);
  }

  /** Drop the connection and every view with it; `open` asks for them again. */
  close() {
    this.#wanted = false;
    clearInterval(this.#guard);
    this.#spare?.abort.abort();
    this.#link?.abort.abort();
    this.#retryNow();
  }

  /** Ask for this view, now and after every loss, until `drop`. */
  watch(view) {
    this.#views.add(view);
    if (this.connected) this.#ask(this.#link, view);
  }

  /** This view is over on our side. */
  drop(view) {
    this.#views.delete(view);
    const number = this.#link?.numberOf(view);
    if (number === undefined) return;
    this.#link.forget(number);
    this.#send("DELETE", `/streams/${this.#link.handle}/views/${number}`).catch(() => {});
  }

  /** Tell the server why a view was cut; the server ends it too. A page reports a bounded number of times a minute. */
  report(view, cause) {
    this.#views.delete(view);
    const number = this.#link?.numberOf(view);
    const place = number === undefined ? view.place : { stream: this.#link.handle, view: number };
    if (place == null) return;
    this.#link?.forget(number);
    const now = performance.now();
    this.#reports = this.#reports.filter((at) => now - at < 60_000);
    if (this.#reports.length >= REPORTS_PER_MINUTE_MAX) return;
    this.#reports.push(now);
    view.reported = this.#send("POST", `/streams/${place.stream}/views/${place.view}/alarms`, { cause }).catch(() => {});
  }

  #send(method, path, body) {
    const headers = { "X-CSRF-Token": this.#csrf };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const options = { method, headers, body: body && JSON.stringify(body), cache: "no-store", redirect: "error" };
    return fetch(this.#base + path, { ...options, keepalive: method === "DELETE" });
  }

  async #run(turn) {
    let atOnce = [];
    let failures = 0;
    let link = this.#begin();
    for (;;) {
      this.#link = link;
      const welcomed = await link.ended;
      if (!this.#wanted || turn !== this.#turn) return;
      const another = this.#link === link ? this.#spare : this.#link;
      if (another !== null) {
        if (another === this.#spare) this.#spare = null;
        link = another;
        continue;
      }
      const now = performance.now();
      atOnce = atOnce.filter((at) => now - at < AT_ONCE_WINDOW_MS);
      failures = welcomed ? 0 : failures + 1;
      if (failures <= 1 && atOnce.length < AT_ONCE_COUNT_MAX) atOnce.push(now);
      else await this.#pause(failures, link.answered ? PAUSE_LAST_MS : PAUSE_AWAY_MS);
      if (!this.#wanted || turn !== this.#turn) return;
      link = this.#begin();
    }
  }

  #begin() {
    const link = new Link();
    link.ended = this.#connect(link);
    return link;
  }

  #pause(failures, most) {
    const longest = Math.min(most, PAUSE_FIRST_MS * 2 ** Math.min(failures, 10));
    return new Promise((done) => {
      const timer = setTimeout(done, longest * (0.5 + Math.random() / 2));
      this.#retryNow = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  // One connection, from its request to its end. True when it came up.
  async #connect(link) {
    try {
      const headers = { "X-CSRF-Token": this.#csrf };
      const options = { method: "POST", headers, cache: "no-store", redirect: "error", signal: link.abort.signal };
      const reply = await fetch(`${this.#base}/streams`, options);
      link.answered = true;
      if (reply.ok) await this.#read(link, reply.body.getReader());
      else if (reply.status !== 429 && reply.status < 500) this.#signedOut(reply.status);
    } catch {
      // A reset, a lost network, a record that is none: all end this connection, and the next one tells which.
    }
    link.abort.abort();
    for (const view of link.numbers.values()) view.lost();
    return link.handle !== null;
  }

  async #read(link, reader) {
    const parser = new RecordParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      link.heardAt = performance.now();
      for (const record of parser.push(value)) this.#take(link, record);
    }
  }

  #take(link, record) {
    if (link.abort.signal.aborted) return;
    if (record.type === WELCOME) this.#welcome(link, decodeJson(record.payload));
    else if (record.type === HEARTBEAT) this.#time.heard(decodeTime(record.payload));
    else link.deliver(record);
  }

  #welcome(link, { stream, now }) {
    link.handle = stream;
    if (link === this.#spare) this.#takeOver(link);
    this.#time.heard(now);
    for (const view of this.#views) this.#ask(link, view);
  }

  #takeOver(link) {
    const before = this.#link;
    this.#link = link;
    this.#spare = null;
    before.abort.abort();
  }

  async #ask(link, view) {
    link.asking += 1;
    try {
      const body = await view.request();
      const reply = await this.#send("POST", `/streams/${link.handle}/views`, body);
      if (link !== this.#link) return;
      if (reply.status === 201) this.#answered(link, view, await reply.json());
      else this.#refused(link, view, reply.status);
    } catch {
      if (link === this.#link && link.alive) this.#askAgain(link, view);
    } finally {
      link.asking -= 1;
      if (link.asking === 0) link.dropHeld();
    }
  }

  #answered(link, view, reply) {
    if (!this.#views.has(view)) {
      this.#send("DELETE", `/streams/${link.handle}/views/${reply.view}`).catch(() => {});
      return;
    }
    this.#time.heard(reply.now);
    view.failures = 0;
    view.opened(reply);
    link.accept(reply.view, view);
  }

  #refused(link, view, status) {
    if (status === 429 || status >= 500) {
      this.#askAgain(link, view);
      return;
    }
    this.#views.delete(view);
    view.refused(status);
    link.doubtful.push({ view, at: performance.now() });
    link.abort.signal.addEventListener("abort", () => this.#reconsider(link), { once: true });
  }

  // The connection ended right after it refused a view: the refusal may have meant the connection, so ask once more.
  #reconsider(link) {
    const now = performance.now();
    for (const { view, at } of link.doubtful.splice(0)) if (now - at < DOUBTFUL_MS) this.#views.add(view);
  }

  #askAgain(link, view) {
    view.failures = (view.failures ?? 0) + 1;
    const pause = Math.min(PAUSE_LAST_MS, PAUSE_FIRST_MS * 2 ** Math.min(view.failures, 10));
    setTimeout(() => {
      if (link === this.#link && link.alive && this.#views.has(view)) this.#ask(link, view);
    }, pause * (0.5 + Math.random() / 2));
  }

  // Nobody is signed in (any more): no view has a right to stay.
  #signedOut(status) {
    this.#wanted = false;
    clearInterval(this.#guard);
    for (const view of this.#views) view.refused(status);
    this.#views.clear();
  }

  // Silence is not proof of a loss, but the server promises a heartbeat: try another connection rather than wait for TCP.
  #watch() {
    const [link, spare, now] = [this.#link, this.#spare, performance.now()];
    if (this.#time.jumped) {
      this.#time.reset();
      spare?.abort.abort();
      link?.abort.abort();
      return;
    }
    for (const each of [link, spare]) if (each?.handle === null && now - each.since > CONNECT_MS_MAX) each.abort.abort();
    if (!link?.alive) return;
    if (now - link.heardAt <= SILENCE_MS_MAX) spare?.abort.abort();
    else if (spare === null && now >= this.#noSpareUntil) this.#lookElsewhere();
  }

  #lookElsewhere() {
    const spare = (this.#spare = this.#begin());
    spare.ended.then(() => {
      if (this.#spare !== spare) return;
      this.#spare = null;
      this.#noSpareUntil = performance.now() + (spare.answered ? PAUSE_LAST_MS : PAUSE_AWAY_MS);
    });
  }
}

/** One connection's own state: it is thrown away as a whole. */
class Link {
  abort = new AbortController();
  since = performance.now();
  /** Resolves at its end: did it come up? */
  ended = null;
  /** The server said something, if only no. */
  answered = false;
  handle = null;
  heardAt = 0;
  asking = 0;
  numbers = new Map();
  doubtful = [];
  #held = [];
  #heldBytes = 0;

  get alive() {
    return this.handle !== null && !this.abort.signal.aborted;
  }

  numberOf(view) {
    for (const [number, known] of this.numbers) if (known === view) return number;
    return undefined;
  }

  forget(number) {
    this.numbers.delete(number);
  }

  deliver(record) {
    const view = this.numbers.get(record.view);
    if (view !== undefined) view.record(record.type, record.payload);
    else if (this.asking > 0) this.#hold(record);
  }

  // The stream may be quicker than the answer that names the view's number.
  #hold(record) {
    this.#heldBytes += record.payload.length;
    if (this.#heldBytes > HELD_BYTES_MAX) throw new Error("more than may be held");
    this.#held.push(record);
  }

  accept(number, view) {
    this.numbers.set(number, view);
    const held = this.#held;
    this.dropHeld();
    for (const record of held) this.deliver(record);
  }

  dropHeld() {
    this.#held = [];
    this.#heldBytes = 0;
  }
}
