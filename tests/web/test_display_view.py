"""What a display shows: its own grants' cameras and no others."""

from pathlib import Path

from curtilage.web.display_view import shown_cameras
from tests.web.house import House, in_house
from tests.web.world import make_grant


def test_it_shows_what_it_was_granted_once_each_with_its_longest_grant(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        porch, yard, _ = [await house.camera(home, name) for name in ("Porch", "Yard", "Attic")]
        paired, other = await house.paired(home, "Kitchen"), await house.paired(home, "Hall")
        now_ms = house.parts.clock.now()
        await make_grant(house, home, yard, paired.display, now_ms + 60_000)
        longest = await make_grant(house, home, yard, paired.display)
        await make_grant(house, home, porch, paired.display, now_ms + 60_000)
        tiles = shown_cameras(house.parts, paired.display)
        assert [tile.name for tile in tiles] == ["Porch", "Yard"]
        assert tiles[1].handle == longest.handle
        assert shown_cameras(house.parts, other.display) == []
        await house.parts.cameras.remove(house.by_operator(home), yard)
        assert [tile.name for tile in shown_cameras(house.parts, paired.display)] == ["Porch"]

    in_house(tmp_path, main)
