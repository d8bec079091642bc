"""The root key: 32 random bytes in a file of their own, from which every other key follows.

It guards against theft of the data folder or of a backup: without this file they are noise. So it never lies inside
the data folder, is 0600 and ours, and is made only once; who loses it has lost the data, and who steals both has all.
What this file does not do: protect the key on a stolen whole disk (a TPM or a passphrase will), or wipe memory.
"""

import contextlib
import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from curtilage.errors import OurError, PersonError
from curtilage.wire.identifier import Entropy

ROOT_KEY_BYTES = 32
FILE_MODE = 0o600
FOLDER_MODE = 0o700
_PURPOSE = b"curtilage root key v1 "


class RootKeyUnusable(PersonError):
    """The file is not as it must be; the message says what to change. Nothing was made or changed."""


class RootKeyNotMade(OurError):
    """A new key could not be written."""


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
            _create(file, entropy)
        return RootKey(_load(file))


def _load(file: Path) -> bytes:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise RootKeyUnusable(
            f"The root key {file} cannot be opened: {error.strerror}.", do="It must be a plain file that you may read."
        ) from error
    try:
        # Asked of the open file, not of the path: between two looks at a path it can be exchanged.
        _check(file, os.fstat(descriptor))
        return os.read(descriptor, ROOT_KEY_BYTES)
    finally:
        os.close(descriptor)


def _check(file: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise RootKeyUnusable(f"The root key {file} is no plain file.", do="Set root_key_file to another place.")
    if status.st_uid != os.geteuid():
        raise RootKeyUnusable(f"The root key {file} belongs to another user.", do=f"Run: chown {os.geteuid()} '{file}'")
    if stat.S_IMODE(status.st_mode) & ~FILE_MODE:
        raise RootKeyUnusable(f"Others can get at the root key {file}.", do=f"Run: chmod 600 '{file}'")
    if status.st_size != ROOT_KEY_BYTES:
        raise RootKeyUnusable(
            f"The root key {file} has {status.st_size} bytes instead of {ROOT_KEY_BYTES}.",
            do="Put the right file back; if there is no data yet, remove it.",
        )


def _create(file: Path, entropy: Entropy) -> None:
    """Whole or not at all: written beside, synced, then linked to its name, which fails if somebody was faster."""
    beside = file.with_name(f"{file.name}.{entropy(8).hex()}.new")
    try:
        file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        try:
            _write(beside, entropy(ROOT_KEY_BYTES))
            _link(beside, file)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(file.parent)
    except OSError as error:
        raise RootKeyNotMade(
            f"The root key {file} cannot be made: {error.strerror}.", do="Set root_key_file to a folder of your own."
        ) from error


def _write(file: Path, secret: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    try:
        os.fchmod(descriptor, FILE_MODE)
        os.write(descriptor, secret)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _link(beside: Path, file: Path) -> None:
    # When it exists: another start of Curtilage made it in this very moment, and its key is the key.
    with contextlib.suppress(FileExistsError):
        file.hardlink_to(beside)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
