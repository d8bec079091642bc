"""The first page: the sentence, the tiles, the empty places, removing and unlocking."""

from pathlib import Path

import pytest

from tests.web.house import House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow


async def _read(house: House, session: object, home: str) -> PageReader:
    answer = await house.browser(session).ask("GET", f"/homes/{home}/cameras")  # type: ignore[arg-type] # a session
    assert answer.status == 200
    return PageReader.of(answer.body)


def test_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        _, member = await house.member(home, "Ada")
        assert "No cameras yet." in (await _read(house, owner, home)).words
        seen = await _read(house, member, home)
        assert "No camera is shown to you. Ask an owner of Rose for a grant." in seen.words
        assert f"/homes/{home}/cameras/add" not in seen.links

    in_house(tmp_path, main)


def test_the_first_sentence_counts_cameras_and_who_may_see_them(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        for name in ("Porch", "Yard"):
            await house.camera(home, name)
        assert "0 of 2 cameras live. Nobody may see them." in (await _read(house, owner, home)).words
        camera = house.parts.cameras.of_home(home)[0].device.id
        for name in ("Ada", "Bo"):
            person, _ = await house.member(home, name)
            value = {"camera": camera, "person": person.id}
            assert (await house.browser(owner).ask("POST", f"/api/v1/homes/{home}/grants", value)).status == 201
            count = "1 person" if name == "Ada" else "2 people"
            assert f"0 of 2 cameras live. {count} may see them." in (await _read(house, owner, home)).words

    in_house(tmp_path, main)


def test_a_camera_is_removed_with_one_form_and_a_strangers_is_not_there(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        other, _ = await house.home("Birch", "Bo")
        mine, theirs = await house.camera(home, "Porch"), await house.camera(other, "Hall")
        browser = house.browser(owner)
        for act in ("remove", "unlock"):
            foreign = await browser.ask("POST", f"/homes/{home}/cameras/{theirs}/{act}", form="")
            missing = await browser.ask("POST", f"/homes/{home}/cameras/{'a' * 26}/{act}", form="")
            assert foreign.status == 404
            assert foreign.looks() == missing.looks()
        assert (await browser.ask("POST", f"/homes/{home}/cameras/{mine}/remove", form="")).status == 303
        assert house.parts.cameras.of_home(home) == []
        assert len(house.parts.cameras.of_home(other)) == 1

    in_house(tmp_path, main)
