"""SQLite's errors in the store's words. Messages carry names of columns at most, never values."""

import errno
from typing import Any

import apsw

from curtilage.errors import CurtilageError
from curtilage.store.store import Conflict, StoreBroken, StoreBusy, StoreFull, StoreRefused, StoreUnknown

_CONFLICTS = (
    apsw.SQLITE_CONSTRAINT_UNIQUE,
    apsw.SQLITE_CONSTRAINT_PRIMARYKEY,
    apsw.SQLITE_CONSTRAINT_ROWID,
    apsw.SQLITE_CONSTRAINT_FOREIGNKEY,
)
_SYNC_FAILED = (apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC)
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BUGS = (apsw.SQLError, apsw.MismatchError, apsw.TooBigError, apsw.RangeError, apsw.BindingsError)


def in_our_words(error: Exception, connection: apsw.Connection) -> CurtilageError:
    """What the caller is told about an error of a statement, or of BEGIN; nothing was written."""
    if isinstance(error, CurtilageError):
        return error
    if isinstance(error, apsw.ConstraintError) and _extended(error) in _CONFLICTS:
        return conflict()
    if isinstance(error, apsw.AuthError):
        # SQLite's own text would name what stands behind the wall.
        return StoreRefused("The statement reaches beyond the wall of its home.")
    if isinstance(error, (apsw.ConstraintError, *_BUGS, TypeError, ValueError, OverflowError)):
        return StoreRefused(f"The statement cannot run: {error}")
    if is_full(error, connection):
        return StoreFull("The disk is full.", do="Free some space; nothing was written.")
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return StoreBusy("Another program holds the database.", do="Stop it, then try again.")
    if isinstance(error, apsw.InterruptError):
        return StoreUnknown("The database took too long.", do="Try again.", definite=True)
    return StoreBroken(
        f"The database cannot be used: {error}.", do="See the server's messages; restore a backup if need be."
    )


def conflict() -> Conflict:
    """One text for each cause: what stands in the way may be another's."""
    return Conflict("This is no longer so, or taken already.", do="Look again, then try again.")


def is_full(error: Exception, connection: apsw.Connection) -> bool:
    """True also where SQLite reports a full disk as an input/output error (it does for its shared memory file)."""
    if isinstance(error, apsw.FullError):
        return True
    return isinstance(error, apsw.IOError) and connection.system_errno in _NO_SPACE


def damages_the_file(error: Exception) -> bool:
    """True when nothing more should be written: after a failed sync the system may believe lost pages are safe."""
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return True
    return isinstance(error, apsw.IOError) and _extended(error) in _SYNC_FAILED


def _extended(error: Any) -> int:
    # Present on every apsw.Error that has a result code; its type stubs leave it out.
    return int(error.extendedresult)
