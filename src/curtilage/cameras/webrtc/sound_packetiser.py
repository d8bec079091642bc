"""The payloads of RTP packets for a camera's sound: one Opus frame each (RFC 7587 §4.2), 20 ms of G.711 (RFC 3551).

Pure, of one view: G.711 that fills no 20 ms waits for what follows, and goes out short before a hole. AAC has another
way (transcoded_sound.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from curtilage.cameras.media.audio_codec import AudioCodec
from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.media.flac import g711_of

_G711_SAMPLES = 160
OPUS_BYTES_MAX = 1_275
"""The longest frame (RFC 6716 §3.2.1). A packet of several that is longer would not go through every link, and is left
out.
"""


@dataclass(frozen=True, slots=True)
class SoundPacket:
    """One packet's payload and when it sounds, in 1/rate_hz s of the camera's timeline."""

    start: int
    duration: int
    payload: bytes = field(repr=False)


class Packetises(Protocol):
    """One view's way from parts to packets."""

    def packets(self, run: AudioRun) -> Iterator[SoundPacket]:
        """Of one part, what is there at once. Raises ValueError: it holds no such sound."""
        ...

    def ready(self) -> Iterator[SoundPacket]:
        """What took longer to make."""
        ...

    def forget(self) -> None:
        """Let go of what waits."""
        ...


class SoundPacketiser:
    """One view's, of sound that goes out as it is. Implements Packetises."""

    __slots__ = ("_codec", "_end", "_rest")

    def __init__(self, codec: AudioCodec) -> None:
        self._codec = codec
        self._rest = b""
        self._end = 0
        """Where the rest ends."""

    def packets(self, run: AudioRun) -> Iterator[SoundPacket]:
        """Of one part. Raises ValueError: it holds no such sound."""
        start = run.start
        for octets, duration in run.frames:
            if self._codec is AudioCodec.OPUS:
                if 0 < len(octets) <= OPUS_BYTES_MAX:
                    yield SoundPacket(start, duration, octets)
            else:
                codes = g711_of(self._codec, octets)
                if len(codes) != duration:
                    raise ValueError("as many samples as its length says")
                yield from self._g711(start, codes)
            start += duration

    def ready(self) -> Iterator[SoundPacket]:
        """See Packetises: nothing takes longer."""
        return iter(())

    def forget(self) -> None:
        """Let go of what waits."""
        self._rest = b""

    def _g711(self, start: int, codes: bytes) -> Iterator[SoundPacket]:
        if self._rest and start != self._end:
            yield SoundPacket(self._end - len(self._rest), len(self._rest), self._rest)
            self._rest = b""
        start, codes = start - len(self._rest), self._rest + codes
        whole = len(codes) - len(codes) % _G711_SAMPLES
        for at in range(0, whole, _G711_SAMPLES):
            yield SoundPacket(start + at, _G711_SAMPLES, codes[at : at + _G711_SAMPLES])
        self._rest, self._end = codes[whole:], start + len(codes)
