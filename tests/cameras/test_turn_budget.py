"""A camera gets its share of the server's time, and no more however it asks for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.turn_budget import TurnBudget


def test_what_stays_within_the_share_never_rests() -> None:
    budget = TurnBudget(0.2)
    assert [budget.spend(at / 25, at / 25 + 0.007) for at in range(250)] == [0.0] * 250
    assert budget.exhausted_count == 0


def test_who_used_up_the_share_rests_until_it_is_a_share_again() -> None:
    budget = TurnBudget(0.2)
    assert budget.spend(10.0, 10.15) == 0
    assert budget.spend(10.2, 10.3) == pytest.approx(0.95)
    assert budget.exhausted_count == 1
    assert budget.spend(11.3, 11.45) == 0


def test_a_turn_longer_than_its_share_rests_as_long_as_it_would_have_taken() -> None:
    assert TurnBudget(0.1).spend(5.0, 5.5) == pytest.approx(4.5)


@given(st.lists(st.floats(0.0001, 0.5), min_size=20, max_size=300), st.sampled_from([0.05, 0.15, 0.5]))
def test_whoever_always_wants_to_be_read_is_read_for_its_share(turns: list[float], share: float) -> None:
    budget, now, spent = TurnBudget(share), 100.0, 0.0
    for took in turns:
        spent += took
        now += took + budget.spend(now, now + took)
    longest = max(turns)
    assert spent <= share * (now - 100.0) + share + longest
