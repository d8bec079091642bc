"""Checkpoints: a ledger's size and root, signed (C2SP tlog-checkpoint).

A checkpoint is what somebody outside keeps to notice later that a ledger was shortened or rewritten. It names no person
and no home but by the ledger's origin, which is random.

Guards: one form only. A note whose text is not, byte for byte, what ``encode`` would write is refused, so that two
readers cannot understand one checkpoint differently.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.consent import note
from curtilage.consent.merkle import HASH_BYTES
from curtilage.consent.note import NoteInvalid, NoteKey

LINES = 3
SIZE_MAX = 2**63 - 1
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head."""

    origin: str
    """Which ledger; also the name of the key that signs it."""
    size: int
    root: bytes

    def encode(self) -> str:
        """The text of the note."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the tree of an old checkpoint is the beginning of a newer one's (RFC 9162 §2.1.4)."""

    old_size: int
    size: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    """The newer one: the signed note, verbatim."""


def decode(text: str) -> Checkpoint:
    """The checkpoint in a note's (verified) text. Raises NoteInvalid.

    Extension lines are "NOT RECOMMENDED" and our ledgers write none: they are refused.
    """
    lines = text.split("\n")
    if len(lines) != LINES + 1 or lines[LINES] or not lines[0]:
        raise NoteInvalid("A checkpoint has three lines.")
    if _SIZE.fullmatch(lines[1]) is None or int(lines[1]) > SIZE_MAX:
        raise NoteInvalid("The size in the checkpoint is not a plain number.")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteInvalid("The root in the checkpoint is not base64.") from error
    checkpoint = Checkpoint(lines[0], int(lines[1]), root)
    if len(root) != HASH_BYTES or checkpoint.encode() != text:
        raise NoteInvalid("The root in the checkpoint is not a SHA-256 hash.")
    return checkpoint


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The signed note; the key's name is the origin, as C2SP recommends."""
    return note.sign(checkpoint.encode(), checkpoint.origin, key)


def open_checkpoint(signed: str, key: NoteKey) -> Checkpoint:
    """The checkpoint of the ledger named like ``key``, verified. Raises NoteInvalid."""
    checkpoint = decode(note.open_note(signed, key))
    if checkpoint.origin != key.name:
        raise NoteInvalid("The checkpoint is of another ledger.")
    return checkpoint
