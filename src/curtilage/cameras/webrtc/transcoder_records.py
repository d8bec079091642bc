"""What goes to a transcoder (webrtc/transcoder.py) and what comes back. Pure; any bytes give a value or None.

Each record follows its length, u32. The first one to the process opens it, every later one is a run of frames, and each
gets one reply, in the same order; the opening's reply is empty and says that the process is ready, or that it can make
nothing of such a sound (faults 1):

    opening  rate u32 of the clock in Hz, channels u8, and the AudioSpecificConfig
    run      start u64 in 1/rate s, count u8, and for each frame: duration u32 in 1/rate s, size u16, the octets
    reply    faults u8, count u8, and for each packet of 20 ms: start u64 in 1/48,000 s, size u16, the octets

Neither side believes the other: what the process reads came from a camera, and what it writes may be a camera's doing.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.webrtc.sound_packetiser import OPUS_BYTES_MAX, SoundPacket

OPUS_HZ = 48_000
PACKET_SAMPLES = 960
"""20 ms."""
LENGTH = struct.Struct(">I")
RECORD_BYTES_MAX = 128 << 10
"""Of either kind; a run that would be longer is not sent."""
_OPENING = struct.Struct(">IB")
_CONFIG_BYTES_MAX = 64
_RUN = struct.Struct(">QB")
_FRAME = struct.Struct(">IH")
_FRAMES_COUNT_MAX = 64
_FRAME_BYTES_MAX = 8_191
"""What 13 bits say (ADTS, ISO/IEC 14496-3 §1.A.2.2.1); a frame of two channels has 1,536 at most."""
_RUN_S_MAX = 1
"""A part lasts ``sound_part_ms`` and a frame more."""
_REPLY = struct.Struct(">BB")
_PACKET = struct.Struct(">QH")
_PACKETS_COUNT_MAX = 128


@dataclass(frozen=True, slots=True)
class Opening:
    """What a decoder must know first."""

    rate_hz: int
    """Of the clock in which runs are timed."""
    channels: int
    config: bytes = field(repr=False)
    """The AudioSpecificConfig, as the camera said it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of one run."""

    packets: tuple[SoundPacket, ...]
    faults: int
    """Frames that could not be decoded."""


def encode_opening(opening: Opening) -> bytes:
    """With its length."""
    return _record(_OPENING.pack(opening.rate_hz, opening.channels) + opening.config)


def read_opening(record: bytes) -> Opening | None:
    """Without its length."""
    if not _OPENING.size < len(record) <= _OPENING.size + _CONFIG_BYTES_MAX:
        return None
    rate_hz, channels = _OPENING.unpack_from(record)
    if not rate_hz or channels not in (1, 2):
        return None
    return Opening(rate_hz, channels, record[_OPENING.size :])


def encode_run(run: AudioRun, rate_hz: int) -> bytes | None:
    """With its length. None: it is longer, or lasts longer, than any that a camera sends."""
    long = sum(duration for _, duration in run.frames) > rate_hz * _RUN_S_MAX
    if long or len(run.frames) > _FRAMES_COUNT_MAX or run.start >= 1 << 63:
        return None
    if any(len(octets) > _FRAME_BYTES_MAX for octets, _ in run.frames):
        return None
    frames = (_FRAME.pack(duration, len(octets)) + octets for octets, duration in run.frames)
    record = _record(_RUN.pack(run.start, len(run.frames)) + b"".join(frames))
    return record if len(record) <= RECORD_BYTES_MAX else None


def read_run(record: bytes) -> AudioRun | None:
    """Without its length."""
    if len(record) < _RUN.size:
        return None
    start, count = _RUN.unpack_from(record)
    frames, at = list[tuple[bytes, int]](), _RUN.size
    for _ in range(count):
        if len(record) - at < _FRAME.size:
            return None
        duration, size = _FRAME.unpack_from(record, at)
        at += _FRAME.size + size
        frames.append((record[at - size : at], duration))
    whole = 0 < count <= _FRAMES_COUNT_MAX and at == len(record)
    return AudioRun(start, tuple(frames)) if whole else None


def encode_reply(reply: Reply) -> bytes:
    """With its length. What does not fit is left out."""
    packets = reply.packets[:_PACKETS_COUNT_MAX]
    octets = b"".join(_PACKET.pack(packet.start, len(packet.payload)) + packet.payload for packet in packets)
    return _record(_REPLY.pack(min(reply.faults, 255), len(packets)) + octets)


def read_reply(record: bytes) -> Reply | None:
    """Without its length."""
    if len(record) < _REPLY.size:
        return None
    faults, count = _REPLY.unpack_from(record)
    if count > _PACKETS_COUNT_MAX:
        return None
    packets = list(_packets(record, count))
    end = _REPLY.size + sum(_PACKET.size + len(packet.payload) for packet in packets)
    return Reply(tuple(packets), faults) if len(packets) == count and end == len(record) else None


def _packets(record: bytes, count: int) -> Iterator[SoundPacket]:
    """As long as they are whole, no longer than Opus is, and follow each other."""
    at, end = _REPLY.size, 0
    for _ in range(count):
        if len(record) - at < _PACKET.size:
            return
        start, size = _PACKET.unpack_from(record, at)
        at += _PACKET.size + size
        if not 0 < size <= OPUS_BYTES_MAX or at > len(record) or not end <= start < 1 << 63:
            return
        end = start + PACKET_SAMPLES
        yield SoundPacket(start, PACKET_SAMPLES, record[at - size : at])


def _record(payload: bytes) -> bytes:
    return LENGTH.pack(len(payload)) + payload
