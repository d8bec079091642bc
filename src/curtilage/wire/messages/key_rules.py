"""Which key of a device is handed out, and when a device makes new ones: rules both sides keep.

The server asks ``hand_out`` for every fetch; the device asks ``to_make`` and ``fallback_due`` when it looks in.
A stranger who fetches again and again gets the fallback key and empties nobody's stock. The fallback key may serve
many, so it is replaced every week; the one before it stays good for what is still under way.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

HOUR_MS = 3_600_000
WEEK_MS = 7 * 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class KeyRules:
    """The limits; config.py holds them."""

    fetches_per_hour_max: int
    """One-time keys of one device that one account may fetch in any hour."""
    stock_count_min: int
    """With fewer one-time keys at the server a device makes more."""
    stock_count: int
    """So many it then has there."""


class HandOut(enum.Enum):
    """What one who asks is given."""

    ONE_TIME = "one_time"
    FALLBACK = "fallback"
    NOTHING = "nothing"


def week_of(now_ms: int) -> int:
    """Whole weeks since 1970-01-01T00:00Z."""
    return max(0, now_ms) // WEEK_MS


def hand_out(fetched_ms: Sequence[int], now_ms: int, stock: int, has_fallback: bool, rules: KeyRules) -> HandOut:
    """``fetched_ms``: when this account was given one-time keys of this device; older than an hour does not count.

    A time in the future (a clock that was set back) counts: nobody gains by it.
    """
    recent = sum(1 for time_ms in fetched_ms if time_ms > now_ms - HOUR_MS)
    if stock > 0 and recent < rules.fetches_per_hour_max:
        return HandOut.ONE_TIME
    return HandOut.FALLBACK if has_fallback else HandOut.NOTHING


def to_make(stock: int, rules: KeyRules) -> int:
    """How many one-time keys a device makes now, when the server has ``stock`` of them; 0: enough."""
    return 0 if stock >= rules.stock_count_min else rules.stock_count - max(0, stock)


def fallback_due(made_week: int | None, now_ms: int) -> bool:
    """Is a new fallback key due? ``made_week``: of the present one, None when there is none yet.

    A present key from a later week (a clock that was set back) stays: weeks handed to others only rise.
    """
    return made_week is None or week_of(now_ms) > made_week
