"""What one camera costs the server: processor and memory, at 60 cameras, sealing included.

Two readers do the same work in the same run, one after the other against the same origin: ours, and PyAV (FFmpeg's
RTSP reader, a thread for each camera). Both hand access units to the same muxer, sealer and cache; the reader is what
differs. Each runs in a process of its own (``python -m benchmarks.input_cost ours 60 PORT``) that reports what the
kernel charged it.
"""

import asyncio
import gc
import json
import random
import resource
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import uvloop

from benchmarks.figures import Figure, median
from curtilage.cameras.input.camera_state import CameraState
from curtilage.cameras.input.input import CameraInput
from curtilage.cameras.input.source import Source
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.h264 import read_sps
from curtilage.cameras.media.part import Muxer
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.source_kind import make_source
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import Track

CAMERAS_COUNT = 60
FEW_CAMERAS_COUNT = 10
ROUNDS_COUNT = 5
WARM_S = 6.0
MEASURE_S = 12.0
_NAL_IDR, _NAL_SPS, _NAL_PPS = 5, 7, 8


def measure(port: int) -> list[Figure]:
    """Run both readers in turn against the origin on ``port`` (mounts /0 to /59); medians of the rounds.

    The machine's own pace moves by half within minutes: the readers share that only when they take turns.
    """
    few = _worker("ours", FEW_CAMERAS_COUNT, port)
    rounds = [(_worker("ours", CAMERAS_COUNT, port), _worker("pyav", CAMERAS_COUNT, port)) for _ in range(ROUNDS_COUNT)]
    costs = [ours["processor_percent"] / CAMERAS_COUNT for ours, _ in rounds]
    theirs = [pyav["processor_percent"] / CAMERAS_COUNT for _, pyav in rounds]
    ours, pyav = rounds[-1]
    detail: dict[str, float | str] = {
        "rounds": " ".join(f"{cost:.3f}" for cost in costs),
        "PyAV, the same work": " ".join(f"{cost:.3f}" for cost in theirs),
        "pictures a second and camera, ours": ours["pictures_per_s"] / CAMERAS_COUNT,
        "PyAV's": pyav["pictures_per_s"] / CAMERAS_COUNT,
        "Mbit/s a camera": ours["mbit_per_s"] / CAMERAS_COUNT,
    }
    more = CAMERAS_COUNT - FEW_CAMERAS_COUNT
    beside_cache = (ours["memory_mib"] - ours["cache_mib"] - few["memory_mib"] + few["cache_mib"]) / more
    ratio = median([cost / their for cost, their in zip(costs, theirs, strict=True)])
    return [
        Figure("input cost per camera at 60, sealing included", 0.25, median(costs), "% of a core", detail=detail),
        Figure("  the same as a part of PyAV's", 0.5, ratio, "x"),
        Figure(
            "memory per camera beside its cache",
            1.0,
            beside_cache,
            "MiB",
            detail={"cache per camera": ours["cache_mib"] / CAMERAS_COUNT, "whole process at 60": ours["memory_mib"]},
        ),
    ]


def _worker(reader: str, count: int, port: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.input_cost", reader, str(count), str(port)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


class Lane:
    """One camera's sealer and shelf."""

    def __init__(self, index: int, cache: Cache, clock: SystemClock, config: Config) -> None:
        self.shelf = cache.shelf(DeviceId(str(index)), Track.MAIN)
        self.sealer = Sealer(Track.MAIN, self.shelf, clock, config, secrets.token_bytes)

    def sealed_count(self) -> int:
        """Parts sealed since start."""
        return self.sealer.sealed_count


class Meter:
    """Reads the counters before and after."""

    def __init__(self, lanes: list[Lane], cache: Cache) -> None:
        self._lanes = lanes
        self._cache = cache
        self._counts = (0, 0.0, 0.0, 0)

    def start(self) -> None:
        """Begin the window."""
        self._counts = self._read()

    def report(self) -> dict[str, float]:
        """End it."""
        gc.collect()
        (count, processor, wall, octets), then = self._read(), self._counts
        seconds = wall - then[2]
        return {
            "processor_percent": (processor - then[1]) / seconds * 100,
            "pictures_per_s": (count - then[0]) / seconds,
            "mbit_per_s": (octets - then[3]) * 8 / 1e6 / seconds,
            "memory_mib": _resident_mib(),
            "cache_mib": self._cache.bytes / 2**20,
        }

    def _read(self) -> tuple[int, float, float, int]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        count = sum(lane.sealed_count() for lane in self._lanes)
        octets = sum(lane.sealer.sealed_bytes for lane in self._lanes)
        return count, used.ru_utime + used.ru_stime, time.monotonic(), octets


def _resident_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("Linux tells VmRSS")


def _ignore(state: CameraState) -> None:
    del state


async def run_ours(count: int, port: int) -> dict[str, float]:
    """Our reader: everything in one loop."""
    config, clock, cache = Config(), SystemClock(), Cache(Config())
    lanes = [Lane(index, cache, clock, config) for index in range(count)]
    tasks = []
    for index, lane in enumerate(lanes):
        address = f"rtsp://127.0.0.1:{port}/{index}"
        source_of = _source_of(address, config, clock)
        camera = CameraInput(source_of, lane.sealer, clock, config, _ignore, random.Random(index))
        tasks.append(asyncio.create_task(camera.run()))
    await asyncio.sleep(WARM_S)
    meter = Meter(lanes, cache)
    meter.start()
    await asyncio.sleep(MEASURE_S)
    report = meter.report()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return report


def _source_of(address: str, config: Config, clock: SystemClock) -> Callable[[], Source]:
    return lambda: make_source(address, config, clock, secrets.token_bytes)


def run_pyav(count: int, port: int) -> dict[str, float]:
    """FFmpeg's reader in a thread for each camera, tuned as the notes say it is best."""
    config, clock, cache = Config(), SystemClock(), Cache(Config())
    lanes = [Lane(index, cache, clock, config) for index in range(count)]
    end = threading.Event()
    threads = [threading.Thread(target=_read_by_pyav, args=(i, port, lane, clock, end)) for i, lane in enumerate(lanes)]
    for thread in threads:
        thread.start()
    time.sleep(WARM_S)
    meter = Meter(lanes, cache)
    meter.start()
    time.sleep(MEASURE_S)
    report = meter.report()
    end.set()
    for thread in threads:
        thread.join(10)
    return report


def _read_by_pyav(index: int, port: int, lane: Lane, clock: SystemClock, end: threading.Event) -> None:
    import av  # noqa: PLC0415 -- only this reader needs it, and its memory must not be charged to the other

    options = {"rtsp_transport": "tcp", "analyzeduration": "100000", "fpsprobesize": "0"}
    muxer = Muxer()
    with av.open(f"rtsp://127.0.0.1:{port}/{index}", options=options, timeout=20) as container:
        begun = False
        for packet in container.demux(video=0):
            if end.is_set():
                return
            if packet.pts is None:
                continue
            nals = [nal for nal in bytes(packet).replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if nal]
            begun = begun or _begin(nals, lane, muxer, clock)
            if begun:
                pictures = tuple(nal for nal in nals if nal[0] & 31 in {1, _NAL_IDR})
                unit = AccessUnit(pictures, packet.pts, bool(packet.is_keyframe))
                lane.sealer.part(muxer.media(unit, clock.now()))


def _begin(nals: list[bytes], lane: Lane, muxer: Muxer, clock: SystemClock) -> bool:
    sps = next((nal for nal in nals if nal[0] & 31 == _NAL_SPS), None)
    pps = tuple(nal for nal in nals if nal[0] & 31 == _NAL_PPS)
    if sps is None or not pps:
        return False
    parsed = read_sps(sps)
    assert parsed is not None, "FFmpeg found a parameter set that we cannot read"
    parameters = CodecParameters(sps, pps, parsed.width, parsed.height, parsed.codec)
    lane.sealer.part(muxer.init(parameters, clock.now()))
    return True


if __name__ == "__main__":
    _reader, _count, _port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if _reader == "ours":
        print(json.dumps(uvloop.run(run_ours(_count, _port))))
    else:
        print(json.dumps(run_pyav(_count, _port)))
