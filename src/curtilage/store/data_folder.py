"""The data folder: who may look into it, and that one server at a time has it.

The folder is 0700 and every file in it 0600, set before SQLite writes a byte. The lock is the kernel's (flock): it ends
with the process however that ends, so a crash leaves no stale lock behind.
"""

import contextlib
import fcntl
import os
from pathlib import Path

from curtilage.store.store import StoreBroken, StoreInUse

DATABASE_NAME = "curtilage.sqlite"
LOCK_NAME = "curtilage.lock"
FOLDER_MODE = 0o700
FILE_MODE = 0o600


class DataFolder:
    """Held open and locked until ``release``."""

    __slots__ = ("_lock", "folder")

    def __init__(self, folder: Path) -> None:
        """Make ``folder`` if need be, close it to others, lock it. Raises StoreInUse, StoreBroken."""
        self.folder = folder
        self._lock: int | None = None
        try:
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            folder.chmod(FOLDER_MODE)
            lock = _private_file(folder / LOCK_NAME)
        except OSError as error:
            raise StoreBroken(
                f"The data folder {folder} cannot be used: {error.strerror}.",
                do="It must be a folder that belongs to the user Curtilage runs as.",
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise StoreInUse(f"Another Curtilage server uses {folder}.", do="Stop it, or speak to it.") from error
        self._lock = lock

    @property
    def database(self) -> Path:
        """The file; it need not exist."""
        return self.folder / DATABASE_NAME

    def make_database_file(self) -> None:
        """Empty and 0600, so that the database and what SQLite lays beside it are never readable by others.

        Raises StoreBroken.
        """
        try:
            os.close(_private_file(self.database))
        except OSError as error:
            raise StoreBroken(
                f"The database {self.database} cannot be used: {error.strerror}.",
                do="It must be a plain file, no link, that belongs to the user Curtilage runs as.",
            ) from error

    def release(self) -> None:
        """Let another server have it. Idempotent."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                os.close(self._lock)
            self._lock = None


def _private_file(file: Path) -> int:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    os.fchmod(descriptor, FILE_MODE)
    return descriptor
