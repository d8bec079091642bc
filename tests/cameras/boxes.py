"""Reads boxes back (ISO/IEC 14496-12), strictly, for tests of what writes them."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fragment:
    """A media part, read back."""

    sequence: int
    decode_time: int
    duration: int
    sync: bool
    offset: int
    nal_units: tuple[bytes, ...]


def read_boxes(octets: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and content of the boxes in a row. Raises ValueError when they do not fill ``octets`` exactly."""
    boxes = []
    while octets:
        size, kind = struct.unpack_from(">I4s", octets)
        if not 8 <= size <= len(octets):
            raise ValueError("a box of an impossible size")
        boxes.append((kind, octets[8:size]))
        octets = octets[size:]
    return boxes


def read_fragment(octets: bytes) -> Fragment:
    """The one sample of a media part."""
    (moof, moof_body), (mdat, sample) = read_boxes(octets)
    (mfhd, head), (traf, track) = read_boxes(moof_body)
    (tfhd, track_head), (tfdt, time), (trun, run) = read_boxes(track)
    assert (moof, mdat, mfhd, traf, tfhd, tfdt, trun) == (b"moof", b"mdat", b"mfhd", b"traf", b"tfhd", b"tfdt", b"trun")
    assert track_head == struct.pack(">II", 0x020000, 1)
    version_flags, count, at, duration, size, flags, offset = struct.unpack(">IIIIIIi", run)
    assert (version_flags, count, at, size) == (1 << 24 | 0xF01, 1, len(moof_body) + 16, len(sample))
    (sequence,), (time_version, decode_time) = struct.unpack(">4xI", head), struct.unpack(">IQ", time)
    assert time_version == 1 << 24
    assert flags in {0x02000000, 0x01010000}
    return Fragment(sequence, decode_time, duration, flags == 0x02000000, offset, _nal_units(sample))


def _nal_units(sample: bytes) -> tuple[bytes, ...]:
    units = []
    while sample:
        (length,) = struct.unpack_from(">I", sample)
        units.append(sample[4 : 4 + length])
        assert len(units[-1]) == length
        sample = sample[4 + length :]
    return tuple(units)
