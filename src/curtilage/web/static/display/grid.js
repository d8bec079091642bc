// A paired display: its cameras full screen, dimmed when nobody touches it, woken by the server's word.
//
// Guards: unpaired, from either side, means every picture leaves the screen before anything else happens. The page
// holds two requests: the stream that carries its views, and one that is answered when there is news for this display.

import { Deliveries } from "../player/deliveries.js";
import { Stream } from "../player/stream.js";
import { Tile } from "../console/tile.js";

const API = "/api/v1/display";
const TICK_MS = 250;
const SOMEBODY_MS = 6_000;
const PAUSE_LEAST_MS = 250;
const PAUSE_MOST_MS = 15_000;
const STILL_KEYS = new Set(["Shift", "Control", "Alt", "Meta"]);

const part = (name) => document.querySelector(`[data-${name}]`);
const csrf = document.querySelector('meta[name="csrf-token"]').content;
const quietMs = Number(document.body.dataset.quietS) * 1000;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const stream = new Stream(csrf);
const page = new Deliveries(csrf);
const tiles = [...document.querySelectorAll("[data-tile]")].map((element) => new Tile(element, stream, page, say));
const handles = new Set(tiles.map((tile) => tile.element.dataset.grant));
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
let version = document.body.dataset.version;
let wokenMs = Number(document.body.dataset.wokenMs);
let touchedAt = performance.now();
let dimmed = false;
let over = false;
let wakeLock = null;

document.body.dataset.player = "grid"; // stills.js stays quiet
for (const tile of tiles) tile.element.dataset.still = String(calm.matches);
for (const tile of tiles) tile.large = tiles.length === 1;
for (const kind of ["pointerdown", "pointermove", "keydown"]) addEventListener(kind, touched, { capture: true });
document.addEventListener("visibilitychange", attend);
addEventListener("pagehide", sleep);
addEventListener("pageshow", (event) => event.persisted && attend());
part("menu").addEventListener("click", () => openMenu(true));
part("shut").addEventListener("click", () => openMenu(false));
part("fill").addEventListener("click", fill);
part("dim").addEventListener("click", dim);
part("dark").addEventListener("click", wake);
part("unpair").addEventListener("click", () => makeSure(true));
part("keep").addEventListener("click", () => makeSure(false));
part("unpair-now").addEventListener("click", unpair);
addEventListener("keydown", (event) => event.key === "Escape" && openMenu(false));
addEventListener("keydown", (event) => event.key === "i" && tiles.forEach((tile) => tile.toggleFacts()));
part("fill").hidden = document.documentElement.requestFullscreen === undefined;
setInterval(tick, TICK_MS);
attend();
hear();

// Hidden: no pictures are fetched. Back: begin at the live edge.
function attend() {
  if (document.hidden || dimmed || over) {
    if (document.hidden || over) sleep();
    return;
  }
  stream.open();
  for (const tile of tiles) tile.resume();
  stayAwake();
}

function sleep() {
  for (const tile of tiles) tile.sleep();
  stream.close();
}

function tick() {
  const now = performance.now();
  for (const tile of tiles) tile.render();
  document.body.classList.toggle("somebody", now - touchedAt < SOMEBODY_MS && !dimmed);
  if (dimmed) put(part("time"), clock.format(Date.now()));
  else if (quietMs > 0 && now - touchedAt > quietMs && part("menu-sheet").hidden) dim();
}

function touched(event) {
  if (STILL_KEYS.has(event.key)) return;
  touchedAt = performance.now();
  if (dimmed && event.type === "keydown") wake();
}

// Dark, and no picture is fetched; the connections stay, so that a word wakes it at once.
function dim() {
  if (dimmed) return;
  dimmed = true;
  openMenu(false);
  for (const tile of tiles) tile.pause();
  part("dark").hidden = false;
  part("dark").focus();
  wakeLock?.release().catch(() => {});
  wakeLock = null;
  tick();
}

function wake() {
  touchedAt = performance.now();
  if (!dimmed) return;
  dimmed = false;
  part("dark").hidden = true;
  attend();
}

async function stayAwake() {
  if (navigator.wakeLock === undefined || wakeLock !== null) return;
  try {
    const lock = await navigator.wakeLock.request("screen");
    wakeLock = lock;
    lock.addEventListener("release", () => {
      if (wakeLock === lock) wakeLock = null;
    });
  } catch {
    // the machine saves power: it dims as it likes
  }
}

function openMenu(open) {
  const sheet = part("menu-sheet");
  if (open === !sheet.hidden) return;
  sheet.hidden = !open;
  part("menu").hidden = open;
  part("menu").setAttribute("aria-expanded", String(open));
  makeSure(false);
  (open ? part("menu-first").querySelector("button:not([hidden])") : part("menu")).focus();
}

function makeSure(sure) {
  part("menu-first").hidden = sure;
  part("menu-sure").hidden = !sure;
  part("unpair-failed").hidden = true;
  if (part("menu-sheet").hidden) return;
  (sure ? part("keep") : part("unpair")).focus();
}

function fill() {
  openMenu(false);
  if (document.fullscreenElement !== null) document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => {});
}

async function unpair() {
  blank();
  try {
    const options = { method: "DELETE", headers: { "X-CSRF-Token": csrf }, cache: "no-store", credentials: "same-origin" };
    const reply = await fetch(API, options);
    if (reply.ok || reply.status === 401) return leave();
  } catch {
    // said below
  }
  over = false;
  attend();
  part("unpair-failed").hidden = false;
}

function blank() {
  over = true;
  for (const tile of tiles) tile.pause();
  stream.close();
}

function leave() {
  blank();
  location.reload();
}

// One request at a time; what it says is looked at whole, so nothing is lost between two.
async function hear() {
  let failures = 0;
  for (;;) {
    const began = performance.now();
    try {
      const reply = await fetch(`${API}?after=${version}`, { cache: "no-store", credentials: "same-origin" });
      if (!reply.ok) throw new Error(String(reply.status));
      take(await reply.json());
      failures = 0;
    } catch {
      failures += 1;
    }
    const least = failures ? Math.min(PAUSE_MOST_MS, PAUSE_LEAST_MS * 2 ** failures) : PAUSE_LEAST_MS;
    await new Promise((resolve) => setTimeout(resolve, Math.max(failures ? least : 0, began + least - performance.now())));
  }
}

function take(state) {
  version = state.version;
  if (over) return undefined; // somebody is unpairing it here, this moment
  if (state.state !== "paired") return leave();
  if (state.cameras.some((camera) => !handles.has(camera.handle))) return location.reload();
  if (state.woken_ms > wokenMs) {
    wokenMs = state.woken_ms;
    wake();
  }
  return undefined;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Read out to those who do not see the tiles; an alarm at once, anything else in its turn.
function say(text, now) {
  put(part(now ? "say-now" : "say"), text);
}
