"""Real parts of sound for the tests of LL-HLS: as the muxer makes them of frames that come at their time."""

from collections.abc import Iterator

from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters
from curtilage.cameras.media.audio_part import AudioMuxer
from curtilage.cameras.media.part import Part

OPUS = AudioParameters(AudioCodec.OPUS, 48_000, 2)
PCMA = AudioParameters(AudioCodec.PCMA, 8_000, 1)
AAC = AudioParameters(AudioCodec.AAC, 16_000, 1, b"\x14\x08")
PART_MS = 60
_FRAME_MS = 20


class SoundParts:
    """One camera's sound: parts of 60 ms of three frames each (AAC's 1,024 samples count as 20 ms too)."""

    def __init__(self, begin_ms: int, parameters: AudioParameters = OPUS) -> None:
        self._muxer = AudioMuxer(parameters, PART_MS)
        self._samples = parameters.rate_hz * _FRAME_MS // 1000
        self._begin_ms, self._count = begin_ms, 0
        self.init = self._muxer.init(begin_ms)

    def pass_ms(self, length_ms: int) -> Iterator[Part]:
        """What comes meanwhile."""
        for _ in range(length_ms // _FRAME_MS):
            self._count += 1
            octets = self._count.to_bytes(2) * 80
            frame = AudioFrame(octets, self._count * self._samples, self._samples)
            yield from self._muxer.frame(frame, self._begin_ms + self._count * _FRAME_MS)

    def skip_ms(self, length_ms: int) -> None:
        """Lost on its way."""
        self._count += length_ms // _FRAME_MS
