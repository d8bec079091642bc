"""The payloads of RTP packets for one H.264 picture (RFC 6184, packetization-mode 1), made once for all viewers.

Rules: pure. A NAL unit that fits goes alone (§5.6), a longer one in fragments (FU-A, §5.8); the parameter sets stand
before every keyframe, so that a viewer that lost some can begin at the next. Nothing here knows who watches.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from curtilage.cameras.media.fragment_reader import ParameterSets, Sample

PAYLOAD_BYTES_MAX = 1160
"""With RTP's head, SRTP's tag, UDP's and IPv6's heads it stays below 1,280 bytes, which every IPv6 link carries."""
_FRAGMENT_UNIT = 28
_FRAGMENT_HEAD_BYTES = 2
_START, _END = 0x80, 0x40


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture in payloads; shared by all viewers of the camera."""

    keyframe: bool
    timestamp: int
    """Presentation time in 1/90,000 s of the camera's timeline; not yet anybody's RTP timestamp."""
    time_ms: int
    """When it reached the sealer, ms since the Unix epoch."""
    payloads: tuple[bytes, ...] = field(repr=False)
    """In order; the last one ends the picture (RTP's marker)."""
    bytes: int
    """Of all payloads."""


def packetise(sample: Sample, parameters: ParameterSets, time_ms: int, *, keyframe: bool) -> Picture:
    """One picture's payloads."""
    units = sample.nal_units
    if keyframe:
        units = (parameters.sps, *parameters.pps, *units)
    payloads = tuple(payload for unit in units for payload in payloads_of(unit))
    return Picture(keyframe, sample.presentation, time_ms, payloads, sum(map(len, payloads)))


def payloads_of(unit: bytes) -> Iterator[bytes]:
    """One NAL unit, whole or in fragments."""
    if len(unit) <= PAYLOAD_BYTES_MAX:
        yield unit
        return
    indicator, kind = unit[0] & 0xE0 | _FRAGMENT_UNIT, unit[0] & 0x1F
    room = PAYLOAD_BYTES_MAX - _FRAGMENT_HEAD_BYTES
    for start in range(1, len(unit), room):
        piece = unit[start : start + room]
        flags = (_START if start == 1 else 0) | (_END if start + room >= len(unit) else 0)
        yield bytes((indicator, flags | kind)) + piece
