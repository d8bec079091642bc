"""Cameras over the API: added, described, removed; the address is never repeated."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from curtilage.config import MIB
from curtilage.store.store import Statement, StoreFull
from curtilage.wire.identifier import HomeId
from tests.web.house import NOBODY_LISTENS, Browser, House, in_house
from tests.web.world import make_grant, open_view

pytestmark = pytest.mark.slow

_BALLAST = "INSERT INTO server_state (name, value) VALUES ($1, $2)"


async def _settled(browser: Browser, path: str) -> Any:
    for _ in range(500):
        camera = (await browser.ask("GET", path)).json()
        if camera["state"] != "connecting":
            return camera
        await asyncio.sleep(0.02)
    raise AssertionError("still connecting")


def test_a_camera_that_does_not_answer_says_so_in_words(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        alma = house.browser(owner)
        path = f"/api/v1/homes/{home}/cameras"
        added = await alma.ask("POST", path, {"name": "Porch", "address": NOBODY_LISTENS})
        assert added.status == 201
        camera = await _settled(alma, f"{path}/{added.json()['id']}")
        assert camera["state"] == "reconnecting"
        assert camera["words"] == "Porch does not answer."
        assert camera["do"] == "Check its power and Wi-Fi."
        assert (await alma.ask("GET", path)).json() == [camera]

    in_house(tmp_path, main)


def test_no_answer_repeats_an_address_or_its_password(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        alma = house.browser(owner)
        path = f"/api/v1/homes/{home}/cameras"
        answers = [await alma.ask("POST", path, {"name": "Porch", "address": NOBODY_LISTENS})]
        answers.append(await alma.ask("POST", path, {"name": "Porch", "address": NOBODY_LISTENS}))
        answers.append(await alma.ask("POST", path, {"name": "Hall", "address": "rtsp://viewer:camera-secret@:x"}))
        answers.append(await alma.ask("POST", path, {"name": "Hall", "address": "ftp://viewer:camera-secret@h/"}))
        answers.append(await alma.ask("POST", path, {"name": "Hall", "address": ["camera-secret"]}))
        answers.append(await alma.ask("POST", path, {"nam": "camera-secret"}))
        answers.append(await alma.ask("GET", path))
        answers.append(await alma.ask("GET", f"/api/v1/homes/{home}/activity"))
        assert [answer.status for answer in answers] == [201, 400, 400, 400, 422, 422, 200, 200]
        for answer in answers:
            assert b"camera-secret" not in answer.body
            assert b"viewer" not in answer.body

    in_house(tmp_path, main)


def test_removing_a_camera_cuts_its_views_and_ends_its_grants(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        stream, _ = open_view(house, member, await make_grant(house, home, camera, ada))
        alma = house.browser(owner)
        path = f"/api/v1/homes/{home}/cameras/{camera}"
        assert (await alma.ask("DELETE", path)).status == 204
        assert stream.cut
        assert (await alma.ask("DELETE", path)).status == 404
        assert (await alma.ask("GET", path)).status == 404
        assert house.parts.grants.of_home(home) == []

    in_house(tmp_path, main)


def test_a_camera_whose_removal_finds_no_space_is_seen_by_nobody_and_can_be_removed_again(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        stream, _ = open_view(house, member, await make_grant(house, home, camera, ada))
        alma, store = house.browser(owner), house.parts.ledger._store
        path = f"/api/v1/homes/{home}/cameras/{camera}"
        await _fill(house, home)
        assert (await alma.ask("DELETE", path)).status == 503
        assert stream.cut
        assert (await alma.ask("GET", path)).json()["state"] == "locked"
        await store.write_server(Statement("DELETE FROM server_state WHERE name LIKE $1", ("ballast %",)))
        assert (await alma.ask("DELETE", path)).status == 204
        assert (await alma.ask("GET", path)).status == 404

    in_house(tmp_path, main, store_bytes_max=MIB)


async def _fill(house: House, home: HomeId) -> None:
    """Until there is no free page, and no room left in the pages of the home's ledger either."""
    size, number = 64 * 1024, 0
    while size:
        number += 1
        statement = Statement(_BALLAST, (f"ballast {number}", bytes(size)))
        try:
            await house.parts.ledger._store.write_server(statement)
        except StoreFull:
            size //= 2
    with contextlib.suppress(StoreFull):
        for _ in range(1000):
            await house.parts.homes.rename(home, "Rose house", house.by_operator(home))
        raise AssertionError("the disk never got full")


def test_who_adds_a_camera_may_see_it(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        alma = house.browser(owner)
        given = {"name": "Porch", "address": NOBODY_LISTENS}
        camera = (await alma.ask("POST", f"/api/v1/homes/{home}/cameras", given)).json()
        (grant,) = (await alma.ask("GET", f"/api/v1/homes/{home}/grants")).json()
        assert (grant["camera"], grant["until_ms"]) == (camera["id"], None)

    in_house(tmp_path, main)
