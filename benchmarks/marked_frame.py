"""A marked frame that a page read from its screen: ``[ms by the page's clock, home, camera, number, MAC]``."""

import statistics
from collections.abc import Sequence

from tests.origin.clip import BENCHMARK, MARK_KEY
from tests.origin.running import Origin

from benchmarks.figures import median, percentile
from curtilage.wire.mark import decode_mark

LIVE_MS = 200
"""A picture no older than this is the camera's as it is now, in the figures."""
Detail = dict[str, float | str]
Started = Sequence[tuple[float, float]]
"""One start's frames: ms since it was asked for, and the frame's latency in ms."""


def is_ours(frame: Sequence[float]) -> bool:
    """The mark's MAC holds: no accidental reading counts."""
    home, camera, number, mac = (int(value) for value in frame[1:])
    octets = b"".join((home.to_bytes(2), camera.to_bytes(2), number.to_bytes(4), mac.to_bytes(4)))
    return decode_mark(octets, MARK_KEY) is not None


def latency_ms(frame: Sequence[float], time_origin_ms: float, origin: Origin) -> float:
    """From the moment the origin pushed it; ``time_origin_ms`` is where the page's clock begins."""
    return time_origin_ms + frame[0] - origin.pushed_s(0, int(frame[3]), BENCHMARK.frames_count) * 1000


def firsts_of(starts: Sequence[Started]) -> list[float]:
    """How long each start's first marked frame took, ms."""
    return [frames[0][0] for frames in starts]


def latencies_of(starts: Sequence[Started], after_ms: float) -> list[float]:
    """Of every frame later than ``after_ms`` into its start, ms."""
    return [latency for frames in starts for since, latency in frames if since > after_ms]


def first_detail(starts: Sequence[Started], watch_s: float) -> Detail:
    """What lies behind the median of the firsts; a start of ``watch_s`` without a live picture counts as that long."""
    firsts = firsts_of(starts)
    lives = [next((since for since, latency in frames if latency <= LIVE_MS), watch_s * 1000) for frames in starts]
    return {
        "starts": str(len(firsts)),
        "least": min(firsts),
        "p95": percentile(firsts, 95),
        "most": max(firsts),
        f"first one at most {LIVE_MS} ms old, median": median(lives),
        "its p95": percentile(lives, 95),
    }


def latency_detail(latencies: Sequence[float]) -> Detail:
    """What lies behind the median of the latencies."""
    return {
        "frames": str(len(latencies)),
        "p95": percentile(latencies, 95),
        "deviation": statistics.pstdev(latencies),
    }
