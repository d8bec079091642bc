"""A camera gets its share of the server's time, and no more however it asks for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.input.turn_budget import TurnBudget
from tests.held_clock import HeldClock


class Loop:
    """A loop that does nothing but read one camera."""

    def __init__(self, share: float) -> None:
        self.clock = HeldClock()
        self.budget = TurnBudget(share, self.clock)

    def turn(self, took_s: float, worked_s: float | None = None) -> float:
        """One turn; gives the rest."""
        begun_s = self.clock.monotonic()
        self.clock.pass_s(took_s)
        self.clock.worked_s += took_s if worked_s is None else worked_s
        return self.budget.spend(begun_s, self.clock.monotonic())


def test_what_stays_within_the_share_never_rests() -> None:
    loop = Loop(0.2)
    for _ in range(250):
        assert loop.turn(0.007) == 0
        loop.clock.pass_s(0.033)
    assert loop.budget.exhausted_count == 0


def test_who_used_up_the_share_rests_until_it_is_a_share_again() -> None:
    loop = Loop(0.2)
    assert loop.turn(0.15) == 0
    loop.clock.pass_s(0.05)
    rest_s = loop.turn(0.1)
    assert rest_s == pytest.approx((0.15 + 0.1 - 0.2 - 0.2 * 0.15) / 0.2)
    assert loop.budget.exhausted_count == 1
    loop.clock.pass_s(rest_s)
    assert loop.turn(0.01) == pytest.approx(0.04), "the share has just been earned"
    loop.clock.pass_s(2)
    assert loop.turn(0.15) == 0


def test_a_turn_longer_than_its_share_rests_as_long_as_it_would_have_taken() -> None:
    assert Loop(0.1).turn(0.5) == pytest.approx((0.5 - 0.1) / 0.1)


def test_turns_that_took_long_because_others_worked_are_no_fault_of_the_cameras() -> None:
    loop = Loop(0.1)
    assert [loop.turn(0.3, worked_s=0.001) for _ in range(20)] == [0.0] * 20


@given(st.lists(st.floats(0.0001, 0.5), min_size=20, max_size=300), st.sampled_from([0.05, 0.15, 0.5]))
def test_whoever_always_wants_to_be_read_is_read_for_its_share(turns: list[float], share: float) -> None:
    loop = Loop(share)
    begun_s = loop.clock.monotonic()
    for took_s in turns:
        loop.clock.pass_s(loop.turn(took_s))
    assert sum(turns) <= share * (loop.clock.monotonic() - begun_s) + share + max(turns) + 1e-6
