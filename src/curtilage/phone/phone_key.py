"""The phone's key: 32 random bytes in a file of their own, 0600, under which everything personal in its database lies.

It guards a copy of the database that went somewhere without it: a backup, a folder that is synchronised. It does not
guard a stolen whole disk, because it lies on it. Who loses it has lost the phone's messages and links the phone anew.
"""

import os
from pathlib import Path

from curtilage.errors import OurError
from curtilage.vault.root_key import ROOT_KEY_BYTES, RootKey
from curtilage.vault.secret_file import SecretFileUnusable, SecretKind, make_secret, read_secret
from curtilage.wire.identifier import Entropy

PHONE_KEY_NAME = "phone.key"
"""Beside the database, unless somebody wants it elsewhere."""


class PhoneKeyUnusable(SecretFileUnusable):
    """The file is not as it must be; the message says what to change. Nothing was made or changed."""


class PhoneKeyNotMade(OurError):
    """A new key could not be written."""


_KIND = SecretKind("phone's key", "Choose another folder.", PhoneKeyUnusable, PhoneKeyNotMade, own_alone=True)


def load_or_create_phone_key(file: Path, entropy: Entropy, *, may_create: bool) -> RootKey:
    """The key in ``file``; made when it is missing and ``may_create``: never beside a database that it cannot open.

    Raises PhoneKeyUnusable, PhoneKeyNotMade.
    """
    if not os.path.lexists(file):
        if not may_create:
            raise PhoneKeyUnusable(
                f"The phone's key {file} is missing, and there are messages that only it opens.",
                do="Put the file back, or reset the phone and link it anew.",
            )
        make_secret(file, _KIND, entropy(ROOT_KEY_BYTES), entropy)
    secret = read_secret(file, _KIND)
    if len(secret) != ROOT_KEY_BYTES:
        raise PhoneKeyUnusable(f"The phone's key {file} is damaged.", do="Put the right file back.")
    return RootKey(secret)
