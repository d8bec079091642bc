"""Click → first marked frame read from the screen; frame pushed at the camera → read from the screen.

A real Chromium, a real server in its own process, GStreamer's origin. The camera is connected and its cache warm; the
page is open with its pictures paused, as a display at rest. A click on the tile opens the view; each frame the browser
presents is drawn to a canvas and its mark read. The origin says when it pushed the frame of that number.
"""

import random
import time
from typing import Any

from playwright.sync_api import Page
from tests.chromium import chromium, mark_reader

from benchmarks.figures import Figure, median
from benchmarks.marked_frame import first_detail, firsts_of, is_ours, latencies_of, latency_detail, latency_ms
from benchmarks.warm_home import WarmHome, warm_home

CLICKS_COUNT = 40
WATCH_S = 1.5
LIVE_AFTER_MS = 400
"""The latency of the live picture is taken from here on: catching up is over."""
RECORDER = """
(() => {
  const readMark = READER;
  const canvas = document.createElement("canvas");
  canvas.width = 1280; canvas.height = 60;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const seen = { clicked: 0, frames: [] };
  document.addEventListener("click", (event) => { seen.clicked = event.timeStamp; seen.frames = []; }, true);
  // Another delivery brings an element of its own.
  const screen = document.querySelector("[data-tile] .screen");
  new MutationObserver(watch).observe(screen, { childList: true });
  const watched = new WeakSet();
  function watch() {
    const video = screen.querySelector("video");
    if (watched.has(video)) return;
    watched.add(video);
    video.requestVideoFrameCallback(() => frame(video));
  }
  function frame(video) {
    video.requestVideoFrameCallback(() => frame(video));
    if (!video.isConnected) return;
    context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight / 12, 0, 0, 1280, 60);
    const strip = context.getImageData(0, 0, 1280, 60);
    const mark = readMark({ data: strip.data, width: 1280, height: 720 });
    const now = performance.now();
    if (mark !== null && seen.clicked) seen.frames.push([now, mark.home, mark.camera, mark.frame, mark.mac]);
  }
  watch();
  window.seen = seen;
})()
"""


def measure() -> list[Figure]:
    """Both figures, from the same clicks."""
    with warm_home() as home, chromium() as browser:
        return _figures(clicks(home.browser(browser).new_page(), home))


def clicks(
    page: Page, home: WarmHome, delivery: str = "", count: int = CLICKS_COUNT
) -> list[list[tuple[float, float]]]:
    """For each click, of every marked frame: ms since the click, and its latency in ms. ``delivery``: a person's own
    choice; nothing: the player's.
    """
    page.goto(f"http://localhost:{home.household.port}/")
    page.evaluate("(kind) => localStorage.setItem('picture delivery', kind)", delivery)
    page.click("[data-pause]")
    page.evaluate(RECORDER.replace("READER", mark_reader()))
    chance = random.Random(1)
    found = []
    for _ in range(count):
        # Anywhere in the group of pictures, with the connections at rest.
        time.sleep(0.4 + chance.random() * 2)
        page.click(f"#camera-{home.camera} .open")
        time.sleep(WATCH_S)
        seen: dict[str, Any] = page.evaluate("({ ...window.seen, origin: performance.timeOrigin })")
        frames = [frame for frame in seen["frames"] if is_ours(frame)]
        assert frames, "no marked frame came to the screen"
        found.append([(frame[0] - seen["clicked"], latency_ms(frame, seen["origin"], home.origin)) for frame in frames])
        page.keyboard.press("Space")
        page.wait_for_selector("[data-tile][data-state=paused]")
        page.keyboard.press("Escape")
    return found


def _figures(found: list[list[tuple[float, float]]]) -> list[Figure]:
    firsts, latencies = firsts_of(found), latencies_of(found, LIVE_AFTER_MS)
    steady = latency_detail(latencies) | {"frames a second": sum(map(len, found)) / len(found) / WATCH_S}
    first, live = (
        "click → first marked frame on the screen, median",
        "pushed at the camera → read from the screen, median",
    )
    return [
        Figure(first, 150, median(firsts), "ms", detail=first_detail(found, WATCH_S)),
        Figure(live, 130, median(latencies), "ms", detail=steady),
    ]
