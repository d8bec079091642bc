"""One key and what it seals: AES-256-GCM with a random nonce and the place of the value as associated data.

Form: version (1 byte, 1), nonce (12), ciphertext and tag (16 more than the clear text). A sealed value shows how long
the clear one is; nothing here pads.
Random nonces are safe for 2**32 values under one key (NIST SP 800-38D §8.3); a home's key seals a few thousand.
"""

import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from curtilage.errors import OurError
from curtilage.wire.identifier import Entropy

KEY_BYTES = 32
FORM = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16
_LENGTH = struct.Struct(">I")
_ABSENT = _LENGTH.pack(0xFFFFFFFF)


class SealBroken(OurError):
    """It does not open: it was sealed for another place, under another key, or changed; or its key is gone.

    On purpose one error for all of these: a stranger's row tells nothing more.
    """


def broken() -> SealBroken:
    """With one text for every cause."""
    return SealBroken("A sealed value does not open.", do="Restore a backup if the data was damaged.")


class SealingKey:
    """In memory. No repr shows it."""

    __slots__ = ("_cipher",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError("a sealing key has 32 bytes")
        self._cipher = AESGCM(secret)

    def __repr__(self) -> str:
        return "SealingKey(…)"

    def seal(self, place: bytes, clear: bytes, entropy: Entropy) -> bytes:
        """``place`` must be given again, unchanged, to open."""
        nonce = entropy(NONCE_BYTES)
        return FORM + nonce + self._cipher.encrypt(nonce, clear, place)

    def open(self, place: bytes, sealed: bytes) -> bytes:
        """Raises SealBroken."""
        if len(sealed) < len(FORM) + NONCE_BYTES + TAG_BYTES or not sealed.startswith(FORM):
            raise broken()
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, rest, place)
        except InvalidTag:
            raise broken() from None


def encode_place(*components: str | int | None) -> bytes:
    """The components so that no two lists give the same bytes: each with its length before it, absence marked apart.

    Numbers stand as their decimal digits; which component is a number is fixed by its position.
    """
    return b"".join(_component(component) for component in components)


def _component(component: str | int | None) -> bytes:
    if component is None:
        return _ABSENT
    # Any text Python can hold has a place of its own, half surrogate pairs from a stranger's JSON too.
    octets = str(component).encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(octets)) + octets
