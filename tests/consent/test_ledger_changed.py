"""Ledgers that somebody changed who has the database file and no key: noticed at the next start, said, and shown."""

import shutil
from pathlib import Path

import apsw
import pytest

from curtilage.consent import receipt
from curtilage.consent.event import Event, EventKind
from curtilage.consent.ledger import LedgerBroken
from curtilage.store.store import Row, Statement, Value
from curtilage.wire.identifier import HomeId
from tests.consent.parts import House, in_house
from tests.consent.test_ledger import RENAMED, new_home, positions


def changed_from_outside(folder: Path, sql: str, *values: Value) -> None:
    """What somebody does who has the database file and no key."""
    connection = apsw.Connection(str(folder / "data" / "curtilage.sqlite"))
    for statement in sql.split(";"):
        connection.execute(statement, values)
        assert connection.changes() > 0
    connection.close()


def test_an_erased_entry_is_noticed_and_keeps_the_tree_valid(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        home = await new_home(house)
        await house.ledger.record(home, RENAMED)
        erase = "UPDATE ledger_entries SET salt = NULL, payload = NULL WHERE position = 0"
        await house.store.write(home, Statement(erase, rows_expected=1))

    async def after(house: House) -> None:
        home = house.homes.all()[0].id
        assert [(problem.position, problem.why) for problem in house.ledger.problems] == [(0, "the entry was erased")]
        assert "position 0" in house.ledger.alarm(home)
        assert await house.ledger.receipt(home, 0) is None
        text = await house.ledger.receipt(home, 2)
        assert text is not None
        assert receipt.verify(receipt.decode(text), house.ledger.key(home)).size == 3
        kinds = [entry.event.kind for entry in await house.ledger.entries(home, None, 9)]
        assert kinds == [EventKind.HOME_RENAMED, EventKind.CONSENT_GIVEN, EventKind.UNREADABLE]

    in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


async def _two_homes(house: House) -> None:
    for name in ("Mill Lane", "Oak Hill"):
        home = await new_home(house, name)
        await house.ledger.record(home, RENAMED)
        house.hands.pass_s(1)  # homes stand in the order they were made, after a restart too


_ONE_MORE = (
    "INSERT INTO inside_ledger_entries SELECT home, 3, at_ms, salt, payload, leaf FROM inside_ledger_entries "
    "WHERE home = $1 AND position = 2"
)
_ALL = (
    "DELETE FROM inside_ledger_entries WHERE home = $1;"
    "DELETE FROM outside_server_state WHERE name = 'checkpoint/' || $1"
)
TREE_CHANGES = (
    ("DELETE FROM inside_ledger_entries WHERE home = $1 AND position = 2", "2 entries"),
    ("DELETE FROM inside_ledger_entries WHERE home = $1 AND position = 1", "entry 1 is missing"),
    ("DELETE FROM inside_ledger_entries WHERE home = $1 AND position = 0", "entry 0 is missing"),
    ("DELETE FROM inside_ledger_entries WHERE home = $1", "0 entries"),
    ("UPDATE inside_ledger_entries SET leaf = zeroblob(32) WHERE home = $1 AND position = 1", "an entry was changed"),
    ("UPDATE inside_ledger_entries SET leaf = x'' WHERE home = $1 AND position = 1", "an entry was changed"),
    ("UPDATE outside_server_state SET value = 'x' WHERE name = 'checkpoint/' || $1", "no signatures"),
    ("UPDATE outside_server_state SET value = replace(value, '3', '2') WHERE name = 'checkpoint/' || $1", ""),
    ("DELETE FROM outside_server_state WHERE name = 'checkpoint/' || $1", "checkpoint is missing"),
    (_ONE_MORE, "4 entries"),
    (_ALL, "all its entries are missing"),
)


@pytest.mark.parametrize(("sql", "why"), TREE_CHANGES)
def test_a_tree_changed_from_outside_is_noticed_and_not_continued(tmp_path: Path, sql: str, why: str) -> None:
    async def first(house: House) -> HomeId:
        await _two_homes(house)
        return house.homes.all()[0].id

    async def after(house: House) -> None:
        mine, other = (home.id for home in house.homes.all())
        (problem,) = [problem for problem in house.ledger.problems if problem.position is None]
        assert (problem.home, why in problem.why) == (mine, True)
        with pytest.raises(LedgerBroken):
            await house.ledger.record(mine, RENAMED)
        with pytest.raises(LedgerBroken):
            house.ledger.checkpoint(mine)
        with pytest.raises(LedgerBroken):
            await house.ledger.receipt(mine, 0)
        assert await house.ledger.record(other, RENAMED) == 3  # nothing else is disturbed

    changed_from_outside(tmp_path, sql, in_house(tmp_path, first))
    in_house(tmp_path, after, seed="after")


@pytest.mark.parametrize(
    "change",
    [
        "payload = zeroblob(80)",
        "salt = zeroblob(61)",
        "payload = NULL",
        "salt = NULL",
        "payload = (SELECT payload FROM inside_ledger_entries WHERE position = 2 ORDER BY home LIMIT 1)",
    ],
)
def test_an_entry_changed_from_outside_is_noticed_and_shown_as_such(
    tmp_path: Path, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    in_house(tmp_path, _two_homes)
    changed_from_outside(tmp_path, f"UPDATE inside_ledger_entries SET {change} WHERE position = 1")  # noqa: S608  the table above

    async def after(house: House) -> None:
        said = [(problem.position, problem.why) for problem in house.ledger.problems]
        assert said == [(1, "the entry was changed")] * 2
        assert "the entry was changed (entry 1)" in caplog.text
        home = house.homes.all()[0].id
        entries = await house.ledger.entries(home, None, 9)
        assert [entry.event.kind for entry in entries][1] is EventKind.UNREADABLE
        assert await house.ledger.receipt(home, 1) is None
        assert "not known" in house.activity.words(home, entries[1])
        assert await house.ledger.record(home, RENAMED) == 3  # the tree itself is whole

    in_house(tmp_path, after, seed="after")


def test_of_a_shortened_ledger_what_is_left_is_shown_under_an_alarm(tmp_path: Path) -> None:
    in_house(tmp_path, _two_homes)
    changed_from_outside(tmp_path, "DELETE FROM inside_ledger_entries WHERE position = 2")

    async def after(house: House) -> None:
        home = house.homes.all()[0].id
        assert await positions(house, home) == [1, 0]
        assert await positions(house, None) == []
        assert [entry.position for entry in await house.ledger.entries(home, 1, 9)] == [0]
        entries = await house.ledger.entries(home, None, 9)
        assert [entry.event.kind for entry in entries] == [EventKind.CONSENT_GIVEN, EventKind.HOME_CREATED]
        assert "it has 2 entries, its checkpoint says 3" in house.ledger.alarm(home)
        assert house.ledger.broken(home)
        assert house.ledger.alarm(None) == ""
        assert len(house.ledger.problems) == 2, "one for each ledger, however often it was read"

    in_house(tmp_path, after, seed="after")


def test_a_ledger_erased_whole_fills_no_screen_of_messages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def fill(house: House) -> None:
        await house.ledger.record_all(await new_home(house), [RENAMED] * 300)

    in_house(tmp_path, fill)
    changed_from_outside(tmp_path, "UPDATE inside_ledger_entries SET salt = NULL, payload = NULL")

    async def after(house: House) -> None:
        home = house.homes.all()[0].id
        assert house.ledger.alarm(home).startswith("302 entries")
        assert 0 < caplog.text.count("the entry was erased") <= 100

    in_house(tmp_path, after, seed="after")


def test_an_entry_sealed_by_us_in_another_history_does_not_pass_for_this_ones(tmp_path: Path) -> None:
    """Of two servers that went on from one backup, each has sealed an entry for the same place."""
    in_house(tmp_path / "one", _two_homes)
    shutil.copytree(tmp_path / "one", tmp_path / "two")

    async def renames(house: House) -> HomeId:
        home = house.homes.all()[0].id
        await house.ledger.record(home, RENAMED)
        return home

    async def creates(house: House) -> Row:
        home = house.homes.all()[0].id
        await house.ledger.record(home, Event(EventKind.HOME_CREATED, None))
        (row,) = await house.store.read(home, "SELECT salt, payload FROM ledger_entries WHERE position = 3")
        return row

    async def after(house: House) -> None:
        assert [(problem.position, problem.why) for problem in house.ledger.problems] == [(3, "the entry was changed")]
        (newest, *_) = await house.ledger.entries(home, None, 9)
        assert newest.event.kind is EventKind.UNREADABLE
        assert await house.ledger.receipt(home, 3) is None

    home, (salt, payload) = in_house(tmp_path / "one", renames, seed="one"), in_house(tmp_path / "two", creates)
    sql = "UPDATE inside_ledger_entries SET salt = $1, payload = $2 WHERE home = $3 AND position = 3"
    changed_from_outside(tmp_path / "one", sql, salt, payload, home)
    in_house(tmp_path / "one", after, seed="after")


@pytest.mark.parametrize("at_ms", [-(2**62), 2**62])
def test_the_time_beside_an_erased_entry_is_believed_by_nobody(tmp_path: Path, at_ms: int) -> None:
    in_house(tmp_path, _two_homes)
    sql = "UPDATE inside_ledger_entries SET salt = NULL, payload = NULL, at_ms = $1 WHERE position = 1"
    changed_from_outside(tmp_path, sql, at_ms)

    async def after(house: House) -> None:
        assert house.ledger.newest_ms() <= house.clock.now() < 2**62
        entry = (await house.ledger.entries(house.homes.all()[0].id, 2, 1))[0]
        assert 0 <= entry.at_ms <= house.clock.now()

    in_house(tmp_path, after, seed="after")
