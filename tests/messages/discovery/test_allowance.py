"""The allowance against a plain count of what was taken and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.messages.discovery.allowance import Allowance, Later, Taken

HOUR_MS = 3_600_000
ALLOWANCE = Allowance(2_048, 8)


def test_a_burst_and_then_eight_an_hour() -> None:
    taken = ALLOWANCE.take(2_048, 0, 1_000)
    assert isinstance(taken, Taken)
    assert ALLOWANCE.take(4, taken.whole_again_ms, 1_000) == Later(HOUR_MS // 2)
    assert ALLOWANCE.take(4, taken.whole_again_ms, 1_000 + HOUR_MS // 2 - 1) == Later(1)
    again = ALLOWANCE.take(4, taken.whole_again_ms, 1_000 + HOUR_MS // 2)
    assert isinstance(again, Taken)
    assert again.whole_again_ms == taken.whole_again_ms + HOUR_MS // 2


def test_more_than_the_whole_burst_is_never_given() -> None:
    assert ALLOWANCE.take(2_049, 0, 10**15) == Later(0)


def test_who_rests_has_no_more_than_the_burst() -> None:
    taken = ALLOWANCE.take(1, 0, 0)
    assert isinstance(taken, Taken)
    later = ALLOWANCE.take(2_048, taken.whole_again_ms, 10**12)
    assert later == Taken(10**12 + 2_048 * HOUR_MS // 8)


@pytest.mark.parametrize("per_hour", [1, 7, 8, 1_000])
@given(wishes=st.lists(st.tuples(st.integers(1, 60), st.integers(0, HOUR_MS)), max_size=30))
def test_nobody_gets_more_than_was_said(per_hour: int, wishes: list[tuple[int, int]]) -> None:
    allowance, now_ms, whole_again_ms, given_count = Allowance(64, per_hour), 0, 0, 0
    for count, pause_ms in wishes:
        now_ms += pause_ms
        taken = allowance.take(count, whole_again_ms, now_ms)
        if isinstance(taken, Taken):
            whole_again_ms, given_count = taken.whole_again_ms, given_count + count
        else:
            assert isinstance(allowance.take(count, whole_again_ms, now_ms + taken.wait_ms), Taken)
        assert given_count <= 64 + now_ms * per_hour / HOUR_MS
