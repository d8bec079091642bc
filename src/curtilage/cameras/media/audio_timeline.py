"""The decode times of a camera's sound: wall-clock time, counted in samples, as the camera's own clock steps.

Pictures and sound of a camera come by two RTP clocks that have no beginning in common. Both are tied to our clock, so a
sound's decode time is the time of day at which it was made, as far as we know: the earliest time at which its packets
came, less their length. Nothing is stretched:

* frames that follow each other on the camera's clock follow each other here;
* what the camera leaves out, or what is lost, is a hole: what comes after it keeps its own time;
* a clock that runs slower or faster than ours is followed for up to DRIFT_MS. Then the sound jumps: forward over a
  hole, or back by leaving frames out, because a decode time never goes back;
* a clock that jumps by more than JUMP_MS is tied anew.

Network delay makes packets late, never early. So the earliest of WINDOW_MS counts; one that is late by itself changes
nothing.

Pure.
"""

DRIFT_MS = 150
JUMP_MS = 2_000
WINDOW_MS = 5_000
_SLACK_MS = 5
"""Stamps that are off by less (some cameras round) make no hole."""


class AudioTimeline:
    """One sound track's, in 1/rate_hz s since the Unix epoch."""

    __slots__ = ("_behind", "_drift", "_end", "_jump", "_rate_hz", "_shift", "_slack", "_window_ms")

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._drift, self._jump, self._slack = (rate_hz * ms // 1000 for ms in (DRIFT_MS, JUMP_MS, _SLACK_MS))
        self._end = 0
        """Where the last frame ends."""
        self._shift: int | None = None
        """Our time minus the camera's. None: to be tied anew."""
        self._behind: int | None = None
        """How far the earliest packet of this window came after the time its sound was given."""
        self._window_ms = 0
        """When this window began."""

    def restart(self) -> None:
        """Another connection: the camera's clock begins anywhere."""
        self._shift = None

    def place(self, timestamp: int, duration: int, now_ms: int) -> int | None:
        """The decode time of a frame whose last packet came just now. None: leave it out."""
        begun = now_ms * self._rate_hz // 1000 - duration
        behind = None if self._shift is None else begun - timestamp - self._shift
        if self._shift is None or behind is None or abs(behind) > self._jump:
            self._tie(begun - timestamp, now_ms)
        else:
            self._follow(behind, now_ms)
        start = timestamp + self._shift if self._shift is not None else begun
        if abs(start - self._end) <= min(self._slack, duration // 2):
            start = self._end
        if start < self._end:
            return None
        self._end = start + duration
        return start

    def _follow(self, behind: int, now_ms: int) -> None:
        assert self._shift is not None, "tied before"
        if behind < -self._drift:  # no network brings sound before it was made: the clock is fast, or this is a burst
            self._tie(self._shift + behind, now_ms)
            return
        self._behind = behind if self._behind is None else min(self._behind, behind)
        if now_ms - self._window_ms < WINDOW_MS:
            return
        if self._behind > self._drift:
            self._shift += self._behind
        self._behind, self._window_ms = None, now_ms

    def _tie(self, shift: int, now_ms: int) -> None:
        self._shift, self._behind, self._window_ms = shift, None, now_ms
