"""Times as typed and as shown."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cli.when import read_until, show
from curtilage.errors import PersonError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone(timedelta(hours=1)))
NOW_MS = round(NOW.timestamp() * 1000)
HOUR_MS = 3_600_000

GOOD = [
    ("90m", NOW_MS + 90 * 60_000),
    ("12h", NOW_MS + 12 * HOUR_MS),
    ("7d", NOW_MS + 7 * 24 * HOUR_MS),
    ("30s", NOW_MS + 30_000),
    ("2026-11-21T13:00", NOW_MS + HOUR_MS),
    ("2026-11-21 13:00", NOW_MS + HOUR_MS),
    ("2026-11-21T12:00Z", NOW_MS + HOUR_MS),
    ("2026-11-22", NOW_MS + 12 * HOUR_MS),
]


@pytest.mark.parametrize(("text", "at_ms"), GOOD)
def test_a_span_or_a_time_is_read(text: str, at_ms: int) -> None:
    assert read_until(text, NOW) == at_ms


@pytest.mark.parametrize("text", ["", "tomorrow", "12", "h", "-1h", "1.5h", "12 h", "9999999d", "2026-13-01"])
def test_what_is_no_time_is_said_to_be(text: str) -> None:
    with pytest.raises(PersonError, match=r"no time|too far") as error:
        read_until(text, NOW)
    assert error.value.do


@given(st.text(max_size=30))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        assert isinstance(read_until(text, NOW), int)
    except PersonError as error:
        assert error.do  # noqa: PT017 -- any text may be a time or not; both are right


def test_times_are_shown_in_the_machines_zone() -> None:
    assert show(NOW_MS, NOW) == "2026-11-21 12:00"
    assert show(NOW_MS, NOW.astimezone(UTC)) == "2026-11-21 11:00"
