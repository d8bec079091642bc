"""Receipts: they hold for their entry in their ledger, and for nothing else."""

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.consent import checkpoint as checkpoints
from curtilage.consent.checkpoint import Checkpoint
from curtilage.consent.merkle import frontier_of, inclusion_proof
from curtilage.consent.note import NoteInvalid, NoteKey
from curtilage.consent.receipt import Receipt, commitment, decode, entry_leaf, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "curtilage/test"
NOTE_KEY = NoteKey(ORIGIN, KEY.public_key())
SALTS = [bytes([number]) * 32 for number in range(7)]
PAYLOADS = [f"payload {number}".encode() for number in range(7)]


def receipt(position: int, size: int = 7) -> Receipt:
    leaves = [entry_leaf(salt, payload) for salt, payload in zip(SALTS[:size], PAYLOADS[:size], strict=True)]
    signed = checkpoints.sign(Checkpoint(ORIGIN, size, frontier_of(leaves).root()), KEY)
    proof = tuple(inclusion_proof(leaves, position))
    return Receipt(position, SALTS[position], PAYLOADS[position], proof, signed)


@pytest.mark.parametrize(("position", "size"), [(0, 1), (0, 7), (3, 7), (6, 7), (4, 5)])
def test_every_entry_can_be_shown(position: int, size: int) -> None:
    made = receipt(position, size)
    read = decode(made.encode())
    assert read == made
    assert verify(read, NOTE_KEY).size == size


def test_the_form_is_the_specifications() -> None:
    lines = receipt(1).encode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "extra " + base64.b64encode(SALTS[1] + PAYLOADS[1]).decode()
    assert lines[2] == "index 1"
    assert lines[6] == ""
    assert lines[7] == ORIGIN


@pytest.mark.parametrize(
    "changed",
    [
        replace(receipt(2), payload=b"payload 3"),
        replace(receipt(2), salt=SALTS[3]),
        replace(receipt(2), position=3),
        replace(receipt(2), proof=receipt(3).proof),
        replace(receipt(2), proof=()),
        replace(receipt(2), checkpoint=receipt(2, 6).checkpoint),
        replace(receipt(2), checkpoint=receipt(2).checkpoint.replace("\n7\n", "\n8\n")),
    ],
)
def test_a_changed_receipt_is_refused(changed: Receipt) -> None:
    with pytest.raises(NoteInvalid):
        verify(changed, NOTE_KEY)


def test_a_receipt_of_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    with pytest.raises(NoteInvalid):
        verify(receipt(2), NoteKey(ORIGIN, other.public_key()))


GOOD = receipt(2).encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD.replace("@v1", "@v2"),
        GOOD.replace("index 2", "index 02"),
        GOOD.replace("index 2", "index -2"),
        GOOD.replace("index 2", "place 2"),
        GOOD.replace("extra ", "more "),
        GOOD.replace("extra ", "extra *"),
        GOOD.replace("\n\n", "\n"),
        GOOD.replace("index 2\n", "index 2\nAAAA\n"),
        GOOD.replace("index 2\n", "index 2\n" + (base64.b64encode(bytes(32)).decode() + "\n") * 70),
        "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\nx",
        GOOD + "a" * 200_000,
    ],
)
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        decode(text)


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        verify(decode(text), NOTE_KEY)


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_one_letter_changed_is_refused_or_means_the_same(place: int, letter: str) -> None:
    place %= len(GOOD)
    changed = GOOD[:place] + letter + GOOD[place + 1 :]
    try:
        read = decode(changed)
        verify(read, NOTE_KEY)
        assert (read.position, read.salt, read.payload) == (2, SALTS[2], PAYLOADS[2])
    except NoteInvalid:
        assert changed != GOOD


def test_a_leaf_says_nothing_without_its_salt() -> None:
    leaves = {entry_leaf(salt, b"the same payload") for salt in SALTS}
    assert len(leaves) == len(SALTS)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_salt_has_one_length(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(bytes(length), b"payload")


def test_what_was_received_is_not_shown_by_repr() -> None:
    assert "payload 2" not in repr(receipt(2))
