"""Signed notes: what is accepted, and what is not."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.consent.note import NoteInvalid, NoteKey, is_key_name, open_note, sign

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NAME = "example.com/log"
TEXT = "first line\n\nsecond paragraph\n"
OURS = NoteKey(NAME, KEY.public_key())
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The worked example of the format's first implementation (golang.org/x/mod/sumdb/note)."""


def own_note() -> str:
    return sign(TEXT, NAME, KEY)


def witness_line(name: str = "witness.example") -> str:
    return sign(TEXT, name, WITNESS).rpartition("\n\n")[2]


def test_what_was_signed_opens() -> None:
    assert open_note(own_note(), OURS) == TEXT


def test_a_note_of_the_first_implementation_opens() -> None:
    name, key_id, key = GO_VERIFIER.split("+")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
    theirs = NoteKey(name, public)
    assert theirs.id().hex() == key_id
    assert theirs.text() == GO_VERIFIER
    assert open_note(GO_NOTE, theirs).endswith("what your problem is.\n")


def test_lines_of_witnesses_are_ignored() -> None:
    assert open_note(own_note() + witness_line(), OURS) == TEXT
    assert open_note(own_note() + witness_line(NAME), OURS) == TEXT  # our name, another key's id


def test_no_repr_shows_more_than_it_must() -> None:
    assert "Ed25519" not in repr(OURS)


@pytest.mark.parametrize(
    ("what", "note"),
    [
        ("no signature at all", TEXT),
        ("no signature lines", TEXT + "\n"),
        ("a changed text", own_note().replace("first", "worst")),
        ("only somebody else's line", f"{TEXT}\n{witness_line()}"),
        ("a signature cut short", own_note()[:-6] + "\n"),
        ("a line without dash", own_note() + "example.com/log AAAA\n"),
        ("a line without signature", own_note() + "— example.com\n"),
        ("a signature that is no base64", own_note() + "— example.com A*==\n"),
        ("a signature of four bytes", own_note() + "— example.com AAAAAA==\n"),
        ("a control character", own_note().replace("first", "fir\x00st")),
        ("no newline at the end", own_note()[:-1]),
        ("too many lines", own_note() + witness_line() * 16),
        ("too long", "a" * 70_000 + own_note()),
        ("a second line by our key that is bad", own_note() + sign("another\n", NAME, KEY).rpartition("\n\n")[2]),
    ],
)
def test_a_note_that_does_not_hold_is_refused(what: str, note: str) -> None:
    with pytest.raises(NoteInvalid):
        open_note(note, OURS)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\there", "non\u00a0breaking", "bell\x07"])
def test_a_key_name_is_plain(name: str) -> None:
    assert not is_key_name(name)
    with pytest.raises(ValueError, match="plain name"):
        sign(TEXT, name, KEY)


def test_a_text_without_newline_is_never_signed() -> None:
    with pytest.raises(ValueError, match="newline"):
        sign("text", NAME, KEY)


@given(st.text())
def test_any_text_is_refused_or_opened_but_nothing_else_happens(text: str) -> None:
    with pytest.raises(NoteInvalid):
        open_note(text, OURS)


@given(st.integers(0, 200), st.characters())
def test_one_letter_changed_is_refused_or_means_the_same(place: int, letter: str) -> None:
    note = own_note()
    place %= len(note)
    changed = note[:place] + letter + note[place + 1 :]
    try:
        assert open_note(changed, OURS) == TEXT
    except NoteInvalid:
        assert changed != note
