"""Persons: adding, joining, leaving, and what is left of who left."""

import asyncio
from pathlib import Path

import apsw
import pytest

from curtilage.errors import RefusalReason, Refused
from curtilage.home.actor import Role
from curtilage.home.name import NameTaken
from curtilage.home.person import LastOwner, Person
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field
from curtilage.wire.identifier import PersonId
from tests.consent.parts import PASSWORD, House, agreed, in_house, settle_in


def test_persons_survive_a_restart(tmp_path: Path) -> None:
    async def before(house: House) -> list[Person]:
        return house.persons.of_home((await settle_in(house)).home)

    async def after(house: House) -> list[Person]:
        assert house.persons.refused_count == 0
        return house.persons.of_home(house.homes.all()[0].id)

    people = in_house(tmp_path, before)
    assert [(person.name, person.role) for person in people] == [("Ana", Role.OWNER), ("Ben", Role.MEMBER)]
    assert in_house(tmp_path, after, seed="after") == people


def test_who_was_added_joins_under_the_name_and_role_given(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        added = agreed(await house.persons.add(family.home, " Cleo ", Role.OWNER, family.owner))
        assert (added.person.name, added.person.account) == ("Cleo", None)
        assert added.code not in repr(added)
        session = agreed(await house.accounts.set_up(added.code, "Cleopatra", PASSWORD, "not renamed by this"))
        (cleo,) = house.persons.of_account(session.account)
        assert (cleo.id, cleo.name, cleo.role) == (added.person.id, "Cleo", Role.OWNER)
        assert house.homes.all()[0].name == "Mill Lane"
        assert (await house.sentences(family.home))[-4:] == [
            "Ana invited Cleo to this home as owner.",
            "Cleo joined this home as owner.",
            "Cleo gave consent: Signing in.",
            "Cleo gave consent: Belonging to a home.",
        ]

    in_house(tmp_path, test)


def test_a_neighbour_may_be_a_person_in_two_homes(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        added = agreed(await house.persons.add(others.home, "Ana next door", Role.MEMBER, others.owner))
        account = family.session.account
        joined = agreed(await house.accounts.join(account, added.code))
        assert [person.home for person in house.persons.of_account(account)] == [family.home, others.home]
        assert joined.role is Role.MEMBER
        assert isinstance(await house.accounts.join(account, added.code), Refused)
        again = agreed(await house.persons.add(others.home, "Ana twice", Role.MEMBER, others.owner))
        refused = await house.accounts.join(account, again.code)
        assert isinstance(refused, Refused)
        assert "already" in refused.words

    in_house(tmp_path, test)


def test_one_name_for_one_person(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        with pytest.raises(NameTaken):
            await house.persons.add(family.home, "BEN", Role.MEMBER, family.owner)
        asked = (house.persons.add(family.home, "Cleo", Role.MEMBER, family.owner) for _ in range(3))
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(item, NameTaken) for item in results) == 2
        others = await settle_in(house, "Other ")
        assert others.ben.name == "Ben"  # another home has its own Ben

    in_house(tmp_path, test)


def test_persons_of_a_home_are_bounded(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        asked = (house.persons.add(family.home, f"Cleo {n}", Role.MEMBER, family.owner) for n in range(4))
        results = await asyncio.gather(*asked)
        assert {item.reason for item in results if isinstance(item, Refused)} == {RefusalReason.BUSY}
        assert len(house.persons.of_home(family.home)) == 3

    in_house(tmp_path, test, persons_per_home_count_max=3)


def test_who_leaves_is_erased(tmp_path: Path) -> None:
    async def before(house: House) -> Person:
        family = await settle_in(house)
        ben = family.ben
        assert await house.persons.remove(family.home, ben.id, family.owner)
        assert not await house.persons.remove(family.home, ben.id, family.owner)
        assert house.persons.get(family.home, ben.id) is None
        assert ben.account is not None
        assert house.persons.of_account(ben.account) == []
        with pytest.raises(SealBroken):
            house.vault.seal(Field("persons", "name", ben.id, family.home, ben.id), b"")
        said = await house.sentences(family.home)
        assert "Ana ended somebody who left's membership in this home." in said
        assert not [sentence for sentence in said if "Ben" in sentence]
        return ben

    async def after(house: House) -> None:
        row = await house.store.read(
            ben.home, "SELECT account_lookup, name, person_key FROM persons WHERE id = $1", ben.id
        )
        assert row == [(None, b"", None)]
        assert house.persons.get(ben.home, ben.id) is None
        assert await house.store.read_server("SELECT count(lookup) FROM account_homes") == [(1,)]
        assert isinstance(await house.accounts.sign_in("Ben", PASSWORD, ""), Refused)
        assert await house.store.read_server("SELECT count(id) FROM accounts") == [(1,)]

    ben = in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def test_a_code_of_somebody_removed_is_void(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        added = agreed(await house.persons.add(family.home, "Cleo", Role.MEMBER, family.owner))
        joining, removing = await asyncio.gather(
            house.accounts.set_up(added.code, "Cleo", PASSWORD, None),
            house.persons.remove(family.home, added.person.id, family.owner),
        )
        assert removing
        assert isinstance(joining, Refused)
        assert isinstance(await house.accounts.set_up(added.code, "Cleo", PASSWORD, None), Refused)

    in_house(tmp_path, test)


def test_a_home_keeps_an_owner(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        await house.persons.add(family.home, "Cleo", Role.OWNER, family.owner)  # has not joined: does not count
        with pytest.raises(LastOwner):
            await house.persons.remove(family.home, family.ana.id, family.owner)
        assert house.persons.get(family.home, family.ana.id) is not None

    in_house(tmp_path, test)


def test_somebody_of_another_home_cannot_be_removed_from_here(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        assert not await house.persons.remove(family.home, others.ben.id, family.owner)
        assert not await house.persons.remove(family.home, PersonId("z" * 26), family.owner)
        assert house.persons.get(others.home, others.ben.id) == others.ben

    in_house(tmp_path, test)


@pytest.mark.parametrize(
    "change",
    ["role = 'owner'", "account_lookup = x'00'", "account_lookup = NULL", "name = zeroblob(50)", "role = 'king'"],
)
def test_a_person_changed_from_outside_is_none(tmp_path: Path, change: str) -> None:
    async def before(house: House) -> PersonId:
        return (await settle_in(house)).ben.id

    async def after(house: House) -> None:
        assert [person.name for person in house.persons.of_home(house.homes.all()[0].id)] == ["Ana"]
        assert house.persons.refused_count == 1

    ben = in_house(tmp_path, before)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    connection.execute(f"UPDATE inside_persons SET {change} WHERE id = $1", (ben,))  # noqa: S608  the table above
    connection.close()
    in_house(tmp_path, after, seed="after")


def test_neither_repr_nor_file_shows_a_name(tmp_path: Path) -> None:
    async def test(house: House) -> str:
        family = await settle_in(house, "Zanzibar")
        return repr(family.ana)

    assert "Zanzibar" not in in_house(tmp_path, test)
    octets = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert b"Zanzibar" not in octets
