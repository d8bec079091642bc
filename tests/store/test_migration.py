"""A migration runs whole or not at all, once, and never on what is not ours."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from curtilage.config import Config
from curtilage.store.data_folder import DATABASE_NAME
from curtilage.store.migration import APPLICATION_ID, Migration, migrate, packaged_migrations
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import StoreBroken
from tests.store.household import ANNES, opened, persons, with_store

ONE = Migration(1, "one", "CREATE TABLE outside_x (id TEXT PRIMARY KEY); INSERT INTO outside_x VALUES ('a')")
TWO = Migration(2, "two", "ALTER TABLE outside_x ADD COLUMN words TEXT")
BAD = Migration(2, "bad", "CREATE TABLE outside_y (id TEXT PRIMARY KEY); INSERT INTO outside_nothing VALUES (1)")
ORPHANS = Migration(
    2, "orphans", "CREATE TABLE outside_y (id TEXT REFERENCES outside_x (id)); INSERT INTO outside_y VALUES ('nobody')"
)


@pytest.fixture
def connection() -> Iterator[apsw.Connection]:
    connection = apsw.Connection(":memory:")
    yield connection
    connection.close()


def _version(connection: apsw.Connection) -> tuple[int, int]:
    return int(connection.pragma("user_version")), int(connection.pragma("application_id"))


def test_migrations_run_in_order_and_once(connection: apsw.Connection) -> None:
    migrate(connection, [ONE])
    migrate(connection, [ONE, TWO])
    migrate(connection, [ONE, TWO])
    assert connection.execute("SELECT * FROM outside_x").fetchall() == [("a", None)]
    assert _version(connection) == (2, APPLICATION_ID)
    assert connection.pragma("foreign_keys") == 1


@pytest.mark.parametrize("failing", [BAD, ORPHANS], ids=lambda migration: migration.name)
def test_a_failing_migration_leaves_everything_as_it_was(connection: apsw.Connection, failing: Migration) -> None:
    migrate(connection, [ONE])
    before = connection.execute("SELECT * FROM sqlite_schema").fetchall()
    with pytest.raises(StoreBroken, match="Migration 2"):
        migrate(connection, [ONE, failing])
    assert connection.execute("SELECT * FROM sqlite_schema").fetchall() == before
    assert _version(connection) == (1, APPLICATION_ID)


@pytest.mark.parametrize("numbers", [[2], [1, 3], [1, 1], [0, 1]])
def test_a_gap_between_migrations_is_refused(connection: apsw.Connection, numbers: list[int]) -> None:
    with pytest.raises(StoreBroken, match="incomplete"):
        migrate(connection, [Migration(number, "x", "SELECT 1") for number in numbers])


def test_the_packaged_migrations_have_no_gap() -> None:
    assert [migration.number for migration in packaged_migrations()] == list(range(1, len(packaged_migrations()) + 1))


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    with_store(tmp_path / "data", _nothing)
    file = tmp_path / "data" / DATABASE_NAME
    _pragma(file, "user_version", len(packaged_migrations()) + 1)
    before = file.read_bytes()
    with pytest.raises(StoreBroken, match="newer Curtilage") as refused:
        SqliteStore.open(tmp_path / "data", Config())
    assert refused.value.do.startswith("Install that version")
    assert file.read_bytes() == before


@pytest.mark.parametrize("application_id", [0, 1, 0x7FFFFFFF])
def test_another_programs_database_is_left_alone(tmp_path: Path, application_id: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    theirs = apsw.Connection(str(folder / DATABASE_NAME))
    theirs.execute("CREATE TABLE bookmarks (id)")
    theirs.pragma("application_id", application_id)
    theirs.close()
    with pytest.raises(StoreBroken, match="another program"):
        SqliteStore.open(folder, Config())
    again = apsw.Connection(str(folder / DATABASE_NAME))
    assert again.execute("SELECT name FROM sqlite_schema").fetchall() == [("bookmarks",)]
    again.close()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / DATABASE_NAME).write_bytes(b"Dear diary, " * 500)
    with pytest.raises(StoreBroken):
        SqliteStore.open(folder, Config())
    assert (folder / DATABASE_NAME).read_bytes() == b"Dear diary, " * 500


def test_a_tampered_file_brings_no_trigger(tmp_path: Path) -> None:
    with_store(tmp_path / "data", _nothing)
    tampered = apsw.Connection(str(tmp_path / "data" / DATABASE_NAME))
    tampered.execute("CREATE TRIGGER spy AFTER INSERT ON inside_persons BEGIN DELETE FROM inside_grants; END")
    tampered.close()
    with pytest.raises(StoreBroken, match="spy"):
        SqliteStore.open(tmp_path / "data", Config())


def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    with_store(tmp_path / "data", _nothing)

    async def again() -> None:
        async with opened(tmp_path / "data") as store:
            assert await persons(store, ANNES) == [("annes-person", b"sealed", "owner")]

    asyncio.run(again())


def test_every_base_table_keeps_the_form() -> None:
    for migration in packaged_migrations():
        tables = re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)(.*?);", migration.sql, re.DOTALL)
        assert tables
        for name, body, options in tables:
            assert options == " STRICT, WITHOUT ROWID", name
            assert "DEFAULT" not in body, name
            assert not re.search(r"ON (DELETE|UPDATE)", body), name
            assert body.count("REFERENCES") == body.count("DEFERRABLE INITIALLY DEFERRED"), name


async def _nothing(_: SqliteStore) -> None:
    pass


def _pragma(file: Path, name: str, value: int) -> None:
    connection = apsw.Connection(str(file))
    connection.pragma(name, value)
    connection.close()
