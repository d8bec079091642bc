"""Packets of sound as FFmpeg's demuxers give them out, made frames that we carry; nothing is decoded.

Rules: pure. As over RTSP: AAC, Opus and G.711, what a decoder must know is told before the first frame, and no frame is
made up. Sound without a configuration is none until one comes; one that changes is told again. Timestamps may be
missing, negative, or jump.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from curtilage.cameras.ffmpeg.adts import adts_frames
from curtilage.cameras.input.sound_record import FRAME_BYTES_MAX, TIMESTAMP_MAX, duration_of, is_known
from curtilage.cameras.media.aac_config import AacConfigError, read_aac_config
from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters

CODECS: Mapping[str, AudioCodec] = {
    "aac": AudioCodec.AAC,
    "opus": AudioCodec.OPUS,
    "pcm_mulaw": AudioCodec.PCMU,
    "pcm_alaw": AudioCodec.PCMA,
}
"""By FFmpeg's names."""
_BEGIN = 1 << 48
"""Added to timestamps, in 1/rate_hz s: containers begin a little before 0, and records hold no negative ones."""
_OPUS_RATE_HZ, _OPUS_CHANNELS_MAX = 48_000, 2

Found = AudioParameters | AudioFrame | None
"""None: what comes from here on is no sound that we know."""


class FfmpegSound:
    """One track, given packet by packet. ``config``: FFmpeg's extradata."""

    __slots__ = ("_bare", "_codec", "_next", "_parameters", "_said", "_told")

    def __init__(self, codec: AudioCodec, rate_hz: int, channels: int, config: bytes) -> None:
        self._codec = codec
        self._bare = codec is not AudioCodec.AAC or bool(config)
        """No head stands before each frame."""
        self._next = _BEGIN
        """Where a frame without a timestamp goes."""
        self._told = False
        self._said: AudioParameters | None = None
        """What was told last."""
        if codec is AudioCodec.AAC:
            self._parameters = _of_aac(config)
        elif codec is AudioCodec.OPUS:
            wide = channels > _OPUS_CHANNELS_MAX
            self._parameters = None if wide else AudioParameters(codec, _OPUS_RATE_HZ, 2)
        else:
            made = AudioParameters(codec, rate_hz, channels)
            self._parameters = made if is_known(made) else None

    def begin(self) -> Iterator[Found]:
        """Before the first packet: the parameters, unless a packet must say them."""
        if self._bare:
            yield from self._news()

    def packet(self, octets: bytes, ticks: int | None, base: Fraction, config: bytes = b"") -> Iterator[Found]:
        """What one packet gives.

        ``ticks``: its timestamp in ``base`` s; None: it has none. ``config``: a new one, which begins with it.
        """
        if config and self._codec is AudioCodec.AAC:
            self._bare, self._parameters = True, _of_aac(config)
        pieces = [(b"", octets)] if self._bare else list(adts_frames(octets))
        for number, (said, frame) in enumerate(pieces):
            if said and (self._parameters is None or self._parameters.config != said):
                self._parameters = _of_aac(said)
            if number == 0 and self._parameters is not None and ticks is not None:
                self._next = _BEGIN + ticks * self._parameters.rate_hz * base.numerator // base.denominator
            yield from self._news()
            yield from self._frame(frame)
        if not pieces:
            yield from self._news()

    def _frame(self, octets: bytes) -> Iterator[AudioFrame]:
        if self._parameters is None or not 0 < len(octets) <= FRAME_BYTES_MAX:
            return
        duration = duration_of(self._parameters, octets)
        if duration:
            yield AudioFrame(octets, max(0, min(self._next, TIMESTAMP_MAX)), duration)
            self._next += duration

    def _news(self) -> Iterator[AudioParameters | None]:
        if not self._told or self._parameters != self._said:
            self._told, self._said = True, self._parameters
            yield self._parameters


def _of_aac(config: bytes) -> AudioParameters | None:
    try:
        read = read_aac_config(config)
    except AacConfigError:
        return None
    made = AudioParameters(AudioCodec.AAC, read.rate_hz, read.channels, config)
    return made if is_known(made) else None
