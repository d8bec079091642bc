"""A verifier of checkpoints, receipts and consistency proofs, from docs/spec/ledger.md, RFC 9162 and C2SP alone.

Nothing of curtilage is imported: what anybody could write who holds a verifier key. ``Wrong``: it does not hold.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Wrong(Exception):
    """It does not hold."""


def must(holds: object, what: str) -> None:
    """Or Wrong."""
    if not holds:
        raise Wrong(what)


@dataclass(frozen=True)
class Tree:
    """What a checkpoint says."""

    size: int
    root: bytes


def key_of(text: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """C2SP signed-note, "Verifier keys": ``<name>+<hex id>+<base64 of type and key>``."""
    name, key_id, encoded = text.split("+", 2)
    octets = base64.b64decode(encoded, validate=True)
    must(octets[0] == 1 and len(octets) == 33, "no Ed25519 key")
    must(hashlib.sha256(name.encode() + b"\n" + octets).digest()[:4].hex() == key_id, "the id is of another key")
    must(name.split("/")[1] == hashlib.sha256(octets[1:]).hexdigest()[:16], "the name is of another key")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(octets[1:])


def checkpoint(note: str, verifier_key: str) -> Tree:
    """C2SP tlog-checkpoint in a signed note."""
    name, key_id, public = key_of(verifier_key)
    text, gap, signatures = note.rpartition("\n\n")
    must(gap, "no signature")
    for line in signatures.splitlines():
        dash, signer, encoded = line.split(" ")
        octets = base64.b64decode(encoded, validate=True)
        if dash == "—" and signer == name and octets[:4] == key_id:
            try:
                public.verify(octets[4:], f"{text}\n".encode())
            except InvalidSignature as error:
                raise Wrong("the signature") from error
            origin, size, root = text.split("\n")
            must(origin == name, "another ledger")
            return Tree(int(size), base64.b64decode(root, validate=True))
    raise Wrong("nobody we know signed it")


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _root_from_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """RFC 9162 §2.1.3.1 read backwards: PATH(m, D_n) is one half's path and then the other half's root."""
    if size == 1:
        must(not path, "the path is too long")
        return leaf
    must(path, "the path is too short")
    half = 1
    while half * 2 < size:
        half *= 2
    if index < half:
        return _node(_root_from_path(index, half, leaf, path[:-1]), path[-1])
    return _node(path[-1], _root_from_path(index - half, size - half, leaf, path[:-1]))


def receipt(text: str, verifier_key: str) -> dict[str, Any]:
    """C2SP tlog-proof with our ``extra``: salt and payload. Returns the payload."""
    head, _, note = text.partition("\n\n")
    version, extra, index, *path = head.split("\n")
    must(version == "c2sp.org/tlog-proof@v1", "another format")
    octets = base64.b64decode(extra.removeprefix("extra "), validate=True)
    tree, place = checkpoint(note, verifier_key), int(index.removeprefix("index "))
    must(0 <= place < tree.size, "no such place")
    # docs/spec/ledger.md §2: salt || payload, the salt being 32 bytes
    leaf = hashlib.sha256(b"\x00" + hashlib.sha256(b"curtilage-ledger-entry-v1\x0a" + octets).digest()).digest()
    root = _root_from_path(place, tree.size, leaf, [base64.b64decode(step, validate=True) for step in path])
    must(root == tree.root, "the entry does not stand there")
    payload: dict[str, Any] = json.loads(octets[32:])
    return payload


def _roots_from_proof(old: int, new: int, path: list[bytes], old_root: bytes, *, whole: bool) -> tuple[bytes, bytes]:
    """RFC 9162 §2.1.4.1 read backwards, SUBPROOF(m, D_n, b): (the old tree's root, the new tree's)."""
    if old == new:
        if whole:
            must(not path, "the proof is too long")
            return old_root, old_root
        must(len(path) == 1, "the proof has another length")
        return path[0], path[0]
    must(path, "the proof is too short")
    half = 1
    while half * 2 < new:
        half *= 2
    if old <= half:
        before, after = _roots_from_proof(old, half, path[:-1], old_root, whole=whole)
        return before, _node(after, path[-1])
    before, after = _roots_from_proof(old - half, new - half, path[:-1], old_root, whole=False)
    return _node(path[-1], before), _node(path[-1], after)


def continues(old_note: str, new_note: str, hashes: list[str], verifier_key: str) -> None:
    """The ledger of the old checkpoint is the beginning of the new one's. Raises Wrong."""
    old, new = checkpoint(old_note, verifier_key), checkpoint(new_note, verifier_key)
    must(0 < old.size <= new.size, "it was shortened")
    path = [base64.b64decode(step, validate=True) for step in hashes]
    roots = _roots_from_proof(old.size, new.size, path, old.root, whole=True)
    must(roots == (old.root, new.root), "it was rewritten")
