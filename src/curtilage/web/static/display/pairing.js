// A display that waits to be let in: fetches a code, shows it large with its QR, and asks the server how it stands.
//
// Guards: it runs in browsers that know no modules, no optional chaining and no private fields, so it is one plain
// script. It asks at most about once a second whatever the server answers; the code renews itself when its time is over.
(function () {
  "use strict";

  const API = "/api/v1/display";
  const PAUSE_LEAST_MS = 1000;
  const PAUSE_MOST_MS = 15000;
  const MINUTE_MS = 60000;
  const place = (name) => document.querySelector("[data-" + name + "]");
  let pairing = null;
  let failures = 0;

  function say(words) {
    const element = place("state-words");
    if (element.textContent !== words) element.textContent = words;
  }

  function wait(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  async function ask(method, path) {
    const reply = await fetch(API + path, { method, credentials: "same-origin", cache: "no-store" });
    if (!reply.ok) throw new Error(String(reply.status));
    return reply.json();
  }

  // The letters one by one would be read as a word.
  function show(code) {
    const element = place("code");
    if (element.textContent === code) return;
    element.textContent = code;
    const picture = place("qr");
    if (picture === null) return;
    picture.src = "/display/qr/" + code.replace("-", "");
    picture.hidden = false;
  }

  function tell() {
    if (pairing === null) return;
    const minutes = Math.max(1, Math.ceil((pairing.endsAt - performance.now()) / MINUTE_MS));
    say(minutes === 1 ? "Waiting for you. A new code comes within a minute." : "Waiting for you. A new code comes in " + minutes + " minutes.");
  }

  async function begin() {
    const made = await ask("POST", "/pairing");
    pairing = { endsAt: performance.now() + made.until_ms - made.now };
    show(made.code);
    tell();
  }

  async function turn(version) {
    const state = await ask("GET", version === null ? "" : "?after=" + version);
    if (state.state === "paired") {
      say("Paired. The cameras come.");
      location.reload();
      await wait(PAUSE_MOST_MS);
    } else if (state.state === "unpaired" || pairing === null) await begin();
    failures = 0;
    return state.state === "waiting" ? state.version : null;
  }

  function failed(error) {
    failures += 1;
    if (error.message === "429") say("Too many displays ask for a code. This one tries again by itself.");
    else say("The server does not answer. This display tries again by itself.");
  }

  async function run() {
    let version = null;
    for (;;) {
      const began = performance.now();
      try {
        version = await turn(version);
      } catch (error) {
        version = null;
        failed(error);
      }
      const pause = failures ? Math.min(PAUSE_MOST_MS, PAUSE_LEAST_MS * Math.pow(2, failures - 1)) : PAUSE_LEAST_MS;
      if (failures) await wait(pause);
      else await wait(Math.max(0, began + PAUSE_LEAST_MS - performance.now()));
    }
  }

  setInterval(() => failures === 0 && tell(), 5000);
  run();
})();
