"""Events: the table is whole, and the encoding is one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.consent.event import FACTS, PAYLOAD_BYTES_MAX, WORDINGS, WORDS, Event, EventKind, decode
from curtilage.consent.grant import GrantEnd
from curtilage.wire.identifier import PersonId

ANA = PersonId("a" * 26)


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def events(kind: EventKind, actor: PersonId | None, texts: list[str]) -> Event:
    names = sorted(WORDINGS[kind].facts)
    return Event(kind, actor, tuple(zip(names, texts, strict=False)))


any_event = st.builds(
    events,
    st.sampled_from(EventKind),
    st.sampled_from([None, ANA]),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), min_size=9, max_size=9),
)


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_a_sentence_that_its_facts_fill(kind: EventKind) -> None:
    wording = WORDINGS[kind]
    assert places(wording.sentence) - {"actor"} <= wording.facts <= set(FACTS)
    assert wording.sentence.endswith(".")


def test_every_way_a_grant_ends_has_words() -> None:
    said = {GrantEnd.REVOKED.value, GrantEnd.EXPIRED.value} | set(WORDS)  # the first two are sentences of their own
    assert {end.value for end in GrantEnd} <= said


@given(any_event, st.integers(0, 2**53))
def test_what_is_encoded_is_decoded(event: Event, at_ms: int) -> None:
    assert decode(event.encode(at_ms)) == (at_ms, event)


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (("person", ANA),),
        (("person", ANA), ("role", "owner"), ("camera", "x")),
        (("person", ANA), ("role", "owner"), ("role", "member")),
    ],
)
def test_an_event_with_other_facts_than_its_kinds_cannot_be_made(facts: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(ValueError, match="carries"):
        Event(EventKind.PERSON_JOINED, ANA, facts)


def test_an_event_is_short() -> None:
    event = Event(EventKind.SIGNED_OUT, None, (("account", "a" * PAYLOAD_BYTES_MAX),))
    with pytest.raises(ValueError, match="sentence"):
        event.encode(0)


def test_a_fact_is_found_by_name() -> None:
    event = Event(EventKind.SIGNED_OUT, None, (("account", "a"),))
    assert event.fact("account") == "a"
    assert event.fact("camera") == ""


GOOD = Event(EventKind.SIGNED_OUT, None, (("account", "a"),)).encode(7)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        GOOD.replace(b"signed_out", b"signed_up"),
        GOOD.replace(b'"at_ms":7', b'"at_ms":7.5'),
        GOOD.replace(b'"at_ms":7', b'"at_ms":true'),
        GOOD.replace(b'"at_ms":7', b'"at_ms":"7"'),
        GOOD.replace(b'"actor":null', b'"actor":5'),
        GOOD.replace(b'"a"', b"5"),
        GOOD.replace(b'"v":1', b'"v":2'),
        GOOD.replace(b":7", b": 7"),
        GOOD.replace(b'["account","a"]', b'["account"]'),
        GOOD.replace(b'["account","a"]', b""),
    ],
)
def test_what_we_would_not_have_written_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  ours, json's and Event's own are all right here
        decode(payload)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match="no event"):
        decode(payload)
