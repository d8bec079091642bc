"""LL-HLS addresses over the API: by a grant's handle, for its own person, and nobody else."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from curtilage.wire.identifier import new_handle
from tests.web.house import Answer, Browser, House, in_house
from tests.web.pushed import Pushing
from tests.web.world import make_grant, neighbours

pytestmark = pytest.mark.slow

NEVER = "A" * 43
PATH = "/api/v1/hls"


async def fetch_key(browser: Browser, index: str, playlist: str) -> Answer:
    """The first key in ``playlist``, asked for beside the address's index."""
    label = playlist.partition('URI="keys/')[2].partition('"')[0]
    return await browser.ask("GET", index.replace("index.m3u8", f"keys/{label}"))


async def over(browser: Browser, handle: str) -> Answer:
    """Once the grant has ended by itself; answers as something that worked does."""
    for _ in range(100):
        if (await browser.ask("POST", PATH, {"grant": handle})).status == 404:
            break
        await asyncio.sleep(0.1)
    return await browser.ask("GET", "/api/v1/homes")


def test_a_browsers_key_needs_its_session_and_a_players_does_not(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, session = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        Pushing(house, camera).push(60)
        grant = await make_grant(house, home, camera, ada)
        mine, nobody, alma = house.browser(session), house.browser(), house.browser(owner)
        found: dict[str, list[int]] = {}
        for player in ("browser", "other"):
            opened = await mine.ask("POST", PATH, {"grant": grant.handle, "player": player})
            assert opened.status == 201, opened.body
            said = opened.json()
            index = said["path"]
            assert (said["until_ms"] is None) is (player == "browser")
            playlist = (await nobody.ask("GET", index.replace("index", "main"))).body.decode()
            answers = [await fetch_key(browser, index, playlist) for browser in (mine, nobody, alma)]
            found[player] = [answer.status for answer in answers]
            assert all(answer.header("cache-control") == "no-store" for answer in answers)
            assert len(answers[0].body) == 16
        assert found == {"browser": [200, 404, 404], "other": [200, 200, 200]}

    in_house(tmp_path, main)


def test_strangers_ended_and_unknown_handles_are_one_answer(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        both = await neighbours(house)
        own, home = both.own, both.home
        (ada,) = house.parts.persons.of_account(both.session.account)
        ended = await make_grant(house, home, await house.camera(home, "Shed"), ada)
        await house.parts.grants.revoke(home, ended.id, None)
        browser = house.browser(both.session)
        never = await browser.ask("POST", PATH, {"grant": NEVER})
        assert never.status == 404
        for handle in (both.strange.handle, ended.handle, own.camera, own.id, ""):
            assert (await browser.ask("POST", PATH, {"grant": handle})).looks() == never.looks()
        assert (await browser.ask("POST", PATH, {"grant": own.handle})).status == 201
        assert (await house.operator().ask("POST", PATH, {"grant": own.handle})).status == 404

    in_house(tmp_path, main)


def test_a_displays_key_needs_its_own_cookie_and_ends_with_its_pairing(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        camera = await house.camera(home, "Porch")
        Pushing(house, camera).push(60)
        tablet, other = await house.paired(home, "Tablet"), await house.paired(home, "Phone")
        grant = await make_grant(house, home, camera, tablet.display)
        mine = house.display(tablet)
        index = (await mine.ask("POST", PATH, {"grant": grant.handle})).json()["path"]
        playlist = (await mine.ask("GET", index.replace("index", "main"))).body.decode()
        assert (await fetch_key(mine, index, playlist)).status == 200
        for stranger in (house.display(other), house.browser(owner), house.browser()):
            assert (await fetch_key(stranger, index, playlist)).status == 404
        assert (await house.display(other).ask("POST", PATH, {"grant": grant.handle})).status == 404
        assert await house.parts.displays.unpair(home, tablet.display.id, None)
        assert (await fetch_key(mine, index, playlist)).status == 404

    in_house(tmp_path, main)


@pytest.mark.parametrize("given", [{}, {"grant": 7}, {"grant": "x" * 65}, {"grant": NEVER, "player": "tv"}], ids=str)
def test_what_is_not_understood_opens_nothing(tmp_path: Path, given: dict[str, Any]) -> None:
    async def main(house: House) -> None:
        _, owner = await house.home("Rose house", "Alma")
        assert (await house.browser(owner).ask("POST", PATH, given)).status == 422
        assert house.parts.hls.count() == 0

    in_house(tmp_path, main)


@pytest.mark.parametrize("how", ["sign out", "sign out everywhere", "expire", "revoke", "leave", "remove the camera"])
def test_an_address_ends_with_what_it_rests_on(tmp_path: Path, how: str) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, session = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        Pushing(house, camera).push(60)
        until_ms = house.parts.clock.now() + 1500 if how == "expire" else None
        grant = await make_grant(house, home, camera, ada, until_ms)
        browser, alma = house.browser(session), house.browser(owner)
        opened = (await browser.ask("POST", PATH, {"grant": grant.handle, "player": "other"})).json()["path"]
        main_path = opened.replace("index", "main")
        playlist = (await browser.ask("GET", main_path)).body.decode()
        assert (await fetch_key(house.browser(), opened, playlist)).status == 200
        done = {
            "sign out": lambda: browser.ask("DELETE", "/api/v1/sessions/current"),
            "sign out everywhere": lambda: browser.ask("DELETE", "/api/v1/sessions"),
            "expire": lambda: over(browser, grant.handle),
            "revoke": lambda: alma.ask("DELETE", f"/api/v1/homes/{home}/grants/{grant.id}"),
            "leave": lambda: alma.ask("DELETE", f"/api/v1/homes/{home}/persons/{ada.id}"),
            "remove the camera": lambda: alma.ask("DELETE", f"/api/v1/homes/{home}/cameras/{camera}"),
        }
        assert (await done[how]()).status < 300
        nobody = house.browser()
        never = await nobody.ask("GET", f"/live/{new_handle(bytes)}/index.m3u8")
        assert never.status == 404
        for path in (opened, main_path, f"{main_path}?_HLS_msn=1&_HLS_part=0"):
            assert (await nobody.ask("GET", path)).looks() == never.looks()
        assert (await fetch_key(nobody, opened, playlist)).looks() == never.looks()

    in_house(tmp_path, main)
