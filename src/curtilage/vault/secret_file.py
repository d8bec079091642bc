"""Files that hold a secret: read only when nobody else could have, made whole or not at all.

The checks are asked of the open file, not of the path: between two looks at a path it can be exchanged. Raises
SecretFileUnusable, whose words name the file and the command that mends it, never what is in it.
"""

import contextlib
import os
import stat
from pathlib import Path

from curtilage.errors import PersonError
from curtilage.wire.identifier import Entropy

FILE_MODE = 0o600
FOLDER_MODE = 0o700
SECRET_BYTES_MAX = 64 * 1024


class SecretFileUnusable(PersonError):
    """The file is not as it must be; the message says what to change."""


def read_secret(file: Path, what: str) -> bytes:
    """All of a plain file that is ours (or root's) and closed to others. ``what``: what it is, for the messages."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise SecretFileUnusable(
            f"The {what} {file} cannot be opened: {error.strerror}.", do="It must be a plain file that you may read."
        ) from error
    try:
        _check(file, what, os.fstat(descriptor))
        return os.read(descriptor, SECRET_BYTES_MAX)
    finally:
        os.close(descriptor)


def make_secret(file: Path, what: str, secret: bytes, entropy: Entropy) -> None:
    """Written beside, synced, then linked to its name; when somebody was faster, theirs stays."""
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
        raise SecretFileUnusable(
            f"The {what} {file} cannot be made: {error.strerror}.", do="Set another place for it in the settings."
        ) from error


def _check(file: Path, what: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretFileUnusable(f"The {what} {file} is no plain file.", do="Set another place for it in the settings.")
    if status.st_uid not in (os.geteuid(), 0):
        raise SecretFileUnusable(
            f"The {what} {file} belongs to another user.", do=f"Run: chown {os.geteuid()} '{file}'"
        )
    if stat.S_IMODE(status.st_mode) & ~FILE_MODE:
        raise SecretFileUnusable(f"Others can get at the {what} {file}.", do=f"Run: chmod 600 '{file}'")
    if status.st_size > SECRET_BYTES_MAX:
        raise SecretFileUnusable(f"The {what} {file} is too long to be one.", do="Set another place in the settings.")


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
