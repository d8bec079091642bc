"""Envelopes: vectors, round trips, bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.messages.envelope import CIPHERTEXT_BYTES_MAX, ENVELOPE_BYTES_MAX, Envelope, MessageKind, OlmType
from tests.wire.messages.samples import VECTORS, accounts, message_ids, name_of, octets, phone_ids

envelopes = st.builds(
    Envelope,
    st.sampled_from(MessageKind),
    st.sampled_from(OlmType),
    accounts,
    phone_ids,
    accounts,
    phone_ids,
    message_ids,
    st.binary(min_size=1, max_size=200),
    st.integers(0, 255),
)


def outcome(encoded: bytes) -> str:
    """In the words of the vectors."""
    try:
        Envelope.decode(encoded)
    except ValueError:
        return "malformed"
    return "decodes"


@pytest.mark.parametrize("case", VECTORS["envelope"], ids=name_of)
def test_every_vector_has_its_outcome(case: dict[str, str]) -> None:
    assert outcome(octets(case)) == case["outcome"]


@given(envelopes)
def test_what_is_encoded_decodes(envelope: Envelope) -> None:
    assert Envelope.decode(envelope.encode()) == envelope


@given(st.binary(max_size=300))
def test_bytes_nobody_encoded_are_refused_or_say_the_same_again(garbage: bytes) -> None:
    for candidate in (garbage, b"\x01\x01\x01" + garbage):
        if outcome(candidate) == "decodes":
            assert Envelope.decode(candidate).encode() == candidate


@given(envelopes)
def test_no_repr_shows_what_is_inside(envelope: Envelope) -> None:
    assert "ciphertext" not in repr(envelope)


@given(envelopes)
def test_the_largest_envelope_is_bounded(envelope: Envelope) -> None:
    head = envelope.encode()[: -len(envelope.ciphertext) - 4]
    most = CIPHERTEXT_BYTES_MAX.to_bytes(4, "big") + bytes(CIPHERTEXT_BYTES_MAX)
    assert len(head + most) == ENVELOPE_BYTES_MAX
    assert outcome(head + most) == "decodes"
    assert outcome(head + (CIPHERTEXT_BYTES_MAX + 1).to_bytes(4, "big") + most + b"x") == "malformed"
    assert outcome(head + b"\xff\xff\xff\xff" + most) == "malformed"
