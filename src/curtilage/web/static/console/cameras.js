// The cameras' page: one stream for all its tiles, keys, pausing, and what happens while nobody looks.

import { Deliveries } from "../player/deliveries.js";
import { Stream } from "../player/stream.js";
import { Tile } from "./tile.js";
import { words } from "./words.js";

const TICK_MS = 250;
const PAUSED = "pictures paused";

const csrf = document.querySelector('meta[name="csrf-token"]').content;
const stream = new Stream(csrf);
const page = new Deliveries(csrf);
const quiet = matchMedia("(prefers-reduced-motion: reduce)");
const tiles = [...document.querySelectorAll("[data-tile]")].map((element) => new Tile(element, stream, page, say));
const pauseButton = document.querySelector("[data-pause]");
const liveCount = document.querySelector("[data-live-count]");
let paused = remembered();

if (pauseButton !== null) {
  pauseButton.hidden = false;
  pauseButton.addEventListener("click", () => setPaused(!paused));
}
for (const tile of tiles) {
  // Asked for in the click itself: the address changes, and the page is laid out anew, while the answer travels.
  tile.element.querySelector(".open").addEventListener("click", () => tile.resume());
}
addEventListener("hashchange", opened);
// A camera that the address names is found only when the page is whole.
addEventListener("load", opened);
addEventListener("keydown", pressed);
document.addEventListener("visibilitychange", attend);
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && attend());
quiet.addEventListener("change", () => setPaused(paused));
setInterval(tick, TICK_MS);
setPaused(paused);
opened();

function large() {
  return tiles.find((tile) => tile.element.matches(":target"));
}

function setPaused(value) {
  paused = value;
  remember(value);
  pauseButton?.setAttribute("aria-pressed", String(value));
  const label = document.querySelector("[data-pause-words]");
  if (label !== null) {
    label.dataset.pauseOff ??= label.textContent;
    label.textContent = value ? label.dataset.pauseOn : label.dataset.pauseOff;
  }
  for (const tile of tiles) {
    tile.element.dataset.still = String(quiet.matches && tile !== large());
    tile.pause();
  }
  attend();
}

// Hidden: no pictures are fetched, unless one floats above other windows. Back: begin at the live edge.
function attend() {
  if (document.hidden && document.pictureInPictureElement === null) {
    leave();
    return;
  }
  stream.open();
  for (const tile of tiles) if (!paused || tile === large()) tile.resume();
}

function leave() {
  for (const tile of tiles) tile.sleep();
  stream.close();
}

// A camera was opened large, or closed: the same tile, the same view. What it covers goes on, out of reach.
function opened() {
  const tile = large();
  for (const other of tiles) other.large = other === tile || tiles.length === 1;
  for (const other of tiles) other.sounds = other === tile;
  for (const other of tiles) other.element.inert = tile !== undefined && other !== tile;
  if (tile === undefined) return;
  tile.resume();
  tile.element.querySelector(".open").focus({ preventScroll: true });
}

function shut() {
  const tile = large();
  if (tile === undefined) return;
  location.hash = "";
  tile.element.querySelector(".open").focus();
}

function go(step) {
  const at = tiles.indexOf(large());
  if (at >= 0) show(tiles[(at + step + tiles.length) % tiles.length]);
}

function show(tile) {
  if (tile !== undefined) location.hash = tile.element.id;
}

const KEYS = {
  Escape: shut,
  ArrowLeft: () => go(-1),
  ArrowRight: () => go(1),
  " ": () => large()?.toggle(),
  f: () => fill(),
  p: () => float(),
  i: () => large()?.toggleFacts(),
  m: () => large()?.toggleSound(),
};

function pressed(event) {
  // Space presses a button, and letters belong to a field.
  const taken = event.key === " " ? "input, select, textarea, button, summary" : "input, select, textarea";
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest(taken)) return;
  const digit = Number(event.key);
  if (digit >= 1 && digit <= 9) show(tiles[digit - 1]);
  else if (event.key in KEYS && (large() !== undefined || event.target.closest("[data-tile]"))) {
    KEYS[event.key]();
    if (event.key === " ") event.preventDefault();
  }
}

function fill() {
  if (document.fullscreenElement !== null) document.exitFullscreen();
  else large()?.element.querySelector(".screen").requestFullscreen?.();
}

function float() {
  if (document.pictureInPictureElement !== null) document.exitPictureInPicture();
  else large()?.video.requestPictureInPicture?.().catch(() => say(words.noFloat(), false));
}

function tick() {
  for (const tile of tiles) tile.render();
  if (liveCount === null || paused || document.hidden) return;
  const known = tiles.filter((tile) => tile.element.dataset.state !== "connecting");
  if (known.length === tiles.length) put(liveCount, String(tiles.filter((tile) => tile.shows).length));
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Read out to those who do not see the tiles; an alarm at once, anything else in its turn.
function say(text, now) {
  put(document.querySelector(now ? "[data-say-now]" : "[data-say]"), text);
}

function remembered() {
  try {
    return localStorage.getItem(PAUSED) === "yes";
  } catch {
    return false; // storage is switched off: nothing is remembered
  }
}

function remember(value) {
  try {
    localStorage.setItem(PAUSED, value ? "yes" : "no");
  } catch {
    // as above
  }
}
