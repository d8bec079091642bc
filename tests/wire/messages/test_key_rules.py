"""Which key is handed out, and when new ones are made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.messages.key_rules import (
    HOUR_MS,
    WEEK_MS,
    HandOut,
    KeyRules,
    fallback_due,
    hand_out,
    to_make,
    week_of,
)

RULES = KeyRules(5, 25, 50)
NOW_MS = 1_795_000_000_000


@pytest.mark.parametrize(
    ("fetched_ms", "stock", "has_fallback", "given_out"),
    [
        ([], 50, True, HandOut.ONE_TIME),
        ([NOW_MS] * 4, 1, True, HandOut.ONE_TIME),
        ([NOW_MS] * 5, 50, True, HandOut.FALLBACK),
        ([NOW_MS - HOUR_MS] * 5, 50, True, HandOut.ONE_TIME),
        ([NOW_MS - HOUR_MS + 1] * 5, 50, True, HandOut.FALLBACK),
        ([NOW_MS + WEEK_MS] * 5, 50, True, HandOut.FALLBACK),
        ([], 0, True, HandOut.FALLBACK),
        ([], 0, False, HandOut.NOTHING),
        ([NOW_MS] * 5, 50, False, HandOut.NOTHING),
    ],
)
def test_five_an_hour_then_the_fallback_key(
    fetched_ms: list[int], stock: int, has_fallback: bool, given_out: HandOut
) -> None:
    assert hand_out(fetched_ms, NOW_MS, stock, has_fallback, RULES) is given_out


@given(st.lists(st.integers(0, 2 * HOUR_MS), max_size=60))
def test_nobody_gets_more_than_five_in_any_hour(pauses_ms: list[int]) -> None:
    times: list[int] = []
    now_ms = NOW_MS
    for pause_ms in pauses_ms:
        now_ms += pause_ms
        if hand_out(times, now_ms, 50, True, RULES) is HandOut.ONE_TIME:
            times.append(now_ms)
    assert all(sum(1 for other in times if begun <= other < begun + HOUR_MS) <= 5 for begun in times)


@pytest.mark.parametrize(("stock", "made"), [(0, 50), (24, 26), (25, 0), (50, 0), (80, 0), (-3, 50)])
def test_stock_is_filled_up_when_it_runs_low(stock: int, made: int) -> None:
    assert to_make(stock, RULES) == made


@pytest.mark.parametrize(
    ("made_week", "now_ms", "due"),
    [
        (None, NOW_MS, True),
        (week_of(NOW_MS), NOW_MS, False),
        (week_of(NOW_MS), NOW_MS + WEEK_MS, True),
        (week_of(NOW_MS), NOW_MS - WEEK_MS, False),
        (week_of(NOW_MS), 0, False),
    ],
)
def test_the_fallback_key_is_replaced_every_week(made_week: int | None, now_ms: int, due: bool) -> None:
    assert fallback_due(made_week, now_ms) is due


def test_weeks_begin_on_thursdays_and_never_below_zero() -> None:
    assert (week_of(-5), week_of(0), week_of(WEEK_MS - 1), week_of(WEEK_MS)) == (0, 0, 0, 1)
