"""Pictures on a poor network: longest freeze under loss, time in gaps where little gets through, back after an outage.

A real Chromium on the far side of a user-space network, a real server and GStreamer's origin on the near side. As root
the network is a pair of TUN devices between namespaces (tests/network/relay.py): TCP and UDP of the kernel, end to end;
both end with the processes inside, and nothing stays. Otherwise it is a proxy (tests/network/proxy.py says what that
can and cannot model). Which one it was is printed and stands in the details.

The camera has a main stream of 2 Mbit/s and a sub stream of 300 kbit/s. Every picture that the browser presents is read
for its mark; a *gap* is the time between two that differ. Deliveries: WebRTC alone, the sealed stream in a browser
without WebRTC, and, when asked for, the console's tile with all that its player does by itself (``player``), and WebRTC
on a network that drops UDP (``tcp``, by TUN devices alone). The first two together take less than five minutes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from tests.chromium import WHEP_VIEWER, chromium, mark_reader, signed_in_context
from tests.household import Household, SignedIn, running_household
from tests.network.link import Kind
from tests.network.poor_network import PoorNetwork, poor_network, proxied_network
from tests.origin.clip import BENCHMARK, ClipKind, clip_file
from tests.origin.running import Origin, running_origin

from benchmarks.figures import Figure, median, percentile
from benchmarks.first_frame import RECORDER
from benchmarks.marked_frame import is_ours
from benchmarks.warm_home import CLIPS

SUB = ClipKind(width=640, height=360, bits_per_s=300_000, camera=2)
GOOD = Kind(delay_ms=5)
LOSSY = Kind(delay_ms=40, loss=0.02)
NARROW = Kind(delay_ms=100, loss=0.05, bits_per_s=1_000_000)
OUT = Kind(out=True)
LOSSY_S = 60.0
LOSSY_SHORT_S = 20.0
"""Of deliveries that have no figure to reach there."""
WATCH_S = 40.0
SETTLE_S = 8.0
LOSSY_SETTLE_S = 4.0
RISE_S = 12.0
OUTAGE_S = 20.0
BACK_S = 6.0
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
    end: Callable[[], None]
    figured: bool = False
    """The figure under loss is meant for it."""
    udp: bool = True
    """False: the network drops it."""


def measure(network: str = "", deliveries: str = "webrtc,sealed stream") -> list[Figure]:
    """By ``network``: ``tun``, ``proxy``, or what may be had. In a process of its own, for its namespace."""
    network = network or ("tun" if _may_tun() else "proxy")
    print(f"the poor network is made by: {network}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "figures.json"
        inside = ["unshare", "--net", "--"] if network == "tun" else []
        command = [*inside, sys.executable, "-m", "benchmarks.poor_network", network, deliveries, str(file)]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[1])
        return [Figure(**item) for item in json.loads(file.read_text(encoding="utf-8"))]


def _may_tun() -> bool:
    """Root, and there are namespaces and TUN devices to be had."""
    may = os.geteuid() == 0 and os.access("/dev/net/tun", os.R_OK | os.W_OK)
    return may and subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True).returncode == 0


@dataclass(frozen=True, slots=True)
class Scene:
    """What every delivery is measured with."""

    network: PoorNetwork
    kind: str
    """Of network: tun or proxy."""
    origin: Origin
    household: Household
    owner: SignedIn
    camera: str
    browser: Browser

    @property
    def port(self) -> int:
        """Where the browser finds the server."""
        return self.network.proxy_port or self.household.port

    def page(self) -> Page:
        """A profile of its own."""
        return signed_in_context(self.browser, self.port, self.owner.cookie).new_page()


@contextmanager
def _scene(kind: str, settings: dict[str, Any]) -> Iterator[Scene]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, mount = Path(name), f"sub={clip_file(CLIPS, SUB)}"
        network = stack.enter_context(poor_network()) if kind == "tun" else None
        origin = stack.enter_context(running_origin(folder, clip_file(CLIPS, BENCHMARK), "--mount", mount))
        household = stack.enter_context(running_household(folder, **settings))
        network = network or stack.enter_context(proxied_network(household.port))
        network.be(GOOD)
        browser = stack.enter_context(chromium(network.program_on_far_side(folder, "/usr/bin/chromium")))
        owner = household.home("Rose house", "Alma")
        yield Scene(network, kind, origin, household, owner, _camera(owner, origin), browser)


def _measure(kind: str, wanted: str) -> list[Figure]:
    makers = {"webrtc": _webrtc, "sealed stream": _sealed_stream, "player": _player, "tcp": _tcp}
    settings: dict[str, Any] = {"webrtc_tcp": "true", "webrtc_tcp_port": 0} if "tcp" in wanted.split(",") else {}
    with _scene(kind, settings) as scene:
        return [figure for name in wanted.split(",") for figure in _figures(makers[name](scene), scene)]


def _camera(owner: SignedIn, origin: Origin) -> str:
    address = f"rtsp://127.0.0.1:{origin.port}"
    given = {"name": "porch", "address": f"{address}/0", "sub_address": f"{address}/sub"}
    made = owner.ask("POST", f"/homes/{owner.home}/cameras", given)
    assert made.status_code == 201, made.text
    time.sleep(5)
    return str(made.json()["id"])


def _sealed_stream(scene: Scene) -> Delivery:
    return _console(scene, "sealed stream", "delete globalThis.RTCPeerConnection")


def _player(scene: Scene) -> Delivery:
    return _console(scene, "player", "")


def _console(scene: Scene, name: str, before: str) -> Delivery:
    page = scene.page()
    if before:
        page.add_init_script(before)

    def begin() -> None:
        page.goto(f"http://localhost:{scene.port}/")
        page.click("[data-pause]")
        page.evaluate(RECORDER.replace("READER", mark_reader()))
        page.click("[data-pause]")

    def taken() -> list[Shown]:
        read: Any = page.evaluate("[performance.timeOrigin, window.seen.frames.splice(0)]")
        return _shown(read[0], read[1], scene.origin)

    return Delivery(name, begin, taken, page.close)


def _webrtc(scene: Scene) -> Delivery:
    page = scene.page()

    def begin() -> None:
        page.goto(f"http://localhost:{scene.port}/api/docs")
        page.evaluate(WHEP_VIEWER.replace("READER", mark_reader()))
        given = [scene.owner.handle(scene.camera), scene.owner.csrf]
        said: Any = page.evaluate("([handle, csrf]) => window.whep.watch(handle, csrf)", given)
        assert said["status"] == 201, said

    def taken() -> list[Shown]:
        read: Any = page.evaluate("[performance.timeOrigin, window.whep.taken()]")
        return _shown(read[0], read[1], scene.origin)

    return Delivery("WebRTC", begin, taken, page.close, figured=True)


def _tcp(scene: Scene) -> Delivery:
    assert scene.kind == "tun", "a proxy cannot tell UDP from TCP"
    return replace(_webrtc(scene), name="WebRTC over TCP", figured=False, udp=False)


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


def _figures(delivery: Delivery, scene: Scene) -> list[Figure]:
    network = _Passing(scene.network, delivery.udp)
    network.be(GOOD)
    delivery.begin()
    _watched(delivery, 3)
    found = [_lossy(delivery, network), *_narrow(delivery, network), _back(delivery, network)]
    delivery.end()
    return [replace(figure, detail={"network": scene.kind, **figure.detail}) for figure in found]


@dataclass(frozen=True, slots=True)
class _Passing:
    """The network, for a delivery for which it drops UDP or not."""

    _network: PoorNetwork
    _udp: bool

    def be(self, kind: Kind) -> None:
        """See PoorNetwork."""
        self._network.be(replace(kind, udp=self._udp))


def _lossy(delivery: Delivery, network: _Passing) -> Figure:
    seconds = LOSSY_S if delivery.figured else LOSSY_SHORT_S
    network.be(LOSSY)
    _watched(delivery, LOSSY_SETTLE_S)
    frames = _watched(delivery, seconds)
    gaps = _gaps(frames)
    network.be(GOOD)
    name = f"{delivery.name}, 40 ms one way + 2 % loss, {seconds:.0f} s: longest freeze"
    return Figure(name, 300, max(gaps, default=seconds * 1000), "ms", detail=_detail(frames))


def _narrow(delivery: Delivery, network: _Passing) -> list[Figure]:
    network.be(NARROW)
    falling = _watched(delivery, SETTLE_S)
    frames = _watched(delivery, WATCH_S)
    network.be(GOOD)
    rising = _watched(delivery, RISE_S)
    first_sub = next((frame.at_ms for frame in falling if frame.camera == SUB.camera), None)
    detail = {
        **_detail(frames),
        "from the sub stream": f"{sum(frame.camera == SUB.camera for frame in frames) / max(1, len(frames)):.0%}",
        "longest gap of the fall to it": max(_gaps(falling), default=0.0),
        "fell after": (first_sub - falling[0].at_ms) if first_sub is not None and falling else "never",
        f"back on the main stream within {RISE_S:.0f} s": "yes"
        if rising and rising[-1].camera == BENCHMARK.camera
        else "no",
    }
    share = sum(gap for gap in _gaps(frames) if gap > GAP_MS) / (WATCH_S * 1000) * 100 if frames else 100.0
    conditions = "5 % loss + 200 ms round trip + 1 Mbit/s, sub stream 300 kbit/s"
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


def _back(delivery: Delivery, network: _Passing) -> Figure:
    network.be(OUT)
    _watched(delivery, OUTAGE_S)
    back_ms = time.time() * 1000
    network.be(GOOD)
    frames = [frame for frame in _watched(delivery, BACK_S) if frame.at_ms > back_ms and frame.delay_ms < 2_000]
    took_ms = frames[0].at_ms - back_ms if frames else BACK_S * 1000
    detail: dict[str, float | str] = {f"pictures in the next {BACK_S:.0f} s": str(len(frames))}
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
    found = _measure(sys.argv[1], sys.argv[2])
    Path(sys.argv[3]).write_text(json.dumps([asdict(figure) for figure in found]), encoding="utf-8")
