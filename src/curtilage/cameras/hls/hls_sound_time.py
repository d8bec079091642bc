"""Where a camera's sound stands on the time line that its tracks have in common in LL-HLS (hls_tracks.py).

Sound comes with the time of day as its decode time (media/audio_timeline.py), so it needs no beginning of its own. But
pictures go on by the camera's clock, which after a day may be seconds away from the server's, and a player shows
together what has the same time. So sound is moved to where the pictures stand, anew whenever it has come to be
APART_MS away. Then it jumps: forward over a hole, or back by leaving parts out, because a decode time never goes back.

Pure.
"""

from dataclasses import replace

from curtilage.cameras.hls.hls_fragment import fragment_times, init_words, with_decode_time
from curtilage.cameras.media.part import Part
from curtilage.clock import MS_PER_SECOND
from curtilage.wire.sealed_part import Kind

APART_MS = 80


class SoundTime:
    """One camera's."""

    __slots__ = ("_ahead_ms", "_begin_ms", "_end", "_init", "_rate_hz")

    def __init__(self, begin_ms: int) -> None:
        """``begin_ms``: the time of day at which the common time line begins."""
        self._begin_ms = begin_ms
        self._ahead_ms: int | None = None
        """How far sound is moved."""
        self._end = 0
        """Where the last part ended, in 1/rate s."""
        self._init: bytes | None = None
        self._rate_hz = 0
        """0: no init part came."""

    def placed(self, part: Part, ahead_ms: int) -> Part | None:
        """The part at its place; None: leave it out. ``ahead_ms``: how far pictures are before the server's clock.

        Raises ValueError when it is no part of sound of ours.
        """
        if part.kind is Kind.INIT:
            if part.octets == self._init:  # sealed anew at a key turn: the sound goes on
                return None
            self._ahead_ms, self._end, self._rate_hz = None, 0, init_words(part.octets).ticks_per_s
            self._init = part.octets
            return part
        if not self._rate_hz:
            return None
        if self._ahead_ms is None or abs(ahead_ms - self._ahead_ms) > APART_MS:
            self._ahead_ms = ahead_ms
        times = fragment_times(part.octets)
        decode = times.decode - (self._begin_ms - self._ahead_ms) * self._rate_hz // MS_PER_SECOND
        if decode < self._end:
            return None
        self._end = decode + times.duration
        return replace(part, octets=with_decode_time(part.octets, decode))

    def forget(self) -> None:
        """It is no longer packaged: the next run needs its init part again."""
        self._init, self._rate_hz = None, 0
