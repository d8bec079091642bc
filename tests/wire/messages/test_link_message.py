"""Messages of a linking: vectors, round trips, the commitment."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.link_message import (
    LinkAnswer,
    LinkGrant,
    LinkMac,
    LinkMessage,
    LinkReveal,
    LinkStart,
    decode_link,
    encode_link,
)
from curtilage.wire.messages.opaque import LinkId
from tests.wire.messages.samples import ACCOUNT, PHONE, VECTORS, accounts, keys, link_ids, name_of, octets, phones

DEVICES = DeviceList.sign(ACCOUNT, 1, 0, (PHONE,), Ed25519PrivateKey.from_private_bytes(bytes(32)))
messages: st.SearchStrategy[LinkMessage] = (
    st.builds(LinkStart, link_ids, keys)
    | st.builds(LinkAnswer, link_ids, keys, accounts, keys, phones)
    | st.builds(LinkReveal, link_ids, keys, phones, keys)
    | st.builds(LinkMac, link_ids, keys, keys)
    | st.builds(LinkGrant, link_ids, st.just(DEVICES), st.binary(max_size=300))
)


def outcome(encoded: bytes) -> str:
    """In the words of the vectors."""
    try:
        decode_link(encoded)
    except ValueError:
        return "malformed"
    return "decodes"


@pytest.mark.parametrize("case", VECTORS["link"], ids=name_of)
def test_every_vector_has_its_outcome(case: dict[str, str]) -> None:
    assert outcome(octets(case)) == case["outcome"]


@given(messages)
def test_what_is_encoded_decodes(message: LinkMessage) -> None:
    assert decode_link(encode_link(message)) == message


@given(st.integers(1, 5), st.binary(max_size=400))
def test_bytes_nobody_encoded_are_refused_or_say_the_same_again(kind: int, garbage: bytes) -> None:
    for candidate in (garbage, bytes((1, kind)) + garbage):
        if outcome(candidate) == "decodes":
            assert encode_link(decode_link(candidate)) == candidate


def test_the_commitment_is_to_everything_that_is_revealed() -> None:
    start, reveal = (decode_link(octets(VECTORS["link"][number])) for number in (0, 2))
    assert isinstance(start, LinkStart)
    assert isinstance(reveal, LinkReveal)
    assert reveal.commitment() == start.commitment
    others = (
        replace(reveal, link=LinkId(bytes(16))),
        replace(reveal, ephemeral_public=bytes(32)),
        replace(reveal, phone=PHONE),
        replace(reveal, one_time_public=bytes(32)),
    )
    assert all(other.commitment() != start.commitment for other in others)
