"""Signed notes (C2SP signed-note): text and lines of signature, readable by a person and by common tools.

Guards: a note is used only after a signature by the one key we expect has been verified over the exact text. Signatures
by others (witnesses) are allowed and ignored. Ed25519 only (signature type 0x01).

What the text says is for ``checkpoint.py``.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from curtilage.errors import PeerError

NOTE_CHARACTERS_MAX = 64 * 1024
SIGNATURES_COUNT_MAX = 16
"""What C2SP asks every verifier to accept at least; we take no more."""
_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_DASH = "— "


class NoteInvalid(PeerError):
    """The note, its signature or what it says does not hold."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """The public half of a signing key and the name it signs under."""

    name: str = field(repr=False)
    public: Ed25519PublicKey = field(repr=False)

    def id(self) -> bytes:
        """SHA-256(name || 0x0A || 0x01 || public key)[:4]."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public.public_bytes_raw()).digest()[:4]

    def text(self) -> str:
        """The usual one-line form, ``name+id+key``, for verifying elsewhere."""
        octets = base64.b64encode(_ED25519 + self.public.public_bytes_raw()).decode()
        return f"{self.name}+{self.id().hex()}+{octets}"


def is_key_name(name: str) -> bool:
    """Not empty, no space of any kind, no plus, nothing unprintable."""
    return bool(name) and name.isprintable() and "+" not in name and not any(letter.isspace() for letter in name)


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The signed note. ``text`` must end with a newline; ``name`` must be a key name (ours always are)."""
    if not text.endswith("\n") or not is_key_name(name):
        raise ValueError("the text of a note ends with a newline and its key has a plain name")
    signature = NoteKey(name, key.public_key()).id() + key.sign(text.encode())
    return f"{text}\n{_DASH}{name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, key: NoteKey) -> str:
    """The text of ``note``, once ``key`` is seen to have signed it. Raises NoteInvalid."""
    if len(note) > NOTE_CHARACTERS_MAX or any(letter < " " and letter != "\n" for letter in note):
        raise NoteInvalid("The note is too long or holds control characters.")
    # "the text is separated from the signatures by the last empty line in the note"
    body, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise NoteInvalid("The note has no signatures.")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_COUNT_MAX:
        raise NoteInvalid("The note has too many signatures.")
    text = body + "\n"
    # A list, not a generator: every line by our key must verify, not only the first.
    ours = [_verified(line, text, key) for line in lines]
    if not any(ours):
        raise NoteInvalid("The note is not signed by the expected key.")
    return text


def _verified(line: str, text: str, key: NoteKey) -> bool:
    """True: our key's good signature. False: somebody else's line. Raises NoteInvalid: malformed, or ours and bad."""
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not is_key_name(name):
        raise NoteInvalid("A signature line is malformed.")
    try:
        octets = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteInvalid("A signature is not base64.") from error
    if len(octets) <= _KEY_ID_BYTES:
        raise NoteInvalid("A signature is too short.")
    if name != key.name or octets[:_KEY_ID_BYTES] != key.id():
        return False
    try:
        key.public.verify(octets[_KEY_ID_BYTES:], text.encode())
    except (InvalidSignature, UnicodeEncodeError) as error:
        raise NoteInvalid("The signature does not fit the note.") from error
    return True
