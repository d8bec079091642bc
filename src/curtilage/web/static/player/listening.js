// One camera's sound, turned on and off: a view of its own on the page's stream, and the element it is heard from.
//
// Guards: nothing is asked for while it is off; the first part that fails a check ends it, is silent in the same turn and
// reported; when the grant ends or the sound is switched off, the server refuses and it is silent.

import { Sound } from "./sound.js";
import { View } from "./view.js";

// How long it may play on without a connection: what is in the buffer is over by then.
const SILENCE_MS = 1_500;

export class Listening {
  #grant;
  #place;
  #stream;
  #told;
  #view = null;
  #heardAt = 0;

  /** `place`: where its element stands while it is on. `told`: blocked() (the browser wants a tap), undecodable(), over(alarm) (true: what came was not its own). */
  constructor(grant, place, stream, told) {
    this.#grant = grant;
    this.#place = place;
    this.#stream = stream;
    this.#told = told;
  }

  /** The element it is heard from; null: it is off. */
  element = null;

  /** What keeps a picture together with it; null: it is off. */
  get lips() {
    return this.#view?.picture.lips ?? null;
  }

  /** Is it asked for? */
  get on() {
    return this.#view !== null;
  }

  /** Does it come? */
  get heard() {
    return this.on && performance.now() - this.#heardAt < SILENCE_MS;
  }

  /** Turn it on. */
  start() {
    if (this.on) return;
    this.element = document.createElement("audio");
    this.#place.append(this.element);
    const listener = this.#listener(this.element);
    this.#view = new View(this.#grant, this.element, this.#stream, listener, new Sound(this.element, listener));
    this.#stream.watch(this.#view);
  }

  /** Turn it off: silent at once, and no longer sent. */
  stop() {
    const view = this.#view;
    if (view === null) return;
    this.#view = null;
    view.clear();
    this.element.remove();
    this.element = null;
    this.#stream.drop(view);
  }

  /** Called a few times a second. */
  tick() {
    this.#view?.picture.tick();
  }

  #listener(element) {
    const mine = (act) => (...given) => element === this.element && act(...given);
    const over = (alarm) => {
      this.stop();
      this.#told.over(alarm);
    };
    return {
      opened() {},
      frame: mine(() => (this.#heardAt = performance.now())),
      camera() {},
      lost() {},
      size() {},
      ended: mine(() => over(true)),
      alarm: mine((cause) => {
        this.#stream.report(this.#view, cause);
        over(true);
      }),
      refused: mine(() => over(false)),
      blocked: mine(() => this.#told.blocked()),
      undecodable: mine(() => {
        this.stop();
        this.#told.undecodable();
      }),
    };
  }
}
