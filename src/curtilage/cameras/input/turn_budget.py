"""How much of the event loop's time one camera may take.

Bytes a second bound what a camera sends, not what it costs to read: packets of one byte cost a thousand times as much a
byte as packets of pictures, and every other home on this server waits meanwhile. So the time itself is counted, and a
camera that used up its share of a second is not read for the rest of it.

What is counted is the time on the wall, which costs next to nothing to look at. Once the share seems used up, the
thread's processor time is looked at too: on a machine that does other work, turns take long through no fault of the
camera's.
"""

from curtilage.clock import Clock

_WINDOW_S = 1.0
"""So much of the share may be saved up; and so old may the look at the processor time be that is compared with."""


class TurnBudget:
    """``share``: the part of each second that may be spent. A bucket that fills at that rate."""

    __slots__ = ("_clock", "_left_s", "_looked_at_s", "_share", "_spent_s", "_until_s", "_worked_s", "exhausted_count")

    def __init__(self, share: float, clock: Clock) -> None:
        self._share = share
        self._clock = clock
        self._left_s = share * _WINDOW_S
        self._until_s = clock.monotonic()
        self._looked_at_s = self._until_s
        self._worked_s = clock.worked()
        self._spent_s = 0.0
        """Since that look."""
        self.exhausted_count = 0
        """How often the share was used up."""

    def spend(self, from_s: float, until_s: float) -> float:
        """Take note of one turn, ``from_s`` to ``until_s``; gives how long to rest before the next, 0 mostly."""
        if until_s - self._looked_at_s >= _WINDOW_S:
            self._look(until_s, self._clock.worked() - (until_s - from_s))
        took_s, filled_s = until_s - from_s, (until_s - self._until_s) * self._share
        self._left_s = min(self._share * _WINDOW_S, self._left_s + filled_s) - took_s
        self._spent_s += took_s
        self._until_s = until_s
        if self._left_s >= 0:
            return 0.0
        self._give_back()
        if self._left_s >= 0:
            return 0.0
        self.exhausted_count += 1
        return -self._left_s / self._share

    def _give_back(self) -> None:
        """What was on the wall's clock and not on the thread's."""
        worked_s = self._clock.worked()
        self._left_s += max(0.0, self._spent_s - (worked_s - self._worked_s))
        self._look(self._until_s, worked_s)

    def _look(self, now_s: float, worked_s: float) -> None:
        self._looked_at_s, self._worked_s, self._spent_s = now_s, worked_s, 0.0
