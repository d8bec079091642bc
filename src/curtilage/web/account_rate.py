"""How much an account may do a minute: reports of alarms, and changes. Pure but for the clock it is given.

A change becomes an entry in a ledger that is kept for ever, so one person must not be able to fill the disk: a full
disk locks cameras. A token bucket per account; the table is bounded, because a full bucket says nothing and is
forgotten.
"""

from curtilage.clock import Clock
from curtilage.wire.identifier import AccountId, DeviceId

_MINUTE_S = 60.0
_ACCOUNTS_COUNT_MAX = 10_000


class AccountRate:
    """``per_minute`` at once, refilled evenly."""

    __slots__ = ("_buckets", "_clock", "_per_minute")

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: dict[tuple[AccountId, DeviceId | None], tuple[float, float]] = {}

    def allows(self, account: AccountId, camera: DeviceId | None = None) -> bool:
        """Take one from the account's bucket if there is one; with ``camera``, from its bucket for that camera."""
        now, bucket = self._clock.monotonic(), (account, camera)
        left, then = self._buckets.pop(bucket, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - then) * self._per_minute / _MINUTE_S)
        allowed = left >= 1
        self._buckets[bucket] = (left - 1 if allowed else left, now)
        while len(self._buckets) > _ACCOUNTS_COUNT_MAX:
            del self._buckets[next(iter(self._buckets))]  # the one that asked longest ago
        return allowed
