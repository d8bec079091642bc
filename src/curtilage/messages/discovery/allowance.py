"""How many evaluations somebody may have: a burst, and then some every hour.

Kept as one number, the time at which all that was taken has grown back (the generic cell rate algorithm of ATM, ITU-T
I.371 §A): an account that took nothing lately needs no record at all.
"""

from dataclasses import dataclass

_MS_PER_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Taken:
    """It may; this is to be remembered before anything is given."""

    whole_again_ms: int


@dataclass(frozen=True, slots=True)
class Later:
    """Not now."""

    wait_ms: int
    """After so long it may; 0: never, it is more than the whole burst."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """For one account, or for all together."""

    burst_count: int
    per_hour_count: int

    def take(self, count: int, whole_again_ms: int, now_ms: int) -> Taken | Later:
        """``whole_again_ms``: of the last Taken, 0 when there was none."""
        if count > self.burst_count:
            return Later(0)
        taken_ms = max(whole_again_ms, now_ms) + count * self._each_ms
        early_ms = taken_ms - now_ms - self.burst_count * self._each_ms
        return Later(early_ms) if early_ms > 0 else Taken(taken_ms)

    @property
    def _each_ms(self) -> int:
        """Rounded up: never more in an hour than was said."""
        return -(-_MS_PER_HOUR // self.per_hour_count)
