"""Parts of sound: the muxer that makes them from frames. Beside part.py, which does it for pictures.

A part holds several frames, because each part costs a seal and a record, and each append in a page a round through its
decoder: ``sound_part_ms`` of them, or fewer where a hole follows. Nothing waits for longer than that.

Every part can be decoded by itself. About once in GROUP_MS one is marked as a keyframe: that is where the cache lets
newcomers begin, and what it keeps.

Pure.
"""

from curtilage.cameras.media.audio_codec import AudioFrame, AudioParameters
from curtilage.cameras.media.audio_timeline import AudioTimeline
from curtilage.cameras.media.flac import SAMPLES_MAX, SAMPLES_MIN, FlacWriter
from curtilage.cameras.media.fmp4_audio import audio_fragment, audio_init_segment
from curtilage.cameras.media.part import Part
from curtilage.wire.sealed_part import Kind

GROUP_MS = 1_000
_FRAMES_COUNT_MAX = 64
"""Of one part: the shortest frames of Opus last 2.5 ms."""


class AudioMuxer:
    """One camera's parts of sound, for as long as its parameters stay."""

    __slots__ = (
        "_collected",
        "_duration",
        "_flac",
        "_frames",
        "_group_ms",
        "_parameters",
        "_part",
        "_sequence",
        "_start",
        "_timeline",
    )  # fmt: skip

    def __init__(self, parameters: AudioParameters, part_ms: int) -> None:
        self._parameters = parameters
        self._part = parameters.rate_hz * part_ms // 1000
        self._timeline = AudioTimeline(parameters.rate_hz)
        self._flac = FlacWriter(parameters.codec, parameters.rate_hz) if parameters.is_g711 else None
        self._frames: list[AudioFrame] = []
        self._start = 0
        """Decode time of the first collected frame."""
        self._duration = 0
        """Of all that is collected."""
        self._sequence = 0
        self._group_ms: int | None = None

    def init(self, now_ms: int) -> Part:
        """The INIT part for what follows."""
        return Part(Kind.INIT, keyframe=True, time_ms=now_ms, octets=audio_init_segment(self._parameters))

    def restart(self) -> None:
        """Another connection: its clock begins anywhere, and what was collected of the one before is old."""
        self._timeline.restart()
        self._frames, self._duration = [], 0

    def frame(self, frame: AudioFrame, now_ms: int) -> list[Part]:
        """What is complete by this frame: nothing, a part, or two where there was a hole before it."""
        start = self._timeline.place(frame.timestamp, frame.duration, now_ms)
        if start is None:
            return []
        parts = list[Part]()
        full = self._flac is not None and self._duration + frame.duration > SAMPLES_MAX
        if self._frames and (full or start != self._start + self._duration):
            parts += self._complete(now_ms)
        if not self._frames:
            self._start = start
        self._frames.append(frame)
        self._duration += frame.duration
        if self._duration >= self._part or len(self._frames) >= _FRAMES_COUNT_MAX:
            parts += self._complete(now_ms)
        return parts

    def _complete(self, now_ms: int) -> list[Part]:
        frames, duration = self._frames, self._duration
        self._frames, self._duration = [], 0
        samples = [(frame.octets, frame.duration) for frame in frames]
        if self._flac is not None:
            if not SAMPLES_MIN <= duration <= SAMPLES_MAX:  # a crumb before a hole
                return []
            samples = [(self._flac.frame(b"".join(frame.octets for frame in frames), self._start), duration)]
        self._sequence += 1
        octets = audio_fragment(samples, self._sequence, self._start)
        begins = self._group_ms is None or not 0 <= now_ms - self._group_ms < GROUP_MS
        if begins:
            self._group_ms = now_ms
        return [Part(Kind.MEDIA, begins, now_ms, octets)]
