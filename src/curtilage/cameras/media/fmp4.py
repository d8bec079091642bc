"""The boxes of a CMAF track with one H.264 or H.265 video (ISO/IEC 14496-12, 14496-15, 23000-19): bytes in, bytes out.

An *init segment* (ftyp, moov) says what the decoder needs; a *fragment* (moof, mdat) holds exactly one picture, so that
a picture is on its way before the next one exists. The fragment's 112 bytes of boxes have one fixed layout and are one
``struct`` template.

This file knows no clock and no camera. Times are given in 1/90,000 s (media/timeline.py makes them).
"""

import struct
from collections.abc import Sequence

from curtilage.cameras.media.access_unit import CodecParameters
from curtilage.cameras.media.decoder_configuration import decoder_configuration, sample_entry_kind
from curtilage.cameras.media.timeline import TICKS_PER_SECOND

TRACK_ID = 1
SIDE_MAX = 0xFFFF
"""A picture's longest side: a sample entry has 16 bits for it."""
_U32_MAX = 0xFFFF_FFFF
_SYNC_SAMPLE = 0x0200_0000
"""Depends on no other (ISO/IEC 14496-12 §8.8.3.1): decoding can start here."""
_NON_SYNC_SAMPLE = 0x0101_0000
_UNITY_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)
_UNDETERMINED_LANGUAGE = 0x55C4
_DOTS_PER_INCH_72 = 0x0048_0000
_LENGTH = struct.Struct(">I")


def box(kind: bytes, *payload: bytes) -> bytes:
    """One box: size, type, payload."""
    body = b"".join(payload)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *payload: bytes) -> bytes:
    """A box with version and flags (ISO/IEC 14496-12 §4.2)."""
    return box(kind, struct.pack(">I", version << 24 | flags), *payload)


def init_segment(parameters: CodecParameters) -> bytes:
    """ftyp and moov. Raises ValueError when the parameters do not fit a sample entry."""
    width, height = parameters.width, parameters.height
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX):
        raise ValueError("a picture's sides are 1 to 65,535 pixels")
    times, rate_and_volume = struct.pack(">IIII", 0, 0, TICKS_PER_SECOND, 0), struct.pack(">IH10x", 0x10000, 0x100)
    next_track = struct.pack(">24xI", TRACK_ID + 1)
    header = full_box(b"mvhd", 0, 0, times, rate_and_volume, _UNITY_MATRIX, next_track)
    extends = box(b"mvex", full_box(b"trex", 0, 0, struct.pack(">IIIII", TRACK_ID, 1, 0, 0, 0)))
    brands = box(b"ftyp", b"cmfc", struct.pack(">I", 0), b"iso6cmfc" + sample_entry_kind(parameters) + b"mp41")
    return brands + box(b"moov", header, _track(parameters), extends)


def _track(parameters: CodecParameters) -> bytes:
    enabled_in_movie = 3
    width, height = parameters.width, parameters.height
    times, sides = struct.pack(">IIIII16x", 0, 0, TRACK_ID, 0, 0), struct.pack(">II", width << 16, height << 16)
    header = full_box(b"tkhd", 0, enabled_in_movie, times, _UNITY_MATRIX, sides)
    media_header = full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, TICKS_PER_SECOND, 0, _UNDETERMINED_LANGUAGE, 0))
    handler = full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"vide"), b"\0")
    data_here = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    information = box(b"minf", full_box(b"vmhd", 0, 1, bytes(8)), data_here, _sample_table(parameters))
    return box(b"trak", header, box(b"mdia", media_header, handler, information))


def _sample_table(parameters: CodecParameters) -> bytes:
    """No samples (they are in the fragments), one sample entry."""
    sides = struct.pack(">6xH16xHH", 1, parameters.width, parameters.height)
    one_frame_of_24_bits = struct.pack(">IIIH32xHh", _DOTS_PER_INCH_72, _DOTS_PER_INCH_72, 0, 1, 24, -1)
    described = decoder_configuration(parameters)
    entry = box(sample_entry_kind(parameters), sides, one_frame_of_24_bits, box(described.kind, described.octets))
    description = full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry)
    empty = [full_box(kind, 0, 0, bytes(4)) for kind in (b"stts", b"stsc", b"stco")]
    return box(b"stbl", description, *empty, full_box(b"stsz", 0, 0, bytes(8)))


def _fragment_template() -> tuple[struct.Struct, bytes, bytes, bytes]:
    """The struct of a fragment's 112 bytes, and the three runs of it that never change.

    moof(mfhd, traf(tfhd, tfdt version 1, trun version 1)) and the head of mdat. trun flags 0xF01: data offset, and per
    sample its duration, size, flags and (signed, version 1) composition offset. tfhd flag 0x20000: offsets count from
    the moof.
    """
    layout = struct.Struct(">20sI36sQ20sIIIiI4s")
    run_head = struct.pack(">I4sIII", 36, b"trun", 1 << 24 | 0xF01, 1, layout.size)
    track_head = struct.pack(">I4sII", 16, b"tfhd", 0x20000, TRACK_ID)
    time_head = struct.pack(">I4sI", 20, b"tfdt", 1 << 24)
    head = struct.pack(">I4sI4sI", layout.size - 8, b"moof", 16, b"mfhd", 0)
    return layout, head, struct.pack(">I4s", layout.size - 8 - 8 - 16, b"traf") + track_head + time_head, run_head


class FragmentWriter:
    """Writes one-picture fragments: one ``pack``, one ``join``."""

    __slots__ = ("_head", "_pack", "_run_head", "_size", "_track_head")

    def __init__(self) -> None:
        layout, self._head, self._track_head, self._run_head = _fragment_template()
        self._pack, self._size = layout.pack, layout.size

    def write(
        self, nal_units: Sequence[bytes], sequence: int, placed: tuple[int, int, int], *, keyframe: bool
    ) -> bytes:
        """One moof and mdat. ``placed`` is decode time, composition offset and duration (Timeline.place)."""
        time, offset, duration = placed
        pieces = [b""]
        size = 0
        for unit in nal_units:
            length = len(unit)
            size += 4 + length
            pieces.append(_LENGTH.pack(length))
            pieces.append(unit)
        flags = _SYNC_SAMPLE if keyframe else _NON_SYNC_SAMPLE
        pieces[0] = self._pack(self._head, sequence & _U32_MAX, self._track_head, time, self._run_head,
                               duration, size, flags, offset, size + 8, b"mdat")  # fmt: skip
        return b"".join(pieces)
