"""Proofs that two pairs of elements have the same discrete logarithm, for whole batches (RFC 9497 §2.2).

The server shows with 64 bytes that it raised every element of a batch to one and the same secret, the one behind its
public key: so it cannot give one phone another key than the others, and tell its owner by that.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from curtilage.wire.discovery.ristretto255 import (
    IDENTITY,
    SCALAR_BYTES,
    ZERO,
    Element,
    Scalar,
    add,
    decode_scalar,
    hash_to_scalar,
    linear,
    multiply,
    multiply_base,
    scalar_multiply,
    scalar_subtract,
)

PROOF_BYTES = 2 * SCALAR_BYTES
BATCH_COUNT_MAX = 2**16 - 1
"""Elements are numbered with two bytes (RFC 9497 §2.2.1)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Challenge and response."""

    challenge: Scalar
    response: Scalar

    def encode(self) -> bytes:
        """64 bytes, as in RFC 9497, Appendix A."""
        return self.challenge + self.response

    @staticmethod
    def decode(octets: bytes) -> "Proof | None":
        """None: not 64 bytes, or a scalar that is not below the order."""
        if len(octets) != PROOF_BYTES:
            return None
        challenge, response = decode_scalar(octets[:SCALAR_BYTES]), decode_scalar(octets[SCALAR_BYTES:])
        return None if challenge is None or response is None else Proof(challenge, response)


def generate_proof(
    secret: Scalar,
    public: Element,
    from_elements: Sequence[Element],
    to_elements: Sequence[Element],
    context: bytes,
    nonce: Scalar,
) -> Proof | None:
    """RFC 9497 §2.2.1: that ``to = secret * from`` for each pair, and ``public = secret * generator``.

    ``nonce`` must be uniform, secret and never used again: twice the same gives the secret away. None: the elements add
    up to the identity. That is no accident; in large batches it can be brought about (Wagner's generalised birthday).
    """
    sum_from = _composite(_factors(public, from_elements, to_elements, context), from_elements)
    if sum_from is None:
        return None
    sum_to = multiply(secret, sum_from)
    challenge = _challenge(public, sum_from, sum_to, multiply_base(nonce), multiply(nonce, sum_from), context)
    return Proof(challenge, scalar_subtract(nonce, scalar_multiply(challenge, secret)))


def verify_proof(
    public: Element,
    from_elements: Sequence[Element],
    to_elements: Sequence[Element],
    proof: Proof,
    context: bytes,
) -> bool:
    """RFC 9497 §2.2.2. False as well when the two sides are not equally many, none or more than 65,535."""
    if not 0 < len(from_elements) == len(to_elements) <= BATCH_COUNT_MAX:
        return False
    factors = _factors(public, from_elements, to_elements, context)
    sum_from, sum_to = _composite(factors, from_elements), _composite(factors, to_elements)
    if sum_from is None or sum_to is None:
        return False
    second = linear(proof.response, None, proof.challenge, public)
    third = linear(proof.response, sum_from, proof.challenge, sum_to)
    return _challenge(public, sum_from, sum_to, second, third, context) == proof.challenge


def _factors(
    public: Element, from_elements: Sequence[Element], to_elements: Sequence[Element], context: bytes
) -> list[Scalar]:
    """RFC 9497 §2.2.1 ComputeComposites: of each pair, with which it stands in the sums."""
    seed = hashlib.sha512(_framed(public) + _framed(b"Seed-" + context)).digest()
    dst, head = b"HashToScalar-" + context, _framed(seed)
    return [
        hash_to_scalar(head + number.to_bytes(2) + _framed(one) + _framed(other) + b"Composite", dst)
        for number, (one, other) in enumerate(zip(from_elements, to_elements, strict=True))
    ]


def _composite(factors: Sequence[Scalar], elements: Sequence[Element]) -> Element | None:
    """The sum of the elements, each times its factor. None: it is the identity."""
    total = IDENTITY
    for factor, element in zip(factors, elements, strict=True):
        if factor != ZERO:
            product = multiply(factor, element)
            total = add(total, product) if total != IDENTITY else product
    return Element(total) if total != IDENTITY else None


def _challenge(public: bytes, sum_from: bytes, sum_to: bytes, second: bytes, third: bytes, context: bytes) -> Scalar:
    transcript = b"".join(map(_framed, (public, sum_from, sum_to, second, third)))
    return hash_to_scalar(transcript + b"Challenge", b"HashToScalar-" + context)


def _framed(octets: bytes) -> bytes:
    return len(octets).to_bytes(2) + octets
