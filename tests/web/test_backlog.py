"""How long the oldest bytes of a connection wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.web.backlog import Backlog, Repairs


@pytest.mark.parametrize(
    ("unsent", "unacknowledged", "expected"),
    [
        (0, 0, (0.0, 0.0)),
        (0, 50, (0.0, 1.0)),
        (50, 100, (1.0, 1.0)),
        (150, 150, (2.0, 2.0)),
        (100, 250, (1.0, 3.0)),
        (1_000, 1_000, (3.0, 3.0)),
        (300, 10, (3.0, 3.0)),
    ],
)
def test_the_oldest_piece_that_is_not_gone_says_the_age(
    unsent: int, unacknowledged: int, expected: tuple[float, float]
) -> None:
    backlog = Backlog()
    for at_s in (1.0, 2.0, 3.0):
        backlog.wrote(100, at_s)
    assert backlog.ages_s(unsent, unacknowledged, 4.0) == expected


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 9_000), st.integers(0, 9_000)), max_size=50))
def test_no_age_is_negative_or_more_than_all_the_time_there_was(steps: list[tuple[int, int, int]]) -> None:
    backlog = Backlog()
    for at, (wrote, unsent, unacknowledged) in enumerate(steps):
        backlog.wrote(wrote, float(at))
        oldest_s, unanswered_s = backlog.ages_s(unsent, unacknowledged, float(at))
        assert 0 <= oldest_s <= unanswered_s <= at


def test_what_waits_for_ever_takes_bounded_memory() -> None:
    backlog = Backlog()
    for at in range(10_000):
        backlog.wrote(10, float(at))
    assert len(backlog._pieces) <= 1024
    assert backlog.ages_s(100_000, 0, 10_000.0)[0] > 1_000


@pytest.mark.parametrize(
    ("looks", "lossy"),
    [
        ([(0, 0, 0)], False),
        ([(0, 0, 0), (5_000, 1_000, 10)], False),
        ([(0, 0, 0), (5_000, 1_000, 50)], True),
        ([(0, 0, 0), (5_000, 20, 10)], False),
        ([(0, 0, 0), (5_000, 1_000, 50), (14_000, 3_000, 60)], False),
        ([(0, 0, 0), (5_000, 1_000, 50), (30_000, 3_000, 300)], False),
    ],
    ids=["one look", "a few", "too many", "too few to say", "long ago", "no look for long"],
)
def test_a_few_of_a_hundred_sent_again_is_a_lossy_network(looks: list[tuple[int, int, int]], lossy: bool) -> None:
    repairs = Repairs()
    assert [repairs.look(sent, again, now_ms) for now_ms, sent, again in looks][-1] is lossy
