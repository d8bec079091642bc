"""Envelopes written and read: the token of the standard, and every XML that no server should meet."""

import base64
import contextlib
import hashlib
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.onvif.onvif_xml import (
    UsernameToken,
    XmlBroken,
    envelope,
    every,
    fault,
    first,
    is_refusal,
    local,
    read,
    require_parser,
    text,
    words,
)
from tests.origin.onvif_device import fault as made_fault

LAUGHS = "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
REFUSED = {
    "bomb": f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{LAUGHS}]><x>&j;</x>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><x>{"&a;" * 20_000}</x>',
    "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "network": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
    "harmless type": "<!DOCTYPE x><x/>",
    "parameter entity": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/"> %a;]><x/>',
    "unknown entity": "<x>&a;</x>",
    "open": "<x>",
    "empty": "",
    "elements": "<x>" + "<y/>" * 8_001 + "</x>",
    "nested": "<x>" * 5_000 + "</x>" * 5_000,
    "nested lists": "<x>" + "<Service>" * 1_200 + "<b/>" * 8_000 + "</Service>" * 1_200 + "</x>",
    "encoding": '<?xml version="1.0" encoding="klingon"?><x/>',
    "not XML": "<!doctype html><br>",
}


@pytest.mark.parametrize("octets", REFUSED.values(), ids=REFUSED.keys())
def test_what_no_message_may_hold_is_refused_quickly_and_in_little_memory(octets: str) -> None:
    tracemalloc.start()
    began = time.monotonic()
    with pytest.raises(XmlBroken):
        read(octets.encode())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - began < 2
    assert peak < 20_000_000


def test_what_is_found_never_overlaps() -> None:
    root = read(b"<b><b n='1'><c/><b n='2'/></b><a><b n='3'/></a></b>")
    assert [found.get("n") for found in every(root, "b")] == ["1", "3"]


def test_looking_for_what_is_nested_as_deep_as_may_be_costs_little() -> None:
    """Elements of the looked-for name within each other once cost their number times their depth."""
    root = read(("<x>" + "<Service>" * 60 + "<b/>" * 7_000 + "</Service>" * 60 + "</x>").encode())
    began = time.monotonic()
    assert [words(item, "XAddr") for item in every(root, "Service")] == [""]
    assert time.monotonic() - began < 1


def test_elements_are_found_whatever_their_namespace() -> None:
    root = read(b'<a xmlns="x" xmlns:p="y"><p:b><c> one </c></p:b><b><c>two</c><d/></b></a>')
    assert [local(element) for element in root.iter()] == ["a", "b", "c", "b", "c", "d"]
    assert (words(root, "b", "c"), words(root, "d"), words(root, "e", "c"), words(None, "b")) == ("one", "", "", "")
    assert len(list(every(root, "b"))) == 2
    assert first(root, "b", "d") is None


def test_the_token_is_the_digest_of_the_standard() -> None:
    token = UsernameToken("Jane & <Joe>", "pass", bytes(range(16)), 1_262_304_000_000)
    root = read(envelope("<x/>", token))
    created = "2010-01-01T00:00:00Z"
    expected = hashlib.sha1(bytes(range(16)) + created.encode() + b"pass", usedforsecurity=False).digest()
    assert words(root, "Username") == "Jane & <Joe>"
    assert base64.b64decode(words(root, "Password")) == expected
    assert base64.b64decode(words(root, "Nonce")) == bytes(range(16))
    assert words(root, "Created") == created
    assert "pass" not in repr(token)
    assert "Jane" not in repr(token)


def test_without_a_user_there_is_no_header() -> None:
    assert first(read(envelope("<x/>", None)), "Header") is None


@pytest.mark.parametrize(
    ("octets", "refusal"),
    [
        (made_fault("Sender", "NotAuthorized"), True),
        (made_fault("Receiver", "ActionNotSupported"), False),
        (b"<Envelope><Fault><faultcode>wsse:FailedAuthentication</faultcode></Fault></Envelope>", True),
        (b"<Envelope><Fault/></Envelope>", False),
    ],
)
def test_faults_say_whether_the_password_was_wrong(octets: bytes, refusal: bool) -> None:
    codes = fault(read(octets))
    assert codes is not None
    assert is_refusal(codes) is refusal


def test_what_is_no_fault_is_none() -> None:
    assert fault(read(envelope("<x/>", None))) is None


def test_the_parser_is_there() -> None:
    require_parser()


@given(st.text(max_size=60))
def test_any_text_stays_text(value: str) -> None:
    root = read(envelope(f"<x>{text(value)}</x>", None))
    assert len(list(root.iter())) == 3
    assert words(root, "x") == "".join(letter if letter.isprintable() else " " for letter in value).strip()


@given(st.one_of(st.binary(max_size=200), st.text(alphabet="<>/&;!DOCTYPEab[]' ", max_size=80).map(str.encode)))
def test_any_bytes_are_read_or_refused(octets: bytes) -> None:
    with contextlib.suppress(XmlBroken):
        read(octets)
