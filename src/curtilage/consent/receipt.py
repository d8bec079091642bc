"""Receipts: one entry of a ledger and the proof that it stands there (C2SP tlog-proof).

The leaf of the tree is a salted commitment, so the tree can outlive the entry: once salt and payload are erased, nobody
can find out or prove what the leaf said, and every other proof still holds.

    commitment = SHA-256("curtilage-ledger-entry-v1" || 0x0A || salt (32 bytes) || payload)
    leaf hash  = SHA-256(0x00 || commitment)

A receipt carries salt and payload as the format's "extra" line. That line is "not authenticated" by the format itself:
here it is checked, because the leaf is computed from it. Normative text: docs/spec/ledger.md.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

from curtilage.consent import checkpoint as checkpoints
from curtilage.consent.checkpoint import Checkpoint
from curtilage.consent.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from curtilage.consent.note import NoteInvalid, NoteKey

SALT_BYTES = 32
RECEIPT_CHARACTERS_MAX = 128 * 1024
PROOF_HASHES_COUNT_MAX = 63
"""The height of the largest tree."""
_CONTEXT = b"curtilage-ledger-entry-v1\n"
_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def commitment(salt: bytes, payload: bytes) -> bytes:
    """What a leaf holds instead of the entry. A salt has one length only: where the payload begins is never open."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return hashlib.sha256(_CONTEXT + salt + payload).digest()


def entry_leaf(salt: bytes, payload: bytes) -> bytes:
    """The leaf hash of an entry."""
    return leaf_hash(commitment(salt, payload))


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry with its proof."""

    position: int
    salt: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    proof: tuple[bytes, ...]
    checkpoint: str
    """The signed note, verbatim."""

    def encode(self) -> str:
        """The text form; file extension ``.tlog-proof``."""
        hashes = "".join(f"{_base64(step)}\n" for step in self.proof)
        extra = _base64(self.salt + self.payload)
        return f"{_FIRST_LINE}\nextra {extra}\nindex {self.position}\n{hashes}\n{self.checkpoint}"


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def decode(text: str) -> Receipt:
    """Parse only; ``verify`` says whether it holds. Raises NoteInvalid."""
    if len(text) > RECEIPT_CHARACTERS_MAX:
        raise NoteInvalid("The receipt is too long.")
    head, gap, signed = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or len(lines) < 3 or lines[0] != _FIRST_LINE:
        raise NoteInvalid("This is no receipt.")
    extra = _octets(_after("extra ", lines[1]))
    index = _after("index ", lines[2])
    proof = tuple(_octets(line) for line in lines[3:])
    if _INDEX.fullmatch(index) is None or len(proof) > PROOF_HASHES_COUNT_MAX or len(extra) < SALT_BYTES:
        raise NoteInvalid("The receipt is malformed.")
    if any(len(step) != HASH_BYTES for step in proof):
        raise NoteInvalid("A hash in the receipt has a wrong length.")
    return Receipt(int(index), extra[:SALT_BYTES], extra[SALT_BYTES:], proof, signed)


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise NoteInvalid("The receipt is malformed.")
    return line.removeprefix(word)


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteInvalid("The receipt holds something that is not base64.") from error


def verify(receipt: Receipt, key: NoteKey) -> Checkpoint:
    """Does the entry stand in the ledger named like ``key``? Returns the checkpoint it was shown against.

    Raises NoteInvalid.
    """
    checkpoint = checkpoints.open_checkpoint(receipt.checkpoint, key)
    leaf = entry_leaf(receipt.salt, receipt.payload)
    if not verify_inclusion(leaf, receipt.position, checkpoint.size, receipt.proof, checkpoint.root):
        raise NoteInvalid("The entry does not stand in this ledger.")
    return checkpoint
