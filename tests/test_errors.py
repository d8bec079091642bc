"""Errors say who erred and what to do."""

import pytest

from curtilage.errors import Blame, CurtilageError, OurError, PartnerError, PeerError, PersonError


@pytest.mark.parametrize(
    ("kind", "blame"),
    [
        (PersonError, Blame.PERSON),
        (PeerError, Blame.PEER),
        (PartnerError, Blame.PARTNER),
        (OurError, Blame.US),
    ],
)
def test_each_kind_says_who_has_to_act(kind: type[CurtilageError], blame: Blame) -> None:
    assert kind("It did not work.").blame is blame


def test_the_words_are_what_happened_and_what_to_do() -> None:
    error = PersonError("Port 8480 is taken.", do="Try --port 8490.")
    assert str(error) == "Port 8480 is taken. Try --port 8490."
    assert str(PersonError("No such camera.")) == "No such camera."


def test_an_outcome_is_definite_unless_said_otherwise() -> None:
    assert OurError("x").definite
    assert not OurError("x", definite=False).definite
