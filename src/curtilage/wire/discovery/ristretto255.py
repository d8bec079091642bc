"""The prime-order group ristretto255 (RFC 9496) with SHA-512, as RFC 9497 §4.1 wants it, by libsodium (``rbcl``).

Rules it guards:
* an ``Element`` was decoded from a canonical encoding and is not the identity; a ``Scalar`` is below the group's order.
  Nothing else is ever given to libsodium, whose answer to a bad point rbcl partly throws away (``add``);
* multiplications by a secret scalar run in constant time.

It knows no protocol: oprf.py and dleq.py do.
"""

import contextlib
import hashlib
import os
import sys
from typing import NewType

import rbcl

from curtilage.wire.identifier import Entropy

# rbcl writes its libsodium (2.7 MB) into a new file at every start, loads it and leaves it lying; a loaded library
# needs its file no longer. Where a file in use cannot be removed it stays, as it would without us.
with contextlib.suppress(OSError, KeyError, AttributeError):
    os.unlink(sys.modules["rbcl._sodium"].lib_path)  # noqa: PTH108 one call, no path to work with

Element = NewType("Element", bytes)
"""32 bytes: a canonical encoding, never the identity's."""
Scalar = NewType("Scalar", bytes)
"""32 bytes, little-endian, below ORDER."""

ELEMENT_BYTES = 32
SCALAR_BYTES = 32
UNIFORM_BYTES = 64
ORDER = 2**252 + 27742317777372353535851937790883648493
"""RFC 9496 §4: the number of elements."""
_PRIME = 2**255 - 19
IDENTITY = bytes(ELEMENT_BYTES)
ZERO = Scalar(bytes(SCALAR_BYTES))
_SHA512_BYTES, _SHA512_BLOCK_BYTES = 64, 128
_DST_BYTES_MAX = 255


def decode_element(octets: bytes) -> Element | None:
    """RFC 9497 §4.1 DeserializeElement: None for a wrong length, a non-canonical encoding and the identity."""
    if len(octets) != ELEMENT_BYTES or octets == IDENTITY:
        return None
    # RFC 9496 §4.3.1: "If the length of the string is not 32 bytes or if the resulting value is >= p, decoding fails."
    # Checked here because the libsodium in rbcl 1.1.2 overlooks the highest bit: 2^255 was the identity to it.
    if int.from_bytes(octets, "little") >= _PRIME:
        return None
    return Element(bytes(octets)) if rbcl.crypto_core_ristretto255_is_valid_point(bytes(octets)) else None


def decode_scalar(octets: bytes) -> Scalar | None:
    """RFC 9497 §4.1 DeserializeScalar: None for a wrong length and for what is not below the order."""
    if len(octets) != SCALAR_BYTES or int.from_bytes(octets, "little") >= ORDER:
        return None
    return Scalar(bytes(octets))


def random_scalar(entropy: Entropy) -> Scalar:
    """Uniform and never zero: a wide number reduced (RFC 9497 §4.7.2)."""
    while True:
        scalar = Scalar(rbcl.crypto_core_ristretto255_scalar_reduce(entropy(UNIFORM_BYTES)))
        if scalar != ZERO:
            return scalar


def random_element(entropy: Entropy) -> Element:
    """Uniform, of unknown logarithm: as good as any blinded one to whoever sees it."""
    while True:
        if element := decode_element(rbcl.crypto_core_ristretto255_from_hash(entropy(UNIFORM_BYTES))):
            return element


def hash_to_element(octets: bytes, dst: bytes) -> Element | None:
    """RFC 9380 hash_to_ristretto255 (expand_message_xmd, SHA-512). None: it is the identity, which never happens."""
    element = rbcl.crypto_core_ristretto255_from_hash(expand_message(octets, dst))
    return Element(element) if element != IDENTITY else None


def hash_to_scalar(octets: bytes, dst: bytes) -> Scalar:
    """RFC 9497 §4.1: 64 bytes of expand_message_xmd, little-endian, modulo the order."""
    return Scalar(rbcl.crypto_core_ristretto255_scalar_reduce(expand_message(octets, dst)))


def expand_message(octets: bytes, dst: bytes) -> bytes:
    """RFC 9380 §5.3.1 expand_message_xmd with SHA-512 for exactly 64 bytes, which is one block of output."""
    assert len(dst) <= _DST_BYTES_MAX, "a longer tag would have to be hashed first"
    dst_prime = dst + bytes((len(dst),))
    length = _SHA512_BYTES.to_bytes(2)
    first = hashlib.sha512(bytes(_SHA512_BLOCK_BYTES) + octets + length + b"\x00" + dst_prime).digest()
    return hashlib.sha512(first + b"\x01" + dst_prime).digest()


def multiply(scalar: Scalar, element: Element) -> Element:
    """``scalar`` must not be zero: the product of a valid element is then never the identity."""
    return Element(rbcl.crypto_scalarmult_ristretto255(scalar, element))


def multiply_base(scalar: Scalar) -> Element:
    """By the generator; ``scalar`` must not be zero."""
    return Element(rbcl.crypto_scalarmult_ristretto255_base(scalar))


def add(one: bytes, other: bytes) -> bytes:
    """The sum of two canonical encodings; it may be the identity, so it is no Element yet."""
    return bytes(rbcl.crypto_core_ristretto255_add(one, other))


def linear(scalar: Scalar, element: Element | None, other_scalar: Scalar, other: Element) -> bytes:
    """``scalar * element + other_scalar * other`` for scalars that may be zero; None stands for the generator."""
    return add(_times(scalar, element), _times(other_scalar, other))


def _times(scalar: Scalar, element: Element | None) -> bytes:
    if scalar == ZERO:
        return IDENTITY
    return multiply_base(scalar) if element is None else multiply(scalar, element)


def scalar_add(one: Scalar, other: Scalar) -> Scalar:
    """Modulo the order."""
    return Scalar(rbcl.crypto_core_ristretto255_scalar_add(one, other))


def scalar_subtract(one: Scalar, other: Scalar) -> Scalar:
    """Modulo the order."""
    return Scalar(rbcl.crypto_core_ristretto255_scalar_sub(one, other))


def scalar_multiply(one: Scalar, other: Scalar) -> Scalar:
    """Modulo the order."""
    return Scalar(rbcl.crypto_core_ristretto255_scalar_mul(one, other))


def inverses(scalars: list[Scalar]) -> list[Scalar]:
    """The inverse of each, none of them zero: one inversion and three multiplications each (Montgomery's trick)."""
    products = [Scalar((1).to_bytes(SCALAR_BYTES, "little"))]
    for scalar in scalars:
        products.append(scalar_multiply(products[-1], scalar))
    rest = Scalar(rbcl.crypto_core_ristretto255_scalar_invert(products[-1]))
    inverted = []
    for scalar, before in zip(reversed(scalars), reversed(products[:-1]), strict=True):
        inverted.append(scalar_multiply(rest, before))
        rest = scalar_multiply(rest, scalar)
    return inverted[::-1]
