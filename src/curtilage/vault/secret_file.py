"""Files that hold a secret: read only when nobody else could have, made whole or not at all.

Raises what its kind names; the words name the file and what mends it, never what is in it.
"""

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from curtilage.errors import CurtilageError, PersonError
from curtilage.wire.identifier import Entropy

FILE_MODE = 0o600
FOLDER_MODE = 0o700
SECRET_BYTES_MAX = 64 * 1024
_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK


class SecretFileUnusable(PersonError):
    """The file is not as it must be; the message says what to change. Nothing was made or changed."""


@dataclass(frozen=True, slots=True)
class SecretKind:
    """What a file holds, for the messages, and how strictly it is looked at."""

    what: str
    """``root key``."""
    move: str = "Set another place for it in the settings."
    unusable: type[PersonError] = SecretFileUnusable
    not_made: type[CurtilageError] = SecretFileUnusable
    own_alone: bool = False
    """Neither a symbolic link nor a file of root's: nobody has reason to renew it from outside."""


def read_secret(file: Path, kind: SecretKind) -> bytes:
    """All of a plain file that is ours (or root's) and closed to others. Raises ``kind.unusable``."""
    try:
        descriptor = os.open(file, _READING | (os.O_NOFOLLOW if kind.own_alone else 0))
    except OSError as error:
        raise kind.unusable(
            f"The {kind.what} {file} cannot be opened: {error.strerror}.",
            do="It must be a plain file that you may read.",
        ) from error
    try:
        # Asked of the open file, not of the path: between two looks at a path it can be exchanged.
        _check(file, kind, os.fstat(descriptor))
        return os.read(descriptor, SECRET_BYTES_MAX)
    finally:
        os.close(descriptor)


def make_secret(file: Path, kind: SecretKind, secret: bytes, entropy: Entropy) -> None:
    """Whole or not at all: written beside, synced, then linked to its name; when somebody was faster, theirs stays.

    Raises ``kind.not_made``.
    """
    beside = file.with_name(f"{file.name}.{entropy(8).hex()}.new")
    try:
        file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        try:
            _write(beside, secret)
            with contextlib.suppress(FileExistsError):
                file.hardlink_to(beside)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(file.parent)
    except OSError as error:
        raise kind.not_made(f"The {kind.what} {file} cannot be made: {error.strerror}.", do=kind.move) from error


def _check(file: Path, kind: SecretKind, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise kind.unusable(f"The {kind.what} {file} is no plain file.", do=kind.move)
    if status.st_uid not in {os.geteuid(), *(() if kind.own_alone else (0,))}:
        raise kind.unusable(
            f"The {kind.what} {file} belongs to another user.", do=f"Run: chown {os.geteuid()} '{file}'"
        )
    if stat.S_IMODE(status.st_mode) & ~FILE_MODE:
        raise kind.unusable(f"Others can get at the {kind.what} {file}.", do=f"Run: chmod 600 '{file}'")
    if status.st_size > SECRET_BYTES_MAX:
        raise kind.unusable(f"The {kind.what} {file} is too long to be one.", do=kind.move)


def _write(file: Path, secret: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    try:
        os.fchmod(descriptor, FILE_MODE)
        os.write(descriptor, secret)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
