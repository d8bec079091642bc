"""What a simulated camera's microphone hears: a soft beep each second, of a pitch by home and camera.

Pure. It comes with the pictures, by their own times, so it needs no process and no clock.
"""

import math
from bisect import bisect_left

from curtilage.cameras.input.source import Sink
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters, SoundSink
from curtilage.cameras.media.g711 import linear
from curtilage.cameras.media.timeline import TICKS_PER_SECOND

RATE_HZ = 8_000
PARAMETERS = AudioParameters(AudioCodec.PCMA, RATE_HZ, 1)
FRAME_MAX = RATE_HZ
"""After a longer pause than this the sound goes on where the pictures do."""
_BEEP_SAMPLES = RATE_HZ // 4
_LOUDNESS = 4_000
_PITCH_FIRST_HZ, _PITCH_STEP_HZ, _PITCHES_COUNT = 440, 55, 16


def pitch_hz(home: int, camera: int) -> int:
    """What this camera's beep sounds like."""
    return _PITCH_FIRST_HZ + _PITCH_STEP_HZ * ((2 * home + camera) % _PITCHES_COUNT)


class SoundingSink:
    """A Sink that hands on the pictures, and with each of them the sound up to its time."""

    __slots__ = ("_end", "_second", "_sink", "_sound")

    def __init__(self, sink: Sink, sound: SoundSink, hertz: int) -> None:
        self._sink = sink
        self._sound = sound
        self._second = one_second(hertz)
        self._end: int | None = None
        sound.audio_changed(PARAMETERS)

    def codec_changed(self, parameters: CodecParameters) -> None:
        """See Sink."""
        self._sink.codec_changed(parameters)

    def access_unit(self, unit: AccessUnit) -> None:
        """See Sink."""
        self._sink.access_unit(unit)
        until = unit.timestamp * RATE_HZ // TICKS_PER_SECOND
        begin = self._end
        self._end = until
        if begin is None or not 0 < until - begin <= FRAME_MAX:
            return
        at = begin % RATE_HZ
        octets = (self._second + self._second)[at : at + until - begin]
        self._sound.audio_frame(AudioFrame(octets, begin, len(octets)))


def one_second(hertz: int) -> bytes:
    """A beep and silence, in A-law: it fades in and out, so that nothing cracks."""
    codes = sorted((linear(AudioCodec.PCMA, code), code) for code in range(256))
    beep = bytes(codes[min(bisect_left(codes, (_sample(place, hertz), 0)), 255)][1] for place in range(_BEEP_SAMPLES))
    return beep + bytes((codes[128][1],)) * (RATE_HZ - _BEEP_SAMPLES)


def _sample(place: int, hertz: int) -> float:
    fade = math.sin(math.pi * place / _BEEP_SAMPLES)
    return _LOUDNESS * fade * math.sin(2 * math.pi * hertz * place / RATE_HZ)
