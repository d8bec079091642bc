"""What LL-HLS must know of a fragment and of an init part: times, codec and size, read from their boxes.

Pure: bytes in, numbers out. It reads any CMAF chunk (ISO/IEC 14496-12 §8.8), not only those of media/fmp4.py, so
that another muxer's tracks can be packaged too. It looks at no picture.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from curtilage.cameras.media.h265 import PROFILE_BYTES, codec_name
from curtilage.cameras.media.timeline import TICKS_PER_SECOND

_BOX = struct.Struct(">I4s")
_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_DEFAULT_DURATION_BEFORE: tuple[tuple[int, int], ...] = ((0x01, 8), (0x02, 4))
"""tfhd's flags whose fields stand before the default duration, and their lengths."""
_TFHD_DEFAULT_DURATION = 0x08
_TRUN_BEFORE_SAMPLES: tuple[int, ...] = (0x01, 0x04)
_TRUN_DURATION = 0x100
_TRUN_SAMPLE_FIELDS: tuple[int, ...] = (0x100, 0x200, 0x400, 0x800)
_SAMPLE_ENTRY_BYTES = 78
"""A visual sample entry before its own boxes (ISO/IEC 14496-12 §12.1.3)."""
_SOUND_ENTRY_BYTES = 28
"""The same of an audio sample entry (§12.2.3)."""
_TO_MEDIA: tuple[bytes, ...] = (b"moov", b"trak", b"mdia")
_TO_SAMPLE_ENTRY: tuple[bytes, ...] = (b"minf", b"stbl", b"stsd")
_DESCRIPTORS: tuple[tuple[int, int], ...] = ((3, 3), (4, 13), (5, 0))
"""Of an elementary stream, the decoder and its configuration: tags, and what stands in each before the next one."""
_DESCRIPTOR_SIZE_BYTES_MAX = 4
_ESCAPE = 31
"""ISO/IEC 14496-3 §1.6.2.1: the object type follows."""


@dataclass(frozen=True, slots=True)
class Times:
    """Of one fragment, in ticks of its track."""

    decode: int
    duration: int
    """As declared."""


@dataclass(frozen=True, slots=True)
class InitWords:
    """What a multivariant playlist says of a track."""

    codec: str
    """RFC 6381; empty when the sample entry is none whose name we can make."""
    width: int
    height: int
    ticks_per_s: int = TICKS_PER_SECOND
    """In which its fragments are timed. Of sound, its sampling rate."""
    sound: bool = False
    """No picture: width and height are 0."""


def fragment_times(octets: bytes) -> Times:
    """Decode time and declared duration. Raises ValueError when this is no fragment of one track."""
    try:
        return _fragment_times(octets)
    except struct.error:
        raise ValueError("a fragment that ends too early") from None


def with_decode_time(octets: bytes, decode: int) -> bytes:
    """The same fragment at another decode time. Raises ValueError when it is none, or its time has 32 bits only."""
    try:
        start, end = _inside(octets, 0, len(octets), b"moof")
        start, end = _inside(octets, start, end, b"traf")
        start, _ = _inside(octets, start, end, b"tfdt")
        if not octets[start]:
            raise ValueError("a decode time of 32 bits")
        return octets[: start + 4] + _U64.pack(decode) + octets[start + 4 + _U64.size :]
    except (struct.error, IndexError):
        raise ValueError("a fragment that ends too early, or a time that does not fit") from None


def init_words(octets: bytes) -> InitWords:
    """Codec, size and time scale. Raises ValueError when this is no init part with a track of pictures or sound."""
    try:
        start, end = 0, len(octets)
        for kind in _TO_MEDIA:
            start, end = _inside(octets, start, end, kind)
        ticks_per_s = _ticks_per_s(octets, *_inside(octets, start, end, b"mdhd"))
        handler, _ = _inside(octets, start, end, b"hdlr")
        sound = octets[handler + 8 : handler + 12] == b"soun"
        for kind in _TO_SAMPLE_ENTRY:
            start, end = _inside(octets, start, end, kind)
        _, entry = _BOX.unpack_from(octets, start + 8)
        body = start + 16
        if sound:
            return InitWords(_sound_codec(octets, entry, body + _SOUND_ENTRY_BYTES, end), 0, 0, ticks_per_s, sound)
        width, height = struct.unpack_from(">HH", octets, body + 24)
        return InitWords(_codec(octets, entry, body + _SAMPLE_ENTRY_BYTES, end), width, height, ticks_per_s)
    except (struct.error, IndexError):
        raise ValueError("an init part that ends too early") from None


def _ticks_per_s(octets: bytes, start: int, end: int) -> int:
    wide = 8 if octets[start] else 0  # version 1 has two times of 64 bits before it
    (ticks_per_s,) = _U32.unpack_from(octets, start + 12 + wide)
    if not ticks_per_s or start + 16 + wide > end:
        raise ValueError("a track without a time scale")
    return int(ticks_per_s)


def _sound_codec(octets: bytes, entry: bytes, start: int, end: int) -> str:
    """As playlists write it: "mp4a.40." and the object type of MPEG-4 audio; of others the sample entry's name."""
    if entry in (b"Opus", b"fLaC"):
        return entry.decode("ascii")
    if entry != b"mp4a":
        return ""
    start, end = _inside(octets, start, end, b"esds")
    start += 4
    for tag, before_next in _DESCRIPTORS:
        start = _descriptor(octets, start, end, tag) + before_next
    kind = octets[start] >> 3
    return f"mp4a.40.{kind if kind != _ESCAPE else 32 + ((octets[start] & 7) << 3 | octets[start + 1] >> 5)}"


def _descriptor(octets: bytes, start: int, end: int, tag: int) -> int:
    """Where its payload begins (ISO/IEC 14496-1 §8.3.3). Raises ValueError when another one stands there."""
    if start >= end or octets[start] != tag:
        raise ValueError("a sample entry of sound without a configuration")
    for at in range(start + 1, start + 1 + _DESCRIPTOR_SIZE_BYTES_MAX):
        if octets[at] < 0x80:
            return at + 1
    raise ValueError("a descriptor without an end")


def _codec(octets: bytes, entry: bytes, start: int, end: int) -> str:
    """RFC 6381's name from the decoder configuration (ISO/IEC 14496-15 §5.3.3.1, §8.3.3.1)."""
    if entry == b"avc1":
        start, _ = _inside(octets, start, end, b"avcC")
        return f"avc1.{octets[start + 1 : start + 4].hex()}"
    if entry == b"hvc1":
        start, stop = _inside(octets, start, end, b"hvcC")
        if stop - start < 1 + PROFILE_BYTES:
            raise ValueError("a decoder configuration that ends too early")
        return codec_name(octets[start + 1 : start + 1 + PROFILE_BYTES])
    return ""


def _fragment_times(octets: bytes) -> Times:
    start, end = _inside(octets, 0, len(octets), b"moof")
    start, end = _inside(octets, start, end, b"traf")
    decode, duration, default = None, 0, 0
    for kind, body, _ in _boxes(octets, start, end):
        (flags,) = _U32.unpack_from(octets, body)
        if kind == b"tfhd":
            default = _default_duration(octets, body, flags)
        elif kind == b"tfdt":
            (decode,) = (_U64 if flags >> 24 else _U32).unpack_from(octets, body + 4)
        elif kind == b"trun":
            duration += _run_duration(octets, body, flags, default)
    if decode is None:
        raise ValueError("a fragment without a decode time")
    return Times(decode, duration)


def _default_duration(octets: bytes, body: int, flags: int) -> int:
    if not flags & _TFHD_DEFAULT_DURATION:
        return 0
    at = body + 8 + sum(length for flag, length in _DEFAULT_DURATION_BEFORE if flags & flag)
    return int(_U32.unpack_from(octets, at)[0])


def _run_duration(octets: bytes, body: int, flags: int, default: int) -> int:
    (count,) = _U32.unpack_from(octets, body + 4)
    if not flags & _TRUN_DURATION:
        return int(count) * default
    at = body + 8 + 4 * sum(bool(flags & flag) for flag in _TRUN_BEFORE_SAMPLES)
    step = 4 * sum(bool(flags & flag) for flag in _TRUN_SAMPLE_FIELDS)
    if count * step > len(octets):
        raise ValueError("a run with more samples than bytes")
    return sum(int(_U32.unpack_from(octets, at + step * number)[0]) for number in range(count))


def _inside(octets: bytes, start: int, end: int, kind: bytes) -> tuple[int, int]:
    """Where the first box of that kind has its payload. Raises ValueError when there is none."""
    for found, body, box_end in _boxes(octets, start, end):
        if found == kind:
            return body, box_end
    raise ValueError(f"no {kind.decode('ascii')} box")


def _boxes(octets: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin of the payload and end of each box."""
    while start + _BOX.size <= end:
        size, kind = _BOX.unpack_from(octets, start)
        if size < _BOX.size or start + size > end:
            raise ValueError("a box that does not fit")
        yield kind, start + _BOX.size, start + size
        start += size
