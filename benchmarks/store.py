"""What the store costs: commits alone and in groups, and reads through the wall beside reads of the bare table.

``python -m benchmarks.store [FOLDER]``: the folder decides which disk is measured; without it, a temporary one. Nothing
is claimed of these figures elsewhere but by name of this file: they are the disk's more than ours.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import machine
from curtilage.config import Config
from curtilage.store.connection import open_for_reading
from curtilage.store.data_folder import DATABASE_NAME
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import Statement
from curtilage.store.wall import Wall
from curtilage.wire.identifier import HomeId

HOMES_COUNT = 10
ROWS_COUNT = 1000
"""Of each home."""
SINGLE_COUNT = 500
CALLERS_COUNT = 64
READS_COUNT = 30_000
RUNS_COUNT = 5


def main() -> None:
    """Measure and print."""
    print(machine())
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        asyncio.run(_measure(Path(name) / "data"))


async def _measure(folder: Path) -> None:
    store = SqliteStore.open(folder, Config())
    homes = [HomeId(f"home-{number}") for number in range(HOMES_COUNT)]
    for home in homes:
        rows = [_entry(position) for position in range(ROWS_COUNT)]
        await store.write(home, *rows, server=[_home(home)])
    await _commits(store, homes)
    await _reads(store, homes)
    _bare_reads(folder / DATABASE_NAME, homes)
    await store.close()


async def _commits(store: SqliteStore, homes: list[HomeId]) -> None:
    began = time.perf_counter()
    for number in range(SINGLE_COUNT):
        await store.write(homes[0], _entry(10_000 + number))
    single = SINGLE_COUNT / (time.perf_counter() - began)

    async def caller(number: int) -> None:
        for position in range(100):
            await store.write(homes[number % HOMES_COUNT], _entry(100_000 + 1000 * number + position))

    began = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(CALLERS_COUNT)))
    together = 100 * CALLERS_COUNT / (time.perf_counter() - began)
    print(f"writes a second, one caller         {single:10,.0f}")
    print(f"writes a second, {CALLERS_COUNT} callers         {together:10,.0f}   ({together / single:.1f} x)")


async def _reads(store: SqliteStore, homes: list[HomeId]) -> None:
    count = READS_COUNT // 5
    began = time.perf_counter()
    for number in range(count):
        await store.read(homes[number % HOMES_COUNT], "SELECT payload FROM ledger_entries WHERE position = $1", 7)
    print(f"reads a second through the port     {count / (time.perf_counter() - began):10,.0f}")


def _bare_reads(file: Path, homes: list[HomeId]) -> None:
    connection = open_for_reading(file)
    walled = open_for_reading(file)
    wall = Wall(walled, writes=False)
    one = "SELECT payload FROM inside_ledger_entries WHERE position = $1 AND home = $2"
    every = "SELECT sum(at_ms) FROM inside_ledger_entries WHERE home = $1"

    def bare_one(home: HomeId) -> None:
        connection.execute(one, (7, home)).fetchall()

    def bare_all(home: HomeId) -> None:
        connection.execute(every, (home,)).fetchall()

    def walled_one(home: HomeId) -> None:
        wall.inside(home, "SELECT payload FROM ledger_entries WHERE position = $1", (7,))

    def walled_all(home: HomeId) -> None:
        wall.inside(home, "SELECT sum(at_ms) FROM ledger_entries", ())

    for what, bare, through in (("one row by key", bare_one, walled_one), ("all rows of a home", bare_all, walled_all)):
        print(f"{what:35} {_micros(bare, homes):10.2f} µs bare {_micros(through, homes):10.2f} µs walled")
    connection.close()
    walled.close()


def _micros(read: Callable[[HomeId], None], homes: list[HomeId]) -> float:
    """Of one call; the best of a few runs, since others use the machine too."""
    best = float("inf")
    for _ in range(RUNS_COUNT):
        began = time.perf_counter()
        for number in range(READS_COUNT // 10):
            read(homes[number % HOMES_COUNT])
        best = min(best, (time.perf_counter() - began) / (READS_COUNT // 10))
    return best * 1e6


def _home(home: HomeId) -> Statement:
    return Statement("INSERT INTO homes (id, home_key, made_ms) VALUES ($1, $2, $3)", (home, b"", 1), 1)


def _entry(position: int) -> Statement:
    sql = "INSERT INTO ledger_entries (position, at_ms, salt, payload, leaf) VALUES ($1, $2, $3, $4, $5)"
    return Statement(sql, (position, 1, os.urandom(32), os.urandom(200), os.urandom(32)), 1)


if __name__ == "__main__":
    main()
