"""Batches: what a phone sends to the evaluator and gets back.

A batch has 4, 64, 256 or 1,024 elements, filled up with random ones, so that the server does not learn how many
contacts somebody has; it is charged as sent. At 1,024 a contact costs 64 bytes both ways together.
"""

import struct
from dataclasses import dataclass

from curtilage.wire.discovery.dleq import PROOF_BYTES, Proof
from curtilage.wire.discovery.oprf import Evaluated, OprfProblem, decode_elements
from curtilage.wire.discovery.ristretto255 import ELEMENT_BYTES, Element

VERSION = 1
SIZES = (4, 64, 256, 1024)
_LARGEST, _LARGE = SIZES[-1], SIZES[-2]
_HEAD = struct.Struct(">BI")
REQUEST_BYTES_MAX = _HEAD.size + _LARGEST * ELEMENT_BYTES
REPLY_BYTES_MAX = _LARGEST * ELEMENT_BYTES + PROOF_BYTES


@dataclass(frozen=True, slots=True)
class Batch:
    """Blinded numbers and what hides their count, for the function of one epoch."""

    epoch: int
    elements: tuple[Element, ...]

    def encode(self) -> bytes:
        """Version (1 byte), epoch (4), elements (32 each)."""
        assert len(self.elements) in SIZES, "a batch is filled up first"
        return _HEAD.pack(VERSION, self.epoch) + b"".join(self.elements)

    @staticmethod
    def decode(octets: bytes) -> "Batch | OprfProblem":
        """Looks at every element."""
        head = decode_head(octets)
        if head is None:
            return OprfProblem.LENGTH
        elements = decode_elements(octets[_HEAD.size :], head.size)
        return elements if isinstance(elements, OprfProblem) else Batch(head.epoch, elements)


@dataclass(frozen=True, slots=True)
class BatchHead:
    """What is known of a batch before its elements are looked at."""

    epoch: int
    size: int
    """One of SIZES: so many evaluations are charged."""


def decode_head(octets: bytes) -> BatchHead | None:
    """None: of another version, or of no size a batch may have."""
    size, rest = divmod(len(octets) - _HEAD.size, ELEMENT_BYTES)
    if rest or size not in SIZES:
        return None
    version, epoch = _HEAD.unpack_from(octets)
    return BatchHead(epoch, size) if version == VERSION else None


def encode_reply(evaluated: Evaluated) -> bytes:
    """Elements in the order of the batch, then one proof for all (64 bytes)."""
    return b"".join(evaluated.elements) + evaluated.proof.encode()


def decode_reply(octets: bytes, size: int) -> Evaluated | OprfProblem:
    """The reply to a batch of ``size``; not yet verified."""
    elements = decode_elements(octets[:-PROOF_BYTES], size)
    if isinstance(elements, OprfProblem):
        return elements
    proof = Proof.decode(octets[-PROOF_BYTES:])
    return Evaluated(elements, proof) if proof is not None else OprfProblem.PROOF


def sizes_for(count: int) -> tuple[int, ...]:
    """The batches in which ``count`` contacts are asked about: of the next size up, but 512 as two of 256."""
    sizes = [_LARGEST] * (count // _LARGEST)
    rest = count % _LARGEST
    if _LARGE < rest <= 2 * _LARGE:
        sizes += [_LARGE, _LARGE]
    elif rest:
        sizes.append(next(size for size in SIZES if rest <= size))
    return tuple(sizes)
