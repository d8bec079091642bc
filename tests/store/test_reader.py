"""Reads wait for nobody and nobody waits for them, for longer than is allowed."""

import asyncio
import contextlib
import math
import time
from pathlib import Path

import pytest

from curtilage.store.reader import Read
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import StoreBroken, StoreBusy, StoreRefused, StoreUnknown
from curtilage.store.writer import Write
from tests.store.household import ANNES, entry, persons, positions, with_store

ENDLESS = (
    "SELECT count(*) FROM ledger_entries a, ledger_entries b, ledger_entries c, ledger_entries d, ledger_entries e "
    "WHERE a.at_ms + b.at_ms + c.at_ms + d.at_ms + e.at_ms < 0"
)


def test_a_read_that_never_ends_is_stopped_and_the_event_loop_runs_on(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        await store.write(ANNES, *[entry(number) for number in range(300)])
        began = time.monotonic()
        endless = asyncio.create_task(store.read(ANNES, ENDLESS))
        longest = 0.0
        while not endless.done():
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)
        with pytest.raises(StoreUnknown) as late:
            await endless
        assert late.value.definite
        assert time.monotonic() - began < 5
        assert longest < 0.5
        assert len(await positions(store, ANNES)) == 300

    with_store(tmp_path / "data", scene, store_wait_s=1)


def test_a_read_does_not_wait_for_the_writer(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        writes = [asyncio.create_task(store.write(ANNES, entry(number))) for number in range(300)]
        assert len(await persons(store, ANNES)) == 1
        assert not all(write.done() for write in writes)
        await asyncio.gather(*writes)

    with_store(tmp_path / "data", scene)


def test_a_read_sees_every_write_that_returned(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        async def caller(base: int) -> None:
            for number in range(base, base + 20):
                await store.write(ANNES, entry(number))
                assert number in await positions(store, ANNES)

        await asyncio.gather(*(caller(base) for base in range(0, 400, 100)))

    with_store(tmp_path / "data", scene)


def test_a_cancelled_read_disturbs_no_other(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        for turns in range(6):
            tasks = [asyncio.create_task(persons(store, ANNES)) for _ in range(5)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            for task in tasks[::2]:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            for task in tasks[1::2]:
                assert await task == [("annes-person", b"sealed", "owner")]

    with_store(tmp_path / "data", scene)


def test_an_answer_that_comes_just_after_the_cancellation_is_dropped(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        loop, complaints = asyncio.get_running_loop(), []
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        read = Read(ANNES, "SELECT id FROM persons", (), math.inf, loop.create_future())
        write = Write(ANNES, (entry(1),), (), math.inf, loop.create_future())
        store._reader.put(read)
        store._writer.put(write)
        time.sleep(0.3)  # noqa: ASYNC251 - holds the loop, so that both answers are on their way and not taken yet
        read.told.cancel()
        write.told.cancel()
        assert await positions(store, ANNES) == [1]
        assert complaints == []

    with_store(tmp_path / "data", scene)


def test_a_full_queue_refuses_at_once(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        await store.write(ANNES, *[entry(number) for number in range(300)])
        first = asyncio.create_task(store.read(ANNES, ENDLESS))
        while not store._reader._queue.empty() or first.done():  # noqa: ASYNC110 - a thread empties it
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(persons(store, ANNES)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(StoreBusy):
            await persons(store, ANNES)
        results = await asyncio.gather(first, *waiting, return_exceptions=True)
        assert isinstance(results[0], StoreUnknown)

    with_store(tmp_path / "data", scene, store_wait_s=1, store_queue_count_max=3)


def test_a_wrong_statement_is_refused_and_the_next_is_answered(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        for sql, parameters in (("SELECT nothing FROM persons", ()), ("SELECT $1", ()), ("SELECT 1", ("x",))):
            with pytest.raises(StoreRefused):
                await store.read(ANNES, sql, *parameters)
            assert len(await persons(store, ANNES)) == 1

    with_store(tmp_path / "data", scene)


def test_a_closed_reader_answers_what_waits_and_refuses_more(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        loop = asyncio.get_running_loop()
        reads = [Read(ANNES, "SELECT id FROM persons", (), math.inf, loop.create_future()) for _ in range(20)]
        for read in reads:
            store._reader.put(read)
        await store.close()
        assert [await read.told for read in reads] == [[("annes-person",)]] * 20
        with pytest.raises(StoreBroken, match="closed"):
            store._reader.put(reads[0])

    with_store(tmp_path / "data", scene)
