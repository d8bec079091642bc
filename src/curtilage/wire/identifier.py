"""Names of things: random, 128 bits, 26 letters. No name tells when, where or after what a thing was made.

``NewType`` keeps a camera's name from being used as a home's; at run time they are plain strings.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import NewType

AccountId = NewType("AccountId", str)
HomeId = NewType("HomeId", str)
PersonId = NewType("PersonId", str)
DeviceId = NewType("DeviceId", str)
"""Of a phone, camera or display. A camera's id is its device's id."""
GrantId = NewType("GrantId", str)
ConsentId = NewType("ConsentId", str)
ViewNumber = NewType("ViewNumber", int)
"""Numbers the views of one streaming connection, from 1; means nothing elsewhere."""
SessionDigest = NewType("SessionDigest", bytes)
"""SHA-256 of a session's token or a display's secret: what was opened by it is known by this, and ends with it."""

Entropy = Callable[[int], bytes]
"""Randomness is an argument: ``secrets.token_bytes`` outside tests."""

IDENTIFIER_BYTES = 16
HANDLE_BYTES = 32
_IDENTIFIER = re.compile(r"[a-z2-7]{26}")


def new_identifier(entropy: Entropy) -> str:
    """26 lower-case base32 letters (RFC 4648 §6), 128 random bits."""
    return base64.b32encode(entropy(IDENTIFIER_BYTES)).decode("ascii").rstrip("=").lower()


def is_identifier(text: str) -> bool:
    """True for the form only; whether the thing exists is for its room to say."""
    return _IDENTIFIER.fullmatch(text) is not None


def new_handle(entropy: Entropy) -> str:
    """43 letters of base64url (RFC 4648 §5), 256 random bits: an opaque grant handle, stream handle or session."""
    return base64.urlsafe_b64encode(entropy(HANDLE_BYTES)).decode("ascii").rstrip("=")


def handle_digest(handle: str) -> bytes:
    """By what a handle or token is kept and found: neither a dictionary's timing nor a dump of its keys gives it away.

    Its SHA-256, 32 bytes. Of any text: what was never one is found nowhere.
    """
    return hashlib.sha256(handle.encode(errors="surrogatepass")).digest()
