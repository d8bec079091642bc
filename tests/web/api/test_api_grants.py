"""Grants over the API: made, listed, revoked; the handle is its grantee's alone."""

from pathlib import Path

import pytest

from tests.web.house import House, in_house
from tests.web.world import make_grant, open_view

pytestmark = pytest.mark.slow


def test_a_grant_is_made_listed_and_revoked(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        alma = house.browser(owner)
        path = f"/api/v1/homes/{home}/grants"
        until_ms = house.parts.clock.now() + 3_600_000
        made = await alma.ask("POST", path, {"camera": camera, "person": ada.id, "until_ms": until_ms})
        assert made.status == 201
        grant = made.json()
        assert (grant["grantee_name"], grant["camera_name"], grant["until_ms"]) == ("Ada", "Porch", until_ms)
        assert (await alma.ask("GET", path)).json() == [grant]
        stream, _ = open_view(house, member, house.parts.grants.of_home(home)[0])
        assert (await alma.ask("GET", path)).json()[0]["views_count"] == 1
        revoked = await alma.ask("DELETE", f"{path}/{grant['id']}")
        assert revoked.status == 200
        assert 0 <= revoked.json()["stopped_ms"] < 1000
        assert stream.cut
        assert (await alma.ask("GET", path)).json() == []
        assert (await alma.ask("DELETE", f"{path}/{grant['id']}")).status == 404

    in_house(tmp_path, main)


def test_only_the_grantee_gets_the_handle(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        grant = await make_grant(house, home, camera, ada)
        path = f"/api/v1/homes/{home}/grants"
        for browser, handle in (
            (house.browser(owner), None),
            (house.operator(), None),
            (house.browser(member), grant.handle),
        ):
            (listed,) = (await browser.ask("GET", path)).json()
            assert listed["handle"] == handle

    in_house(tmp_path, main)


@pytest.mark.parametrize("until_ms", [0, 1, 2**53 - 1])
def test_an_end_that_is_past_or_too_far_is_said_to_be(tmp_path: Path, until_ms: int) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, _ = await house.member(home, "Ada")
        given = {"camera": await house.camera(home, "Porch"), "person": ada.id, "until_ms": until_ms}
        answer = await house.browser(owner).ask("POST", f"/api/v1/homes/{home}/grants", given)
        assert answer.status == 400
        assert answer.json()["detail"]

    in_house(tmp_path, main)


@pytest.mark.parametrize("until_ms", [-1, 2**53, 1.5, "1", True, []])
def test_an_end_that_is_no_time_is_not_understood(tmp_path: Path, until_ms: object) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        given = {"camera": "x", "person": "y", "until_ms": until_ms}
        answer = await house.browser(owner).ask("POST", f"/api/v1/homes/{home}/grants", given)
        assert answer.status == 422
        assert answer.json()["fields"] == ["until_ms"]

    in_house(tmp_path, main)
