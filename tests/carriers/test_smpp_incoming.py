"""What an SMSC says becomes events, and what could not be recorded can come again."""

import secrets

from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.carrier import PartReceived, Receipt, SubmissionId, TextReceived
from curtilage.carriers.concatenation import Concatenation
from curtilage.carriers.outstanding import OutstandingPart, OutstandingParts
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.smpp_incoming import Incoming
from curtilage.carriers.smpp_pdu import Address, DeliverSm
from curtilage.config import Config

_FROM, _TO = Address(1, 1, "4915100000001"), Address(1, 1, "4915100000000")


def _incoming() -> tuple[Incoming, OutstandingParts]:
    parts = OutstandingParts(100)
    return Incoming(Config(), secrets.token_bytes, parts, international=False), parts


def _message(octets: bytes, esm_class: int = 0) -> DeliverSm:
    return DeliverSm(_FROM, _TO, esm_class, 0, octets, {})


def _part(number: int, octets: bytes, total: int = 2, reference: int = 1) -> DeliverSm:
    return _message(Concatenation(reference, total, number).encode() + octets, 0x40)


def test_a_text_and_a_receipt() -> None:
    incoming, parts = _incoming()
    parts.accepted(OutstandingPart(SubmissionId("abcdefgh"), 2, "+4915100000001"), "7")
    (text,) = incoming.events(_message(b"Hallo"), 5)
    (receipt,) = incoming.events(_message(b"id:7 stat:DELIVRD", 4), 6)
    assert isinstance(text.event, TextReceived)
    assert (text.event.text, text.event.sender, text.event.at_ms) == ("Hallo", "+4915100000001", 5)
    assert receipt.event == Receipt(6, SubmissionId("abcdefgh"), 2, ReceiptState.DELIVERED, "7", "", "+4915100000001")


def test_parts_are_told_until_the_text_is_whole() -> None:
    incoming, _ = _incoming()
    (first,) = incoming.events(_part(2, b"lo"), 0)
    assert isinstance(first.event, PartReceived)
    assert incoming.events(_part(2, b"lo"), 1) == [], "a part that is there already"
    (last,) = incoming.events(_part(1, b"Hal"), 2)
    assert isinstance(last.event, TextReceived)
    assert (last.event.text, last.event.missing) == ("Hallo", ())
    assert last.event.parts[1] == first.event.key


def test_what_is_undone_can_come_again() -> None:
    incoming, _ = _incoming()
    (first,) = incoming.events(_part(1, b"Hal"), 0)
    first.undo()
    assert incoming.overdue(10**12) == []
    incoming.events(_part(1, b"Hal"), 0)
    (whole,) = incoming.events(_part(2, b"lo"), 0)
    whole.undo()
    (again,) = incoming.events(_part(2, b"lo"), 0)
    assert isinstance(again.event, TextReceived)
    assert again.event.text == "Hallo"


def test_overdue_texts_have_gaps_and_wait_again_when_undone() -> None:
    incoming, _ = _incoming()
    incoming.events(_part(1, b"Hal"), 0)
    late_ms = Config().sms_parts_age_s * 1000 + 1
    (told,) = incoming.overdue(late_ms)
    told.undo()
    (told,) = incoming.overdue(late_ms)
    assert isinstance(told.event, TextReceived)
    assert (told.event.text, told.event.missing) == ("Hal[…]", (2,))
    assert incoming.overdue(late_ms) == []


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 1), st.binary(max_size=3), st.booleans()), max_size=30))
def test_no_part_vanishes(arrivals: list[tuple[int, int, bytes, bool]]) -> None:
    """However parts come, and whatever could not be recorded, each that was acknowledged is in a text in the end."""
    incoming, _ = _incoming()
    waiting: set[str] = set()
    shown: set[str] = set()
    for number, reference, octets, fails in arrivals:
        told = incoming.events(_part(number, octets, 3, reference), 0)
        if fails:
            for item in reversed(told):
                item.undo()
            continue
        for item in told:
            if isinstance(item.event, PartReceived):
                waiting.add(item.event.key)
            elif isinstance(item.event, TextReceived):
                shown |= set(item.event.parts)
    for item in incoming.overdue(10**12):
        assert isinstance(item.event, TextReceived)
        shown |= set(item.event.parts)
    assert waiting <= shown


def test_only_what_was_acknowledged_lately_is_perhaps_again() -> None:
    incoming, _ = _incoming()
    old, new = _message(b"old"), _message(b"new")
    incoming.acknowledged(old, 0)
    incoming.acknowledged(new, 600_000)
    incoming.broken(600_001)

    def again(message: DeliverSm, now_ms: int) -> bool:
        (told,) = incoming.events(message, now_ms)
        assert isinstance(told.event, TextReceived)
        return told.event.perhaps_again

    assert [again(old, 600_002), again(new, 600_002), again(new, 600_003)] == [False, True, False]
    incoming.acknowledged(new, 600_004)
    incoming.broken(600_005)
    incoming.broken(600_006)
    assert again(new, 600_007), "nothing came between two breaks"
    incoming.broken(600_008)
    assert not again(new, 600_008 + 300_001)
