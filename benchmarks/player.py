"""The player in the console: the sealed stream first and WebRTC beside it, against either alone.

Each is what a click brings (first_frame.py has how it is measured), the deliveries by a person's own choice. It is what
static/player/player.js was decided by.
"""

import tempfile
from itertools import pairwise
from pathlib import Path

from tests.chromium import chromium, signed_in_context
from tests.household import running_household
from tests.origin.clip import BENCHMARK, clip_file
from tests.origin.running import running_origin

from benchmarks.figures import Figure, median, percentile
from benchmarks.first_frame import CLIPS, WATCH_S, clicks, warm_camera
from benchmarks.marked_frame import LIVE_MS, first_detail, firsts_of, latencies_of

_COUNT = 15
_SETTLED_MS = 900
_WAYS = {"": "as the player chooses", "sealed": "sealed stream alone", "webrtc": "WebRTC first"}


def measure() -> list[Figure]:
    """First marked frame, first live one, latency and the longest time without a new frame, for each way."""
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running_origin(folder, clip_file(CLIPS, BENCHMARK)) as origin,
            running_household(folder) as household,
            chromium() as browser,
        ):
            owner = household.home("Rose house", "Alma")
            camera = warm_camera(owner, origin)
            for delivery, words in _WAYS.items():
                context = signed_in_context(browser, household.port, owner.cookie)
                found = clicks(context.new_page(), household.port, camera, origin, delivery, _COUNT)
                figures.append(_figure(words, found))
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
