"""Which account stands behind which person: found with the key, changed by nobody without it."""

from pathlib import Path

import apsw
import pytest

from curtilage.errors import PersonError
from curtilage.home.code import CodeKind
from curtilage.home.membership import account_of, beginning, ending
from curtilage.store.store import Conflict
from tests.consent.parts import Family, House, in_house, settle_in


def test_a_persons_account_is_found_until_they_leave(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        for each in (family, others):
            for person in (each.ana, each.ben):
                assert await account_of(house.store, house.vault, each.home, person.id) == person.account
        assert await account_of(house.store, house.vault, others.home, family.ben.id) is None
        await house.store.write_server(ending(house.vault, family.home, family.ben.id))
        assert await account_of(house.store, house.vault, family.home, family.ben.id) is None
        assert await account_of(house.store, house.vault, family.home, family.ana.id) == family.ana.account

    in_house(tmp_path, test)


def test_a_person_has_one_account(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        with pytest.raises(Conflict):
            await house.store.write_server(beginning(house.vault, family.session.account, family.home, family.ben.id))

    in_house(tmp_path, test)


def test_an_account_put_behind_another_person_from_outside_is_none(tmp_path: Path) -> None:
    async def after(house: House) -> None:
        assert await account_of(house.store, house.vault, family.home, family.ben.id) is None
        with pytest.raises(PersonError, match="no account"):
            await house.codes.make(CodeKind.SIGN_IN, family.home, family.ben.id, 1, 60)

    family: Family = in_house(tmp_path, settle_in)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    (one, other) = connection.execute("SELECT lookup, sealed FROM outside_account_homes").fetchall()
    for (lookup, _), (_, sealed) in ((one, other), (other, one)):
        connection.execute("UPDATE outside_account_homes SET sealed = $1 WHERE lookup = $2", (sealed, lookup))
    connection.close()
    in_house(tmp_path, after, seed="after")
