"""Homes: made by the operator, each under its own key."""

import asyncio
from pathlib import Path

import pytest

from curtilage.errors import RefusalReason, Refused
from curtilage.home.actor import Actor, Role
from curtilage.home.name import BadName
from curtilage.store.store import StoreFull
from curtilage.vault.sealing import SealBroken
from curtilage.wire.identifier import HomeId
from tests.consent.parts import PASSWORD, SMALL_DISK, House, agreed, fill_disk, free_disk, in_house


def test_a_home_survives_a_restart(tmp_path: Path) -> None:
    async def before(house: House) -> tuple[HomeId, str]:
        made = agreed(await house.homes.create("  Mill   Lane "))
        assert made.home.name == "Mill Lane"
        return made.home.id, made.code

    async def after(house: House) -> None:
        (home,) = house.homes.all()
        assert (home.id, home.name) == (home_id, "Mill Lane")
        assert house.homes.get(home_id) == home
        assert not isinstance(await house.accounts.set_up(code, "Ana", PASSWORD, None), Refused)

    home_id, code = in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def test_a_home_begins_with_its_ledger(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        home = agreed(await house.homes.create("Mill Lane")).home.id
        assert await house.sentences(home) == [
            "The operator created this home.",
            "The operator gave consent: Belonging to a home.",
        ]

    in_house(tmp_path, test)


def test_its_first_owner_may_name_it_anew(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        made = agreed(await house.homes.create("Home 1"))
        agreed(await house.accounts.set_up(made.code, "Ana", PASSWORD, "Mill Lane"))
        assert house.homes.all()[0].name == "Mill Lane"
        renamed = await house.homes.rename(made.home.id, "Oak Hill", Actor(made.home.id, None, Role.OWNER))
        assert renamed is not None
        assert house.homes.all()[0].name == renamed.name == "Oak Hill"
        assert await house.homes.rename(HomeId("z" * 26), "Oak Hill", Actor(made.home.id, None, Role.OWNER)) is None

    async def after(house: House) -> None:
        assert house.homes.all()[0].name == "Oak Hill"

    in_house(tmp_path, test)
    in_house(tmp_path, after, seed="after")


@pytest.mark.parametrize("name", ["", "\u202e", "x" * 65, "a\nb"])
def test_a_bad_name_makes_no_home(tmp_path: Path, name: str) -> None:
    async def test(house: House) -> None:
        with pytest.raises(BadName):
            await house.homes.create(name)
        assert house.homes.all() == []

    in_house(tmp_path, test)


def test_homes_are_bounded(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        results = await asyncio.gather(*(house.homes.create(f"Home {number}") for number in range(4)))
        assert [isinstance(item, Refused) for item in results] == [False, False, True, True]
        assert {item.reason for item in results if isinstance(item, Refused)} == {RefusalReason.BUSY}

    in_house(tmp_path, test, homes_count_max=2)


def test_a_home_that_cannot_be_stored_leaves_nothing(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        await fill_disk(house, lambda: house.homes.create("Mill Lane"))
        count = len(house.homes.all())
        with pytest.raises(StoreFull):
            await house.homes.create("Oak Hill")
        assert len(house.homes.all()) == count
        await free_disk(house)
        made = agreed(await house.homes.create("Oak Hill"))
        assert house.ledger.checkpoint(made.home.id).split("\n")[1] == "2"

    in_house(tmp_path, test, **SMALL_DISK)


def test_homes_made_at_once_are_different(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        made = await asyncio.gather(*(house.homes.create(f"Home {number}") for number in range(10)))
        assert len({agreed(item).home.id for item in made}) == 10
        assert len({agreed(item).code for item in made}) == 10

    in_house(tmp_path, test)


def test_another_root_key_opens_nothing(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        agreed(await house.homes.create("Mill Lane"))

    in_house(tmp_path, test)
    (tmp_path / "root.key").unlink()
    with pytest.raises(SealBroken):
        in_house(tmp_path, test, seed="another")


def test_neither_repr_nor_file_shows_a_name(tmp_path: Path) -> None:
    async def test(house: House) -> str:
        return repr(agreed(await house.homes.create("Mill Lane")))

    assert "Mill Lane" not in in_house(tmp_path, test)
    octets = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert b"Mill Lane" not in octets
