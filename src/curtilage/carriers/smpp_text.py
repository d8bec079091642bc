"""Between texts and SMPP's messages: alphabets, headers, receipts. Pure.

An incoming message is never lost for its form: a coding that is not known is read as Latin-1, a header that is none
stays in the text, and a message that is no text says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from curtilage.carriers.carrier import Submission, reference_of
from curtilage.carriers.concatenation import Concatenation, make_concatenation, read_header
from curtilage.carriers.receipt import ReceiptState, state_of_number, state_of_word
from curtilage.carriers.smpp_pdu import Address, DeliverSm, SubmitSm, Tag
from curtilage.carriers.splitter import Alphabet, TextPart

_GSM_CODING, _UCS2_CODING = 0x00, 0x08
_BINARY_CODINGS = frozenset({0x02, 0x04})
"""§5.2.19."""
_INTERNATIONAL, _NAME = 1, 5
_ISDN = 1
_DIGITS_INTERNATIONAL_MIN = 9
_PART_OCTETS_MAX = 512
"""More is no part of a text: it is shown at once, rather than kept in memory with others like it."""
_RECEIPT_FIELD = re.compile(r"\b(id|stat|err)\s*:\s*([^\s:]{1,64})", re.IGNORECASE | re.ASCII)
_RECEIPT_TEXT = re.compile(r"\btext\s*:", re.IGNORECASE | re.ASCII)


def address_of(number: str) -> Address:
    """Ours or a recipient's: E.164 with its plus, a short code, or a name of up to 11 letters; empty: the carrier's."""
    if number.startswith("+"):
        return Address(_INTERNATIONAL, _ISDN, number[1:])
    if number and not number.isdecimal():
        return Address(_NAME, 0, number)
    return Address(0, _ISDN if number else 0, number)


def number_of(address: Address, *, international: bool) -> str:
    """As a person writes it. ``international``: this carrier leaves the type out though all its numbers are."""
    if not (address.digits.isdecimal() and address.digits.isascii()):
        return address.digits
    untyped = international and address.ton == 0 and len(address.digits) >= _DIGITS_INTERNATIONAL_MIN
    return f"+{address.digits}" if address.ton == _INTERNATIONAL or untyped else address.digits


def submits(submission: Submission, parts: Sequence[TextPart], sender: str) -> list[SubmitSm]:
    """One for each part. ``sender``: as in address_of. The GSM alphabet goes as the carrier's default (coding 0)."""
    source, destination = address_of(sender), address_of(submission.recipient)
    return [
        SubmitSm(
            source,
            destination,
            _GSM_CODING if part.alphabet is Alphabet.GSM else _UCS2_CODING,
            (part.concatenation.encode() if part.concatenation else b"") + part.octets,
            part.concatenation is not None,
            submission.receipt,
            submission.valid_s,
            reference_of(submission.id, number),
        )
        for number, part in enumerate(parts, 1)
    ]


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """An incoming deliver_sm as text."""

    alphabet: Alphabet
    octets: bytes = field(repr=False)
    concatenation: Concatenation | None


def incoming(message: DeliverSm) -> IncomingMessage:
    """Never raises."""
    concatenation, octets = read_header(message.message) if message.has_header else (None, message.message)
    total, number = message.number(Tag.SAR_TOTAL), message.number(Tag.SAR_NUMBER)
    reference = message.number(Tag.SAR_REFERENCE)
    short = len(octets) <= _PART_OCTETS_MAX
    if concatenation is None and short and reference is not None and total is not None and number is not None:
        concatenation = make_concatenation(reference & 0xFFFF, total & 0xFF, number)
    return IncomingMessage(*_decoded(message.data_coding, octets), concatenation if short else None)


def _decoded(data_coding: int, octets: bytes) -> tuple[Alphabet, bytes]:
    """Latin-1 and the like become UCS-2, so that the parts of a text can be joined whatever they came in."""
    if data_coding >= 0xF0:  # 3GPP TS 23.038 §4: a message class; bit 2 says whether it is eight bits or the alphabet
        data_coding = 0x04 if data_coding & 0x04 else _GSM_CODING
    if data_coding == _GSM_CODING:
        return Alphabet.GSM, octets
    if data_coding == _UCS2_CODING:
        return Alphabet.UCS2, octets
    text = f"[{len(octets)} octets that are no text]" if data_coding in _BINARY_CODINGS else octets.decode("latin-1")
    return Alphabet.UCS2, text.encode("utf-16-be")


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What a receipt says."""

    carrier_id: str
    state: ReceiptState
    error: str
    reference: int | None
    """Ours, if the carrier gave it back."""
    recipient: Address = field(repr=False)
    """Whom the text was for: a receipt comes from there."""


def receipt_facts(message: DeliverSm) -> ReceiptFacts:
    """From its parameters, or else from the usual form of its text (appendix B). Never raises."""
    head = _RECEIPT_TEXT.split(message.message.decode("latin-1"), maxsplit=1)[0]
    said = {name.lower(): value for name, value in _RECEIPT_FIELD.findall(head)}
    carrier_id = message.tlvs.get(Tag.RECEIPTED_MESSAGE_ID, b"").split(b"\0")[0][:64].decode("latin-1")
    state = message.number(Tag.MESSAGE_STATE)
    return ReceiptFacts(
        carrier_id or said.get("id", ""),
        state_of_word(said.get("stat", "")) if state is None else state_of_number(state),
        said.get("err", "")[:16],
        message.number(Tag.MESSAGE_REFERENCE),
        message.source,
    )
