"""What the tracks of one camera have in common in LL-HLS, so that a player can go from one to the other.

"Matching content in Variant Streams MUST have matching timestamps" and "matching Discontinuity Sequence Numbers" (RFC
8216bis §6.2.4). Our muxers give each track a time line of its own, which begins with its first connection. So what is
packaged gets other decode times: the time at which it reached the server, counted from the camera's start. A track
begins where the other stands at that moment, because a camera's clock is not the server's; from there it goes on by its
own steps. What cannot be better than the network: the first pictures of two tracks come over two connections. Sound has
a way of its own (hls_sound_time.py).

Pure; one for each camera.
"""

from dataclasses import replace

from curtilage.cameras.hls.hls_fragment import fragment_times, with_decode_time
from curtilage.cameras.hls.hls_sound_time import SoundTime
from curtilage.cameras.media.part import Part
from curtilage.cameras.media.timeline import TICKS_PER_SECOND
from curtilage.clock import MS_PER_SECOND
from curtilage.wire.sealed_part import Kind, Track

_TICKS_PER_MS = TICKS_PER_SECOND // MS_PER_SECOND
_BEFORE_MS = 60_000
"""Decode times cannot be negative, and the cache may hold pictures from before."""
_SMOOTHING_SHIFT = 5


class TracksTime:
    """The time line of one camera's tracks."""

    __slots__ = ("_ahead", "_begin_ms", "_shifts", "_sound")

    def __init__(self, now_ms: int) -> None:
        self._begin_ms = now_ms - _BEFORE_MS
        self._shifts: dict[Track, int] = {}
        """By how much each track that is packaged is moved, in ticks."""
        self._ahead: dict[Track, int] = {}
        """How far each is ahead of the server's clock by now, in ticks, smoothed."""
        self._sound = SoundTime(self._begin_ms)

    def placed_sound(self, part: Part) -> Part | None:
        """The same for a part of sound; None: it has no place. Raises ValueError when it is none of ours."""
        return self._sound.placed(part, next(iter(self._ahead.values()), 0) // _TICKS_PER_MS)

    def placed(self, track: Track, part: Part) -> Part:
        """The part at its place on the common time line. Raises ValueError when it is no fragment of ours."""
        if part.kind is Kind.INIT:
            self.forget(track)
            return part
        decode = fragment_times(part.octets).decode
        now = (part.time_ms - self._begin_ms) * _TICKS_PER_MS
        shift = self._shifts.get(track)
        if shift is None:
            self._ahead[track] = next(iter(self._ahead.values()), 0)
            shift = self._shifts[track] = now + self._ahead[track] - decode
        else:
            self._ahead[track] += (decode + shift - now - self._ahead[track]) >> _SMOOTHING_SHIFT
        return replace(part, octets=with_decode_time(part.octets, decode + shift))

    def forget(self, track: Track) -> None:
        """It is no longer packaged, or begins anew with its next picture."""
        self._shifts.pop(track, None)
        self._ahead.pop(track, None)
        if track is Track.AUDIO:
            self._sound.forget()
