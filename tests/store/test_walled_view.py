"""A view's triggers change exactly one base row for each of its rows: that is what ``rows_expected`` counts."""

from collections.abc import Iterator

import apsw
import pytest

from curtilage.store.base_table import read_base_tables
from curtilage.store.walled_view import screen_name, trigger_names, triggers, views


@pytest.fixture
def connection() -> Iterator[apsw.Connection]:
    connection = apsw.Connection(":memory:")
    connection.execute(
        "CREATE TABLE inside_notes (home TEXT NOT NULL, a TEXT NOT NULL, b INTEGER NOT NULL, words TEXT, "
        "PRIMARY KEY (home, a, b)) STRICT, WITHOUT ROWID"
    )
    connection.create_scalar_function("tenant", lambda *_: "here", 0, deterministic=False)
    for table in read_base_tables(connection):
        connection.execute(views(table, "00") + triggers(table, "00"))
    connection.execute("INSERT INTO inside_notes VALUES ('there', 'x', 1, 'theirs')")
    yield connection
    connection.close()


def _changed(connection: apsw.Connection, sql: str) -> int:
    before = connection.total_changes()
    connection.execute(sql)
    return connection.total_changes() - before


def test_every_change_counts_its_rows(connection: apsw.Connection) -> None:
    for sql, count in (
        ("INSERT INTO notes (a, b, words) VALUES ('x', 1, 'w'), ('x', 2, 'w'), ('y', 1, NULL)", 3),
        ("UPDATE notes SET words = 'v' WHERE a = 'x'", 2),
        ("UPDATE notes SET words = 'v' WHERE a = 'nobody'", 0),
        ("UPDATE notes SET a = 'z', b = 9 WHERE a = 'y'", 1),
        ("DELETE FROM notes WHERE words IS NULL", 1),
        ("DELETE FROM notes", 2),
        ("DELETE FROM notes", 0),
    ):
        assert _changed(connection, sql) == count, sql
    assert connection.execute("SELECT * FROM inside_notes").fetchall() == [("there", "x", 1, "theirs")]


def test_a_row_is_found_by_its_whole_key(connection: apsw.Connection) -> None:
    connection.execute("INSERT INTO notes (a, b) VALUES ('x', 1), ('x', 2)")
    connection.execute("UPDATE notes SET words = 'two' WHERE b = 2")
    assert connection.execute("SELECT words FROM notes ORDER BY b").fetchall() == [(None,), ("two",)]


def test_names_carry_the_secret(connection: apsw.Connection) -> None:
    (table,) = read_base_tables(connection)
    assert all("5ec2e7" in name for name in (screen_name(table, "5ec2e7"), *trigger_names(table, "5ec2e7")))
