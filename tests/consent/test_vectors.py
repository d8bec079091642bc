"""The ledger's vectors, read with nothing of ours where a few lines of one's own will do."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from docs.spec import make_ledger_vectors

from curtilage.consent import checkpoint, event, receipt
from curtilage.consent.merkle import verify_consistency
from curtilage.consent.note import NoteInvalid, NoteKey
from tests.consent.test_merkle import naive_root

FILE = Path(__file__).parents[2] / "docs" / "spec" / "ledger.vectors.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
NAME, _, KEY_TEXT = VECTORS["verifier_key"].split("+", 2)
KEY = NoteKey(NAME, Ed25519PublicKey.from_public_bytes(base64.b64decode(KEY_TEXT)[1:]))
LEAVES = [bytes.fromhex(entry["leaf"]) for entry in VECTORS["entries"]]


def test_the_file_is_what_its_script_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == make_ledger_vectors.text()


@pytest.mark.parametrize("entry", VECTORS["entries"])
def test_every_leaf_follows_from_salt_and_payload(entry: dict[str, str]) -> None:
    context = b"curtilage-ledger-entry-v1\n"
    commitment = hashlib.sha256(context + bytes.fromhex(entry["salt"]) + entry["payload"].encode()).digest()
    assert commitment.hex() == entry["commitment"]
    assert hashlib.sha256(b"\x00" + commitment).hexdigest() == entry["leaf"]
    at_ms, read = event.decode(entry["payload"].encode())
    assert read.encode(at_ms).decode() == entry["payload"]


def test_every_root_is_the_definitions() -> None:
    assert [naive_root(LEAVES[:size]).hex() for size in range(len(LEAVES) + 1)] == VECTORS["roots"]


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: f"from {case['old']}")
def test_every_beginning_is_proved(case: dict[str, Any]) -> None:
    old, new = (bytes.fromhex(VECTORS["roots"][size]) for size in (case["old"], case["new"]))
    proof = [bytes.fromhex(step) for step in case["proof"]]
    assert verify_consistency(case["old"], case["new"], old, new, proof)
    assert not verify_consistency(case["old"], case["new"], bytes(32), new, proof)


@pytest.mark.parametrize("size", range(len(LEAVES) + 1))
def test_every_checkpoint_is_signed_and_says_its_root(size: int) -> None:
    signed = VECTORS["checkpoints"][size]
    text, _, lines = signed.rpartition("\n\n")
    signature = base64.b64decode(lines.split(" ")[2])
    KEY.public.verify(signature[4:], (text + "\n").encode())
    opened = checkpoint.open_checkpoint(signed, KEY)
    assert (opened.size, opened.root.hex()) == (size, VECTORS["roots"][size])


@pytest.mark.parametrize("case", VECTORS["receipts"], ids=lambda case: case["name"])
def test_every_receipt_has_its_outcome(case: dict[str, str]) -> None:
    if case["outcome"] == "holds":
        shown = receipt.decode(case["receipt"])
        assert shown.encode() == case["receipt"]
        assert receipt.verify(shown, KEY).size > shown.position
        return
    with pytest.raises(NoteInvalid):
        receipt.verify(receipt.decode(case["receipt"]), KEY)
