"""Sound as a camera sent it, before it becomes parts, and the port through which a source gives it.

Pure. It never leaves the input, as access_unit.py's pictures never do.
"""

import enum
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


class AudioCodec(enum.Enum):
    """The codecs we can carry, by their names in SDP."""

    AAC = "MPEG4-GENERIC"
    OPUS = "OPUS"
    PCMU = "PCMU"
    PCMA = "PCMA"


@dataclass(frozen=True, slots=True)
class AudioParameters:
    """What a decoder must know first."""

    codec: AudioCodec
    rate_hz: int
    """Of the RTP clock, in which frames are timed. Opus: always 48,000 (RFC 7587 §4.1)."""
    channels: int
    config: bytes = field(default=b"", repr=False)
    """AAC: the AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). Empty for the others."""

    @property
    def is_g711(self) -> bool:
        """Carried as FLAC to players that know no G.711 (media/flac.py)."""
        return self.codec in (AudioCodec.PCMU, AudioCodec.PCMA)

    @property
    def name(self) -> str:
        """RFC 6381 name of what stands in parts."""
        if self.codec is AudioCodec.AAC:
            return f"mp4a.40.{self.config[0] >> 3}"
        return "opus" if self.codec is AudioCodec.OPUS else "flac"


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """One frame: of AAC an access unit, of Opus a packet, of G.711 any number of samples."""

    octets: bytes = field(repr=False)
    timestamp: int
    """Of its first sample on the camera's RTP clock, in 1/rate_hz s, unwrapped: may jump either way."""
    duration: int
    """In 1/rate_hz s, at least 1."""


class SoundSink(Protocol):
    """What a source pushes sound into. Neither call raises or waits."""

    def audio_changed(self, parameters: AudioParameters | None) -> None:
        """Before the first frame of a connection; None: the camera describes no sound that we know."""
        ...

    def audio_frame(self, frame: AudioFrame) -> None:
        """One whole frame."""
        ...


@runtime_checkable
class GivesSound(Protocol):
    """A source that can give its camera's sound beside the picture."""

    def sound_to(self, sink: SoundSink) -> None:
        """Ask the camera for its sound too. Before ``run``; a source that is not told never asks for sound."""
        ...
