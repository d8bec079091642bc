"""LL-HLS: asked for → first marked frame read from the screen; frame pushed at the camera → read from the screen.

hls.js in a real Chromium, a real server in its own process, GStreamer's origin. The clock starts when the page begins
to ask for the address (POST), so the figure has the address, both playlists, the init part, the key and the first parts
in it. Half of the starts find the packager at rest, so that it begins with the cache; the others find it at work for
somebody else.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Page
from tests.chromium import chromium
from tests.household import SignedIn
from tests.origin.running import Origin
from tests.web.browser.hls_page import CATCH_UP, bring_hls

from benchmarks.figures import Figure, median
from benchmarks.marked_frame import first_detail, firsts_of, is_ours, latencies_of, latency_detail, latency_ms
from benchmarks.warm_home import warm_home

STARTS_COUNT = 20
WATCH_S = 3.0
LIVE_AFTER_MS = 1000
"""The latency of the live picture is taken from here on: the start is over."""
_IDLE_S = 1.0
"""The setting's least, so that a packager comes to rest between two starts."""


def measure() -> list[Figure]:
    """Both figures, from the same starts."""
    with warm_home(hls_idle_s=_IDLE_S) as home, chromium() as browser:
        owner, page = home.owner, home.browser(browser).new_page()
        page.goto(f"http://localhost:{home.household.port}/homes/{owner.home}/grants")
        bring_hls(page, CATCH_UP)
        handle = owner.handle(home.camera)
        from_rest = _starts(page, owner, handle, home.origin)
        with _somebody_else(owner, handle):
            at_work = _starts(page, owner, handle, home.origin)
        return _figures(from_rest, at_work)


@contextmanager
def _somebody_else(owner: SignedIn, handle: str) -> Iterator[None]:
    """Keeps the packager at work: asks for the playlist now and then."""
    path = str(owner.ask("POST", "/hls", {"grant": handle, "player": "other"}).json()["path"])
    address = f"http://localhost:{owner.port}{path.replace('index', 'main')}"
    stop = threading.Event()

    def ask() -> None:
        with httpx.Client() as client:
            while not stop.wait(_IDLE_S / 4):
                client.get(address)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(WATCH_S)
    try:
        yield
    finally:
        stop.set()
        asking.join()


def _starts(page: Page, owner: SignedIn, handle: str, origin: Origin) -> list[list[tuple[float, float]]]:
    """For each start, of every marked frame: ms since asked for, and its latency in ms."""
    chance = random.Random(1)
    found = []
    for _ in range(STARTS_COUNT // 2):
        time.sleep(_IDLE_S + 0.5 + 2 * chance.random())
        page.evaluate("([grant, csrf]) => window.live.play(grant, csrf)", [handle, owner.csrf])
        time.sleep(WATCH_S)
        seen: dict[str, Any] = page.evaluate(
            "({ frames: live.frames, begun: live.begun, errors: live.errors, origin: performance.timeOrigin })"
        )
        page.evaluate("window.live.stop()")
        frames = [frame for frame in seen["frames"] if is_ours(frame)]
        assert frames, f"no marked frame came to the screen: {seen['errors']}"
        found.append([(frame[0] - seen["begun"], latency_ms(frame, seen["origin"], origin)) for frame in frames])
    return found


def _figures(from_rest: list[list[tuple[float, float]]], at_work: list[list[tuple[float, float]]]) -> list[Figure]:
    starts = [*from_rest, *at_work]
    latencies = latencies_of(starts, LIVE_AFTER_MS)
    detail = first_detail(starts, WATCH_S) | {
        "from rest, median": median(firsts_of(from_rest)),
        "at work, median": median(firsts_of(at_work)),
    }
    first = "LL-HLS: asked for → first marked frame on the screen, median"
    live = "LL-HLS: pushed at the camera → read from the screen, median"
    return [
        Figure(first, 500, median(firsts_of(starts)), "ms", detail=detail),
        Figure(live, 1000, median(latencies), "ms", detail=latency_detail(latencies)),
    ]
