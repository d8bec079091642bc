"""Texts and SMPP's messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.carrier import Submission, SubmissionId, reference_of
from curtilage.carriers.concatenation import Concatenation
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.smpp_pdu import Address, DeliverSm, Tag, decode_deliver_sm
from curtilage.carriers.smpp_text import address_of, incoming, number_of, receipt_facts, submits
from curtilage.carriers.splitter import Alphabet, TextRefused, join, split

_FROM, _TO = Address(1, 1, "4915100000001"), Address(1, 1, "4915100000000")
_ID = SubmissionId("abcdefgh")


def _message(octets: bytes, coding: int = 0, esm_class: int = 0, tlvs: dict[int, bytes] | None = None) -> DeliverSm:
    return DeliverSm(_FROM, _TO, esm_class, coding, octets, tlvs or {})


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("+4915100000001", Address(1, 1, "4915100000001")),
        ("11000", Address(0, 1, "11000")),
        ("Rose", Address(5, 0, "Rose")),
        ("", Address(0, 0, "")),
    ],
)
def test_numbers_have_a_type(number: str, address: Address) -> None:
    assert address_of(number) == address


@pytest.mark.parametrize(
    ("address", "international", "number"),
    [
        (Address(1, 1, "4915100000001"), False, "+4915100000001"),
        (Address(0, 1, "4915100000001"), False, "4915100000001"),
        (Address(0, 1, "4915100000001"), True, "+4915100000001"),
        (Address(0, 1, "11000"), True, "11000"),  # a short code stays one
        (Address(2, 1, "015100000001"), True, "015100000001"),
        (Address(5, 0, "Rose"), True, "Rose"),
        (Address(1, 1, "+4915100000001"), False, "+4915100000001"),
        (Address(1, 1, "٤٩"), False, "٤٩"),
    ],
)
def test_numbers_are_shown_with_what_the_carrier_says(address: Address, international: bool, number: str) -> None:
    assert number_of(address, international=international) == number


@given(st.text(alphabet="aß€я😀", min_size=1, max_size=400), st.booleans())
def test_a_text_goes_out_as_it_comes_in(text: str, receipt: bool) -> None:
    parts = split(text, 9, 255)
    assert not isinstance(parts, TextRefused)
    submission = Submission(_ID, "+4915100000001", text, receipt)
    read = [decode_deliver_sm(submit.encode()) for submit in submits(submission, parts, "+4915100000000")]
    messages = [incoming(item) for item in read]
    assert join(messages[0].alphabet, b"".join(message.octets for message in messages)) == text
    assert [message.concatenation for message in messages] == [part.concatenation for part in parts]
    references = [item.number(Tag.MESSAGE_REFERENCE) for item in read]
    assert references == [reference_of(_ID, number) for number in range(1, len(parts) + 1)]


@pytest.mark.parametrize(
    ("coding", "octets", "text"),
    [
        (0x00, b"\x00\x1b\x65", "@€"),
        (0x01, b"@[", "@["),  # IA5
        (0x03, b"\xe9", "é"),
        (0x08, b"\x04\x4f", "я"),
        (0x08, b"\x04\x4f\x04", "я\ufffd"),  # half a character
        (0x02, b"\x01\x02", "[2 octets that are no text]"),
        (0x04, b"", "[0 octets that are no text]"),
        (0xF0, b"\x00", "@"),  # a flash text
        (0xF5, b"\x00", "[1 octets that are no text]"),
        (0x06, b"abc", "abc"),  # Cyrillic of ISO 8859-5: at least its octets
    ],
)
def test_codings(coding: int, octets: bytes, text: str) -> None:
    read = incoming(_message(octets, coding))
    assert join(read.alphabet, read.octets) == text


def test_parts_are_told_by_header_or_by_parameters() -> None:
    by_header = incoming(_message(Concatenation(7, 3, 2).encode() + b"abc", esm_class=0x40))
    tlvs = {Tag.SAR_REFERENCE: b"\x00\x07", Tag.SAR_TOTAL: b"\x03", Tag.SAR_NUMBER: b"\x02"}
    by_parameters = incoming(_message(b"abc", tlvs={int(tag): value for tag, value in tlvs.items()}))
    assert by_header == by_parameters
    assert by_header.concatenation == Concatenation(7, 3, 2)
    assert by_header.alphabet is Alphabet.GSM
    assert incoming(_message(Concatenation(7, 3, 2).encode() + b"abc")).concatenation is None, "no header is announced"
    assert incoming(_message(Concatenation(7, 3, 2).encode() + b"a" * 513, esm_class=0x40)).concatenation is None


@pytest.mark.parametrize(
    ("text", "tlvs", "carrier_id", "state", "error"),
    [
        (b"id:a1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:x", {}, "a1", ReceiptState.DELIVERED, "000"),
        (b"ID: 7 STAT: undeliv ERR: 12", {}, "7", ReceiptState.UNDELIVERED, "12"),
        (b"id:1 stat:EXPIRED text:id:2 stat:DELIVRD", {}, "1", ReceiptState.EXPIRED, ""),
        (b"id:1 err:0 text:stat:DELIVRD", {}, "1", ReceiptState.UNKNOWN, "0"),  # somebody's text proves nothing
        (b"", {0x1E: b"x7\0", 0x427: b"\x08"}, "x7", ReceiptState.REJECTED, ""),
        (b"id:1 stat:DELIVRD", {0x1E: b"x7", 0x427: b"\x05"}, "x7", ReceiptState.UNDELIVERED, ""),
        (b"\xff\xfe", {}, "", ReceiptState.UNKNOWN, ""),
    ],
)
def test_receipts(text: bytes, tlvs: dict[int, bytes], carrier_id: str, state: ReceiptState, error: str) -> None:
    facts = receipt_facts(_message(text, esm_class=0x04, tlvs=tlvs))
    assert (facts.carrier_id, facts.state, facts.error) == (carrier_id, state, error)


@given(
    st.binary(max_size=200),
    st.integers(0, 255),
    st.integers(0, 255),
    st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=9)),
)
def test_any_message_is_read(octets: bytes, coding: int, esm_class: int, tlvs: dict[int, bytes]) -> None:
    message = _message(octets, coding, esm_class, tlvs)
    read, facts = incoming(message), receipt_facts(message)
    assert isinstance(join(read.alphabet, read.octets), str)
    assert len(facts.carrier_id) <= 64
    assert "4915" not in repr((read, facts))
