"""The tenant wall is attacked: Anne's home asks for what is Bert's, and for what is nobody's."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from curtilage.config import Config
from curtilage.store.connection import open_for_reading, open_for_writing
from curtilage.store.migration import migrate, packaged_migrations
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import Conflict, Row, Statement, StoreRefused
from curtilage.store.wall import TEXTS_COUNT_MAX, Wall
from curtilage.wire.identifier import HomeId
from tests.store.household import ANNES, BERTS, HOMES, device, opened, person, persons, with_store
from tests.store.wall_attacks import ALL_READS, BERTS_PERSON, WRITES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    """With both homes in it, not yet walled."""
    file = tmp_path / "bare.sqlite"
    file.touch()
    connection = open_for_writing(file, 2**24)
    migrate(connection, packaged_migrations())
    for home in HOMES:
        connection.execute("INSERT INTO outside_homes VALUES (?, x'00', 1)", (home,))
        connection.execute(
            "INSERT INTO inside_persons VALUES (?, ?, NULL, x'00', 'owner', NULL, 1, NULL)", (home, f"{home}-person")
        )
    connection.execute("INSERT INTO outside_accounts VALUES ('a', x'00', x'00', NULL)")
    yield connection
    connection.close()


def _form_unchecked(wall: Wall, sql: str) -> list[Row]:
    """Past ``statement_form.py``: what do the others hold alone?"""
    wall._texts.add(sql)
    return wall.inside(ANNES, sql, ())


def _authorizer_taken_off(connection: apsw.Connection) -> Wall:
    wall = Wall(connection, writes=True)
    connection.authorizer = None
    return wall


def test_no_read_reaches_beyond_the_wall(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        for attack in ALL_READS:
            with pytest.raises(StoreRefused):
                await store.read(ANNES, attack)
        for attack in WRITES:
            with pytest.raises(StoreRefused):
                await store.read(ANNES, attack)
        assert await persons(store, ANNES) == [("annes-person", b"sealed", "owner")]

    with_store(folder, scene)


def test_no_write_reaches_beyond_the_wall(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        before = [await persons(store, home) for home in HOMES]
        for attack in (*ALL_READS, *WRITES):
            with pytest.raises(StoreRefused):
                await store.write(ANNES, person("never"), Statement(attack))
        assert [await persons(store, home) for home in HOMES] == before

    with_store(folder, scene)


def test_a_read_changes_nothing(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        for sql in ("DELETE FROM persons", "UPDATE persons SET role = 'x' RETURNING id", person("x").sql):
            with pytest.raises(StoreRefused):
                await store.read(ANNES, sql)
        assert await persons(store, ANNES) == [("annes-person", b"sealed", "owner")]

    with_store(folder, scene)


@pytest.mark.parametrize("writes", [True, False], ids=["writer", "reader"])
def test_the_authorizer_holds_without_the_form(tmp_path: Path, connection: apsw.Connection, writes: bool) -> None:
    walled = connection if writes else open_for_reading(tmp_path / "bare.sqlite")
    wall = Wall(walled, writes=writes)
    for attack in (*ALL_READS, *WRITES):
        if not attack.startswith("EXPLAIN"):  # shows no row; it is for the form to refuse
            with pytest.raises(apsw.Error):
                _form_unchecked(wall, attack)
    if not writes:
        walled.close()
    connection.authorizer = None
    theirs = connection.execute("SELECT id, role FROM inside_persons WHERE home = 'berts'").fetchall()
    assert theirs == [(BERTS_PERSON, "owner")]


def test_the_views_hold_without_the_authorizer(connection: apsw.Connection) -> None:
    wall = _authorizer_taken_off(connection)
    assert wall.inside(ANNES, "SELECT id FROM persons", ()) == [("annes-person",)]
    assert wall.inside(ANNES, "SELECT count(*) FROM accounts", ()) == [(0,)]
    assert wall.outside("SELECT count(*) FROM persons", ()) == [(0,)]
    assert wall.outside("SELECT count(*) FROM accounts", ()) == [(1,)]
    wall.inside(ANNES, "DELETE FROM accounts", ())
    wall.inside(ANNES, "UPDATE homes SET made_ms = 9", ())
    wall.inside(ANNES, "INSERT INTO server_state (name, value) VALUES ('x', 1)", ())
    with pytest.raises(apsw.ConstraintError):
        wall.outside(person("x").sql, person("x").parameters)
    assert connection.execute("SELECT count(*) FROM outside_server_state").get == 0
    assert connection.execute("SELECT count(*) FROM outside_homes WHERE made_ms = 1").get == len(HOMES)
    assert connection.execute("SELECT count(*) FROM outside_accounts").get == 1


def test_no_text_meets_a_cached_statement_of_our_own(connection: apsw.Connection) -> None:
    wall = Wall(connection, writes=True)
    for _ in range(3):
        for control in ("BEGIN", "SAVEPOINT one", "RELEASE one", "COMMIT"):
            wall.control(control)
    wall.control("BEGIN")
    for control in ("COMMIT", "SAVEPOINT one"):
        with pytest.raises(apsw.AuthError):
            _form_unchecked(wall, f"SELECT id FROM persons;{control}")  # noqa: S608 - of the tuple above
    assert connection.in_transaction
    wall.control("ROLLBACK")


def test_outside_any_home_no_home_is_seen(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        for attack in (
            "SELECT * FROM persons",
            "SELECT count(*) FROM cameras",
            "SELECT id FROM homes UNION SELECT id FROM persons",
            "WITH homes AS (SELECT * FROM persons) SELECT * FROM homes",
            "SELECT * FROM inside_persons",
            "SELECT tenant()",
        ):
            with pytest.raises(StoreRefused):
                await store.read_server(attack)
            with pytest.raises(StoreRefused):
                await store.write_server(Statement(attack))
        with pytest.raises(StoreRefused):
            await store.write_server(person("x"))

    with_store(folder, scene)


def test_in_a_mixed_write_each_statement_stays_on_its_side(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        delete_persons, delete_accounts = Statement("DELETE FROM persons"), Statement("DELETE FROM accounts")
        for statements, server in (
            ([delete_accounts], []),
            ([], [delete_persons]),
            ([delete_persons], [delete_persons]),
        ):
            with pytest.raises(StoreRefused):
                await store.write(ANNES, *statements, server=server)
        assert len(await persons(store, ANNES)) == 1
        assert await store.read_server("SELECT count(*) FROM accounts") == [(2,)]

    with_store(folder, scene)


def test_a_cached_statement_shows_the_home_it_runs_for(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        for _ in range(3):
            for home in (*HOMES, HomeId("nobodys")):
                expected = [(f"{home}-person",)] if home in HOMES else []
                assert await store.read(home, "SELECT id FROM persons") == expected
        for home in HOMES:
            await store.write(home, person("same-text"))
            await store.write(home, Statement("UPDATE persons SET role = $1 WHERE id = $2", (home, "same-text"), 1))
        for home in HOMES:
            assert await store.read(home, "SELECT role FROM persons WHERE id = $1", "same-text") == [(home,)]

    with_store(folder, scene)


def test_a_statement_cached_on_one_side_is_refused_on_the_other(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        sql = "SELECT count(*) FROM accounts"
        for _ in range(3):
            assert await store.read_server(sql) == [(2,)]
            with pytest.raises(StoreRefused):
                await store.read(ANNES, sql)
        delete = Statement("DELETE FROM sessions")
        for _ in range(3):
            await store.write_server(delete)
            with pytest.raises(StoreRefused):
                await store.write(ANNES, delete)

    with_store(folder, scene)


HONEST: tuple[tuple[str, list[Row]], ...] = (
    ("SELECT count(*) FROM persons", [(1,)]),
    ("SELECT id FROM persons WHERE id = 'berts-person'", []),
    ("SELECT id FROM persons WHERE id = 'berts-person' OR 1 = 1", [("annes-person",)]),
    ("SELECT id FROM persons UNION SELECT device FROM cameras", [("annes-camera",), ("annes-person",)]),
    ("SELECT p.id, d.id FROM persons p, devices d", [("annes-person", "annes-camera")]),
    ("SELECT max(id), min(id) FROM persons", [("annes-person", "annes-person")]),
    ("SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM devices)", [(1, 1)]),
    ("WITH accounts AS (SELECT id FROM persons) SELECT * FROM accounts", [("annes-person",)]),
)


@pytest.mark.parametrize(("sql", "expected"), HONEST, ids=[sql for sql, _ in HONEST])
def test_a_home_sees_its_own(folder: Path, sql: str, expected: list[Row]) -> None:
    async def scene(store: SqliteStore) -> None:
        assert await store.read(ANNES, sql) == expected

    with_store(folder, scene)


def test_an_update_or_delete_of_everything_touches_ones_own(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        await store.write(ANNES, Statement("UPDATE persons SET role = $1 RETURNING id", ("guest",), 1))
        assert await persons(store, BERTS) == [(BERTS_PERSON, b"sealed", "owner")]
        await store.write(ANNES, Statement("DELETE FROM cameras", rows_expected=1))
        await store.write(ANNES, Statement("DELETE FROM persons RETURNING id", rows_expected=1))
        assert await persons(store, ANNES) == []
        assert await persons(store, BERTS) == [(BERTS_PERSON, b"sealed", "owner")]

    with_store(folder, scene)


def test_a_strangers_row_cannot_be_touched_by_its_id(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        for sql in ("UPDATE persons SET role = 'x' WHERE id = $1", "DELETE FROM persons WHERE id = $1"):
            for name in (BERTS_PERSON, "nobody"):
                with pytest.raises(Conflict):
                    await store.write(ANNES, Statement(sql, (name,), rows_expected=1))
        assert await persons(store, BERTS) == [(BERTS_PERSON, b"sealed", "owner")]

    with_store(folder, scene)


def test_a_key_that_a_stranger_has_is_free_here(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        await store.write(ANNES, person(BERTS_PERSON, "annes"))
        await store.write(ANNES, device("berts-camera"))
        insert_or_replace = Statement(
            person(BERTS_PERSON).sql.replace("INSERT", "INSERT OR REPLACE"), (BERTS_PERSON, b"", "2", 1)
        )
        await store.write(ANNES, insert_or_replace)
        await store.write(ANNES, Statement("UPDATE persons SET id = 'x' WHERE id = $1", (BERTS_PERSON,), 1))
        assert await persons(store, BERTS) == [(BERTS_PERSON, b"sealed", "owner")]

    with_store(folder, scene)


def test_a_foreign_key_does_not_tell_what_a_stranger_has(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        insert = "INSERT INTO cameras (device, address) VALUES ($1, $2)"
        seen = set()
        for name in ("berts-camera", "nobodys-camera"):
            with pytest.raises(Conflict) as refused:
                await store.write(ANNES, Statement(insert, (name, b"x"), 1))
            seen.add(str(refused.value))
        assert len(seen) == 1

    with_store(folder, scene)


def test_a_home_that_does_not_exist_takes_no_row(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        with pytest.raises(Conflict):
            await store.write(HomeId("nobodys"), person("x"))
        assert await persons(store, HomeId("nobodys")) == []

    with_store(folder, scene)


def test_no_home_at_all_is_refused(folder: Path) -> None:
    async def scene(store: SqliteStore) -> None:
        for nobody in (HomeId(""), None):
            with pytest.raises(StoreRefused):
                await store.read(nobody, "SELECT id FROM accounts")  # type: ignore[arg-type]  # that is the point
            with pytest.raises(StoreRefused):
                await store.write(nobody, Statement("DELETE FROM accounts"))  # type: ignore[arg-type]  # that is the point

    with_store(folder, scene)


def test_a_refused_statement_leaves_nobody_in_the_home(connection: apsw.Connection) -> None:
    wall = Wall(connection, writes=True)
    with pytest.raises(apsw.Error):
        wall.inside(ANNES, "SELECT no_such_column FROM persons", ())
    with pytest.raises(apsw.AuthError):
        connection.execute("SELECT id FROM persons")
    with pytest.raises(apsw.AuthError):
        connection.execute("PRAGMA user_version")


def test_remembered_texts_are_bounded(connection: apsw.Connection) -> None:
    wall = Wall(connection, writes=True)
    for number in range(TEXTS_COUNT_MAX + 10):
        wall.inside(ANNES, f"SELECT id FROM persons LIMIT {number}", ())  # noqa: S608 - a number
    assert len(wall._texts) <= TEXTS_COUNT_MAX


def test_a_homes_rows_are_found_by_key_and_not_by_looking_at_all(connection: apsw.Connection) -> None:
    _authorizer_taken_off(connection)
    for sql in ("SELECT * FROM persons", "SELECT * FROM persons WHERE id = 'x'", "UPDATE persons SET role = 'x'"):
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
        assert "SEARCH main.inside_persons USING PRIMARY KEY (home=?" in plan


def test_the_file_holds_tables_only(folder: Path) -> None:
    async def scene(_: SqliteStore) -> None:
        bare = apsw.Connection(str(folder / "curtilage.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
        kinds = {kind for (kind,) in bare.execute("SELECT DISTINCT type FROM sqlite_schema")}
        bare.close()
        assert kinds == {"table", "index"}

    with_store(folder, scene)


def test_every_noun_of_the_contract_is_there(folder: Path) -> None:
    inside = ("homes_settings", "persons", "devices", "cameras", "consents", "grants", "ledger_entries")
    outside = ("homes", "accounts", "account_homes", "sessions", "codes", "server_ledger_entries", "server_state")

    async def scene(store: SqliteStore) -> None:
        for noun in inside:
            await store.read(ANNES, f"SELECT * FROM {noun}")  # noqa: S608 - of the tuple above
        for noun in outside:
            await store.read_server(f"SELECT * FROM {noun}")  # noqa: S608 - likewise

    with_store(folder, scene)


def test_a_fresh_store_shows_nothing(folder: Path) -> None:
    async def run() -> None:
        async with opened(folder, Config()) as store:
            assert await store.read(ANNES, "SELECT * FROM persons") == []

    asyncio.run(run())
