"""What a refusal means."""

import pytest

from curtilage.carriers.carrier import WhyNotSent
from curtilage.carriers.smpp_status import TRY_LATER, Status, may_have_been_taken, meaning
from curtilage.errors import Blame


@pytest.mark.parametrize(
    ("status", "why", "blame"),
    [
        (0x0B, WhyNotSent.RECIPIENT, Blame.PERSON),
        (0x0E, WhyNotSent.CREDENTIALS, Blame.US),
        (0x0A, WhyNotSent.REFUSED, Blame.US),
        (0x58, WhyNotSent.THROTTLED, Blame.PARTNER),
        (0x14, WhyNotSent.THROTTLED, Blame.PARTNER),
        (0x45, WhyNotSent.REFUSED, Blame.PARTNER),
        (0x400, WhyNotSent.REFUSED, Blame.PARTNER),  # a vendor's own
    ],
)
def test_who_erred(status: int, why: WhyNotSent, blame: Blame) -> None:
    said = meaning(status)
    assert (said.why, said.blame) == (why, blame)
    assert said.words.endswith(".")


def test_only_a_definite_no_for_now_is_tried_again() -> None:
    assert {0x14, 0x58} == TRY_LATER
    assert may_have_been_taken(Status.SYSTEM_ERROR)
    assert not any(may_have_been_taken(status) for status in TRY_LATER)
