"""A tile carries the visitor's own grant and nobody else's."""

from pathlib import Path

import pytest

from curtilage.home.actor import Actor, Role
from curtilage.web.pages.pages_tile import tiles
from tests.web.house import House, in_house

pytestmark = pytest.mark.slow


def test_the_longest_of_ones_own_grants_is_used_and_never_anothers(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        person, _ = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        now = house.parts.clock.now()
        ends = (now + 60_000, now + 120_000)
        for until_ms in ends:
            value = {"camera": camera, "person": person.id, "until_ms": until_ms}
            assert (await house.browser(owner).ask("POST", f"/api/v1/homes/{home}/grants", value)).status == 201
        (tile,) = tiles(house.parts, Actor(home, person.id, Role.MEMBER))
        longest = next(grant for grant in house.parts.grants.of_home(home) if grant.until_ms == max(ends))
        assert (tile.handle, tile.until_ms) == (longest.handle, longest.until_ms)
        assert tile.handle not in repr(tile)
        (unseen,) = tiles(house.parts, house.by_operator(home))
        assert (unseen.handle, unseen.chip) == ("", "Porch, no picture")

    in_house(tmp_path, main)


def test_tiles_stand_in_the_order_in_which_cameras_came(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose", "Alma")
        for name in ("Yard", "Porch", "Attic"):
            await house.camera(home, name)
        assert [tile.name for tile in tiles(house.parts, house.by_operator(home))] == ["Yard", "Porch", "Attic"]

    in_house(tmp_path, main)
