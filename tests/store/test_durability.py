"""What was acknowledged is there after kill -9 and on a full disk; what was erased is not."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import Statement, StoreFull
from tests.store.household import ANNES, entry, opened, person, positions, with_store

REPOSITORY = Path(__file__).parents[2]


def test_a_full_database_refuses_and_recovers(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        written = await _fill(store)
        assert written > 3
        with pytest.raises(StoreFull, match="full"):
            await store.write(ANNES, person("x"), entry(10_000, size=200_000))
        assert await positions(store, ANNES) == list(range(written))
        await store.write(ANNES, Statement("DELETE FROM ledger_entries WHERE position < 3", rows_expected=3))
        await store.write(ANNES, entry(20_000, size=50_000))

    with_store(tmp_path / "data", scene, store_bytes_max=2**20)


async def _fill(store: SqliteStore) -> int:
    for number in range(1000):
        try:
            await store.write(ANNES, entry(number, size=50_000))
        except StoreFull:
            return number
    raise AssertionError("a megabyte took 50 megabytes")


NO_ROOM_ON_THE_DISK = """
import asyncio, resource, sys
from pathlib import Path
from curtilage.config import Config
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import StoreFull
from tests.store.household import ANNES, entry, new_home, positions

async def main():
    store = SqliteStore.open(Path(sys.argv[1]), Config())
    await store.write_server(new_home(ANNES))
    # From here on the kernel itself refuses to make any file longer than this.
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    number = 0
    try:
        while True:
            await store.write(ANNES, entry(number, size=20_000))
            number += 1
    except StoreFull:
        print(number, await positions(store, ANNES) == list(range(number)), flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.write(ANNES, entry(number, size=20_000))
    print(await positions(store, ANNES) == list(range(number + 1)), flush=True)
    await store.close()

asyncio.run(main())
"""


def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_ROOM_ON_THE_DISK, str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    number, intact, recovered = done.stdout.split()
    assert int(number) > 5
    assert (intact, recovered) == ("True", "True")


ACKNOWLEDGES = """
import asyncio, itertools, sys
from pathlib import Path
from curtilage.config import Config
from curtilage.store.sqlite import SqliteStore
from tests.store.household import ANNES, entry, new_home

async def main():
    store = SqliteStore.open(Path(sys.argv[1]), Config())
    await store.write_server(new_home(ANNES))
    numbers = itertools.count()
    async def caller():
        for number in numbers:
            await store.write(ANNES, entry(2 * number), entry(2 * number + 1))
            print(number, flush=True)
    await asyncio.gather(*(caller() for _ in range(16)))

asyncio.run(main())
"""


@pytest.mark.parametrize("acknowledged_count", [1, 40, 400])
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path, acknowledged_count: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", ACKNOWLEDGES, str(tmp_path / "data")], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    with writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(acknowledged_count)]
        os.kill(writer.pid, signal.SIGKILL)
        # The last line may have been cut short by the kill.
        acknowledged += [int(line) for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]

    async def look() -> None:
        async with opened(tmp_path / "data") as store:
            there = await positions(store, ANNES)
            assert set(there) >= {2 * number + half for number in acknowledged for half in (0, 1)}
            assert {position ^ 1 for position in there} == set(there), "half of a write"
            await store.write(ANNES, entry(10**9))

    asyncio.run(look())


def test_what_was_erased_leaves_the_disk_when_the_writer_is_idle(tmp_path: Path) -> None:
    secret = b"+4915112345678" * 4

    def on_disk() -> bool:
        return any(secret in file.read_bytes() for file in (tmp_path / "data").iterdir())

    async def scene(store: SqliteStore) -> None:
        await store.write(ANNES, Statement("UPDATE persons SET name = $1", (secret,), 1))
        assert on_disk()
        await store.write(ANNES, Statement("UPDATE persons SET name = $1", (b"",), 1))
        deadline = time.monotonic() + 10
        while on_disk():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)

    with_store(tmp_path / "data", scene, store_checkpoint_s=1)
