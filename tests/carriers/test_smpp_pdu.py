"""SMPP's messages as bytes."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.smpp_pdu import (
    Address,
    Bind,
    Command,
    DeliverSm,
    Pdu,
    PduError,
    SubmitSm,
    Tag,
    decode,
    decode_data_sm,
    decode_deliver_sm,
    decode_message_id,
    decode_query_sm_resp,
    encode_query_sm,
    length_of,
)

_U32 = st.integers(0, 0xFFFFFFFF)
_FROM, _TO = Address(1, 1, "4915100000000"), Address(1, 1, "4915100000001")


@given(_U32, _U32, _U32, st.binary(max_size=300))
def test_what_is_written_is_read(command: int, status: int, sequence: int, body: bytes) -> None:
    pdu = Pdu(command, status, sequence, body)
    octets = pdu.encode()
    assert decode(octets) == pdu
    assert length_of(octets, 1024) == len(octets)


@given(st.binary(max_size=100))
def test_any_octets_are_a_pdu_or_an_error(octets: bytes) -> None:
    for read in (decode, decode_data_sm, decode_deliver_sm, decode_message_id, decode_query_sm_resp):
        with contextlib.suppress(PduError):
            read(octets)


@pytest.mark.parametrize("length", [0, 15, 1025, 0xFFFFFFFF])
def test_impossible_lengths(length: int) -> None:
    with pytest.raises(PduError):
        length_of(struct.pack(">I", length), 1024)


def test_a_bind_as_the_specification_draws_it() -> None:
    body = Bind("SMPP3TEST", "secret08", "SUBMIT1").encode()
    assert body == b"SMPP3TEST\0secret08\0SUBMIT1\0\x34\0\0\0"
    for bind in (Bind("x" * 65, ""), Bind("x", "y" * 65), Bind("x", "a\0b")):
        with pytest.raises(PduError):
            bind.encode()


def _fields_of_submit(octets: bytes) -> DeliverSm:
    """submit_sm and deliver_sm have the same layout (§4.4.1, §4.6.1)."""
    return decode_deliver_sm(octets)


@given(st.binary(max_size=400), st.booleans(), st.integers(0, 255), st.one_of(st.none(), st.integers(0, 0xFFFF)))
def test_a_submit_holds_what_was_put_in(message: bytes, has_header: bool, coding: int, reference: int | None) -> None:
    read = _fields_of_submit(SubmitSm(_FROM, _TO, coding, message, has_header, reference=reference).encode())
    assert (read.source, read.destination, read.data_coding) == (_FROM, _TO, coding)
    assert (read.message, read.has_header, read.number(Tag.MESSAGE_REFERENCE)) == (message, has_header, reference)
    assert (Tag.MESSAGE_PAYLOAD in read.tlvs) == (len(message) > 254)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, b"\0"),
        (1, b"000000000001000R\0"),
        (3600, b"000000010000000R\0"),
        (86_400 * 3 + 61, b"000003000101000R\0"),
        (10**12, b"990000"),
    ],
)
def test_a_validity_is_a_relative_time(seconds: int, written: bytes) -> None:
    assert written in SubmitSm(_FROM, _TO, 0, b"x", validity_s=seconds).encode()


def _deliver(esm_class: int = 0, message: bytes = b"Hallo", tlvs: bytes = b"") -> bytes:
    head = b"\0\x01\x01" + b"4915100000001\0" + b"\x01\x01" + b"4915100000000\0" + bytes((esm_class, 0, 0)) + b"\0\0"
    return head + bytes((0, 0, 0, 0, len(message))) + message + tlvs


@pytest.mark.parametrize(
    ("esm_class", "tlvs", "receipt"),
    [
        (0x00, b"", False),
        (0x04, b"", True),
        (0x44, b"", True),
        (0x20, b"", True),  # an intermediate notification
        (0x08, b"", False),  # a person's acknowledgement, for a delivered text
        (0x40, b"", False),
        (0x00, b"\x00\x1e\x00\x02" + b"7\0", True),
    ],
)
def test_what_a_receipt_is(esm_class: int, tlvs: bytes, receipt: bool) -> None:
    assert decode_deliver_sm(_deliver(esm_class, tlvs=tlvs)).is_receipt is receipt


def test_a_text_that_looks_like_a_receipt_is_none() -> None:
    assert not decode_deliver_sm(_deliver(0, b"id:7 sub:001 dlvrd:001 stat:DELIVRD err:000 text:")).is_receipt


def test_a_long_message_is_in_its_parameter() -> None:
    read = decode_deliver_sm(_deliver(0, b"", b"\x04\x24\x01\x2c" + b"x" * 300))
    assert read.message == b"x" * 300


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_pdu_that_ends_too_early(cut: int) -> None:
    with pytest.raises(PduError):
        decode_deliver_sm(_deliver()[:-cut])


@pytest.mark.parametrize("tlvs", [b"\x00", b"\x00\x1e\x00", b"\x00\x1e\x00\x05abc"])
def test_a_parameter_that_ends_too_early(tlvs: bytes) -> None:
    with pytest.raises(PduError):
        decode_deliver_sm(_deliver(tlvs=tlvs))


def test_a_query_and_its_answer() -> None:
    assert encode_query_sm("a00ff01", _FROM) == b"a00ff01\0\x01\x01" + b"4915100000000\0"
    answer = decode_query_sm_resp(b"a00ff01\x00" + b"261122000000000R\x00" + b"\x02\x07")
    assert (answer.carrier_id, answer.state, answer.error) == ("a00ff01", 2, 7)


def test_nothing_personal_stands_in_a_repr() -> None:
    shown = repr(
        [
            Bind("name", "secret08"),
            SubmitSm(_FROM, _TO, 0, b"geheim"),
            decode_deliver_sm(_deliver(message=b"geheim")),
            Pdu(Command.SUBMIT_SM, 0, 1, b"geheim"),
        ]
    )
    assert "secret08" not in shown
    assert "4915" not in shown
    assert "geheim" not in shown
