"""A connection is set up the one way we use them."""

from pathlib import Path

import apsw
import pytest

from curtilage.store.connection import open_for_reading, open_for_writing

WRITER = {
    "journal_mode": "wal",
    "synchronous": 2,
    "secure_delete": 1,
    "foreign_keys": 1,
    "temp_store": 2,
    "max_page_count": 256,
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "x.sqlite"
    file.touch()
    return file


def test_the_writer_is_durable_and_tidy(file: Path) -> None:
    connection = open_for_writing(file, 2**20)
    assert {name: connection.pragma(name) for name in WRITER} == WRITER
    connection.close()


def test_the_reader_cannot_write(file: Path) -> None:
    writer = open_for_writing(file, 2**20)
    writer.execute("CREATE TABLE x (id)")
    reader = open_for_reading(file)
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("INSERT INTO x VALUES (1)")
    reader.close()
    writer.close()


def test_nothing_can_be_attached(file: Path) -> None:
    connection = open_for_writing(file, 2**20)
    with pytest.raises(apsw.Error):
        connection.execute("ATTACH ':memory:' AS other")
    connection.close()


def test_a_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(apsw.CantOpenError):
        open_for_writing(tmp_path / "missing.sqlite", 2**20)
    assert not (tmp_path / "missing.sqlite").exists()


def test_what_is_deleted_leaves_the_file(file: Path) -> None:
    connection = open_for_writing(file, 2**20)
    connection.execute("CREATE TABLE x (id); INSERT INTO x VALUES ('anne@example.net')")
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    assert b"anne@example.net" in file.read_bytes()
    connection.execute("DELETE FROM x")
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    assert b"anne@example.net" not in file.read_bytes()
    connection.close()
