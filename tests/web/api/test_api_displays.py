"""Displays of a home over the API: a code works once, unpairing cuts at once, waking reaches the page."""

import asyncio
from pathlib import Path

import pytest

from curtilage.home.actor import Role
from tests.web.house import House, in_house
from tests.web.world import make_grant, waiting_code

pytestmark = pytest.mark.slow


def test_a_display_is_paired_listed_woken_and_unpaired(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        camera = await house.camera(home, "Porch")
        alma, path = house.browser(owner), f"/api/v1/homes/{home}/displays"
        until_ms = house.parts.clock.now() + 3_600_000
        code = waiting_code(house, "a")
        given = {"code": code.lower(), "name": "Kitchen tablet", "cameras": [camera, camera], "until_ms": until_ms}
        made = await alma.ask("POST", path, given)
        assert made.status == 201, made.body
        display = made.json()
        (grant,) = display["grants"]
        assert (grant["camera"], grant["camera_name"], grant["until_ms"]) == (camera, "Porch", until_ms)
        assert (await alma.ask("GET", path)).json() == [display]
        (listed,) = [
            item
            for item in (await alma.ask("GET", f"/api/v1/homes/{home}/grants")).json()
            if item["id"] == grant["grant"]
        ]
        assert (listed["grantee_kind"], listed["grantee_name"], listed["handle"]) == ("display", "Kitchen tablet", None)
        assert (await alma.ask("POST", f"{path}/{display['id']}/wake")).json() == {"here": False}
        assert (await alma.ask("DELETE", f"{path}/{display['id']}")).status == 204
        assert (await alma.ask("GET", path)).json() == []
        assert [item for item in house.parts.grants.of_home(home) if item.id == grant["grant"]] == []
        assert (await alma.ask("DELETE", f"{path}/{display['id']}")).status == 404

    in_house(tmp_path, main)


def test_a_display_is_let_in_with_all_of_its_cameras_or_not_at_all(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        cameras = [await house.camera(home, name) for name in ("Porch", "Hall", "Shed")]
        code, path = waiting_code(house, "a"), f"/api/v1/homes/{home}/displays"
        given = {"code": code, "name": "Kitchen tablet", "cameras": cameras}
        refused = await house.browser(owner).ask("POST", path, given)
        assert refused.status == 429
        assert "too many grants" in refused.json()["detail"]
        assert house.parts.displays.of_home(home) == []
        assert house.parts.grants.of_home(home) == []
        fewer = await house.browser(owner).ask("POST", path, {**given, "cameras": cameras[:2]})
        assert fewer.status == 201, "the code is as good as before"
        assert len(fewer.json()["grants"]) == 2

    in_house(tmp_path, main, grants_per_home_count_max=2)


def test_a_display_whose_grants_fail_on_the_way_is_not_left_half_in(tmp_path: Path) -> None:
    """Two are paired at once, and there is room for the grants of one."""

    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        cameras = [await house.camera(home, name) for name in ("Porch", "Hall")]
        path, alma = f"/api/v1/homes/{home}/displays", house.browser(owner)
        codes = [waiting_code(house, name) for name in ("a", "b")]
        asked = [alma.ask("POST", path, {"code": code, "name": code, "cameras": cameras}) for code in codes]
        answers = await asyncio.gather(*asked)
        for display in house.parts.displays.of_home(home):
            assert len(house.parts.grants.of_grantee(home, display.id)) == 2
        let_in = [answer for answer in answers if answer.status == 201]
        assert len(house.parts.displays.of_home(home)) == len(let_in) < 2
        assert {answer.status for answer in answers} - {201} == {429}

    in_house(tmp_path, main, grants_per_home_count_max=3)


def test_a_used_an_expired_a_made_up_and_another_homes_code_are_one_answer(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        other, stranger = await house.home("Birch flat", "Bo")
        used, theirs = waiting_code(house, "a"), waiting_code(house, "b")
        path = f"/api/v1/homes/{home}/displays"
        alma = house.browser(owner)
        assert (await alma.ask("POST", path, {"code": used, "name": "Mine"})).status == 201
        taken = await house.browser(stranger).ask(
            "POST", f"/api/v1/homes/{other}/displays", {"code": theirs, "name": "Theirs"}
        )
        assert taken.status == 201
        answers = [
            await alma.ask("POST", path, {"code": code, "name": "Hall"})
            for code in (used, theirs, "BBBBBBBB", "BBBB-BBBB", "x", "")
        ]
        assert {answer.looks() for answer in answers} == {answers[0].looks()}
        assert answers[0].status == 404
        assert answers[0].json()["detail"].startswith("No display waits with this code.")
        assert [display.name for display in house.parts.displays.of_home(home)] == ["Mine"]

    in_house(tmp_path, main)


def test_a_second_claim_of_a_code_at_the_same_moment_gets_nothing(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        code, path = waiting_code(house, "a"), f"/api/v1/homes/{home}/displays"
        tries = [house.browser(owner).ask("POST", path, {"code": code, "name": f"No {number}"}) for number in range(6)]
        statuses = sorted(answer.status for answer in await asyncio.gather(*tries))
        assert statuses == [201, 404, 404, 404, 404, 404]
        assert len(house.parts.displays.of_home(home)) == 1

    in_house(tmp_path, main)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"cameras": ["none"]}, 404),
        ({"until_ms": 1}, 400),
        ({"until_ms": 2**53 - 1}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 200}, 400),
        ({"until_ms": "soon"}, 422),
        ({"cameras": ["x" * 65]}, 422),
        ({"cameras": ["x"] * 65}, 422),
        ({"cameras": "x"}, 422),
        ({"code": 5}, 422),
        ({"code": "B" * 65}, 422),
        ({"person": "x"}, 422),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_said_and_leaves_the_code_good(
    tmp_path: Path, change: dict[str, object], status: int
) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        good = {"code": waiting_code(house, "a"), "name": "Hall"}
        alma, path = house.browser(owner), f"/api/v1/homes/{home}/displays"
        assert (await alma.ask("POST", path, {**good, **change})).status == status
        assert (await alma.ask("POST", path, good)).status == 201

    in_house(tmp_path, main)


def test_a_member_sees_that_there_are_displays_and_may_wake_them(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        _, member = await house.member(home, "Ada", Role.MEMBER)
        paired = await house.paired(home, "Kitchen tablet")
        await make_grant(house, home, await house.camera(home, "Porch"), paired.display)
        ada, path = house.browser(member), f"/api/v1/homes/{home}/displays"
        (seen,) = (await ada.ask("GET", path)).json()
        assert (seen["name"], seen["grants"]) == ("Kitchen tablet", [])
        assert (await ada.ask("POST", f"{path}/{paired.display.id}/wake")).status == 200
        assert (await ada.ask("DELETE", f"{path}/{paired.display.id}")).status == 403

    in_house(tmp_path, main)


def test_unpairing_cuts_the_displays_streams_at_once(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        paired = await house.paired(home, "Kitchen tablet")
        stream = house.parts.views.open_stream(paired.account, house.parts.grants, lambda: None, lambda: None)
        path = f"/api/v1/homes/{home}/displays/{paired.display.id}"
        assert (await house.browser(owner).ask("DELETE", path)).status == 204
        assert stream.cut  # type: ignore[union-attr] # not refused
        assert house.parts.displays.find(paired.token) is None

    in_house(tmp_path, main)


def test_a_grant_made_later_is_told_to_the_display(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        camera = await house.camera(home, "Porch")
        paired = await house.paired(home, "Kitchen tablet")
        before = house.parts.display_news.version(paired.display.digest)
        given = {"camera": camera, "person": paired.display.id}
        made = await house.browser(owner).ask("POST", f"/api/v1/homes/{home}/grants", given)
        assert made.status == 201
        assert (made.json()["grantee_kind"], made.json()["grantee_name"]) == ("display", "Kitchen tablet")
        assert house.parts.display_news.version(paired.display.digest) != before

    in_house(tmp_path, main)
