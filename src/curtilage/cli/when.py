"""Times as people type and read them. Pure: ``now`` comes in."""

import re
from datetime import UTC, datetime, timedelta

from curtilage.errors import PersonError

_SPAN = re.compile(r"(\d{1,6})([smhd])")
_UNITS = (("s", "seconds"), ("m", "minutes"), ("h", "hours"), ("d", "days"))


def read_until(text: str, now: datetime) -> int:
    """``12h`` from now or an ISO 8601 time (of the machine's zone unless it names one), in ms since the Unix epoch.

    Raises PersonError.
    """
    span = _SPAN.fullmatch(text)
    try:
        if span is not None:
            return _milliseconds(now + timedelta(**{dict(_UNITS)[span[2]]: int(span[1])}))
        at = datetime.fromisoformat(text)
        return _milliseconds(at if at.tzinfo is not None else at.replace(tzinfo=now.tzinfo))
    except (ValueError, OverflowError):
        raise PersonError(f"{text!r} is no time.", do="Write 12h, 7d or 2026-12-24T18:00.") from None


def show(at_ms: int, now: datetime) -> str:
    """For a listing: ``2026-12-24 18:00`` in the zone of ``now``."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M")


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
