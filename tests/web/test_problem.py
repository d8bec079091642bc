"""Problem details by RFC 9457, and which one each refusal and error becomes."""

import json

import pytest

from curtilage.errors import CurtilageError, OurError, PeerError, PersonError, RefusalReason, Refused
from curtilage.store.store import Conflict, StoreFull
from curtilage.web.problem import NOT_FOUND, Kind, Problem, Stopped, agreed, of_error, of_refusal, seen


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_says_what_happened_and_what_to_do(kind: Kind) -> None:
    members = json.loads(Problem(kind).body())
    assert members == {
        "type": f"/api/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "do": kind.do,
    }
    assert 400 <= kind.status < 600
    assert Problem(kind).status_words
    assert dict(Problem(kind).headers())[b"cache-control"] == b"no-store"


def test_slugs_are_unique() -> None:
    assert len({kind.slug for kind in Kind}) == len(Kind)


def test_detail_and_fields_stand_when_there_are_some() -> None:
    members = json.loads(Problem(Kind.NOT_UNDERSTOOD, "One sentence.", "Do this.", ("name",)).body())
    assert members["detail"] == "One sentence."
    assert members["do"] == "Do this."
    assert members["fields"] == ["name"]


REFUSALS = [
    (RefusalReason.UNKNOWN, 404),
    (RefusalReason.EXPIRED, 404),
    (RefusalReason.REVOKED, 404),
    (RefusalReason.LOCKED, 423),
    (RefusalReason.BUSY, 429),
]


@pytest.mark.parametrize(("reason", "status"), REFUSALS)
def test_every_refusal_but_locked_and_busy_is_the_same_404(reason: RefusalReason, status: int) -> None:
    problem = of_refusal(Refused(reason, "words that tell them apart"))
    assert problem.status == status
    assert (problem == NOT_FOUND) is (status == 404)


def test_every_refusal_reason_has_a_case() -> None:
    assert {reason for reason, _ in REFUSALS} == set(RefusalReason)


ERRORS: list[tuple[CurtilageError, int]] = [
    (PersonError("What.", do="Do."), 400),
    (Conflict("Taken."), 409),
    (OurError("Broken."), 503),
    (StoreFull("The disk is full.", do="Free space."), 503),
    (PeerError("The camera."), 503),
]


@pytest.mark.parametrize(("error", "status"), ERRORS)
def test_an_error_is_answered_by_who_erred(error: CurtilageError, status: int) -> None:
    problem = of_error(error)
    assert problem.status == status
    assert problem.detail == error.what


def test_seen_and_agreed_end_the_request_or_hand_the_thing_on() -> None:
    assert seen("thing") == "thing"
    assert agreed("thing") == "thing"
    for nothing in (None, False):
        with pytest.raises(Stopped) as stopped:
            seen(nothing)
        assert stopped.value.problem == NOT_FOUND
    with pytest.raises(Stopped) as stopped:
        agreed(Refused(RefusalReason.BUSY, "Wait."))
    assert stopped.value.problem == Problem(Kind.BUSY, "Wait.")
