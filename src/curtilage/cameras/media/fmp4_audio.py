"""The boxes of a CMAF track with sound: AAC, Opus or FLAC (ISO/IEC 14496-12, 14496-14, RFC 9639's and Opus's mappings).

As fmp4.py: bytes in, bytes out. A fragment holds the few frames of one part, which follow each other without a hole.
"""

import struct
from collections.abc import Sequence

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.media.flac import stream_info
from curtilage.cameras.media.fmp4 import TRACK_ID, box, full_box

_UNITY_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)
_SYNC_SAMPLE = 0x0200_0000
_UNDETERMINED_LANGUAGE = 0x55C4
_FULL_VOLUME = 0x0100
_SAMPLE_BITS = 16
_LAST_STREAM_INFO = b"\x80\0\0\x22"
_U32_MAX = 0xFFFF_FFFF
_TRUN_FIELDS = 0x301
"""Data offset; of each sample its duration and its size."""


def audio_init_segment(parameters: AudioParameters) -> bytes:
    """ftyp and moov."""
    header = full_box(
        b"mvhd", 0, 0,
        struct.pack(">IIIIIH10x", 0, 0, parameters.rate_hz, 0, 0x10000, _FULL_VOLUME),
        _UNITY_MATRIX, struct.pack(">24xI", TRACK_ID + 1),
    )  # fmt: skip
    extends = box(b"mvex", full_box(b"trex", 0, 0, struct.pack(">IIIII", TRACK_ID, 1, 0, 0, _SYNC_SAMPLE)))
    brands = box(b"ftyp", b"cmfc", struct.pack(">I", 0), b"iso6cmfcmp41")
    return brands + box(b"moov", header, _track(parameters), extends)


def audio_fragment(frames: Sequence[tuple[bytes, int]], sequence: int, decode_time: int) -> bytes:
    """moof and mdat of frames with their durations, the first at ``decode_time``, in 1/rate_hz s."""
    entries = b"".join(struct.pack(">II", duration, len(octets)) for octets, duration in frames)
    run_bytes = 20 + len(entries)
    offset = 8 + 16 + 8 + 16 + 20 + run_bytes + 8
    track = box(
        b"traf",
        full_box(b"tfhd", 0, 0x20000, struct.pack(">I", TRACK_ID)),
        full_box(b"tfdt", 1, 0, struct.pack(">Q", decode_time)),
        full_box(b"trun", 0, _TRUN_FIELDS, struct.pack(">II", len(frames), offset), entries),
    )
    moof = box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", sequence & _U32_MAX)), track)
    return moof + box(b"mdat", *(octets for octets, _ in frames))


def _track(parameters: AudioParameters) -> bytes:
    enabled_in_movie = 3
    times, volume = struct.pack(">IIIII", 0, 0, TRACK_ID, 0, 0), struct.pack(">12xH2x", _FULL_VOLUME)
    header = full_box(b"tkhd", 0, enabled_in_movie, times, volume, _UNITY_MATRIX, bytes(8))
    media_times = struct.pack(">IIIIHH", 0, 0, parameters.rate_hz, 0, _UNDETERMINED_LANGUAGE, 0)
    handler = full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"soun"), b"\0")
    data_here = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    information = box(b"minf", full_box(b"smhd", 0, 0, bytes(4)), data_here, _sample_table(parameters))
    return box(b"trak", header, box(b"mdia", full_box(b"mdhd", 0, 0, media_times), handler, information))


def _sample_table(parameters: AudioParameters) -> bytes:
    description = full_box(b"stsd", 0, 0, struct.pack(">I", 1), _sample_entry(parameters))
    empty = [full_box(kind, 0, 0, bytes(4)) for kind in (b"stts", b"stsc", b"stco")]
    return box(b"stbl", description, *empty, full_box(b"stsz", 0, 0, bytes(8)))


def _sample_entry(parameters: AudioParameters) -> bytes:
    rate = parameters.rate_hz << 16 if parameters.rate_hz <= 0xFFFF else 0  # 16 bits are all there is for it
    looks = struct.pack(">6xH8xHHHHI", 1, parameters.channels, _SAMPLE_BITS, 0, 0, rate)
    if parameters.codec is AudioCodec.AAC:
        return box(b"mp4a", looks, _elementary_stream(parameters.config))
    if parameters.codec is AudioCodec.OPUS:
        said = struct.pack(">BBHIhB", 0, parameters.channels, 0, parameters.rate_hz, 0, 0)
        return box(b"Opus", looks, box(b"dOps", said))
    return box(b"fLaC", looks, full_box(b"dfLa", 0, 0, _LAST_STREAM_INFO, stream_info(parameters.rate_hz)))


def _elementary_stream(config: bytes) -> bytes:
    """esds (ISO/IEC 14496-14 §5.6, 14496-1 §7.2.6): MPEG-4 audio, its configuration, no synchronisation layer."""
    mpeg_4_audio, audio_stream = 0x40, 0x15
    decoder = struct.pack(">BB3xII", mpeg_4_audio, audio_stream, 0, 0) + _descriptor(5, config)
    whole = struct.pack(">HB", 0, 0) + _descriptor(4, decoder) + _descriptor(6, b"\x02")
    return full_box(b"esds", 0, 0, _descriptor(3, whole))


def _descriptor(tag: int, octets: bytes) -> bytes:
    """Never longer than 127 bytes here (sdp_audio.py bounds the configuration): its size is one byte."""
    return bytes((tag, len(octets))) + octets
