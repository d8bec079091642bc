"""One ledger's tree as its room holds it: which ledger, how far it has grown, and what it would sign.

Pure but for what it is handed. It guards what a log must never do: sign a checkpoint that does not continue what it
signed before. So ``head`` only moves by ``Head.grown``, and a tree whose stored leaves do not lead to its stored
checkpoint is *broken*: nothing is appended to it and nothing is signed for it any more.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.consent import checkpoint as checkpoints
from curtilage.consent.checkpoint import Checkpoint
from curtilage.consent.merkle import Frontier
from curtilage.consent.note import NoteInvalid, NoteKey
from curtilage.store.store import Statement
from curtilage.wire.identifier import HomeId

SERVER = "server"
_KEY_DIGITS = 16


def origin(home: HomeId | None, key: Ed25519PrivateKey) -> str:
    """The ledger's name: of this server's key, and in it of this home (a random identifier)."""
    digest = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:_KEY_DIGITS]
    return f"curtilage/{digest}/{home if home is not None else SERVER}"


def state_name(home: HomeId | None) -> str:
    """Under which name in ``server_state`` the newest checkpoint stands."""
    return f"checkpoint/{home if home is not None else SERVER}"


@dataclass(frozen=True, slots=True)
class Head:
    """How far a tree has grown, and its signed checkpoint."""

    frontier: Frontier
    note: str

    @property
    def size(self) -> int:
        """Entries."""
        return self.frontier.size

    def grown(self, leaves: Iterable[bytes], name: str, key: Ed25519PrivateKey) -> "Head":
        """The head after these leaf hashes; this one stays as it is."""
        frontier = self.frontier
        for leaf in leaves:
            frontier = frontier.append(leaf)
        return head_of(frontier, name, key)

    def replacing(self, name: str, note: str) -> Statement:
        """Stores the next ``note`` (outside any home) in place of this head's, for the write that appends."""
        if self.size == 0:
            return Statement("INSERT INTO server_state (name, value) VALUES ($1, $2)", (name, note))
        return Statement("UPDATE server_state SET value = $1 WHERE name = $2", (note, name), rows_expected=1)


def head_of(frontier: Frontier, name: str, key: Ed25519PrivateKey) -> Head:
    """Sign ``frontier``."""
    return Head(frontier, checkpoints.sign(Checkpoint(name, frontier.size, frontier.root()), key))


def fits(frontier: Frontier, stored_note: str | None, key: NoteKey) -> str:
    """Why the leaves behind ``frontier`` do not lead to the stored checkpoint; empty when they do."""
    if stored_note is None:
        return "" if frontier.size == 0 else "its checkpoint is missing"
    try:
        checkpoint = checkpoints.open_checkpoint(stored_note, key)
    except NoteInvalid as error:
        return error.what
    if checkpoint.size != frontier.size:
        return f"it has {frontier.size} entries, its checkpoint says {checkpoint.size}"
    return "" if checkpoint.root == frontier.root() else "an entry was changed"
