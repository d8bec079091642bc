"""What somebody reads who has the database and not the root key: no value joins two homes, or an account to a person.

Read by plain SQLite, without any of our code between. Whole numbers (times, counts, positions) are not compared: that
times are in the clear is said in docs/security-model.md.
"""

import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from curtilage.home.actor import Role
from curtilage.home.code import CodeKind
from curtilage.wire.identifier import AccountId, HomeId, PersonId
from tests.consent.parts import PASSWORD, Family, House, agreed, in_house, let_see, settle_in

OPEN_WORDS = {
    ("inside_persons", "role"),
    ("inside_devices", "kind"),
    ("inside_devices", "model"),
    ("inside_devices", "firmware"),
    ("inside_consents", "purpose"),
    ("inside_grants", "grantee_kind"),
    ("inside_grants", "ended_why"),
}
"""Columns with one of a few words that say nothing of anybody."""


@dataclass(frozen=True)
class Cell:
    """One stored value; a text as its bytes."""

    table: str
    column: str
    home: str | None
    value: bytes


@dataclass(frozen=True)
class Stolen:
    """Every text and byte of the file, and what it must not tell."""

    cells: list[Cell]
    accounts: set[AccountId]
    persons: dict[HomeId, set[PersonId]]


@pytest.fixture(scope="module")
def stolen(tmp_path_factory: pytest.TempPathFactory) -> Stolen:
    folder = tmp_path_factory.mktemp("stolen")
    accounts, persons = in_house(folder, two_homes_with_ana_in_both)
    return Stolen(list(read_all(folder / "data" / "curtilage.sqlite")), accounts, persons)


async def two_homes_with_ana_in_both(house: House) -> tuple[set[AccountId], dict[HomeId, set[PersonId]]]:
    """With codes of each kind, used and waiting, grants, sessions, one who left and one who never joined."""
    family, others = await settle_in(house), await settle_in(house, "Other ")
    added = agreed(await house.persons.add(others.home, "Ana next door", Role.MEMBER, others.owner))
    ana = agreed(await house.accounts.join(family.session.account, added.code))
    accounts = {person.account for each in (family, others) for person in (each.ana, each.ben)} - {None}
    persons: dict[HomeId, set[PersonId]] = {}
    for each, guest in ((family, family.ana), (others, ana)):
        persons[each.home] = await live_in(house, each) | {guest.id}
    await let_see(house, others, ana)
    await house.codes.make(CodeKind.SIGN_IN, others.home, ana.id, 1, 600)
    await house.homes.create("A third one, waiting for its first owner")
    return {account for account in accounts if account is not None}, persons


async def live_in(house: House, family: Family) -> set[PersonId]:
    grant = await let_see(house, family)
    assert await house.grants.revoke(family.home, grant.id, family.ana.id)
    await let_see(house, family)
    waiting = agreed(await house.persons.add(family.home, "Cleo", Role.MEMBER, family.owner))
    leaving = agreed(await house.persons.add(family.home, "Dan", Role.MEMBER, family.owner))
    await house.persons.remove(family.home, leaving.person.id, family.owner)
    for name in ("Kitchen tablet", "Old tablet"):
        pairing = agreed(house.pairings.start(None, name))
        display = agreed(await house.displays.pair(family.home, pairing.code, name, family.owner))
    await house.displays.unpair(family.home, display.id, family.owner)
    for person in (family.ana, family.ben):
        code = await house.codes.make(CodeKind.SIGN_IN, family.home, person.id, 3, 600)
        agreed(await house.accounts.sign_in_by_code(code, ""))
    agreed(await house.accounts.sign_in("Ana", PASSWORD, ""))
    return {family.ana.id, family.ben.id, waiting.person.id, leaving.person.id}


def read_all(file: Path) -> Iterator[Cell]:
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608  a name of the schema
            home = row["home"] if "home" in row.keys() else None  # noqa: SIM118  a Row iterates over values
            for column in row.keys():  # noqa: SIM118  likewise
                value = row[column]
                if isinstance(value, (str, bytes)) and len(value):
                    yield Cell(table, column, home, value.encode() if isinstance(value, str) else value)
    connection.close()


def test_what_is_looked_at_is_there(stolen: Stolen) -> None:
    tables = {cell.table for cell in stolen.cells}
    assert {"outside_account_homes", "outside_sessions", "outside_codes", "inside_grants", "inside_persons"} <= tables
    assert len(stolen.accounts) == 4
    assert [len(persons) for persons in stolen.persons.values()] == [4, 5]
    for home, persons in stolen.persons.items():
        mine = {cell.value for cell in stolen.cells if cell.home == home}
        assert {person.encode() for person in persons} <= mine


def test_an_account_is_named_in_its_own_row_only(stolen: Stolen) -> None:
    for account in stolen.accounts:
        places = [(cell.table, cell.column) for cell in stolen.cells if account.encode() in cell.value]
        assert places == [("outside_accounts", "id")]


def test_a_person_is_named_in_their_home_only(stolen: Stolen) -> None:
    for home, persons in stolen.persons.items():
        elsewhere = [cell for cell in stolen.cells if cell.home != home]
        for person in persons:
            assert not [cell for cell in elsewhere if person.encode() in cell.value]


def test_a_home_is_named_by_its_own_rows_only(stolen: Stolen) -> None:
    """And by the checkpoint of its ledger, which names no other."""
    for home in stolen.persons:
        naming = [cell for cell in stolen.cells if cell.home != home and home.encode() in cell.value]
        assert {(cell.table, cell.column) for cell in naming} == {
            ("outside_homes", "id"),
            ("outside_server_state", "name"),
            ("outside_server_state", "value"),
        }
        assert not [
            cell for cell in naming for other in stolen.persons if other != home if other.encode() in cell.value
        ]


def test_no_value_joins_two_homes_or_a_home_to_what_is_outside(stolen: Stolen) -> None:
    """But for the home's own identifier, which is the name of its row in the list of homes."""
    values: dict[str | None, set[bytes]] = {}
    for cell in stolen.cells:
        if (cell.table, cell.column) not in OPEN_WORDS and (cell.home is None or cell.value != cell.home.encode()):
            values.setdefault(cell.home, set()).add(cell.value)
    assert len(values) == len([None, *stolen.persons, "the third one"])
    for one, other in itertools.combinations(values, 2):
        assert not values[one] & values[other], (one, other)


def test_no_row_outside_the_homes_shares_a_value_with_another(stolen: Stolen) -> None:
    """But for the word that says what a code is for."""
    seen: set[bytes] = set()
    for cell in stolen.cells:
        if cell.table.startswith("outside_") and (cell.table, cell.column) != ("outside_codes", "kind"):
            assert cell.value not in seen, cell
            seen.add(cell.value)
