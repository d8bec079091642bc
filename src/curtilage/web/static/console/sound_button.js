// The button that turns a camera's sound on and off, where one camera is looked at.
//
// Only the camera that is open can sound, so one sounds at a time. What the person chose is remembered by this browser
// and holds for the next camera that is opened; a browser that refuses to sound by itself waits for a tap.

import { words } from "./words.js";

const REMEMBERED = "sound on";

export class SoundButton {
  #tile;
  #button;
  #label;
  #say;
  #stream;
  #listening = null;
  /** It is to sound: what it takes may still be on its way. */
  #wanted = false;
  #camera;
  #open = false;
  /** Why it is off although the person wants it; null: nothing is in the way. */
  #obstacle = null;

  /** `tile`: the template's tile; `say(words, urgent)` as of tile.js. */
  constructor(tile, stream, say) {
    this.#tile = tile;
    this.#say = say;
    this.#stream = stream;
    this.#camera = tile.dataset.sound;
    this.#button = tile.querySelector('[data-part="sound"]');
    this.#label = tile.querySelector('[data-part="sound-words"]');
    if (this.#button === null) return;
    this.#button.addEventListener("click", () => this.toggle());
    this.render();
  }

  /** The camera is open, or no longer. */
  set open(value) {
    if (value === this.#open) return;
    this.#open = value;
    this.#obstacle = null;
    if (value && remembered()) this.#start();
    else if (!value) this.#silence();
    this.render();
  }

  /** What the server said of the camera: off, none or on. */
  camera(sound) {
    if (sound === undefined || sound === this.#camera) return;
    this.#camera = sound;
    if (sound !== "on") this.#silence();
    else if (this.#open && remembered()) this.#start();
    this.render();
  }

  /** The person wants the other. */
  toggle() {
    if (!this.#open || this.#button === null) return;
    const wanted = !this.#wanted;
    this.#obstacle = null;
    remember(wanted);
    if (wanted) this.#start();
    else this.#silence();
    this.render();
  }

  /** What keeps a picture together with it (player/lips.js); null: it is off. */
  get lips() {
    return this.#listening?.lips ?? null;
  }

  /** The picture is over, or paused: so is the sound. */
  stop() {
    this.#silence();
    this.render();
  }

  /** The picture is back. */
  resume() {
    if (this.#open && remembered() && this.#obstacle === null) this.#start();
    this.render();
  }

  /** Called a few times a second. */
  tick() {
    if (!this.#listening?.on) return;
    this.#listening.tick();
    this.render();
  }

  // What plays it is fetched only now: most pages stay silent.
  async #start() {
    if (this.#camera !== "on" || this.#button === null || this.#wanted) return;
    this.#wanted = true;
    const { Listening } = await import("../player/listening.js");
    if (!this.#wanted) return;
    this.#listening ??= new Listening(this.#tile.dataset.grant, this.#tile, this.#stream, {
      blocked: () => this.#stopped("blocked"),
      undecodable: () => this.#stopped("undecodable"),
      over: (alarm) => (alarm ? this.#stopped("alarm") : this.#refused()),
    });
    this.#listening.start();
    this.render();
  }

  #silence() {
    this.#wanted = false;
    this.#listening?.stop();
  }

  // Switched off: a picture that comes by another delivery than the sealed stream brings no word of it.
  #refused() {
    this.#camera = "off";
    this.#stopped(null);
  }

  #stopped(obstacle) {
    this.#silence();
    this.#obstacle = obstacle;
    if (obstacle === "alarm") this.#say(words.alarm(this.#tile.dataset.name), true);
    this.render();
  }

  render() {
    if (this.#button === null) return;
    const on = this.#wanted;
    const reason = this.#camera === "on" ? this.#obstacle : this.#camera;
    const comes = on && this.#listening?.heard === true;
    this.#button.disabled = this.#camera !== "on";
    this.#button.dataset.reason = reason ?? "";
    this.#button.setAttribute("aria-pressed", String(on));
    this.#button.dataset.on = String(on);
    const text = words.sound(on, comes ? null : on ? "waiting" : reason);
    if (this.#label.textContent !== text) this.#label.textContent = text;
  }
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) === "yes";
  } catch {
    return false; // storage is switched off: nothing is remembered
  }
}

function remember(value) {
  try {
    localStorage.setItem(REMEMBERED, value ? "yes" : "no");
  } catch {
    // as above
  }
}
