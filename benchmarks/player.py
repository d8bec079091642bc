"""The player in the console: the sealed stream first and WebRTC beside it, against either alone.

Each is what a click brings (first_frame.py has how it is measured), the deliveries by a person's own choice. It is what
static/player/player.js was decided by.
"""

from itertools import pairwise

from tests.chromium import chromium

from benchmarks.figures import Figure, median, percentile
from benchmarks.first_frame import WATCH_S, clicks
from benchmarks.marked_frame import LIVE_MS, first_detail, firsts_of, latencies_of
from benchmarks.warm_home import warm_home

_COUNT = 15
_SETTLED_MS = 900
_WAYS = {"": "as the player chooses", "sealed": "sealed stream alone", "webrtc": "WebRTC first"}


def measure() -> list[Figure]:
    """First marked frame, first live one, latency and the longest time without a new frame, for each way."""
    figures = []
    with warm_home() as home, chromium() as browser:
        for delivery, words in _WAYS.items():
            context = home.browser(browser)
            figures.append(_figure(words, clicks(context.new_page(), home, delivery, _COUNT)))
            context.close()
    return figures


def _figure(words: str, found: list[list[tuple[float, float]]]) -> Figure:
    firsts, latencies = firsts_of(found), latencies_of(found, _SETTLED_MS)
    gaps = [max(after[0] - before[0] for before, after in pairwise(frames) if before[0] > LIVE_MS) for frames in found]
    detail = first_detail(found, WATCH_S) | {
        "latency after a second, median": median(latencies),
        "its p95 then": percentile(latencies, 95),
        "longest gap between frames, median": median(gaps),
        "longest": max(gaps),
    }
    return Figure(f"click → first marked frame, {words}, median", 150, median(firsts), "ms", detail=detail)
