"""WebRTC: asked → first marked frame on the screen; frame pushed at the camera → on the screen; cost of a viewer.

The first two as first_frame.py has them: a real Chromium, a real server in its own process, GStreamer's origin, the
camera connected and its cache warm. The viewer is the browser's RTCPeerConnection (tests/origin/whep_viewer.js); the
clock starts before it is made, so that making the offer, asking, ICE and DTLS all count.

The cost is the server's: its processor time with many viewers, less what it needs with none, for each. The viewers are
stock aiortc in processes of their own that throw encrypted packets away; they share the machine, but not the figure.
"""

import os
import random
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tests.chromium import WHEP_VIEWER, chromium, mark_reader

from benchmarks.figures import Figure, median
from benchmarks.marked_frame import first_detail, firsts_of, is_ours, latencies_of, latency_detail, latency_ms
from benchmarks.viewers_process import report_of, viewers_process
from benchmarks.warm_home import WarmHome, warm_home

ASKS_COUNT = 20
WATCH_S = 1.5
LIVE_AFTER_MS = 400
VIEWERS_COUNT = 150
_COST_S = 10.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def measure() -> list[Figure]:
    """All three."""
    many = {
        "webrtc_views_per_account_count_max": VIEWERS_COUNT + 10,
        "webrtc_connecting_count_max": VIEWERS_COUNT + 10,
        "webrtc_offers_per_minute_max": 1000,
        "webrtc_connect_s": 120,
    }
    with warm_home(**many) as home:
        with chromium() as browser:
            figures = _figures(_asks(home.browser(browser).new_page(), home))
        return [*figures, *_cost(home)]


def _asks(page: Page, home: WarmHome) -> list[list[tuple[float, float]]]:
    """For each, of every marked frame: ms since it was asked for, and its latency in ms."""
    owner = home.owner
    page.goto(f"http://localhost:{home.household.port}/api/docs")
    page.evaluate(WHEP_VIEWER.replace("READER", mark_reader()))
    chance, found, handle = random.Random(1), [], owner.handle(home.camera)
    for _ in range(ASKS_COUNT):
        time.sleep(0.4 + chance.random() * 2)
        said: Any = page.evaluate("([handle, csrf]) => window.whep.watch(handle, csrf)", [handle, owner.csrf])
        assert said["status"] == 201, said
        time.sleep(WATCH_S)
        time_origin, started, _ = page.evaluate("window.whep.started()")
        frames = [frame for frame in page.evaluate("window.whep.taken()") if is_ours(frame)]
        assert frames, "no marked frame came to the screen"
        found.append([(frame[0] - started, latency_ms(frame, time_origin, home.origin)) for frame in frames])
        assert page.evaluate("(csrf) => window.whep.leave(csrf)", owner.csrf) == 204
    return found


def _figures(asks: list[list[tuple[float, float]]]) -> list[Figure]:
    firsts, latencies = firsts_of(asks), latencies_of(asks, LIVE_AFTER_MS)
    first, live = "WebRTC: asked → first marked frame, median", "WebRTC: pushed at the camera → on the screen, median"
    return [
        Figure(first, 200, median(firsts), "ms", detail=first_detail(asks, WATCH_S)),
        Figure(live, 90, median(latencies), "ms", detail=latency_detail(latencies)),
    ]


def _cost(home: WarmHome) -> list[Figure]:
    """Percent of a core and memory for each viewer."""
    owner, pid = home.owner, home.household.process.pid
    time.sleep(2)
    alone, memory = _percent(pid), _memory_kib(pid)
    with viewers_process("benchmarks.whep_viewers", VIEWERS_COUNT, owner, owner.handle(home.camera)) as viewers:
        time.sleep(3)
        together, memory_then = _percent(pid), _memory_kib(pid)
        report = report_of(viewers)
    detail: dict[str, float | str] = {
        "server alone": alone,
        "with all": together,
        "packets a second to each": report["packets_per_s"],
        "least of any viewer": report["least_per_s"],
    }
    count = VIEWERS_COUNT
    return [
        Figure(f"WebRTC: cost per viewer at {count}", 0.33, (together - alone) / count, "% of a core", detail=detail),
        Figure(f"WebRTC: memory per viewer at {count}", 1.0, (memory_then - memory) / 1024 / count, "MiB"),
    ]


def _percent(pid: int) -> float:
    """Of one core, over a while."""
    before, began = _ticks(pid), time.monotonic()
    time.sleep(_COST_S)
    return (_ticks(pid) - before) / _TICKS_PER_S / (time.monotonic() - began) * 100


def _ticks(pid: int) -> int:
    """utime and stime of proc(5)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def _memory_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
