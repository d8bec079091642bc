"""The decode times of a stream: our own 90 kHz timeline, which never goes back whatever the camera's clock does.

Players (Media Source, W3C, "coded frame processing") throw pictures away until the next keyframe when a decode time
goes back, or forward by more than twice the *declared* duration of the picture before. So the rules are:

* Decode times strictly increase, by at most twice the duration declared with the previous picture.
* The declared duration is the frame interval learned so far: it follows a longer one at once (at most doubling with
  each picture, so that one gap teaches little), and a shorter one by a sixteenth with each picture. 1 ms to 2 s.
* A picture that the camera's clock puts further than two intervals before or after its place is a discontinuity: the
  timeline goes on by one interval and follows the camera's clock from there. Viewers see no hole.
* One that is early by less than that (a trembling clock) goes on by half an interval, and the debt is repaid later.

With B-frames, pictures come in decoding order but are stamped with presentation times. The k-th decode time is then the
k-th smallest presentation time four pictures late: times wait sorted in a window of four, and each new one pushes out
the smallest. Reordering deeper than four (H.264 allows 16; cameras use one or two) still gives increasing decode times,
with a negative composition offset.
"""

from bisect import insort

TICKS_PER_SECOND = 90_000
INTERVAL_FIRST = TICKS_PER_SECOND // 25
"""Assumed until a second picture teaches better."""
INTERVAL_MIN = TICKS_PER_SECOND // 1000
INTERVAL_MAX = 2 * TICKS_PER_SECOND
REORDER_DEPTH = 4
_REORDER_REACH = 2 * REORDER_DEPTH
"""How many intervals a presentation time may lie outside what is known before it counts as a discontinuity."""
_FORGETTING_SHIFT = 4


class Timeline:
    """One camera's timeline; it outlives connections. Holds a handful of integers."""

    __slots__ = ("_highest", "_interval", "_last", "_reorder", "_shift", "_waiting")

    def __init__(self) -> None:
        self._interval = INTERVAL_FIRST
        self._last = -1
        """Decode time of the previous picture. The first picture is shown at four intervals, so that there is room
        for earlier decode times, which cannot be negative.
        """
        self._shift: int | None = None
        """Our time minus the camera's. None: the next picture is a discontinuity."""
        self._reorder = False
        self._highest = (REORDER_DEPTH - 1) * INTERVAL_FIRST
        """Highest presentation time given out."""
        self._waiting: list[int] = []
        """With B-frames: the presentation times not yet used as decode times, sorted."""

    def restart(self, *, reorder: bool) -> None:
        """A new init part, before the first picture too: the next is shown one interval after all pictures so far."""
        self._highest = max(self._highest, self._last)
        self._reorder = reorder
        self._shift = None
        if reorder:
            first = self._highest + self._interval
            self._waiting = [first - self._interval * back for back in range(REORDER_DEPTH, 0, -1)]
        else:
            self._last = self._highest

    def place(self, timestamp: int) -> tuple[int, int, int]:
        """Decode time, composition offset (may be negative) and duration of the next picture, in ticks."""
        if self._reorder:
            return self._place_reordered(timestamp)
        shift, interval = self._shift, self._interval
        step = interval if shift is None else timestamp + shift - self._last
        if shift is None or not 0 < step <= 2 * interval:
            step = self._bridge(timestamp, step)
        elif step != interval:
            self._learn(step)
        self._last += step
        return self._last, 0, self._interval

    def _bridge(self, timestamp: int, step: int) -> int:
        """The step to take instead of one out of bounds."""
        interval = self._interval
        if self._shift is not None and -2 * interval <= step <= 0:
            return interval // 2
        self._learn(step)
        step = min(interval, self._interval)
        self._shift = self._last + step - timestamp
        return step

    def _place_reordered(self, timestamp: int) -> tuple[int, int, int]:
        interval, reach = self._interval, self._interval * _REORDER_REACH
        time = None if self._shift is None else timestamp + self._shift
        if time is None or not self._last - reach <= time <= self._highest + reach:
            if time is not None:
                self._learn(time - self._highest)
            time = self._highest + interval
            self._shift = time - timestamp
        self._highest = max(self._highest, time)
        insort(self._waiting, time)
        step = self._waiting.pop(0) - self._last
        if step > 0:
            self._learn(step)
        self._last += min(max(step, 1), 2 * interval)
        return self._last, time - self._last, self._interval

    def _learn(self, step: int) -> None:
        """Take in one observed step between pictures; see the module's second rule."""
        interval = self._interval
        if step > interval:
            if step <= INTERVAL_MAX:
                self._interval = min(step, 2 * interval)
        elif step > 0:
            self._interval = max(step, interval - (interval >> _FORGETTING_SHIFT), INTERVAL_MIN)
