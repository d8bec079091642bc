"""The end of a grant as a form says it."""

import pytest

from curtilage.web.pages.pages_end import MISSING, chosen_end
from curtilage.web.pages.pages_words import tonight_ms, write_local
from curtilage.web.problem import Problem

pytestmark = pytest.mark.slow

NOW_MS = 1_795_262_400_000
LATER_MS = NOW_MS + 3 * 3_600_000


def test_each_choice_has_its_end() -> None:
    assert chosen_end("tonight", "", NOW_MS) == tonight_ms(NOW_MS)
    assert chosen_end("date", write_local(LATER_MS), NOW_MS) == LATER_MS
    assert chosen_end("revoked", "", NOW_MS) is None


@pytest.mark.parametrize("at", ["", "soon", write_local(NOW_MS), write_local(NOW_MS - 60_000), "9999999-01-01T00:00"])
def test_no_date_and_a_past_one_are_said_to_be(at: str) -> None:
    assert isinstance(chosen_end("date", at, NOW_MS), Problem)


@pytest.mark.parametrize("until", ["", "for ever"])
def test_no_choice_is_said_to_be(until: str) -> None:
    assert chosen_end(until, "", NOW_MS) is MISSING
