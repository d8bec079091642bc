"""Batches and replies: sizes that hide how many, and bytes that are none."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.discovery.batch import (
    REPLY_BYTES_MAX,
    REQUEST_BYTES_MAX,
    SIZES,
    Batch,
    BatchHead,
    decode_head,
    decode_reply,
    encode_reply,
    sizes_for,
)
from curtilage.wire.discovery.oprf import Evaluated, Mode, OprfProblem, blind_evaluate_verifiably, derive_key_pair
from curtilage.wire.discovery.ristretto255 import random_element, random_scalar

KEYS = derive_key_pair(Mode.VOPRF, b"k" * 32, b"tests")
BATCH = Batch(7, tuple(random_element(secrets.token_bytes) for _ in range(4)))
OCTETS = BATCH.encode()


def evaluated() -> Evaluated:
    reply = blind_evaluate_verifiably(KEYS, BATCH.elements, random_scalar(secrets.token_bytes))
    assert isinstance(reply, Evaluated)
    return reply


def test_a_batch_and_its_reply_arrive() -> None:
    assert Batch.decode(OCTETS) == BATCH
    assert decode_head(OCTETS) == BatchHead(7, 4)
    reply = evaluated()
    assert decode_reply(encode_reply(reply), 4) == reply


def test_a_contact_costs_eighty_bytes_at_most() -> None:
    assert (REQUEST_BYTES_MAX + REPLY_BYTES_MAX) / 1_024 <= 80


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (0, ()),
        (1, (4,)),
        (4, (4,)),
        (5, (64,)),
        (64, (64,)),
        (65, (256,)),
        (256, (256,)),
        (257, (256, 256)),
        (500, (256, 256)),
        (513, (1_024,)),
        (1_024, (1_024,)),
        (1_025, (1_024, 4)),
        (2_500, (1_024, 1_024, 256, 256)),
    ],
)
def test_the_count_is_hidden_in_a_size(count: int, sizes: tuple[int, ...]) -> None:
    assert sizes_for(count) == sizes


@given(st.integers(0, 10_000))
def test_everybody_has_a_place_in_a_batch(count: int) -> None:
    assert sum(sizes_for(count)) >= count
    assert set(sizes_for(count)) <= set(SIZES)


NO_BATCHES = {
    "nothing": b"",
    "no elements": OCTETS[:5],
    "a size no batch has": OCTETS[:-32],
    "half an element": OCTETS[:-1],
    "another version": b"\x02" + OCTETS[1:],
    "too large": OCTETS[:5] + OCTETS[5:37] * 2_048,
}


@pytest.mark.parametrize("name", NO_BATCHES)
def test_what_is_no_batch_is_refused(name: str) -> None:
    assert Batch.decode(NO_BATCHES[name]) is OprfProblem.LENGTH
    assert decode_head(NO_BATCHES[name]) is None


def test_a_batch_with_a_bad_element_is_refused() -> None:
    assert Batch.decode(OCTETS[:-32] + bytes(32)) is OprfProblem.ELEMENT
    assert Batch.decode(OCTETS[:-32] + b"\xff" * 32) is OprfProblem.ELEMENT


def test_a_reply_of_another_size_or_without_a_proof_is_refused() -> None:
    octets = encode_reply(evaluated())
    assert decode_reply(octets, 64) is OprfProblem.LENGTH
    assert decode_reply(octets[:-1], 4) is OprfProblem.LENGTH
    assert decode_reply(b"", 4) is OprfProblem.LENGTH
    assert decode_reply(octets[:-64] + b"\xff" * 64, 4) is OprfProblem.PROOF


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(octets: bytes) -> None:
    assert isinstance(Batch.decode(octets), OprfProblem)
    assert isinstance(decode_reply(octets, 4), OprfProblem)


def test_a_batch_is_filled_up_before_it_leaves() -> None:
    with pytest.raises(AssertionError):
        Batch(1, BATCH.elements[:3]).encode()
