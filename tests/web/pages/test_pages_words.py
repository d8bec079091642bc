"""Times in words."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.web.pages.pages_words import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    day_words,
    exact_words,
    local,
    read_local,
    remaining_words,
    tonight_ms,
    write_local,
)

pytestmark = pytest.mark.slow


def _ms(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute).astimezone().timestamp() * 1000)


NOW = _ms(2026, 11, 21, 12)


@pytest.mark.parametrize(
    ("time_ms", "words"),
    [
        (_ms(2026, 11, 22, 18), "Sun 22 Nov, 18:00"),
        (_ms(2027, 1, 3, 9, 5), "Sun 3 Jan 2027, 09:05"),
    ],
)
def test_an_end_has_its_exact_date(time_ms: int, words: str) -> None:
    assert exact_words(time_ms, NOW) == words


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (2 * DAY_MS + 5 * HOUR_MS, "in 2 days"),
        (DAY_MS, "in 1 day"),
        (DAY_MS - 1, "in 23 hours"),
        (HOUR_MS, "in 1 hour"),
        (12 * MINUTE_MS, "in 12 minutes"),
        (MINUTE_MS - 1, "now"),
        (-5, "now"),
    ],
)
def test_what_is_left_is_rounded_down(left: int, words: str) -> None:
    assert remaining_words(NOW + left, NOW) == words


@pytest.mark.parametrize(
    ("time_ms", "words"),
    [
        (NOW, "Today"),
        (_ms(2026, 11, 20, 23, 59), "Yesterday"),
        (_ms(2026, 11, 19), "Thu 19 Nov"),
        (_ms(2025, 12, 31), "Wed 31 Dec 2025"),
    ],
)
def test_days_have_names(time_ms: int, words: str) -> None:
    assert day_words(time_ms, NOW) == words


@given(st.integers(0, 4_000_000_000_000))
def test_tonight_is_the_next_midnight(now_ms: int) -> None:
    tonight = tonight_ms(now_ms)
    assert now_ms < tonight <= now_ms + 25 * HOUR_MS
    assert local(tonight).date() == local(now_ms).date() + timedelta(days=1)


@given(st.integers(0, 4_000_000_000_000))
def test_what_is_written_for_a_field_is_read_back_to_the_minute(now_ms: int) -> None:
    read = read_local(write_local(now_ms))
    assert read is not None
    assert abs(read - now_ms) <= HOUR_MS + MINUTE_MS  # an hour, when the clocks went back in between


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_date(text: str) -> None:
    assert read_local(text) is None or isinstance(read_local(text), int)
