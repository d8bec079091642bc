"""Checkpoints: one form, byte for byte."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.consent import note
from curtilage.consent.checkpoint import Checkpoint, decode, open_checkpoint, sign
from curtilage.consent.note import NoteInvalid, NoteKey

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "example.com/log42"
ROOT = bytes(range(32))
ROOT_TEXT = base64.b64encode(ROOT).decode()

checkpoints = st.builds(
    Checkpoint,
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
)


@given(checkpoints)
def test_what_is_encoded_is_decoded(checkpoint: Checkpoint) -> None:
    assert decode(checkpoint.encode()) == checkpoint


def test_the_form_is_the_specifications() -> None:
    assert Checkpoint(ORIGIN, 20852163, ROOT).encode() == f"example.com/log42\n20852163\n{ROOT_TEXT}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{ORIGIN}\n5\n",
        f"\n5\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT}",
        f"{ORIGIN}\n5\n{ROOT_TEXT}\nextension\n",
        f"{ORIGIN}\n05\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n-5\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n+5\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n 5\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n\u0665\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n{2**63}\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT[:-4]}\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT}AAAA\n",
        f"{ORIGIN}\n5\nnot base64\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT[:-2]}9=\n",
    ],
)
def test_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        decode(text)


@given(st.text())
def test_any_text_is_decoded_or_refused(text: str) -> None:
    try:
        assert decode(text).encode() == text
    except NoteInvalid:
        assert text.count("\n") != 3 or text


def test_a_signed_checkpoint_opens_for_its_own_ledger_only() -> None:
    checkpoint = Checkpoint(ORIGIN, 7, ROOT)
    signed = sign(checkpoint, KEY)
    assert open_checkpoint(signed, NoteKey(ORIGIN, KEY.public_key())) == checkpoint
    with pytest.raises(NoteInvalid):
        open_checkpoint(signed, NoteKey("example.com/log43", KEY.public_key()))


def test_a_checkpoint_of_another_ledger_under_our_name_is_refused() -> None:
    foreign = note.sign(Checkpoint("example.com/other", 7, ROOT).encode(), ORIGIN, KEY)
    with pytest.raises(NoteInvalid, match="another ledger"):
        open_checkpoint(foreign, NoteKey(ORIGIN, KEY.public_key()))
