// A display that waits to be let in: fetches a code, shows it large with its QR, and asks the server how it stands.
//
// Guards: it runs in every browser that can show stills afterwards (stills.js), so it is one plain script in the language
// of 2009. It asks at most about once a second whatever the server answers; the code renews itself when its time is over.
(function () {
  "use strict";

  var API = "/api/v1/display";
  var PAUSE_LEAST_MS = 1000;
  var PAUSE_MOST_MS = 15000;
  var MINUTE_MS = 60000;
  var endsAt = null;
  var failures = 0;

  function place(name) {
    return document.querySelector("[data-" + name + "]");
  }

  function now() {
    return new Date().getTime();
  }

  function say(words) {
    var element = place("state-words");
    if (element.textContent !== words) element.textContent = words;
  }

  // `told(status, answer)`: the answer is null unless it was a good one.
  function ask(method, path, told) {
    var request = new XMLHttpRequest();
    request.open(method, API + path);
    request.onload = function () {
      var answer = null;
      try {
        answer = request.status >= 200 && request.status < 300 ? JSON.parse(request.responseText) : null;
      } catch (error) {
        answer = null;
      }
      told(request.status, answer);
    };
    request.onerror = function () { told(0, null); };
    request.send();
  }

  // The letters one by one would be read as a word.
  function show(code) {
    var element = place("code");
    if (element.textContent === code) return;
    element.textContent = code;
    var picture = place("qr");
    if (picture === null) return;
    picture.src = "/display/qr/" + code.replace("-", "");
    picture.removeAttribute("hidden");
  }

  function tell() {
    if (endsAt === null || failures > 0) return;
    var minutes = Math.max(1, Math.ceil((endsAt - now()) / MINUTE_MS));
    say(minutes === 1 ? "Waiting for you. A new code comes within a minute." : "Waiting for you. A new code comes in " + minutes + " minutes.");
  }

  function failed(status) {
    failures += 1;
    if (status === 429) say("Too many displays ask for a code. This one tries again by itself.");
    else say("The server does not answer. This display tries again by itself.");
  }

  function turn(version) {
    var began = now();
    function next(heard) {
      var pause = Math.max(0, began + PAUSE_LEAST_MS - now());
      if (failures > 0) pause = Math.min(PAUSE_MOST_MS, PAUSE_LEAST_MS * Math.pow(2, failures - 1));
      setTimeout(function () { turn(heard); }, pause);
    }
    ask("GET", version === null ? "" : "?after=" + version, function (status, state) {
      if (state === null) {
        failed(status);
        return next(null);
      }
      if (state.state === "paired") {
        say("Paired. The cameras come.");
        location.reload();
        return setTimeout(function () { turn(null); }, PAUSE_MOST_MS);
      }
      if (state.state === "unpaired" || endsAt === null) return begin(state, next);
      failures = 0;
      return next(state.version);
    });
  }

  function begin(state, next) {
    ask("POST", "/pairing", function (status, made) {
      if (made === null) {
        failed(status);
        return next(null);
      }
      failures = 0;
      endsAt = now() + made.until_ms - made.now;
      show(made.code);
      tell();
      return next(state.state === "waiting" ? state.version : null);
    });
  }

  setInterval(tell, 5000);
  turn(null);
})();
