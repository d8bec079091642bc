"""A marked frame that a page read from its screen: ``[ms by the page's clock, home, camera, number, MAC]``."""

from collections.abc import Sequence

from tests.origin.clip import BENCHMARK, MARK_KEY
from tests.origin.running import Origin

from curtilage.wire.mark import decode_mark


def is_ours(frame: Sequence[float]) -> bool:
    """The mark's MAC holds: no accidental reading counts."""
    home, camera, number, mac = (int(value) for value in frame[1:])
    octets = b"".join((home.to_bytes(2), camera.to_bytes(2), number.to_bytes(4), mac.to_bytes(4)))
    return decode_mark(octets, MARK_KEY) is not None


def latency_ms(frame: Sequence[float], time_origin_ms: float, origin: Origin) -> float:
    """From the moment the origin pushed it; ``time_origin_ms`` is where the page's clock begins."""
    return time_origin_ms + frame[0] - origin.pushed_s(0, int(frame[3]), BENCHMARK.frames_count) * 1000
