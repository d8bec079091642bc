"""Signing out everywhere, closing an account, and what is forgotten of somebody who was invited and did not come."""

import asyncio
from pathlib import Path

import pytest

from curtilage.consent.event import EventKind
from curtilage.consent.purpose import ACCOUNT, HOME_MEMBERSHIP
from curtilage.errors import Refused
from curtilage.home.actor import Actor, Role
from curtilage.home.code import CodeKind
from curtilage.home.person import LastOwner
from curtilage.home.session import Session
from tests.consent.parts import PASSWORD, Family, House, agreed, in_house, let_see, settle_in

DAY_S = 24 * 3600


async def of_server(house: House, table: str) -> int:
    rows = await house.store.read_server(f"SELECT count(*) FROM {table}")  # noqa: S608 a constant of the test
    return int(str(rows[0][0]))


async def second_home(house: House, family: Family) -> Actor:
    """Ben is an owner of a home of his own, too. Somebody else owns it with him."""
    made = agreed(await house.homes.create("Oak Hill"))
    assert family.ben.account is not None
    person = agreed(await house.accounts.join(family.ben.account, made.code))
    actor = Actor(person.home, person.id, Role.OWNER)
    added = agreed(await house.persons.add(person.home, "Dora", Role.OWNER, actor))
    agreed(await house.accounts.set_up(added.code, "Dora", PASSWORD, None))
    return actor


def test_signing_out_everywhere_voids_the_accounts_codes_and_no_others(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        assert family.ben.account is not None
        codes = [await house.codes.make(CodeKind.SIGN_IN, family.home, family.ben.id, 5, DAY_S)]
        other = await second_home(house, family)
        codes.append(await house.codes.make(CodeKind.SIGN_IN, other.home, other.person, 5, DAY_S))
        anas = await house.codes.make(CodeKind.SIGN_IN, family.home, family.ana.id, 1, DAY_S)
        await house.accounts.sign_out_everywhere(family.ben.account)
        for code in codes:
            assert isinstance(await house.accounts.sign_in_by_code(code, ""), Refused)
        assert isinstance(await house.accounts.sign_in_by_code(anas, ""), Session)

    in_house(tmp_path, test)


def test_a_sign_in_under_way_is_signed_out_with_the_others(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        assert family.ben.account is not None
        account = family.ben.account
        starting = [house.sessions.start(account, "password") for _ in range(3)]
        *started, _ = await asyncio.gather(*starting, house.accounts.sign_out_everywhere(account))
        assert [house.sessions.find(session.token) for session in started if session is not None] == [None] * 3

    in_house(tmp_path, test)


def test_closing_an_account_leaves_nothing_of_it(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        family = await settle_in(house)
        other = await second_home(house, family)
        assert family.ben.account is not None
        grant = await let_see(house, family)
        code = await house.codes.make(CodeKind.SIGN_IN, family.home, family.ben.id, 1, DAY_S)
        session = agreed(await house.accounts.sign_in("Ben", PASSWORD, ""))
        await house.accounts.close(family.ben.account)
        assert not house.grants.still(grant)
        assert house.sessions.find(session.token) is None
        assert isinstance(await house.accounts.sign_in_by_code(code, ""), Refused)
        assert isinstance(await house.accounts.sign_in("Ben", PASSWORD, ""), Refused)
        assert house.persons.of_account(family.ben.account) == []
        assert house.consents.of_person(family.home, family.ben.id) == []
        assert house.consents.of_person(other.home, other.person or family.ben.id) == []
        (entry,) = await house.ledger.entries(None, None, 1)
        assert entry.event.kind is EventKind.ACCOUNT_CLOSED

    async def after(house: House) -> None:
        assert await of_server(house, "accounts") == 2  # Ana and Dora
        assert await of_server(house, "account_homes") == 2
        assert await of_server(house, "sessions") == 2
        assert isinstance(await house.accounts.sign_in("Ben", PASSWORD, ""), Refused)

    in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def test_an_account_is_kept_with_its_consent_until_its_last_home(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        other = await second_home(house, family)
        assert other.person is not None
        await house.persons.remove(family.home, family.ben.id, family.owner)
        assert isinstance(await house.accounts.sign_in("Ben", PASSWORD, ""), Session)
        assert house.consents.stands(other.home, ACCOUNT, other.person)
        assert house.consents.stands(other.home, HOME_MEMBERSHIP, other.person)
        await house.persons.remove(other.home, other.person, other)
        assert isinstance(await house.accounts.sign_in("Ben", PASSWORD, ""), Refused)
        assert await of_server(house, "accounts") == 2

    in_house(tmp_path, test)


def test_the_last_home_is_the_last_however_many_are_left_at_once(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        other = await second_home(house, family)
        assert other.person is not None
        await asyncio.gather(
            house.persons.remove(family.home, family.ben.id, family.owner),
            house.persons.remove(other.home, other.person, other),
        )
        assert await of_server(house, "accounts") == 2

    in_house(tmp_path, test)


def test_the_last_owner_closes_by_the_operator_alone(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        assert family.ana.account is not None
        with pytest.raises(LastOwner):
            await house.accounts.close(family.ana.account)
        assert isinstance(await house.accounts.sign_in("Ana", PASSWORD, ""), Session)
        assert await house.accounts.named("ana") == family.ana.account
        await house.accounts.close(family.ana.account, by_operator=True)
        assert await house.accounts.named("Ana") is None
        assert [person.name for person in house.persons.of_home(family.home)] == ["Ben"]

    in_house(tmp_path, test)


def test_who_was_invited_and_did_not_come_is_forgotten_with_the_code(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        added = agreed(await house.persons.add(family.home, "Cleo", Role.MEMBER, family.owner))
        late = agreed(await house.persons.add(family.home, "Dora", Role.MEMBER, family.owner))
        house.hands.pass_s(DAY_S - 60)
        await house.persons.settle()
        code = await house.codes.make(CodeKind.JOIN, family.home, late.person.id, 1, DAY_S)
        house.hands.pass_s(60)
        await house.persons.settle()
        assert house.persons.get(family.home, added.person.id) is None
        rows = await house.store.read(
            family.home, "SELECT name, person_key FROM persons WHERE id = $1", added.person.id
        )
        assert rows == [(b"", None)]
        said = await house.sentences(family.home)
        assert "The invitation of somebody who left ended: its code was not used in time." in said
        assert isinstance(await house.accounts.set_up(added.code, "Cleo", PASSWORD, None), Refused)
        assert isinstance(await house.accounts.set_up(code, "Dora", PASSWORD, None), Session)

    in_house(tmp_path, test)
