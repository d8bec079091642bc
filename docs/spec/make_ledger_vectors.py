"""Writes ledger.vectors.json: entries, roots, proofs, checkpoints and receipts from fixed inputs, good and bad.

Run: ``python docs/spec/make_ledger_vectors.py``. Ed25519 is deterministic, so the file is always the same; a test
compares it.
"""

import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.consent import checkpoint
from curtilage.consent.checkpoint import Checkpoint
from curtilage.consent.event import Event, EventKind
from curtilage.consent.merkle import consistency_proof, frontier_of, inclusion_proof
from curtilage.consent.note import NoteKey
from curtilage.consent.receipt import Receipt, commitment, entry_leaf
from curtilage.consent.tree import origin
from curtilage.wire.identifier import HomeId, PersonId

KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"ledger key of the vectors").digest())
HOME = HomeId("a" * 26)
ANA = PersonId("b" * 26)
NAME = origin(HOME, KEY)
AT_MS = 1_795_262_400_000
GRANT = (("grantee", "c" * 26), ("camera", "d" * 26), ("grant", "e" * 26))
EVENTS = (
    Event(EventKind.HOME_CREATED, None),
    Event(EventKind.PERSON_JOINED, ANA, (("person", ANA), ("role", "owner"))),
    Event(EventKind.CAMERA_ADDED, ANA, (("camera", "d" * 26),)),
    Event(EventKind.GRANT_MADE, ANA, (*GRANT, ("until", ""), ("consent", "f" * 26))),
    Event(EventKind.GRANT_REVOKED, ANA, GRANT),
    Event(EventKind.CAMERA_REMOVED, None, (("camera", "d" * 26),)),
    Event(EventKind.HOME_RENAMED, ANA),
)
SALTS = tuple(hashlib.sha256(b"salt %d" % position).digest() for position in range(len(EVENTS)))
PAYLOADS = tuple(event.encode(AT_MS + 1000 * position) for position, event in enumerate(EVENTS))
LEAVES = [entry_leaf(salt, payload) for salt, payload in zip(SALTS, PAYLOADS, strict=True)]


def signed(size: int, name: str = NAME) -> str:
    """The checkpoint at ``size``."""
    return checkpoint.sign(Checkpoint(name, size, frontier_of(LEAVES[:size]).root()), KEY)


def receipt(position: int, size: int) -> Receipt:
    """The receipt for an entry at ``size``."""
    proof = tuple(inclusion_proof(LEAVES[:size], position))
    return Receipt(position, SALTS[position], PAYLOADS[position], proof, signed(size))


def entries() -> list[dict[str, str]]:
    """All entries of the tree."""
    return [
        {
            "payload": payload.decode(),
            "salt": salt.hex(),
            "commitment": commitment(salt, payload).hex(),
            "leaf": leaf.hex(),
        }
        for salt, payload, leaf in zip(SALTS, PAYLOADS, LEAVES, strict=True)
    ]


def consistency() -> list[dict[str, object]]:
    """From every size to the last."""
    return [
        {"old": old, "new": len(LEAVES), "proof": [step.hex() for step in consistency_proof(LEAVES, old)]}
        for old in range(1, len(LEAVES) + 1)
    ]


def receipts() -> list[dict[str, str]]:
    """Good ones, and one of each kind of bad one."""
    good = receipt(4, 7).encode()
    made = [(f"entry {position} of {size}", "holds", receipt(position, size).encode()) for position, size in _CASES]
    bad = [
        ("another entry's place", good.replace("\nindex 4\n", "\nindex 5\n")),
        ("a changed salt", Receipt(4, SALTS[5], PAYLOADS[4], receipt(4, 7).proof, signed(7)).encode()),
        ("a changed payload", Receipt(4, SALTS[4], PAYLOADS[3], receipt(4, 7).proof, signed(7)).encode()),
        ("a proof cut short", Receipt(4, SALTS[4], PAYLOADS[4], receipt(4, 7).proof[:-1], signed(7)).encode()),
        ("a checkpoint of another size", Receipt(4, SALTS[4], PAYLOADS[4], receipt(4, 7).proof, signed(6)).encode()),
        ("a checkpoint whose size was changed", good.replace("\n7\n", "\n8\n")),
        ("a checkpoint of another ledger", good.replace(signed(7), signed(7, origin(None, KEY)))),
        ("leading zero", good.replace("\nindex 4\n", "\nindex 04\n")),
        ("no extra line", good.partition("\n")[0] + good[good.index("\nindex") :]),
        ("another version", good.replace("@v1", "@v2")),
    ]
    made += [(name, "refused", text) for name, text in bad]
    return [{"name": name, "outcome": outcome, "receipt": text} for name, outcome, text in made]


_CASES = ((0, 1), (0, 7), (3, 4), (4, 7), (6, 7))


def vectors() -> dict[str, object]:
    """The whole file."""
    return {
        "verifier_key": NoteKey(NAME, KEY.public_key()).text(),
        "entries": entries(),
        "roots": [frontier_of(LEAVES[:size]).root().hex() for size in range(len(LEAVES) + 1)],
        "consistency": consistency(),
        "checkpoints": [signed(size) for size in range(len(LEAVES) + 1)],
        "receipts": receipts(),
    }


def text() -> str:
    """As written to the file."""
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("ledger.vectors.json").write_text(text(), encoding="utf-8")
