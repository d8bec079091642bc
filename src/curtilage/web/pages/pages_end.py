"""The end of a grant as a form has it: tonight, this date, or until revoked. Pure: ``now_ms`` is given."""

from curtilage.web.pages.pages_words import read_local, tonight_ms
from curtilage.web.problem import Kind, Problem

MISSING = Problem(Kind.NOT_USABLE, "A grant needs a person, a camera and an end.", "Choose what is missing.")
_PAST = Problem(Kind.NOT_USABLE, "That end has passed, or is no date.", "Choose a later date and time.")


def chosen_end(until: str, at: str, now_ms: int) -> int | Problem | None:
    """Exclusive end in ms since the Unix epoch; None: until revoked."""
    ends = {"tonight": tonight_ms(now_ms), "date": read_local(at), "revoked": None}
    if until not in ends:
        return MISSING
    until_ms = ends[until]
    if until != "revoked" and (until_ms is None or until_ms <= now_ms):
        return _PAST
    return until_ms
