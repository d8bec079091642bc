"""Proofs of equal logarithms beyond the vectors: whom they convince, and of what not."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.discovery.dleq import BATCH_COUNT_MAX, Proof, generate_proof, verify_proof
from curtilage.wire.discovery.ristretto255 import (
    ORDER,
    Element,
    Scalar,
    decode_scalar,
    multiply,
    multiply_base,
    random_element,
    random_scalar,
)

CONTEXT = b"tests"
SECRET = random_scalar(secrets.token_bytes)
PUBLIC = multiply_base(SECRET)


def pairs(count: int, secret: Scalar = SECRET) -> tuple[list[Element], list[Element]]:
    elements = [random_element(secrets.token_bytes) for _ in range(count)]
    return elements, [multiply(secret, element) for element in elements]


def proven(elements: list[Element], raised: list[Element], secret: Scalar = SECRET) -> Proof:
    proof = generate_proof(secret, multiply_base(secret), elements, raised, CONTEXT, random_scalar(secrets.token_bytes))
    assert proof is not None
    return proof


@pytest.mark.parametrize("count", [1, 2, 4, 64])
def test_a_proof_convinces_of_its_batch_only(count: int) -> None:
    elements, raised = pairs(count)
    proof = proven(elements, raised)
    assert verify_proof(PUBLIC, elements, raised, proof, CONTEXT)
    assert not verify_proof(PUBLIC, elements, raised, proof, b"other")
    assert not verify_proof(multiply_base(random_scalar(secrets.token_bytes)), elements, raised, proof, CONTEXT)
    assert not verify_proof(PUBLIC, elements, [*raised[:-1], elements[0]], proof, CONTEXT)
    assert not verify_proof(PUBLIC, elements[:-1], raised[:-1], proof, CONTEXT)
    assert not verify_proof(PUBLIC, elements, raised[:-1], proof, CONTEXT)


def test_one_element_under_another_key_spoils_the_batch() -> None:
    elements, raised = pairs(4)
    other = random_scalar(secrets.token_bytes)
    raised[2] = multiply(other, elements[2])
    for secret in (SECRET, other):
        assert not verify_proof(PUBLIC, elements, raised, proven(elements, raised, secret), CONTEXT)


def test_elements_that_cancel_each_other_are_no_reason_to_stop() -> None:
    # Against the factors nobody can choose them; the same element over and over is what can be tried in a test.
    element = random_element(secrets.token_bytes)
    elements, raised = [element] * 8, [multiply(SECRET, element)] * 8
    assert verify_proof(PUBLIC, elements, raised, proven(elements, raised), CONTEXT)


def test_a_batch_that_cannot_be_numbered_is_not_believed() -> None:
    (element,), (raised,) = pairs(1)
    proof = proven([element], [raised])
    count = BATCH_COUNT_MAX + 1
    assert not verify_proof(PUBLIC, [element] * count, [raised] * count, proof, CONTEXT)
    assert not verify_proof(PUBLIC, [], [], proof, CONTEXT)


@given(st.integers(0, ORDER - 1), st.integers(0, ORDER - 1))
def test_made_up_proofs_convince_nobody(challenge: int, response: int) -> None:
    elements, raised = pairs(1)
    scalars = [decode_scalar(number.to_bytes(32, "little")) for number in (challenge, response)]
    assert scalars[0] is not None
    assert scalars[1] is not None
    proof = Proof(scalars[0], scalars[1])
    assert Proof.decode(proof.encode()) == proof
    assert not verify_proof(PUBLIC, elements, raised, proof, CONTEXT)
