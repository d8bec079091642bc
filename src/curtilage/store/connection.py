"""Connections to the database file, set up the one way we use them: durable, tidy, deaf to what a file may bring along.

The writer's connection is the only one that can write; readers open the file read-only. Both are walled by ``wall.py``
after this, and belong to one thread.
"""

from pathlib import Path

import apsw

PAGE_BYTES = 4096
BUSY_WAIT_MS = 1000
"""Longest wait for a lock some other program (a backup, a shell) holds on the file."""
STATEMENTS_CACHED_COUNT = 200
LOG_KEPT_BYTES = 16 * 1024 * 1024
"""The write-ahead log is cut to this after a checkpoint that could not empty it."""


def open_for_writing(file: Path, bytes_max: int) -> apsw.Connection:
    """WAL with synchronous=FULL: a commit that returned survives kill -9 and power loss. Raises apsw.Error."""
    connection = _open(file, apsw.SQLITE_OPEN_READWRITE)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.pragma("fullfsync", True)
    connection.pragma("journal_size_limit", LOG_KEPT_BYTES)
    # What is erased is overwritten, not only unlinked; the log is emptied by the writer when it is idle.
    connection.pragma("secure_delete", True)
    connection.pragma("foreign_keys", True)
    connection.pragma("max_page_count", bytes_max // PAGE_BYTES)
    return connection


def open_for_reading(file: Path) -> apsw.Connection:
    """Sees every commit that returned before the read began. Raises apsw.Error."""
    connection = _open(file, apsw.SQLITE_OPEN_READONLY)
    connection.pragma("foreign_keys", True)
    return connection


def _open(file: Path, flags: int) -> apsw.Connection:
    connection = apsw.Connection(str(file), flags=flags, statementcachesize=STATEMENTS_CACHED_COUNT)
    connection.set_busy_timeout(BUSY_WAIT_MS)
    # A file is data: it brings no functions, no schema tricks, and double quotes are never strings.
    for setting, value in (
        (apsw.SQLITE_DBCONFIG_DEFENSIVE, 1),
        (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
        (apsw.SQLITE_DBCONFIG_DQS_DML, 0),
        (apsw.SQLITE_DBCONFIG_DQS_DDL, 0),
        (apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    ):
        connection.config(setting, value)
    connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 0)
    connection.pragma("temp_store", "memory")
    return connection
