"""A camera's sound in the records of its process (input/source_process.py): what stands in them, and how it is judged.

    SOUND_PARAMETERS  codec u8 (its place in ``_CODECS``), rate u32 in Hz, channels u8, AAC's configuration; or nothing:
                      the camera sends no sound that we know
    SOUND             a frame's octets; how long it lasts they say themselves

Rules: pure. The process is believed as little as a camera: what it says must be something that we carry.
"""

import struct

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.media.aac_config import AacConfigError, read_aac_config
from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters, SoundSink
from curtilage.cameras.media.opus_packet import opus_duration

FRAME_BYTES_MAX = 65_535
"""Of one frame: more than AAC and Opus may have, and more than 4 s of G.711."""
TIMESTAMP_MAX = (1 << 64) - 1
"""What fits into a record."""
_PARAMETERS = struct.Struct(">BIB")
_CONFIG_BYTES_MAX = 64
_CHANGES_COUNT_MAX = 20
"""Of one connection: every page that shows the camera is told each of them."""
_CODECS = (AudioCodec.AAC, AudioCodec.OPUS, AudioCodec.PCMU, AudioCodec.PCMA)
_OPUS_RATE_HZ, _OPUS_CHANNELS = 48_000, 2
_G711_RATES_HZ = frozenset((8_000, 16_000))


def encode_parameters(parameters: AudioParameters | None) -> bytes:
    """What such a record holds."""
    if parameters is None:
        return b""
    place = _CODECS.index(parameters.codec)
    return _PARAMETERS.pack(place, parameters.rate_hz, parameters.channels) + parameters.config


def read_parameters(octets: bytes) -> AudioParameters | None:
    """Raises ValueError or struct.error: it is nothing that we carry."""
    if not octets:
        return None
    place, rate_hz, channels = _PARAMETERS.unpack_from(octets)
    if place >= len(_CODECS):
        raise ValueError("no codec of sound")
    made = AudioParameters(_CODECS[place], rate_hz, channels, octets[_PARAMETERS.size :])
    if not is_known(made):
        raise ValueError("no sound that is carried")
    return made


def is_known(parameters: AudioParameters) -> bool:
    """Whether it is something that we carry, and says of itself what is so."""
    codec, said = parameters.codec, (parameters.rate_hz, parameters.channels)
    if codec is AudioCodec.AAC:
        try:
            read = read_aac_config(parameters.config)
        except AacConfigError:
            return False
        return len(parameters.config) <= _CONFIG_BYTES_MAX and said == (read.rate_hz, read.channels)
    if parameters.config:
        return False
    if codec is AudioCodec.OPUS:
        return said == (_OPUS_RATE_HZ, _OPUS_CHANNELS)
    return parameters.rate_hz in _G711_RATES_HZ and parameters.channels == 1


def duration_of(parameters: AudioParameters, octets: bytes) -> int:
    """How long a frame lasts, in 1/rate_hz s; 0: it is none."""
    if parameters.codec is AudioCodec.AAC:
        return read_aac_config(parameters.config).frame_samples if octets else 0
    return opus_duration(octets) if parameters.codec is AudioCodec.OPUS else len(octets)


class SoundRecords:
    """Hands what a process writes of its camera's sound to a sink."""

    __slots__ = ("_changes_count", "_parameters", "_sink")

    def __init__(self, sink: SoundSink) -> None:
        self._sink = sink
        self._parameters: AudioParameters | None = None
        self._changes_count = 0

    def parameters(self, octets: bytes) -> None:
        """Raises SourceError, ValueError or struct.error."""
        self._changes_count += 1
        if self._changes_count > _CHANGES_COUNT_MAX:
            raise SourceError(SourceProblem.GARBAGE, "its sound changes again and again")
        self._parameters = read_parameters(octets)
        self._sink.audio_changed(self._parameters)

    def frame(self, octets: bytes, timestamp: int) -> None:
        """Raises ValueError: it is none of the sound that was announced."""
        if self._parameters is None or len(octets) > FRAME_BYTES_MAX:
            raise ValueError("a frame of no sound")
        duration = duration_of(self._parameters, octets)
        if not duration:
            raise ValueError("a frame that lasts no time")
        self._sink.audio_frame(AudioFrame(octets, timestamp, duration))
