"""Times as a household says them, in the machine's time zone (a home's server stands in the home).

Pure: ``now_ms`` is given. An end always has its exact date; how long that is from now stands beside it, never instead.
"""

from datetime import UTC, datetime, time, timedelta

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
SOON_MS = DAY_MS
"""A grant that ends within this is marked."""


def local(time_ms: int) -> datetime:
    """The machine's own time."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).astimezone()


def clock_words(time_ms: int) -> str:
    """``18:00``."""
    return f"{local(time_ms):%H:%M}"


def exact_words(time_ms: int, now_ms: int) -> str:
    """``Sun 23 Nov, 18:00``; with the year when it is another."""
    then = local(time_ms)
    year = f" {then.year}" if then.year != local(now_ms).year else ""
    return f"{then:%a} {then.day} {then:%b}{year}, {then:%H:%M}"


def day_words(time_ms: int, now_ms: int) -> str:
    """``Today``, ``Yesterday``, ``Sun 23 Nov``."""
    then, today = local(time_ms), local(now_ms).date()
    if then.date() == today:
        return "Today"
    if then.date() == today - timedelta(days=1):
        return "Yesterday"
    year = f" {then.year}" if then.year != today.year else ""
    return f"{then:%a} {then.day} {then:%b}{year}"


def remaining_words(until_ms: int, now_ms: int) -> str:
    """``in 2 days``, ``in 5 hours``, ``in 12 minutes``, ``now``; rounded down, so that nobody is promised too much."""
    left = until_ms - now_ms
    for size, one, many in ((DAY_MS, "day", "days"), (HOUR_MS, "hour", "hours"), (MINUTE_MS, "minute", "minutes")):
        count = left // size
        if count > 0:
            return f"in {count} {one if count == 1 else many}"
    return "now"


def tonight_ms(now_ms: int) -> int:
    """The next midnight."""
    return _from_local(datetime.combine(local(now_ms).date() + timedelta(days=1), time.min))


def read_local(text: str) -> int | None:
    """``2026-11-23T18:00``, as a browser's field for date and time has it, in ms; None when it is none."""
    try:
        return _from_local(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        return None


def write_local(time_ms: int) -> str:
    """The same form, for the field's earliest value."""
    return f"{local(time_ms):%Y-%m-%dT%H:%M}"


def _from_local(moment: datetime) -> int:
    return int(moment.astimezone().timestamp() * 1000)
