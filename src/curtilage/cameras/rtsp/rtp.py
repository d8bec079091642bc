"""RTP and RTCP heads (RFC 3550): where a payload lies, and what 16-bit and 32-bit counters mean over time.

Rules: pure; a packet that is too short for what it announces is refused, never read past its end.

Does not reorder: over TCP packets come in the order in which they were sent.
"""

import struct
from typing import NamedTuple

HEAD = struct.Struct(">BBHII")
"""Version and flags, marker and payload type, sequence, timestamp, source (RFC 3550 §5.1)."""
PLAIN_HEAD = 0x80
"""First octet of a packet without padding, extension and CSRC list: nearly all of them."""
INTERLEAVED = 0x24
"""``$`` before a packet's channel and length, when it shares a connection with RTSP (RFC 2326 §10.12)."""
SEQUENCE_MASK = 0xFFFF
TIMESTAMP_BITS = 32
_TIMESTAMP_SPAN = 1 << TIMESTAMP_BITS
_VERSION_BITS = 0x80
_RECEIVER_REPORT, _SOURCE_DESCRIPTION, _GOODBYE = 201, 202, 203
_CNAME = 1
_REPORTS_COUNT_MAX = 32
"""Packets in one compound; real ones have two or three. 60 kB have room for 15,000 heads."""


class Payload(NamedTuple):
    """Where a payload lies in its buffer."""

    begin: int
    end: int


def payload(octets: memoryview | bytes, begin: int, end: int) -> Payload | None:
    """The payload of the packet in ``octets[begin:end]`` (RFC 3550 §5.1, §5.3.1). None: it is no RTP packet."""
    if end - begin < HEAD.size or octets[begin] >> 6 != 2:
        return None
    first, start = octets[begin], begin + HEAD.size + 4 * (octets[begin] & 0x0F)
    if first & 0x10:
        if start + 4 > end:
            return None
        start += 4 + 4 * int.from_bytes(octets[start + 2 : start + 4], "big")
    if first & 0x20:
        padding = octets[end - 1]
        if padding == 0:
            return None
        end -= padding
    return Payload(start, end) if start <= end else None


class TimestampUnwrapper:
    """Makes one 64-bit time in 1/90,000 s of the 32-bit timestamps of a stream.

    A timestamp counts from the one before by the shorter way round, so a camera that restarts its clock gives a jump
    (either way) of at most half the span, and one that counts past its end gives none.
    """

    __slots__ = ("_clock_rate_hz", "_last", "_time")

    def __init__(self, clock_rate_hz: int = 90_000) -> None:
        self._clock_rate_hz = clock_rate_hz
        self._last: int | None = None
        self._time = 0

    def unwrap(self, timestamp: int) -> int:
        """Never negative; below 2**63 for any stream shorter than three million years."""
        if self._last is None:
            self._time = timestamp + _TIMESTAMP_SPAN
        else:
            step = (timestamp - self._last) % _TIMESTAMP_SPAN
            self._time += step if step < _TIMESTAMP_SPAN // 2 else step - _TIMESTAMP_SPAN
        if self._time < 0:  # a clock that was set back again and again
            self._time = timestamp + _TIMESTAMP_SPAN
        self._last = timestamp
        return self._time if self._clock_rate_hz == 90_000 else self._time * 90_000 // self._clock_rate_hz


def receiver_report(ssrc: int, name: str) -> bytes:
    """The least that a receiver says (RFC 3550 §6.1, §6.4.2, §6.5.1): an empty report, and a name of itself."""
    text = name.encode()[:255]
    item = bytes((_CNAME, len(text))) + text
    item += bytes(4 - len(item) % 4)  # at least one zero ends the list
    report = struct.pack(">BBHI", _VERSION_BITS, _RECEIVER_REPORT, 1, ssrc)
    return report + struct.pack(">BBHI", _VERSION_BITS | 1, _SOURCE_DESCRIPTION, 1 + len(item) // 4, ssrc) + item


def says_goodbye(octets: memoryview | bytes, begin: int, end: int) -> bool:
    """Whether a compound RTCP packet holds a BYE among its first ``_REPORTS_COUNT_MAX`` (RFC 3550 §6.1, §6.6)."""
    for _ in range(_REPORTS_COUNT_MAX):
        if end - begin < 4 or octets[begin] >> 6 != 2:
            break
        if octets[begin + 1] == _GOODBYE:
            return True
        begin += 4 + 4 * int.from_bytes(octets[begin + 2 : begin + 4], "big")
    return False
