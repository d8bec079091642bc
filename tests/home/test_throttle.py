"""Guessing made slow."""

import pytest

from curtilage.home.throttle import PAUSE_S_MAX, Throttle

KEY, OTHER = b"key", b"other"


def test_the_first_failures_cost_nothing() -> None:
    throttle = Throttle(3, 60, 100)
    assert [throttle.failed(KEY, 0) for _ in range(2)] == [False, False]
    assert throttle.pause_ms(KEY, 0) == 0


@pytest.mark.parametrize(
    ("failures", "pause_s"), [(3, 60), (4, 120), (5, 240), (8, 1920), (9, PAUSE_S_MAX), (100, PAUSE_S_MAX)]
)
def test_each_further_one_pauses_twice_as_long_up_to_an_hour(failures: int, pause_s: int) -> None:
    throttle = Throttle(3, 60, 100)
    began = [throttle.failed(KEY, 1000) for _ in range(failures)]
    assert began[-1]
    assert throttle.pause_ms(KEY, 1000) == pause_s * 1000
    assert throttle.pause_ms(KEY, 1000 + pause_s * 1000) == 0
    assert throttle.pause_ms(OTHER, 1000) == 0


def test_a_success_forgets() -> None:
    throttle = Throttle(3, 60, 100)
    for _ in range(3):
        throttle.failed(KEY, 0)
    throttle.succeeded(KEY)
    throttle.succeeded(OTHER)
    assert throttle.pause_ms(KEY, 0) == 0
    assert not throttle.failed(KEY, 0)


def test_the_table_is_bounded_and_forgets_the_longest_silent() -> None:
    throttle = Throttle(1, 60, 10)
    for number in range(10):
        throttle.failed(bytes([number]), 0)
    throttle.failed(bytes([0]), 0)
    throttle.failed(KEY, 0)
    assert throttle.pause_ms(bytes([1]), 0) == 0
    assert throttle.pause_ms(bytes([0]), 0) > 0
    assert len(throttle._failures) == 10


def test_a_pause_longer_than_an_hour_may_be_set() -> None:
    throttle = Throttle(1, 2 * PAUSE_S_MAX, 10)
    throttle.failed(KEY, 0)
    throttle.failed(KEY, 0)
    assert throttle.pause_ms(KEY, 0) == 2 * PAUSE_S_MAX * 1000


def test_an_hour_of_silence_after_the_pause_forgets() -> None:
    throttle, hour_ms = Throttle(3, 60, 100), PAUSE_S_MAX * 1000
    for _ in range(3):
        throttle.failed(KEY, 0)
    quiet_ms = throttle.pause_ms(KEY, 0) + hour_ms
    assert throttle.failed(KEY, quiet_ms - 1)
    quiet_ms += throttle.pause_ms(KEY, quiet_ms) + hour_ms
    assert [throttle.failed(KEY, quiet_ms + step) for step in range(3)] == [False, False, True]


def test_few_failures_are_forgotten_too() -> None:
    throttle, hour_ms = Throttle(3, 60, 100), PAUSE_S_MAX * 1000
    assert not any(throttle.failed(KEY, number * hour_ms) for number in range(20))
