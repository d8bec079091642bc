"""The embedded store as rooms use it, and against a dictionary per home."""

import asyncio
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curtilage.config import Config
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import Conflict, Statement, Store, StoreBroken, StoreInUse, StoreUnknown
from curtilage.store.writer import Write
from curtilage.wire.identifier import HomeId
from tests.store.household import (
    ANNES,
    BERTS,
    HOMES,
    account,
    entry,
    new_home,
    opened,
    person,
    persons,
    positions,
    with_store,
)


def test_it_is_a_store(tmp_path: Path) -> None:
    store: Store = SqliteStore.open(tmp_path / "data", Config())
    asyncio.run(store.close())


def test_a_folder_says_whether_it_holds_a_database(tmp_path: Path) -> None:
    assert not SqliteStore.exists(tmp_path / "data")

    async def scene(_: SqliteStore) -> None:
        assert SqliteStore.exists(tmp_path / "data")

    with_store(tmp_path / "data", scene)
    assert SqliteStore.exists(tmp_path / "data")


def test_a_code_works_once(tmp_path: Path) -> None:
    use = Statement(
        "UPDATE codes SET uses_left = uses_left - 1 WHERE code_hash = $1 AND uses_left > 0", (b"code",), rows_expected=1
    )

    async def scene(store: SqliteStore) -> None:
        await store.write_server(
            Statement(
                "INSERT INTO codes (code_hash, kind, sealed, made_ms, until_ms, uses_left) "
                "VALUES ($1, 'setup', $2, 1, 2, 1)",
                (b"code", b"sealed"),
                1,
            )
        )
        results = await asyncio.gather(
            *(store.write_server(account(f"a{number}"), use) for number in range(20)), return_exceptions=True
        )
        assert [type(result) for result in results if result is not None] == [Conflict] * 19
        assert await store.read_server("SELECT count(*) FROM accounts") == [(3,)]

    with_store(tmp_path / "data", scene)


def test_a_write_in_a_home_and_outside_is_one(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        taken = account(ANNES)
        with pytest.raises(Conflict):
            await store.write(ANNES, person("x"), server=[account("new"), taken])
        with pytest.raises(Conflict):
            await store.write(ANNES, person("annes-person"), server=[account("new")])
        assert len(await persons(store, ANNES)) == 1
        assert await store.read_server("SELECT count(*) FROM accounts") == [(2,)]
        await store.write(ANNES, person("x"), server=[account("new")])
        assert len(await persons(store, ANNES)) == 2

    with_store(tmp_path / "data", scene)


def test_no_statement_is_a_write_of_nothing(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        await store.write(ANNES)
        await store.write_server()

    with_store(tmp_path / "data", scene)


def test_a_home_leaves_with_everything_or_not_at_all(tmp_path: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        gone = Statement("DELETE FROM homes WHERE id = $1", (ANNES,), 1)
        with pytest.raises(Conflict):
            await store.write_server(gone)
        nouns = ("cameras", "devices", "persons")
        rows = [Statement(f"DELETE FROM {noun}", rows_expected=1) for noun in nouns]  # noqa: S608 - of the tuple above
        await store.write(ANNES, *rows, server=[gone])
        assert await store.read_server("SELECT id FROM homes") == [(BERTS,)]
        assert len(await persons(store, BERTS)) == 1

    with_store(tmp_path / "data", scene)


def test_every_kind_of_value_comes_back_as_it_was(tmp_path: Path) -> None:
    values = (0, -(2**63), 2**63 - 1, "", "Ä\N{PILE OF POO}", "a\0b", b"", b"\0\xff", None)

    async def scene(store: SqliteStore) -> None:
        for number, value in enumerate(values):
            insert = Statement("INSERT INTO server_state (name, value) VALUES ($1, $2)", (str(number), value), 1)
            await store.write_server(insert)
            ((back,),) = await store.read_server("SELECT value FROM server_state WHERE name = $1", str(number))
            assert back == value
            assert type(back) is type(value)

    with_store(tmp_path / "data", scene)


def test_waiting_too_long_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    slow = (
        "SELECT count(*) FROM ledger_entries a, ledger_entries b, ledger_entries c, ledger_entries d, ledger_entries e"
    )

    async def scene(store: SqliteStore) -> None:
        await store.write(ANNES, *[entry(number) for number in range(300)])
        # Its own limit is far away, so it holds up the writer while the next caller waits.
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        loop_s = asyncio.get_running_loop().time()
        store._writer.put(Write(ANNES, (Statement(slow),), (), loop_s + 1.5, told))
        with pytest.raises(StoreUnknown) as unknown:
            await store.write(ANNES, entry(1000))
        assert not unknown.value.definite
        with pytest.raises(StoreUnknown):
            await told
        await store.write(ANNES, entry(1001))
        assert 1001 in await positions(store, ANNES)

    with_store(tmp_path / "data", scene, store_wait_s=1)


def test_closing_is_clean_and_can_be_done_twice(tmp_path: Path) -> None:
    async def run() -> None:
        store = SqliteStore.open(tmp_path / "data", Config())
        await store.write_server(*(new_home(home) for home in HOMES))
        waiting = [asyncio.create_task(store.write(ANNES, entry(number))) for number in range(100)]
        await asyncio.sleep(0)
        await asyncio.gather(store.close(), store.close())
        await store.close()
        await asyncio.gather(*waiting)
        for late in (store.read(ANNES, "SELECT 1"), store.write(ANNES, entry(1)), store.read_server("SELECT 1")):
            with pytest.raises(StoreBroken, match="closed"):
                await late
        async with opened(tmp_path / "data") as again:
            assert await positions(again, ANNES) == list(range(100))
        assert {file.name for file in (tmp_path / "data").iterdir()} == {"curtilage.sqlite", "curtilage.lock"}

    asyncio.run(run())


def test_the_folder_is_held_until_it_is_closed(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "data"):
            with pytest.raises(StoreInUse):
                SqliteStore.open(tmp_path / "data", Config())
        async with opened(tmp_path / "data"):
            pass

    asyncio.run(run())


IDS = st.sampled_from(["p", "q", "r"])
STEPS = st.one_of(
    st.tuples(st.just("insert"), IDS, st.sampled_from(["owner", "member"])),
    st.tuples(st.just("rename"), IDS, IDS),
    st.tuples(st.just("role"), IDS, st.sampled_from(["owner", "member"])),
    st.tuples(st.just("delete"), IDS, st.just("")),
    st.tuples(st.just("role of all"), st.just(""), st.sampled_from(["owner", "member"])),
    st.tuples(st.just("delete all"), st.just(""), st.just("")),
)
WRITES = st.lists(st.tuples(st.integers(0, 2), st.lists(STEPS, min_size=1, max_size=3)), max_size=25)
Step = tuple[str, str, str]


def _statement(step: Step) -> Statement:
    verb, first, second = step
    return {
        "insert": person(first, second),
        "rename": Statement("UPDATE persons SET id = $1 WHERE id = $2", (second, first), 1),
        "role": Statement("UPDATE persons SET role = $1 WHERE id = $2", (second, first), 1),
        "delete": Statement("DELETE FROM persons WHERE id = $1", (first,), 1),
        "role of all": Statement("UPDATE persons SET role = $1", (second,)),
        "delete all": Statement("DELETE FROM persons"),
    }[verb]


def _after(rows: dict[str, str], steps: list[Step]) -> dict[str, str] | None:
    """The dictionary's answer; None for a conflict."""
    rows = dict(rows)
    for verb, first, second in steps:
        missing = first not in rows
        if verb == "insert" and missing:
            rows[first] = second
        elif verb == "rename" and not missing and (second == first or second not in rows):
            rows[second] = rows.pop(first)
        elif verb == "role" and not missing:
            rows[first] = second
        elif verb == "delete" and not missing:
            del rows[first]
        elif verb == "role of all":
            rows = dict.fromkeys(rows, second)
        elif verb == "delete all":
            rows = {}
        else:
            return None
    return rows


def test_any_writes_of_several_homes_end_as_in_a_dictionary_each(tmp_path: Path) -> None:
    numbers = itertools.count()

    async def play(store: SqliteStore, writes: list[tuple[int, list[Step]]], at_once: bool) -> None:
        example = next(numbers)
        homes = [HomeId(f"home-{example}-{number}") for number in range(3)]
        await store.write_server(*(new_home(home) for home in homes))
        model: dict[HomeId, dict[str, str]] = {home: {} for home in homes}
        expected, tasks = [], []
        for number, steps in writes:
            rows = _after(model[homes[number]], steps)
            expected.append(rows is None)
            model[homes[number]] = model[homes[number]] if rows is None else rows
            tasks.append(asyncio.create_task(store.write(homes[number], *map(_statement, steps))))
            if not at_once:
                await asyncio.wait(tasks)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(outcome, Conflict) for outcome in outcomes] == expected
        assert all(outcome is None or isinstance(outcome, Conflict) for outcome in outcomes)
        for home in homes:
            assert {name: role for name, _, role in await persons(store, home)} == model[home]

    with asyncio.Runner() as runner:
        store = SqliteStore.open(tmp_path / "data", Config())

        @settings(max_examples=60, deadline=None)
        @given(WRITES, st.booleans())
        def every(writes: list[tuple[int, list[Step]]], at_once: bool) -> None:
            runner.run(play(store, writes, at_once))

        every()
        runner.run(store.close())
