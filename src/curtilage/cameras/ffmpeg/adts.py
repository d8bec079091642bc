"""AAC with a head before each frame, as MPEG-TS carries it (ADTS, ISO/IEC 14496-3 §1.A.2.2): taken apart.

Pure; any bytes give frames or none. A frame of several blocks is left out: no camera was seen to send one.
"""

from collections.abc import Iterator

_SYNC = 0xFFF
_HEAD_BYTES = 7
_CHECK_BYTES = 2
_RATES_COUNT = 13
"""§1.6.3.4; other indices are reserved."""


def adts_frames(octets: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Configuration (AudioSpecificConfig) and bare access unit of each frame, up to where they make no sense."""
    at = 0
    while at + _HEAD_BYTES <= len(octets):
        head = int.from_bytes(octets[at : at + _HEAD_BYTES])
        length, bare = head >> 13 & 0x1FFF, head >> 40 & 1
        begin = at + _HEAD_BYTES + (0 if bare else _CHECK_BYTES)
        if head >> 44 != _SYNC or head >> 41 & 3 or head & 3 or not begin < at + length <= len(octets):
            return
        kind, rate, channels = (head >> 38 & 3) + 1, head >> 34 & 0xF, head >> 30 & 7
        if rate >= _RATES_COUNT:
            return
        yield (kind << 11 | rate << 7 | channels << 3).to_bytes(2), octets[begin : at + length]
        at += length
