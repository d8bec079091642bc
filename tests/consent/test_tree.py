"""A tree only grows, and knows when what is stored is not its own."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.consent import checkpoint
from curtilage.consent.merkle import Frontier, consistency_proof, frontier_of, leaf_hash, verify_consistency
from curtilage.consent.note import NoteKey
from curtilage.consent.tree import fits, head_of, origin, state_name
from curtilage.wire.identifier import HomeId

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
HOME = HomeId("a" * 26)
NAME = origin(HOME, KEY)
NOTE_KEY = NoteKey(NAME, KEY.public_key())
LEAVES = [leaf_hash(bytes([number])) for number in range(9)]
STORED = head_of(frontier_of(LEAVES), NAME, KEY).note


def test_each_ledger_of_each_server_has_its_own_name() -> None:
    names = {origin(home, key) for home in (HOME, HomeId("b" * 26), None) for key in (KEY, OTHER)}
    assert len(names) == 6
    assert state_name(HOME) != state_name(None)


def test_a_head_grows_and_signs_what_continues_the_old_one() -> None:
    old = head_of(frontier_of(LEAVES[:4]), NAME, KEY)
    new = old.grown(LEAVES[4:], NAME, KEY)
    before, after = (checkpoint.open_checkpoint(head.note, NOTE_KEY) for head in (old, new))
    assert (old.size, new.size) == (4, 9)
    assert verify_consistency(4, 9, before.root, after.root, consistency_proof(LEAVES, 4))


@pytest.mark.parametrize(
    ("leaves", "note", "why"),
    [
        (LEAVES, STORED, ""),
        ([], None, ""),
        (LEAVES, None, "checkpoint is missing"),
        (LEAVES[:-1], STORED, "8 entries"),
        ([*LEAVES, LEAVES[0]], STORED, "10 entries"),
        ([*LEAVES[:4], LEAVES[0], *LEAVES[5:]], STORED, "an entry was changed"),
        ([], STORED, "0 entries"),
        (LEAVES, STORED.replace("\n9\n", "\n8\n"), "does not fit"),
        (LEAVES, head_of(frontier_of(LEAVES), NAME, OTHER).note, "not signed"),
        (LEAVES, head_of(frontier_of(LEAVES), origin(None, KEY), KEY).note, "not signed"),
        (LEAVES, "", "no signatures"),
    ],
)
def test_stored_leaves_must_lead_to_the_stored_checkpoint(leaves: list[bytes], note: str | None, why: str) -> None:
    said = fits(frontier_of(leaves), note, NOTE_KEY)
    assert (why in said) if why else (said == "")


def test_an_empty_tree_has_a_head_too() -> None:
    assert checkpoint.open_checkpoint(head_of(Frontier(), NAME, KEY).note, NOTE_KEY).size == 0
