"""Takes a part apart again: what a WebRTC view needs of the boxes that media/fmp4.py writes.

It reads what was opened, so nobody but our own sealer wrote it; yet every length is checked, and what does not fit is
None. Rules: pure; reads one layout (one track, one picture in a fragment), not ISO/IEC 14496-12 at large.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_BOX = struct.Struct(">I4s")
ENTRY_WITHIN = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
"""Where an init part's sample entry stands."""
_HEADS_BYTES: Mapping[bytes, int] = {b"stsd": 8, b"avc1": 78}
_RUN = struct.Struct(">IIIIIIi")
"""trun version 1 with flags 0xF01: head, count, data offset, duration, size, flags, composition offset."""
_RUN_HEAD = 1 << 24 | 0xF01
_TIME = struct.Struct(">IQ")
_PARAMETER_SETS_COUNT_MAX = 32


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """What a decoder needs before a keyframe."""

    sps: bytes = field(repr=False)
    pps: tuple[bytes, ...] = field(repr=False)

    @property
    def profile_level_id(self) -> str:
        """Six hexadecimal digits: the SPS's profile, constraints and level (RFC 6184 §8.1)."""
        return self.sps[1:4].hex()


@dataclass(frozen=True, slots=True)
class Sample:
    """The one picture of a fragment."""

    presentation: int
    """When it is shown, in 1/90,000 s of the camera's timeline."""
    nal_units: tuple[bytes, ...] = field(repr=False)


def read_init(octets: bytes) -> ParameterSets | None:
    """The parameter sets of an init part's avcC (ISO/IEC 14496-15 §5.3.3.1)."""
    found = find_within(octets, (*ENTRY_WITHIN, b"avc1", b"avcC"))
    return None if found is None else _parameter_sets(octets[found[0] : found[1]])


def is_h265(octets: bytes) -> bool:
    """Whether this is the init part of a track that WebRTC does not carry."""
    return find_within(octets, (*ENTRY_WITHIN, b"hvc1")) is not None


def read_fragment(octets: bytes) -> Sample | None:
    """The picture of a media part."""
    fragment, data = find_box(octets, 0, len(octets), b"moof"), find_box(octets, 0, len(octets), b"mdat")
    track = find_box(octets, *fragment, b"traf") if fragment is not None else None
    if track is None or data is None:
        return None
    decode, run = find_box(octets, *track, b"tfdt"), find_box(octets, *track, b"trun")
    if decode is None or run is None or decode[1] - decode[0] != _TIME.size or run[1] - run[0] != _RUN.size:
        return None
    _, time = _TIME.unpack_from(octets, decode[0])
    head, count, _, _, size, _, offset = _RUN.unpack_from(octets, run[0])
    if head != _RUN_HEAD or count != 1 or size != data[1] - data[0]:
        return None
    units = _nal_units(octets, *data)
    return Sample(time + offset, units) if units else None


def find_within(octets: bytes, kinds: Iterable[bytes]) -> tuple[int, int] | None:
    """Begin and end of what the last of these boxes, each within the one before, holds."""
    begin, end = 0, len(octets)
    for kind in kinds:
        found = find_box(octets, begin, end, kind)
        if found is None:
            return None
        begin, end = found[0] + _HEADS_BYTES.get(kind, 0), found[1]
    return begin, end


def find_box(octets: bytes, begin: int, end: int, kind: bytes) -> tuple[int, int] | None:
    """Begin and end of what the first box of that kind holds."""
    for name, start, stop in _boxes(octets, begin, end):
        if name == kind:
            return start, stop
    return None


def _boxes(octets: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of each box's payload. Stops at what is no box."""
    while begin + _BOX.size <= end:
        size, kind = _BOX.unpack_from(octets, begin)
        if size < _BOX.size or begin + size > end:
            return
        yield kind, begin + _BOX.size, begin + size
        begin += size


def _nal_units(octets: bytes, begin: int, end: int) -> tuple[bytes, ...]:
    """Four-byte lengths; empty when they do not add up."""
    units = []
    while begin < end:
        start = begin + 4
        stop = start + int.from_bytes(octets[begin:start])
        if stop <= start or stop > end:
            return ()
        units.append(octets[start:stop])
        begin = stop
    return tuple(units)


def _parameter_sets(record: bytes) -> ParameterSets | None:
    if len(record) < 6 or record[5] & 0x1F != 1:
        return None
    sps, at = _counted(record, 6, 1)
    if not sps or len(sps[0]) < 4 or at >= len(record):
        return None
    pps, _ = _counted(record, at + 1, record[at])
    return ParameterSets(sps[0], pps) if pps else None


def _counted(record: bytes, at: int, count: int) -> tuple[tuple[bytes, ...], int]:
    """``count`` parameter sets with two-byte lengths, and where they end; empty when they do not fit."""
    units = []
    for _ in range(min(count, _PARAMETER_SETS_COUNT_MAX)):
        start = at + 2
        at = start + int.from_bytes(record[at:start])
        if at > len(record) or at == start:
            return (), at
        units.append(record[start:at])
    return tuple(units), at
