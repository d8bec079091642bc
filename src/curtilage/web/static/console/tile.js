// One tile: a camera's place on the page and what it says about its picture.
//
// Guards: a picture is called live only while its own time says so; an old one carries its age; when the grant ended, a
// part did not open or the person says "not my camera", the picture leaves the screen in the same turn. States stand in
// data-state: connecting, live, stale, still, neutral, error, paused.

import { Player } from "../player/player.js";
import { SoundButton } from "./sound_button.js";
import { words } from "./words.js";

const FROZEN_MS = 2_000;
const CONNECTING_MS = 5_000;
const RETRY_MS = 30_000;
const STILL_MS = 10_000;

export class Tile {
  #stream;
  #page;
  #say;
  #parts;
  #player = null;
  #shownMs = null;
  #shownAt = 0;
  #askedAt = 0;
  #firstSeen = false;
  #camera = null;
  #over = null;
  #retry = 0;
  #retriedItself = false;
  #large = false;
  #dark = false;
  #untilTimer = 0;
  #spoken = "";
  #sound;

  /** `element` is the template's tile; `page` the page's Deliveries; `say(words, urgent)` reads a change out to those who
   * cannot see it. */
  constructor(element, stream, page, say) {
    this.element = element;
    this.name = element.dataset.name;
    this.#stream = stream;
    this.#page = page;
    this.#say = say;
    const part = (name) => element.querySelector(`[data-part="${name}"]`);
    const names = ["video", "canvas", "chip", "what", "do", "tap", "facts", "tell", "way"];
    this.#parts = Object.fromEntries(names.map((name) => [name, part(name)]));
    this.#sound = new SoundButton(element, stream, say);
    part("again").addEventListener("click", () => this.again());
    part("not-mine").addEventListener("click", () => this.#notMine());
    this.#parts.tap.addEventListener("click", () => this.#tapped());
    this.#parts.tell.addEventListener("click", () => this.toggleFacts());
    this.#parts.way.addEventListener("change", () => this.#pin(this.#parts.way.value));
  }

  /** The element on the screen; another delivery brings its own. */
  get video() {
    return this.#player?.video ?? this.#parts.video;
  }

  /** The person looks at this one alone. */
  set large(value) {
    this.#large = value;
    if (this.#player !== null) this.#player.large = value;
  }

  /** It is open, and the only one that may sound. */
  set sounds(value) {
    this.#sound.open = value;
  }

  /** The person wants its sound, or no longer. */
  toggleSound() {
    this.#sound.toggle();
  }

  /** Is a picture on the screen that may be called live? */
  get shows() {
    return this.element.dataset.state === "live" || this.element.dataset.state === "still";
  }

  /** Show, or hide, what a person may want to know: delivery, age, the grant's end. */
  toggleFacts() {
    const { facts, tell, way } = this.#parts;
    facts.hidden = !facts.hidden;
    tell.setAttribute("aria-expanded", String(!facts.hidden));
    way.value = this.#page.pinned ?? "";
    this.render();
  }

  // A person's own choice, for every picture of this browser.
  #pin(kind) {
    this.#page.pinned = kind || null;
    this.again();
  }

  /** Pause this picture, or show it again. */
  toggle() {
    if (this.#player === null) this.again();
    else this.pause();
  }

  /** The page is hidden. */
  sleep() {
    this.#player?.sleep();
  }

  /** Begin showing unless it is over for a reason of its own. */
  resume() {
    if (this.#over === null || this.#over.state === "paused") this.start();
  }

  /** Begin showing. */
  start() {
    if (this.#player !== null || !this.element.dataset.grant) return;
    this.#over = null;
    this.#dark = false;
    this.#askedAt = performance.now();
    this.#firstSeen = false;
    const still = this.element.dataset.still === "true" ? STILL_MS : 0;
    this.#player = new Player(this.element.dataset.grant, this.#parts, this.#stream, this.#page, still, this.#listener());
    this.#player.large = this.#large;
    this.#player.start();
    this.#sound.resume();
    this.render();
  }

  /** No picture and no view: the person paused the pictures. */
  pause() {
    if (!this.element.dataset.grant) return;
    this.#cut();
    this.#shownMs = null;
    this.#over = { state: "paused", what: words.picturesPaused(), do: words.picturesPausedDo() };
    this.render();
  }

  /** The person wants it again. */
  again() {
    this.#retriedItself = false;
    this.#restart();
  }

  /** Where every state is decided and shown; called with each picture and a few times a second. */
  render() {
    this.#sound.tick();
    if (this.#player !== null) this.#player.lips = this.#sound.lips;
    this.#player?.tick();
    const state = this.#state();
    if (!this.element.dataset.grant) return;
    const { chip, what, do: whatToDo, facts } = this.#parts;
    put(chip, this.#chipWords(state));
    if (!facts.hidden) this.#showFacts(facts);
    if (state === "neutral" || state === "error" || state === "paused") {
      const card = this.#card(state);
      put(what, card.what);
      put(whatToDo, card.do);
    }
    if (this.element.dataset.state !== state) this.#changed(state);
  }

  #showFacts(place) {
    const until = Number(this.element.dataset.untilMs) || null;
    const { delivery = null, quality = "main", relayed = null } = this.#player ?? {};
    const list = place.querySelector("dl");
    const facts = words.facts(delivery, quality, relayed, this.#ageMs(), until).flat();
    if (list.childElementCount === 0) facts.forEach((_, at) => list.append(document.createElement(at % 2 ? "dd" : "dt")));
    facts.forEach((text, at) => put(list.children[at], text));
  }

  #listener() {
    return {
      opened: (reply) => this.#opened(reply),
      frame: (timeMs) => this.#frame(timeMs),
      camera: (state) => {
        this.#camera = state;
        this.#sound.camera(state.sound);
        this.render();
      },
      ended: (end) => this.#ended(end.words ?? ""),
      alarm: (cause) => this.#alarmed(cause),
      refused: (status) => this.#refused(status),
      lost: () => this.render(),
      blocked: () => {
        this.#parts.tap.hidden = false;
      },
      size: (width, height) => {
        if (width && height) this.#parts.canvas.parentElement.style.setProperty("--shape", `${width} / ${height}`);
      },
      dark: () => {
        this.#dark = true;
        this.#askedAt = performance.now();
        this.render();
      },
    };
  }

  #opened(reply) {
    clearTimeout(this.#untilTimer);
    if (reply.until_ms === null) return;
    this.element.dataset.untilMs = reply.until_ms;
    const left = reply.until_ms - this.#stream.now();
    if (left < 2 ** 31) this.#untilTimer = setTimeout(() => this.#refused(404), Math.max(0, left));
  }

  #frame(timeMs) {
    this.#dark = false;
    this.#shownMs = timeMs;
    this.#shownAt = performance.now();
    this.element.dataset.partTime = timeMs;
    if (this.element.dataset.delivery !== this.#player.delivery) this.element.dataset.delivery = this.#player.delivery;
    this.#parts.tap.hidden = true;
    const live = this.#ageMs() <= this.#limit("staleMs");
    if (live && !this.#firstSeen) {
      this.#firstSeen = true;
      const detail = { timeMs, sinceMs: this.#shownAt - this.#askedAt };
      this.element.dispatchEvent(new CustomEvent("curtilage:first-frame", { bubbles: true, detail }));
    }
    if (this.element.dataset.state !== "live") this.render();
  }

  #ageMs() {
    return this.#shownMs === null || this.#dark ? Infinity : Math.max(0, this.#stream.now() - this.#shownMs);
  }

  #limit(name) {
    return Number(this.element.dataset[name]);
  }

  #state() {
    if (this.#over !== null) return this.#over.state;
    const age = this.#ageMs();
    const still = this.#player?.still ?? 0;
    const frozen = performance.now() - this.#shownAt > FROZEN_MS + still;
    if (still && age <= this.#limit("staleMs") + still) return "still";
    if (age <= this.#limit("staleMs") && !frozen) return "live";
    if (age <= this.#limit("neutralMs")) return "stale";
    if (this.#camera?.words && this.#camera.state !== "live") return "error";
    return age === Infinity && performance.now() - this.#askedAt < CONNECTING_MS ? "connecting" : "neutral";
  }

  #chipWords(state) {
    if (state === "still" && this.#player?.delivery === "stills") return words.stills(this.name, this.#ageMs());
    if (state === "stale" || state === "still") return words[state](this.name, this.#ageMs());
    return (words[state] ?? words.dark)(this.name);
  }

  #card(state) {
    const since = words.since(this.#shownMs);
    if (this.#over !== null) return { what: this.#over.what ?? since, do: this.#over.do };
    if (state === "error") return { what: this.#camera.words, do: this.#camera.do ?? "" };
    return { what: since, do: words.waiting(this.name) };
  }

  #changed(state) {
    this.element.dataset.state = state;
    const spoken = state === "neutral" || state === "error" ? `${this.name}: ${this.#parts.what.textContent}` : this.#parts.chip.textContent;
    if (state !== "connecting" && spoken !== this.#spoken) this.#say(spoken, false);
    this.#spoken = spoken;
    this.element.dispatchEvent(new CustomEvent("curtilage:state", { bubbles: true, detail: { state } }));
  }

  #alarmed(cause) {
    this.#player.report(cause);
    this.#end({ state: "neutral", do: words.alarm(this.name) }, true);
    this.#say(words.alarm(this.name), true);
  }

  // The server met a part that was not this view's before it was sent.
  #ended(said) {
    this.#end({ state: "neutral", do: said }, true);
    this.#say(said, true);
  }

  #refused(status) {
    if (status === 503) return this.#end({ state: "error", what: words.undecodable(this.name), do: "" }, false);
    const until = Number(this.element.dataset.untilMs);
    if (status === 423) return this.#end({ state: "error", what: words.locked(this.name), do: words.lockedDo() }, false);
    if (status === 401 || status === 403) return this.#end({ state: "neutral", do: words.signedOut() }, false);
    const ended = until && until <= this.#stream.now();
    return this.#end({ state: "neutral", do: ended ? words.ended(this.name, until) : words.refused(this.name) }, false);
  }

  #notMine() {
    this.#player?.report("not_my_camera");
    this.#end({ state: "neutral", what: words.notMine(), do: words.notMineDo() }, false);
    this.#say(words.notMine(), true);
  }

  #tapped() {
    this.#parts.tap.hidden = true;
    this.#player?.play();
  }

  // The view is over: the picture goes first, then everything is explained.
  #end(over, triesItself) {
    this.#cut();
    this.#over = over;
    this.render();
    if (!triesItself || this.#retriedItself) return;
    this.#retry = setTimeout(() => {
      this.#retriedItself = true;
      this.#restart();
    }, RETRY_MS);
  }

  #cut() {
    clearTimeout(this.#retry);
    clearTimeout(this.#untilTimer);
    this.#leaveOverlays();
    this.#sound.stop();
    if (this.#player !== null) {
      this.#player.clear();
      this.#parts.video = this.#player.video;
      this.#player = null;
    }
    delete this.element.dataset.delivery;
    this.#parts.tap.hidden = true;
  }

  #restart() {
    this.#cut();
    this.#shownMs = null;
    this.#camera = null;
    this.start();
  }

  // Full screen and picture in picture carry no age and no card: leave both.
  #leaveOverlays() {
    if (document.pictureInPictureElement === this.video) document.exitPictureInPicture().catch(() => {});
  }
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
