"""Many callers' writes in one commit: each whole or not at all, none hurt by another, none lost once acknowledged."""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import apsw
import pytest

from curtilage.config import Config
from curtilage.errors import CurtilageError
from curtilage.store.connection import open_for_writing
from curtilage.store.data_folder import DATABASE_NAME
from curtilage.store.migration import migrate, packaged_migrations
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import (
    Conflict,
    Statement,
    StoreBroken,
    StoreBusy,
    StoreFull,
    StoreRefused,
    StoreUnknown,
)
from curtilage.store.wall import Wall
from curtilage.store.writer import Write, Writer
from tests.store.household import ANNES, BERTS, config, entry, new_home, positions, with_store

SLOW = Statement(
    "UPDATE ledger_entries SET at_ms = 2 WHERE (SELECT count(*) FROM ledger_entries a, ledger_entries b, "
    "ledger_entries c, ledger_entries d, ledger_entries e) < 0"
)
"""Hours, with a few hundred rows."""


class Desk:
    """A writer on a file of its own, whose commits are counted and which can be held up by a lock."""

    def __init__(self, file: Path, settings: Config) -> None:
        file.touch()
        self.file = file
        self.commits = 0
        self.connection = open_for_writing(file, 2**24)
        migrate(self.connection, packaged_migrations())
        self.connection.set_commit_hook(self._committed)
        self.writer = Writer(self.connection, Wall(self.connection, writes=True), settings)

    def put(self, *statements: Statement, wait_s: float = 30) -> asyncio.Future[None]:
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.writer.put(Write(ANNES, statements, (), time.monotonic() + wait_s, told))
        return told

    @contextlib.asynccontextmanager
    async def held_up(self) -> AsyncIterator[None]:
        """The writer waits to begin a group with one write; what is put meanwhile becomes the next group."""
        other = apsw.Connection(str(self.file))
        other.execute("BEGIN IMMEDIATE")
        first = self.put()
        while not self.writer._queue.empty():  # noqa: ASYNC110 - a thread empties it, which tells no event loop
            await asyncio.sleep(0.001)
        yield
        other.execute("ROLLBACK")
        other.close()
        await first

    def positions(self) -> list[int]:
        bare = apsw.Connection(str(self.file))
        rows = bare.execute("SELECT position FROM inside_ledger_entries ORDER BY position").fetchall()
        bare.close()
        return [int(str(position)) for (position,) in rows]

    def _committed(self) -> bool:
        self.commits += 1
        return False


@contextlib.asynccontextmanager
async def desk(tmp_path: Path, settings: Config | None = None) -> AsyncIterator[Desk]:
    it = Desk(tmp_path / "desk.sqlite", settings or Config())
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    it.writer.put(Write(None, (), (new_home(ANNES),), math.inf, told))
    await told
    try:
        yield it
    finally:
        it.writer.close()


async def outcomes(futures: Sequence[asyncio.Future[None]]) -> list[type[BaseException] | None]:
    results = await asyncio.gather(*futures, return_exceptions=True)
    return [type(result) if isinstance(result, BaseException) else None for result in results]


def test_one_of_two_hundred_fails_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as it:
            before = it.commits
            async with it.held_up():
                told = [it.put(entry(number), entry(1000 + number)) for number in range(200)]
                told.insert(100, it.put(entry(5000), entry(50)))
            results = await outcomes(told)
            assert [number for number, result in enumerate(results) if result is not None] == [100]
            assert results[100] is Conflict
            assert it.positions() == [*range(200), *range(1000, 1200)]
            assert it.commits - before <= 2

    asyncio.run(run())


def test_a_group_is_bounded(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path, config(store_group_count_max=10)) as it:
            before = it.commits
            async with it.held_up():
                told = [it.put(entry(number)) for number in range(95)]
            await asyncio.gather(*told)
            assert it.commits - before >= 10

    asyncio.run(run())


FAILING: tuple[tuple[str, Statement, type[CurtilageError]], ...] = (
    ("taken key", entry(1), Conflict),
    ("rows not there", Statement("UPDATE persons SET role = 'x'", rows_expected=1), Conflict),
    ("too many rows", Statement("UPDATE ledger_entries SET at_ms = 9", rows_expected=1), Conflict),
    ("dangling key", Statement("INSERT INTO cameras (device, address) VALUES ('x', x'00')"), Conflict),
    ("missing value", Statement("INSERT INTO persons (id) VALUES ('x')"), StoreRefused),
    ("wrong type", Statement("UPDATE ledger_entries SET at_ms = 'soon'"), StoreRefused),
    ("no such table", Statement("DELETE FROM nothing"), StoreRefused),
    ("no such column", Statement("UPDATE persons SET nothing = 1"), StoreRefused),
    ("too few parameters", Statement("UPDATE persons SET role = $1"), StoreRefused),
    ("too many parameters", Statement("DELETE FROM persons", ("x",)), StoreRefused),
    ("strange parameter", Statement("UPDATE persons SET role = $1", (object(),)), StoreRefused),  # type: ignore[arg-type]  # that is the point
    ("beyond the wall", Statement("DELETE FROM accounts"), StoreRefused),
    ("a commit of its own", Statement("COMMIT"), StoreRefused),
)


@pytest.mark.parametrize(("statement", "expected"), [row[1:] for row in FAILING], ids=[row[0] for row in FAILING])
def test_a_failing_write_leaves_nothing_and_hurts_nobody(
    tmp_path: Path, statement: Statement, expected: type[CurtilageError]
) -> None:
    async def run() -> None:
        async with desk(tmp_path) as it:
            await it.put(entry(1))
            await it.put(entry(2))
            async with it.held_up():
                told = [it.put(entry(3)), it.put(entry(4), statement, entry(5)), it.put(entry(6))]
            assert await outcomes(told) == [None, expected, None]
            assert it.positions() == [1, 2, 3, 6]

    asyncio.run(run())


def test_foreign_keys_are_checked_at_the_end_of_a_write(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        sql = "INSERT INTO cameras (device, address) VALUES ($1, $2)"
        parent = "UPDATE devices SET id = $1"
        await store.write(
            ANNES,
            Statement(sql, ("new", b"")),
            Statement(parent, ("new",), 1),
            Statement("DELETE FROM cameras WHERE device <> 'new'"),
        )
        assert await store.read(ANNES, "SELECT device FROM cameras") == [("new",)]
        with pytest.raises(Conflict):
            await store.write(ANNES, Statement(parent, ("other",), 1))
        assert await store.read(ANNES, "SELECT id FROM devices") == [("new",)]

    with_store(tmp_path / "data", scene)


def test_a_write_that_never_ends_is_stopped_and_the_rest_of_its_group_stands(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as it:
            await it.put(*[entry(1000 + number) for number in range(300)])
            async with it.held_up():
                told = [it.put(entry(1)), it.put(entry(2), SLOW, wait_s=0.4), it.put(entry(3))]
            assert await outcomes(told) == [None, StoreUnknown, None]
            assert [position for position in it.positions() if position < 1000] == [1, 3]

    asyncio.run(run())


def test_a_write_that_waited_too_long_is_not_begun(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as it:
            async with it.held_up():
                told = it.put(entry(1), wait_s=0)
                await asyncio.sleep(0.01)
            with pytest.raises(StoreUnknown) as late:
                await told
            assert late.value.definite
            assert it.positions() == []

    asyncio.run(run())


def test_a_full_queue_refuses_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path, config(store_queue_count_max=5)) as it:
            async with it.held_up():
                told = [it.put(entry(number)) for number in range(5)]
                with pytest.raises(StoreBusy):
                    it.put(entry(9))
            await asyncio.gather(*told)
            assert it.positions() == [0, 1, 2, 3, 4]

    asyncio.run(run())


def test_another_programs_lock_is_told_as_busy(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        other = apsw.Connection(str(tmp_path / "data" / DATABASE_NAME))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="Another program"):
            await store.write(ANNES, entry(1))
        other.close()
        await store.write(ANNES, entry(2))
        assert await positions(store, ANNES) == [2]

    with_store(tmp_path / "data", scene)


def test_a_cancelled_caller_cancels_nothing(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        for turns in range(8):
            base = turns * 10
            neighbour = asyncio.create_task(store.write(ANNES, entry(base + 1)))
            cancelled = asyncio.create_task(store.write(ANNES, entry(base + 2), entry(base + 3)))
            other = asyncio.create_task(store.write(BERTS, entry(base + 4)))
            for _ in range(turns):
                await asyncio.sleep(0)
            cancelled.cancel()
            await asyncio.gather(neighbour, other)
            with contextlib.suppress(asyncio.CancelledError):
                await cancelled
            await store.write(ANNES, entry(base + 5))
            mine = [position - base for position in await positions(store, ANNES) if base <= position < base + 10]
            assert mine in ([1, 2, 3, 5], [1, 5]), f"cancelled after {turns} turns"
            # Once it is in the queue it is carried out.
            assert mine == [1, 2, 3, 5] or turns == 0

    with_store(tmp_path / "data", scene)


def test_a_cancelled_group_is_carried_out(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as it:
            async with it.held_up():
                told = [it.put(entry(number)) for number in range(20)]
                for future in told[::2]:
                    future.cancel()
            await asyncio.gather(*told[1::2])
            assert it.positions() == list(range(20))

    asyncio.run(run())


def test_a_loop_that_is_gone_does_not_stop_the_writer(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "data", Config())

    async def leave() -> None:
        await store.write_server(new_home(ANNES))
        asyncio.get_running_loop().call_soon(_put_and_go, store)

    asyncio.run(leave())

    async def come_back() -> None:
        await store.write(ANNES, entry(2))
        assert await positions(store, ANNES) in ([1, 2], [2])
        await store.close()

    asyncio.run(come_back())


def _put_and_go(store: SqliteStore) -> None:
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    store._writer.put(Write(ANNES, (entry(1),), (), math.inf, told))


def test_a_full_disk_fails_the_whole_group(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as it:
            async with it.held_up():
                told = [it.put(entry(1)), it.put(entry(2, size=2**25)), it.put(entry(3)), it.put(entry(3))]
            results = await outcomes(told)
            assert results[:3] == [StoreFull] * 3
            assert it.positions() == []
            await it.put(entry(4))
            assert it.positions() == [4]

    asyncio.run(run())


def test_closing_commits_what_waits_and_refuses_more(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as it:
            told = [it.put(entry(number)) for number in range(50)]
            await asyncio.to_thread(it.writer.close)
            await asyncio.gather(*told)
            with pytest.raises(StoreBroken, match="closed"):
                it.put(entry(99))
            it.writer.close()
            assert it.positions() == list(range(50))

    asyncio.run(run())
