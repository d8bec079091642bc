"""Whom a check is for is read of whatever strangers send, without harm, and as aioice reads it."""

import pytest
from aioice.stun import Class, Message, Method, parse_message
from hypothesis import example, given
from hypothesis import strategies as st

from curtilage.cameras.webrtc.ice_tcp_session import BROKEN_CHECKS
from curtilage.cameras.webrtc.stun_name import NAME_LENGTH_MAX, name_asked_for


def check(username: str | None, kind: Class = Class.REQUEST, method: Method = Method.BINDING) -> bytes:
    message = Message(message_method=method, message_class=kind, transaction_id=bytes(12))
    message.attributes["PRIORITY"] = 1
    if username is not None:
        message.attributes["USERNAME"] = username
    message.add_message_integrity(b"password")
    return bytes(message)


def test_it_is_what_stands_before_the_colon() -> None:
    assert name_asked_for(check("ours:theirs")) == "ours"


GOOD = check("ours:theirs")
BAD = {
    "nothing": b"",
    "half a head": GOOD[:19],
    "a web request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "no name": check(None),
    "no colon": check("ours"),
    "no name before the colon": check(":theirs"),
    "too long a name": check("a" * (NAME_LENGTH_MAX + 1) + ":x"),
    "no ASCII": check("ö:theirs"),
    "a response": check("ours:theirs", Class.RESPONSE),
    "another method": check("ours:theirs", method=Method.ALLOCATE),
    "too short for its length": GOOD[:-1],
    "too long for its length": GOOD + b"\0",
    "another cookie": GOOD[:4] + bytes(4) + GOOD[8:],
    "a name longer than the packet": bytes.fromhex("000100042112a442") + bytes(12) + bytes.fromhex("0006ffff"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_is_no_check_for_a_name_has_none(name: str) -> None:
    assert name_asked_for(BAD[name]) is None


@given(st.binary(max_size=300))
@example(GOOD)
def test_no_octets_do_harm(octets: bytes) -> None:
    found = name_asked_for(octets)
    assert found is None or (found.isascii() and 0 < len(found) <= NAME_LENGTH_MAX)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_changed_check_names_what_aioice_reads_of_it_or_nobody(place: int, octet: int) -> None:
    changed = GOOD[:place] + bytes([octet]) + GOOD[place + 1 :]
    found = name_asked_for(changed)
    try:
        read = parse_message(changed).attributes.get("USERNAME", "")
    except BROKEN_CHECKS:
        return  # then the session takes it for nothing, whatever it names
    assert found in (None, read.partition(":")[0])
