"""Oblivious pseudorandom functions (RFC 9497) with ristretto255 and SHA-512: OPRF, VOPRF and POPRF.

A client *blinds* an input, a server that holds the secret key *evaluates* the blinded element without learning the
input, the client *finalizes* and has the output without learning the key. In the verifiable modes (VOPRF, POPRF) a
proof shows that the key was the one everybody has the public half of. Curtilage uses VOPRF for discovery; the other two
modes are here because the vectors of RFC 9497, Appendix A, then test every part of this file.

Rules: pure; randomness is an argument; what the other side sent is refused as a value (OprfProblem), never raised. An
element stays bytes until ``decode_elements`` looked at it.
"""

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from curtilage.wire.discovery.dleq import BATCH_COUNT_MAX, Proof, generate_proof, verify_proof
from curtilage.wire.discovery.ristretto255 import (
    ELEMENT_BYTES,
    IDENTITY,
    ZERO,
    Element,
    Scalar,
    add,
    decode_element,
    hash_to_element,
    hash_to_scalar,
    inverses,
    multiply,
    multiply_base,
    scalar_add,
)

SUITE = b"ristretto255-SHA512"
INPUT_BYTES_MAX = 2**16 - 1
"""RFC 9497 §1.2: PrivateInput and PublicInput are framed by two bytes of length."""
OUTPUT_BYTES = 64
SEED_BYTES = 32


class Mode(enum.IntEnum):
    """RFC 9497 §3.1, table 1."""

    OPRF = 0
    VOPRF = 1
    POPRF = 2

    @property
    def context(self) -> bytes:
        """RFC 9497 §3.1 CreateContextString: keeps what is hashed in one mode apart from all others."""
        return b"OPRFV1-" + bytes((self,)) + b"-" + SUITE


class OprfProblem(enum.Enum):
    """Why the other side's bytes, or an input, are not used."""

    LENGTH = "not the length it must have"
    ELEMENT = "not a canonical element, or the identity"
    PROOF = "not a proof, or not of this batch under this key"
    COUNT = "not as many elements as were sent, or too many"
    INPUT = "an input that is too long or maps to the identity"
    KEY = "a key that the public input makes unusable"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A server's keys."""

    secret: Scalar = field(repr=False)
    public: Element

    def __reduce__(self) -> str:
        raise TypeError("a secret key is never pickled")


@dataclass(frozen=True, slots=True)
class Blinded:
    """One input on its way: ``element`` goes to the server, the rest stays."""

    octets: bytes = field(repr=False)
    """The input."""
    blind: Scalar = field(repr=False)
    element: Element


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a server sends back."""

    elements: tuple[Element, ...]
    proof: Proof


def derive_key_pair(mode: Mode, seed: bytes, info: bytes) -> KeyPair:
    """RFC 9497 §3.2.1 DeriveKeyPair. ``seed`` is 32 secret random bytes."""
    assert len(seed) == SEED_BYTES, "a seed has 32 bytes"
    framed = seed + _framed(info)
    for counter in range(256):
        secret = hash_to_scalar(framed + bytes((counter,)), b"DeriveKeyPair" + mode.context)
        if secret != ZERO:
            return KeyPair(secret, multiply_base(secret))
    raise AssertionError("256 zeros in a row: a chance of 2^-64512")


def decode_elements(octets: bytes, count: int) -> tuple[Element, ...] | OprfProblem:
    """``count`` elements of 32 bytes, one after another."""
    if len(octets) != count * ELEMENT_BYTES:
        return OprfProblem.LENGTH
    decoded = [decode_element(octets[at : at + ELEMENT_BYTES]) for at in range(0, len(octets), ELEMENT_BYTES)]
    elements = tuple(element for element in decoded if element is not None)
    return elements if len(elements) == count else OprfProblem.ELEMENT


def blind(mode: Mode, octets: bytes, blind_by: Scalar) -> Blinded | OprfProblem:
    """RFC 9497 §3.3.1 Blind. ``blind_by`` is a random scalar, for this input alone."""
    point = _hashed(mode, octets)
    return point if isinstance(point, OprfProblem) else Blinded(octets, blind_by, multiply(blind_by, point))


def evaluate(mode: Mode, secret: Scalar, octets: bytes) -> bytes | OprfProblem:
    """RFC 9497 §3.3.1 Evaluate (OPRF, VOPRF): the output for an input that the server itself may see."""
    assert mode is not Mode.POPRF, "POPRF has a public input: evaluate_public"
    point = _hashed(mode, octets)
    return point if isinstance(point, OprfProblem) else _output(octets, None, multiply(secret, point))


def blind_evaluate(secret: Scalar, elements: Sequence[Element]) -> tuple[Element, ...]:
    """RFC 9497 §3.3.1 BlindEvaluate, for each element; no proof."""
    return tuple([multiply(secret, element) for element in elements])


def blind_evaluate_verifiably(keys: KeyPair, elements: Sequence[Element], nonce: Scalar) -> Evaluated | OprfProblem:
    """RFC 9497 §3.3.2 BlindEvaluate (VOPRF) for a batch, with one proof. ``nonce``: a random scalar, used once."""
    if not 0 < len(elements) <= BATCH_COUNT_MAX:
        return OprfProblem.COUNT
    evaluated = blind_evaluate(keys.secret, elements)
    proof = generate_proof(keys.secret, keys.public, elements, evaluated, Mode.VOPRF.context, nonce)
    return Evaluated(evaluated, proof) if proof is not None else OprfProblem.ELEMENT


def finalize(blinded: Sequence[Blinded], evaluated: Sequence[Element]) -> tuple[bytes, ...] | OprfProblem:
    """RFC 9497 §3.3.1 Finalize (OPRF), for a batch: 64 bytes each. Believes the server."""
    if len(blinded) != len(evaluated):
        return OprfProblem.COUNT
    return _unblinded(blinded, evaluated, None)


def finalize_verified(
    blinded: Sequence[Blinded], others: Sequence[Element], evaluated: Evaluated, public: Element
) -> tuple[bytes, ...] | OprfProblem:
    """RFC 9497 §3.3.2 Finalize (VOPRF), for a batch; the outputs of ``blinded`` alone.

    ``others`` were sent after them to hide how many there are: the proof speaks of all.
    """
    sent = (*(item.element for item in blinded), *others)
    if len(sent) != len(evaluated.elements):
        return OprfProblem.COUNT
    if not verify_proof(public, sent, evaluated.elements, evaluated.proof, Mode.VOPRF.context):
        return OprfProblem.PROOF
    return _unblinded(blinded, evaluated.elements[: len(blinded)], None)


def tweaked_public(public: Element, info: bytes) -> Element | OprfProblem:
    """RFC 9497 §3.3.3 Blind (POPRF): the public key for one public input."""
    if len(info) > INPUT_BYTES_MAX:
        return OprfProblem.INPUT
    tweak = _tweak(info)
    tweaked = add(multiply_base(tweak), public) if tweak != ZERO else public
    return Element(tweaked) if tweaked != IDENTITY else OprfProblem.KEY


def blind_evaluate_public(
    keys: KeyPair, elements: Sequence[Element], info: bytes, nonce: Scalar
) -> Evaluated | OprfProblem:
    """RFC 9497 §3.3.3 BlindEvaluate (POPRF) for a batch that shares one public input."""
    if not 0 < len(elements) <= BATCH_COUNT_MAX:
        return OprfProblem.COUNT
    secret = _tweaked_secret(keys.secret, info)
    if isinstance(secret, OprfProblem):
        return secret
    evaluated = blind_evaluate(inverses([secret])[0], elements)
    # The proof is of the other direction: blinded = secret * evaluated.
    proof = generate_proof(secret, multiply_base(secret), evaluated, elements, Mode.POPRF.context, nonce)
    return Evaluated(evaluated, proof) if proof is not None else OprfProblem.ELEMENT


def finalize_public(
    blinded: Sequence[Blinded], evaluated: Evaluated, info: bytes, tweaked: Element
) -> tuple[bytes, ...] | OprfProblem:
    """RFC 9497 §3.3.3 Finalize (POPRF), for a batch."""
    if len(blinded) != len(evaluated.elements):
        return OprfProblem.COUNT
    sent = [item.element for item in blinded]
    if not verify_proof(tweaked, evaluated.elements, sent, evaluated.proof, Mode.POPRF.context):
        return OprfProblem.PROOF
    return _unblinded(blinded, evaluated.elements, info)


def evaluate_public(secret: Scalar, octets: bytes, info: bytes) -> bytes | OprfProblem:
    """RFC 9497 §3.3.3 Evaluate (POPRF)."""
    point, tweaked = _hashed(Mode.POPRF, octets), _tweaked_secret(secret, info)
    if isinstance(point, OprfProblem):
        return point
    return (
        tweaked if isinstance(tweaked, OprfProblem) else _output(octets, info, multiply(inverses([tweaked])[0], point))
    )


def _hashed(mode: Mode, octets: bytes) -> Element | OprfProblem:
    if len(octets) > INPUT_BYTES_MAX:
        return OprfProblem.INPUT
    return hash_to_element(octets, b"HashToGroup-" + mode.context) or OprfProblem.INPUT


def _unblinded(blinded: Sequence[Blinded], evaluated: Sequence[Element], info: bytes | None) -> tuple[bytes, ...]:
    unblinding = inverses([item.blind for item in blinded])
    return tuple(
        _output(item.octets, info, multiply(inverse, element))
        for item, inverse, element in zip(blinded, unblinding, evaluated, strict=True)
    )


def _output(octets: bytes, info: bytes | None, element: Element) -> bytes:
    public = b"" if info is None else _framed(info)
    return hashlib.sha512(_framed(octets) + public + _framed(element) + b"Finalize").digest()


def _tweak(info: bytes) -> Scalar:
    return hash_to_scalar(b"Info" + _framed(info), b"HashToScalar-" + Mode.POPRF.context)


def _tweaked_secret(secret: Scalar, info: bytes) -> Scalar | OprfProblem:
    if len(info) > INPUT_BYTES_MAX:
        return OprfProblem.INPUT
    tweaked = scalar_add(secret, _tweak(info))
    return tweaked if tweaked != ZERO else OprfProblem.KEY


def _framed(octets: bytes) -> bytes:
    return len(octets).to_bytes(2) + octets
