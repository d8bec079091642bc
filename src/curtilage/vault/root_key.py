"""The root key: 32 random bytes in a file of their own, from which every other key follows.

It guards against theft of the data folder or of a backup: without this file they are noise. So it never lies inside
the data folder, is 0600 and ours, and is made only once; who loses it has lost the data, and who steals both has all.
What this file does not do: protect the key on a stolen whole disk (a TPM or a passphrase will), or wipe memory.
"""

import os
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from curtilage.errors import OurError
from curtilage.vault.secret_file import SecretFileUnusable, SecretKind, make_secret, read_secret
from curtilage.wire.identifier import Entropy

ROOT_KEY_BYTES = 32
_PURPOSE = b"curtilage root key v1 "


class RootKeyUnusable(SecretFileUnusable):
    """The file is not as it must be; the message says what to change. Nothing was made or changed."""


class RootKeyNotMade(OurError):
    """A new key could not be written."""


_KIND = SecretKind("root key", "Set root_key_file to another place.", RootKeyUnusable, RootKeyNotMade, own_alone=True)


class RootKey:
    """In memory. No repr shows it."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != ROOT_KEY_BYTES:
            raise ValueError("a root key has 32 bytes")
        self._secret = secret

    def __repr__(self) -> str:
        return "RootKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("a root key is never pickled")

    def derive(self, label: str) -> bytes:
        """32 bytes for one purpose: HKDF-Expand (RFC 5869 §2.3; the key is uniform, so nothing is extracted first)."""
        return HKDFExpand(SHA256(), ROOT_KEY_BYTES, _PURPOSE + label.encode()).derive(self._secret)

    @staticmethod
    def load_or_create(file: Path, data_folder: Path, entropy: Entropy, *, may_create: bool = True) -> "RootKey":
        """The key in ``file``; made when the file is missing and ``may_create``.

        Say ``may_create=False`` when there is data already: a new key would open none of it.
        Raises RootKeyUnusable, RootKeyNotMade.
        """
        if file.resolve().is_relative_to(data_folder.resolve()):
            raise RootKeyUnusable(
                f"The root key {file} would lie inside the data folder, and be stolen with it.",
                do="Set root_key_file to a place outside data_folder.",
            )
        if not os.path.lexists(file):
            if not may_create:
                raise RootKeyUnusable(
                    f"The root key {file} is missing, and there is data that only it opens.",
                    do="Put the file back, or set root_key_file to where it is.",
                )
            make_secret(file, _KIND, entropy(ROOT_KEY_BYTES), entropy)
        return RootKey(_load(file))


def _load(file: Path) -> bytes:
    secret = read_secret(file, _KIND)
    if len(secret) != ROOT_KEY_BYTES:
        raise RootKeyUnusable(
            f"The root key {file} has {len(secret)} bytes instead of {ROOT_KEY_BYTES}.",
            do="Put the right file back; if there is no data yet, remove it.",
        )
    return secret
