"""SQLite's errors in the store's words."""

import errno

import apsw
import pytest

from curtilage.errors import CurtilageError
from curtilage.store.sqlite_error import conflict, damages_the_file, in_our_words, is_full
from curtilage.store.store import Conflict, StoreBroken, StoreBusy, StoreFull, StoreRefused, StoreUnknown

REAL = (
    ("INSERT INTO x VALUES (1, 'a')", Conflict),
    ("INSERT INTO x VALUES (2, NULL)", StoreRefused),
    ("INSERT INTO x VALUES (3, x'00')", StoreRefused),
    ("INSERT INTO y VALUES (9)", Conflict),
    ("SELECT no_such_column FROM x", StoreRefused),
    ("SELEC 1", StoreRefused),
)


def _error_of(connection: apsw.Connection, sql: str) -> Exception:
    with pytest.raises(apsw.Error) as raised:
        connection.execute(sql)
    return raised.value


@pytest.mark.parametrize(("sql", "expected"), REAL)
def test_a_real_error_is_told_in_our_words(sql: str, expected: type[CurtilageError]) -> None:
    connection = apsw.Connection(":memory:")
    connection.pragma("foreign_keys", True)
    connection.execute("CREATE TABLE x (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
    connection.execute("CREATE TABLE y (id INTEGER REFERENCES x (id)) STRICT; INSERT INTO x VALUES (1, 'a')")
    ours = in_our_words(_error_of(connection, sql), connection)
    assert type(ours) is expected
    assert ours.definite


CODES = (
    (apsw.SQLITE_FULL, StoreFull),
    (apsw.SQLITE_BUSY, StoreBusy),
    (apsw.SQLITE_BUSY_SNAPSHOT, StoreBusy),
    (apsw.SQLITE_INTERRUPT, StoreUnknown),
    (apsw.SQLITE_CORRUPT, StoreBroken),
    (apsw.SQLITE_NOTADB, StoreBroken),
    (apsw.SQLITE_IOERR_READ, StoreBroken),
    (apsw.SQLITE_AUTH, StoreRefused),
    (apsw.SQLITE_TOOBIG, StoreRefused),
)


@pytest.mark.parametrize(("code", "expected"), CODES)
def test_every_code_has_its_word(code: int, expected: type[CurtilageError]) -> None:
    connection = apsw.Connection(":memory:")
    assert type(in_our_words(apsw.exception_for(code), connection)) is expected


def test_wrong_parameters_are_a_bug_of_the_caller() -> None:
    connection = apsw.Connection(":memory:")
    with pytest.raises(apsw.BindingsError) as missing:
        connection.execute("SELECT $1, $2", ("x",))
    with pytest.raises(TypeError) as strange:
        connection.execute("SELECT $1", (object(),))
    for error in (missing.value, strange.value):
        assert type(in_our_words(error, connection)) is StoreRefused


def test_our_own_errors_pass_through() -> None:
    ours = conflict()
    assert in_our_words(ours, apsw.Connection(":memory:")) is ours


def test_what_stands_behind_the_wall_is_not_named() -> None:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE inside_x (id)")
    connection.authorizer = lambda *_: apsw.SQLITE_DENY
    assert "inside" not in str(in_our_words(_error_of(connection, "SELECT id FROM inside_x"), connection))


def test_a_failed_sync_damages_the_file_and_a_full_disk_does_not() -> None:
    assert damages_the_file(apsw.exception_for(apsw.SQLITE_IOERR_FSYNC))
    assert damages_the_file(apsw.exception_for(apsw.SQLITE_CORRUPT))
    assert not damages_the_file(apsw.exception_for(apsw.SQLITE_FULL))
    assert not damages_the_file(apsw.exception_for(apsw.SQLITE_IOERR_WRITE))
    assert not damages_the_file(OSError(errno.ENOSPC, "full"))
    assert not is_full(apsw.exception_for(apsw.SQLITE_IOERR_WRITE), apsw.Connection(":memory:"))
