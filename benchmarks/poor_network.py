"""Pictures on a poor network: longest freeze under loss, time in gaps where little gets through, back after an outage.

A real Chromium on the far side of a user-space network (tests/network/relay.py), a real server and GStreamer's origin
on the near side, end to end: TCP and UDP of the kernel, no proxy in between. The camera has a main stream of 2 Mbit/s
and a sub stream of 300 kbit/s. Every picture that the browser presents is read for its mark; a *gap* is the time
between two that differ. Needs root, for network namespaces; they end with the processes inside, and nothing stays.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tests.chromium import WHEP_VIEWER, chromium, mark_reader, signed_in_context
from tests.household import SignedIn, running_household
from tests.network.link import Kind
from tests.network.poor_network import PoorNetwork, poor_network
from tests.origin.clip import BENCHMARK, ClipKind, clip_file
from tests.origin.running import Origin, running_origin

from benchmarks.figures import Figure, median, percentile
from benchmarks.first_frame import CLIPS, RECORDER
from benchmarks.marked_frame import is_ours

SUB = ClipKind(width=640, height=360, bits_per_s=300_000, camera=2)
GOOD = Kind(delay_ms=5)
LOSSY = Kind(delay_ms=40, loss=0.02)
NARROW = Kind(delay_ms=100, loss=0.05, bits_per_s=1_000_000)
OUT = Kind(out=True)
WATCH_S = 60.0
SETTLE_S = 10.0
OUTAGE_S = 20.0
BACK_S = 15.0
GAP_MS = 250.0
_SUB_MOUNT = 2
"""rtsp_origin.py: after /0 and /cameraname."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture on the screen."""

    at_ms: float
    """By the browser's wall clock."""
    camera: int
    frame: int
    delay_ms: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """How pictures come to the page: what begins it and what takes the frames read since the last call."""

    name: str
    begin: Callable[[], None]
    taken: Callable[[], list[Shown]]


def measure() -> list[Figure]:
    """In a namespace of its own, and in a process of its own for that."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "figures.json"
        command = ["unshare", "--net", "--", sys.executable, "-m", "benchmarks.poor_network", str(file)]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[1])
        return [Figure(**item) for item in json.loads(file.read_text(encoding="utf-8"))]


def _measure(wanted: str) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name, poor_network() as network:
        folder = Path(name)
        network.be(GOOD)
        mount = f"sub={clip_file(CLIPS, SUB)}"
        with (
            running_origin(folder, clip_file(CLIPS, BENCHMARK), "--mount", mount) as origin,
            running_household(folder) as household,
            chromium(network.program_on_far_side(folder, "/usr/bin/chromium")) as browser,
        ):
            owner = household.home("Rose house", "Alma")
            camera = _camera(owner, origin)
            page = signed_in_context(browser, household.port, owner.cookie).new_page()
            makers = {"webrtc": _webrtc, "sealed stream": _sealed_stream}
            return [
                figure
                for key, make in makers.items()
                if wanted in ("", key)
                for figure in _figures(make(page, owner, camera, origin), network)
            ]


def _camera(owner: SignedIn, origin: Origin) -> str:
    address = f"rtsp://127.0.0.1:{origin.port}"
    given = {"name": "porch", "address": f"{address}/0", "sub_address": f"{address}/sub"}
    made = owner.ask("POST", f"/homes/{owner.home}/cameras", given)
    assert made.status_code == 201, made.text
    time.sleep(5)
    return str(made.json()["id"])


def _sealed_stream(page: Page, owner: SignedIn, camera: str, origin: Origin) -> Delivery:
    def begin() -> None:
        page.goto(f"http://localhost:{owner.port}/")
        page.click("[data-pause]")
        page.evaluate(RECORDER.replace("READER", mark_reader()))
        page.click(f"#camera-{camera} .open")

    def taken() -> list[Shown]:
        read: Any = page.evaluate("[performance.timeOrigin, window.seen.frames.splice(0)]")
        return _shown(read[0], read[1], origin)

    return Delivery("sealed stream", begin, taken)


def _webrtc(page: Page, owner: SignedIn, camera: str, origin: Origin) -> Delivery:
    def begin() -> None:
        page.goto(f"http://localhost:{owner.port}/api/docs")
        page.evaluate(WHEP_VIEWER.replace("READER", mark_reader()))
        given = [owner.handle(camera), owner.csrf]
        said: Any = page.evaluate("([handle, csrf]) => window.whep.watch(handle, csrf)", given)
        assert said["status"] == 201, said

    def taken() -> list[Shown]:
        read: Any = page.evaluate("[performance.timeOrigin, window.whep.taken()]")
        return _shown(read[0], read[1], origin)

    return Delivery("WebRTC", begin, taken)


def _shown(time_origin_ms: float, frames: list[list[float]], origin: Origin) -> list[Shown]:
    """Each picture once; a mark that is none does not count."""
    found: list[Shown] = []
    for frame in frames:
        if not is_ours(frame):
            continue
        camera, number = int(frame[2]), int(frame[3])
        mount = 0 if camera == BENCHMARK.camera else _SUB_MOUNT
        at_ms = time_origin_ms + frame[0]
        pushed_ms = origin.pushed_s(mount, number, BENCHMARK.frames_count) * 1000
        if not found or (found[-1].camera, found[-1].frame) != (camera, number):
            found.append(Shown(at_ms, camera, number, at_ms - pushed_ms))
    return found


def _watched(delivery: Delivery, seconds: float) -> list[Shown]:
    """Taken in pieces, so that a long watch does not fill the page; ends by itself."""
    frames, end = [], time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 5))
        frames += delivery.taken()
    return frames


def _figures(delivery: Delivery, network: PoorNetwork) -> list[Figure]:
    network.be(GOOD)
    delivery.begin()
    _watched(delivery, 4)
    return [_lossy(delivery, network), *_narrow(delivery, network), _back(delivery, network)]


def _lossy(delivery: Delivery, network: PoorNetwork) -> Figure:
    network.be(LOSSY)
    _watched(delivery, SETTLE_S)
    frames = _watched(delivery, WATCH_S)
    gaps = _gaps(frames)
    network.be(GOOD)
    name = f"{delivery.name}, 40 ms one way + 2 % loss, 60 s: longest freeze"
    return Figure(name, 300, max(gaps, default=WATCH_S * 1000), "ms", detail=_detail(frames))


def _narrow(delivery: Delivery, network: PoorNetwork) -> list[Figure]:
    network.be(NARROW)
    falling = _watched(delivery, SETTLE_S)
    frames = _watched(delivery, WATCH_S)
    network.be(GOOD)
    rising = _watched(delivery, 40)
    first_sub = next((frame.at_ms for frame in falling if frame.camera == SUB.camera), None)
    detail = {
        **_detail(frames),
        "from the sub stream": f"{sum(frame.camera == SUB.camera for frame in frames) / max(1, len(frames)):.0%}",
        "longest gap of the fall to it": max(_gaps(falling), default=0.0),
        "fell after": (first_sub - falling[0].at_ms) if first_sub is not None and falling else "never",
        "back on the main stream within 40 s": "yes" if rising and rising[-1].camera == BENCHMARK.camera else "no",
    }
    share = sum(gap for gap in _gaps(frames) if gap > GAP_MS) / (WATCH_S * 1000) * 100 if frames else 100.0
    conditions = "5 % loss + 200 ms round trip + 1 Mbit/s, sub stream 300 kbit/s, 60 s"
    delays = [frame.delay_ms for frame in frames]
    return [
        Figure(f"{delivery.name}, {conditions}: time in gaps over 250 ms", 2, share, "%", detail=detail),
        Figure(
            f"{delivery.name}, the same: delay, median",
            800,
            median(delays),
            "ms",
            detail={"p95": percentile(delays, 95)},
        ),
    ]


def _back(delivery: Delivery, network: PoorNetwork) -> Figure:
    network.be(OUT)
    _watched(delivery, OUTAGE_S)
    back_ms = time.time() * 1000
    network.be(GOOD)
    frames = [frame for frame in _watched(delivery, BACK_S) if frame.at_ms > back_ms and frame.delay_ms < 2_000]
    took_ms = frames[0].at_ms - back_ms if frames else BACK_S * 1000
    detail: dict[str, float | str] = {"pictures in the next 15 s": str(len(frames))}
    return Figure(f"{delivery.name}, network back after 20 s away → picture", 2_000, took_ms, "ms", detail=detail)


def _gaps(frames: list[Shown]) -> list[float]:
    return [later.at_ms - one.at_ms for one, later in pairwise(frames)]


def _detail(frames: list[Shown]) -> dict[str, float | str]:
    gaps = sorted(_gaps(frames), reverse=True)
    return {
        "pictures": str(len(frames)),
        "longest gaps": ", ".join(f"{gap:.0f}" for gap in gaps[:8]),
        "load of the machine": os.getloadavg()[0],
        "delay, median": median([frame.delay_ms for frame in frames]) if frames else "none",
    }


if __name__ == "__main__":
    found = _measure(os.environ.get("POOR_NETWORK_DELIVERY", ""))
    Path(sys.argv[1]).write_text(json.dumps([asdict(figure) for figure in found]), encoding="utf-8")
