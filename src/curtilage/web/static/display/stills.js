// A display whose browser is too old for the player: stills, one after another, in plain image elements.
//
// Guards: it is one plain script for browsers that know no modules, no optional chaining and no private fields, and it
// does nothing where grid.js runs. How long ago a picture was asked for stands beside it and counts on here, also while
// the next one is refused or on its way; at the server's limit it leaves the screen. (Its age when it was asked for
// stands in the picture, if it was not live then.) The request that hears news ends at once when a grant does: then
// every picture leaves the screen and the page is asked for anew.
(function () {
  "use strict";

  var PAUSE_MS = 2000;
  var PAUSE_MOST_MS = 15000;
  var WAIT_MS = 8000;
  var TICK_MS = 500;
  var tiles = Array.prototype.slice.call(document.querySelectorAll("[data-tile]"));
  var over = false;
  var hearing = true;

  function now() {
    return new Date().getTime();
  }

  function words(tile, part, text) {
    var place = tile.querySelector('[data-part="' + part + '"]');
    if (place.textContent !== text) place.textContent = text;
  }

  function blank(tile) {
    var shown = tile.querySelector("img");
    if (shown !== null) shown.parentNode.removeChild(shown);
  }

  function showing(tile, image, askedAt) {
    var video = tile.querySelector("video");
    blank(tile);
    image.alt = "";
    image.setAttribute("data-asked", askedAt);
    video.parentNode.insertBefore(image, video.nextSibling);
    tile.setAttribute("data-state", "still");
    tile.setAttribute("data-delivery", "stills");
    tell(tile);
  }

  // How old what is shown is by now; too old, it goes.
  function tell(tile) {
    var shown = tile.querySelector("img");
    if (shown === null) return;
    var age = now() - Number(shown.getAttribute("data-asked"));
    if (age < 0 || age >= Number(tile.getAttribute("data-neutral-ms"))) return missing(tile);
    words(tile, "chip", tile.getAttribute("data-name") + ", a still, " + Math.ceil(age / 1000) + " s old");
  }

  function missing(tile) {
    blank(tile);
    tile.setAttribute("data-state", "neutral");
    words(tile, "chip", tile.getAttribute("data-name") + ", no picture");
    words(tile, "what", "No picture at the moment");
  }

  // An answer that stays away is as good as none. What is shown stays and gets older, while we would hear of a grant's
  // end; else it goes.
  function ask(tile, failures) {
    var image = document.createElement("img");
    var done = false;
    var askedAt = now();
    function answered(good) {
      if (done) return;
      done = true;
      clearTimeout(timer);
      image.onload = image.onerror = null;
      if (over) return;
      if (good) showing(tile, image, askedAt);
      else if (!hearing || tile.querySelector("img") === null) missing(tile);
      var pause = good ? PAUSE_MS : Math.min(PAUSE_MOST_MS, PAUSE_MS * Math.pow(2, failures));
      setTimeout(function () { ask(tile, good ? 0 : failures + 1); }, pause);
    }
    var timer = setTimeout(function () { answered(false); }, WAIT_MS);
    image.onload = function () { answered(true); };
    image.onerror = function () { answered(false); };
    image.src = "/api/v1/stills/" + tile.getAttribute("data-grant") + "?at=" + askedAt;
  }

  // News, or a display that is none any more: nothing stays on the screen, and the page is looked at anew.
  function anew() {
    over = true;
    tiles.forEach(blank);
    location.reload();
  }

  function hear(version, failures) {
    var request = new XMLHttpRequest();
    request.open("GET", "/api/v1/display?after=" + version);
    request.onload = function () {
      var state = null;
      if (request.status === 401 || request.status === 403 || request.status === 404) return anew();
      try {
        state = request.status === 200 ? JSON.parse(request.responseText) : null;
      } catch (error) {
        state = null;
      }
      if (state !== null && (state.state !== "paired" || state.version !== version)) return anew();
      again(state === null ? failures + 1 : 0);
    };
    request.onerror = function () { again(failures + 1); };
    function again(count) {
      hearing = count === 0;
      setTimeout(function () { hear(version, count); }, Math.min(PAUSE_MOST_MS, 250 * Math.pow(2, count)));
    }
    request.send();
  }

  // A module that this browser cannot read has not run when the page is loaded; one that can has said so.
  addEventListener("load", function () {
    if (document.body.getAttribute("data-player") !== null) return;
    document.body.setAttribute("data-player", "stills");
    tiles.forEach(function (tile) { ask(tile, 0); });
    setInterval(function () { if (!over) tiles.forEach(tell); }, TICK_MS);
    hear(document.body.getAttribute("data-version"), 0);
  });
})();
