"""What stands by the entries alone, and what does not once an entry cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.consent.event import WORDS, Event, EventKind
from curtilage.consent.purpose import ACCOUNT, CAMERA_VIEW
from curtilage.consent.standing import Doubt, Standing
from curtilage.wire.identifier import PersonId

ANA = PersonId("a" * 26)
UNREADABLE = Event(EventKind.UNREADABLE, None)


def made(grant: str = "g", until: str = "") -> Event:
    facts = (("grantee", "p"), ("camera", "c"), ("until", until), ("grant", grant), ("consent", "k"))
    return Event(EventKind.GRANT_MADE, ANA, facts)


def given_consent(purpose: str = CAMERA_VIEW, consent: str = "k") -> Event:
    facts = (("purpose", purpose), ("consent", consent), ("words_version", "1"))
    return Event(EventKind.CONSENT_GIVEN, ANA, facts)


def withdrawn(consent: str = "k") -> Event:
    return Event(EventKind.CONSENT_WITHDRAWN, ANA, (("purpose", CAMERA_VIEW), ("consent", consent)))


def refused_consent(consent: str = "k") -> Event:
    facts = (("purpose", CAMERA_VIEW), ("why", "changed"), ("consent", consent))
    return Event(EventKind.CONSENT_REFUSED, None, facts)


def ended(kind: EventKind, grant: str = "g") -> Event:
    facts = {"grantee": "p", "camera": "c", "grant": grant, "until": "1", "why": "changed"}
    wanted = {"until"} if kind is EventKind.GRANT_EXPIRED else {"why"} if kind in _WITH_WHY else set()
    kept = {"grantee", "camera", "grant"} | wanted
    return Event(kind, None, tuple((name, text) for name, text in facts.items() if name in kept))


_WITH_WHY = {EventKind.GRANT_ENDED, EventKind.GRANT_REFUSED}
ENDS = [EventKind.GRANT_REVOKED, EventKind.GRANT_EXPIRED, EventKind.GRANT_ENDED, EventKind.GRANT_REFUSED]


def after(*events: Event) -> Standing:
    standing = Standing()
    for position, event in enumerate(events):
        standing.take(position, event)
    return standing


def test_what_was_made_stands_with_just_its_facts() -> None:
    standing = after(made())
    assert standing.grant(made()) is None
    assert standing.grant(made(until="9")) is Doubt.CHANGED
    assert standing.grant(made("other")) is Doubt.NOT_STANDING


@pytest.mark.parametrize("kind", ENDS)
def test_every_end_ends(kind: EventKind) -> None:
    standing = after(made(), made("other"), ended(kind))
    assert standing.grant(made()) is Doubt.NOT_STANDING
    assert standing.grant(made("other")) is None


@pytest.mark.parametrize("end", [withdrawn(), refused_consent()])
def test_a_consent_stands_until_it_is_withdrawn(end: Event) -> None:
    standing = after(given_consent())
    assert standing.consent("k", CAMERA_VIEW, ANA) is None
    assert standing.consent("k", CAMERA_VIEW, None) is Doubt.CHANGED
    assert standing.consent("k", ACCOUNT, ANA) is Doubt.CHANGED
    assert standing.consent("x", CAMERA_VIEW, ANA) is Doubt.NOT_STANDING
    assert after(given_consent(), end).consent("k", CAMERA_VIEW, ANA) is Doubt.NOT_STANDING


def test_an_entry_that_cannot_be_read_may_have_been_an_end() -> None:
    before = (made(), given_consent(), given_consent(ACCOUNT, "own"))
    standing = after(*before, UNREADABLE, made("later"), given_consent(consent="new"))
    assert standing.grant(made()) is Doubt.UNREADABLE
    assert standing.consent("k", CAMERA_VIEW, ANA) is Doubt.UNREADABLE
    assert standing.consent("own", ACCOUNT, ANA) is None, "it ends only together with the membership"
    assert standing.grant(made("later")) is None
    assert standing.consent("new", CAMERA_VIEW, ANA) is None


def test_an_end_that_can_be_read_is_said_as_such_although_another_entry_cannot() -> None:
    standing = after(made(), UNREADABLE, ended(EventKind.GRANT_REFUSED))
    assert standing.grant(made()) is Doubt.NOT_STANDING


def test_a_row_that_is_no_grant_itself_is_told_by_its_name() -> None:
    standing = after(made(), made("over"), ended(EventKind.GRANT_REVOKED, "over"))
    assert (standing.why_not("g"), standing.why_not("over")) == (Doubt.CHANGED, Doubt.NOT_STANDING)


def test_an_entry_read_twice_is_taken_once() -> None:
    standing = after(made(), ended(EventKind.GRANT_REVOKED))
    assert not standing.take(0, made())
    assert standing.take(2, made("new"))
    assert standing.grant(made()) is Doubt.NOT_STANDING


def test_every_doubt_has_its_words() -> None:
    assert all(doubt.value in WORDS for doubt in Doubt)


NAMES = st.sampled_from("ghi")
EVENTS = st.one_of(
    st.builds(made, NAMES), st.builds(ended, st.sampled_from(ENDS), NAMES), st.just(UNREADABLE), st.just(withdrawn())
)


@given(st.lists(EVENTS, max_size=12))
def test_a_grant_stands_exactly_while_nothing_after_its_making_can_have_ended_it(events: list[Event]) -> None:
    standing = after(*events)
    for name in "ghi":
        making = max((place for place, event in enumerate(events) if event == made(name)), default=None)
        later = [] if making is None else events[making + 1 :]
        over = any(event.kind is EventKind.UNREADABLE or event.fact("grant") == name for event in later)
        assert (standing.grant(made(name)) is None) == (making is not None and not over)


def sound(kind: EventKind, camera: str = "c") -> Event:
    named = (("camera", camera),)
    return Event(kind, ANA, (*named, ("consent", "k")) if kind is EventKind.CAMERA_SOUND_ON else named)


@pytest.mark.parametrize("end", [sound(EventKind.CAMERA_SOUND_OFF), sound(EventKind.CAMERA_REMOVED), UNREADABLE])
def test_a_sound_stands_on_its_own_consent_until_it_is_over_or_may_be(end: Event) -> None:
    on = sound(EventKind.CAMERA_SOUND_ON)
    assert after(on).sound("c", "k")
    assert not after(on).sound("c", "another")
    assert not after(on).sound("d", "k")
    assert not after(on, end).sound("c", "k")
    assert after(on, end, on).sound("c", "k")
