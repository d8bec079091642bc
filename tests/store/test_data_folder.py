"""Who may look into the data folder, and that one server at a time has it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from curtilage.config import Config
from curtilage.store.data_folder import DataFolder
from curtilage.store.migration import Migration
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import StoreBroken, StoreInUse
from tests.store.household import ANNES, entry, with_store

HOLDS_THE_FOLDER = """
import sys
from pathlib import Path
from curtilage.store.data_folder import DataFolder
held = DataFolder(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_opener_is_told_so(tmp_path: Path) -> None:
    async def scene(_: SqliteStore) -> None:
        with pytest.raises(StoreInUse, match="Another Curtilage server"):
            SqliteStore.open(tmp_path / "data", Config())

    with_store(tmp_path / "data", scene)
    DataFolder(tmp_path / "data").release()


def test_a_killed_server_leaves_no_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_FOLDER, str(tmp_path / "data")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreInUse):
            DataFolder(tmp_path / "data")
        holder.kill()
    DataFolder(tmp_path / "data").release()


def test_a_store_that_did_not_open_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreBroken):
        SqliteStore.open(tmp_path / "data", Config(), migrations=[Migration(1, "bad", "CREATE NONSENSE")])
    DataFolder(tmp_path / "data").release()


@pytest.mark.parametrize("odd", ["link", "broken link", "folder"])
def test_a_database_that_is_no_plain_file_is_refused_in_words(tmp_path: Path, odd: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    database = folder / "curtilage.sqlite"
    if odd == "folder":
        database.mkdir()
    else:
        target = tmp_path / "elsewhere"
        if odd == "link":
            target.touch()
        database.symlink_to(target)
    assert SqliteStore.exists(folder), "no new root key is made for it"
    with pytest.raises(StoreBroken, match="must be a plain file, no link"):
        SqliteStore.open(folder, Config())
    DataFolder(folder).release()


def test_releasing_twice_is_harmless(tmp_path: Path) -> None:
    held = DataFolder(tmp_path / "data")
    held.release()
    held.release()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nothing_in_the_folder_is_for_others(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "deep" / "data"
    before = os.umask(umask)
    try:

        async def scene(store: SqliteStore) -> None:
            await store.write(ANNES, entry(1))
            files = list(folder.iterdir())
            assert {file.name.rpartition("-")[2] for file in files} >= {"wal", "shm"}
            assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
            assert folder.stat().st_mode & 0o777 == 0o700

        with_store(folder, scene)
    finally:
        os.umask(before)


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    DataFolder(tmp_path / "data").release()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(StoreBroken, match="cannot be used"):
        DataFolder(tmp_path / "data")


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "curtilage.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreBroken):
        DataFolder(tmp_path / "data")
    assert not (tmp_path / "elsewhere").exists()
