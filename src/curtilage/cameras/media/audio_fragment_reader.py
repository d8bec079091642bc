"""Takes a part of sound apart again: what a WebRTC view needs of the boxes that media/fmp4_audio.py writes.

As fragment_reader.py: every length is checked, and what does not fit is None. Pure.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from curtilage.cameras.media.audio_codec import AudioCodec
from curtilage.cameras.media.fragment_reader import ENTRY_WITHIN, find_box, find_within

_RUN_HEAD = struct.Struct(">III")
_RUN_FIELDS = 0x301
_SAMPLE = struct.Struct(">II")
_TIME = struct.Struct(">IQ")
_SAMPLES_COUNT_MAX = 64
"""As many frames as audio_part.py puts into one part."""
_ENTRIES: Mapping[AudioCodec, bytes] = {
    AudioCodec.AAC: b"mp4a",
    AudioCodec.OPUS: b"Opus",
    AudioCodec.PCMU: b"fLaC",
    AudioCodec.PCMA: b"fLaC",
}


@dataclass(frozen=True, slots=True)
class AudioRun:
    """The frames of one part, which follow each other without a hole."""

    start: int
    """When the first begins, in 1/rate_hz s of the track's timeline."""
    frames: tuple[tuple[bytes, int], ...] = field(repr=False)
    """Each with its duration in 1/rate_hz s; at least one."""


def is_init_of(octets: bytes, codec: AudioCodec) -> bool:
    """Whether this is the init part of a track that carries such sound (G.711 stands in FLAC, of either law)."""
    return find_within(octets, (*ENTRY_WITHIN, _ENTRIES[codec])) is not None


def read_audio_fragment(octets: bytes) -> AudioRun | None:
    """The frames of a media part."""
    fragment, data = find_box(octets, 0, len(octets), b"moof"), find_box(octets, 0, len(octets), b"mdat")
    track = find_box(octets, *fragment, b"traf") if fragment is not None else None
    if track is None or data is None:
        return None
    decode, run = find_box(octets, *track, b"tfdt"), find_box(octets, *track, b"trun")
    if decode is None or run is None or decode[1] - decode[0] != _TIME.size or run[1] - run[0] < _RUN_HEAD.size:
        return None
    _, start = _TIME.unpack_from(octets, decode[0])
    head, count, _ = _RUN_HEAD.unpack_from(octets, run[0])
    fits = run[1] - run[0] == _RUN_HEAD.size + count * _SAMPLE.size
    if head != _RUN_FIELDS or not 1 <= count <= _SAMPLES_COUNT_MAX or not fits:
        return None
    frames, at = [], data[0]
    for duration, size in _SAMPLE.iter_unpack(octets[run[0] + _RUN_HEAD.size : run[1]]):
        frames.append((octets[at : at + size], duration))
        at += size
    return AudioRun(start, tuple(frames)) if at == data[1] else None
