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


class TurnBudget:
    """``share``: the part of each second that may be spent."""

    __slots__ = ("_begun_s", "_clock", "_share", "_spent_s", "_worked_s", "exhausted_count")

    def __init__(self, share: float, clock: Clock) -> None:
        self._share = share
        self._clock = clock
        self._begun_s = clock.monotonic()
        self._worked_s = clock.worked()
        self._spent_s = 0.0
        self.exhausted_count = 0
        """How often the share was used up."""

    def spend(self, from_s: float, until_s: float) -> float:
        """Take note of one turn, ``from_s`` to ``until_s``; gives how long to rest before the next, 0 mostly."""
        if until_s - self._begun_s >= _WINDOW_S:
            self._begin(from_s)
        self._spent_s += until_s - from_s
        if self._spent_s <= self._share * _WINDOW_S:
            return 0.0
        self._spent_s = min(self._spent_s, self._clock.worked() - self._worked_s)
        if self._spent_s <= self._share * _WINDOW_S:
            return 0.0
        self.exhausted_count += 1
        rest_s = max(0.0, self._spent_s / self._share - (until_s - self._begun_s))
        self._begin(until_s + rest_s)
        return rest_s

    def _begin(self, now_s: float) -> None:
        self._begun_s, self._spent_s, self._worked_s = now_s, 0.0, self._clock.worked()
