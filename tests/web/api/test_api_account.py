"""Closing an account over the API: by its person, and by the operator."""

from pathlib import Path

import pytest

from tests.web.house import PASSWORD, House, in_house
from tests.web.world import make_grant, open_view

pytestmark = pytest.mark.slow


def test_a_person_closes_their_account_and_what_it_had_open(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        stream, _ = open_view(house, member, await make_grant(house, home, camera, ada))
        answer = await house.browser(member).ask("DELETE", "/api/v1/account")
        assert answer.status == 204
        assert "Max-Age=0" in (answer.header("set-cookie") or "")
        assert stream.cut
        assert (await house.browser(member).ask("GET", "/api/v1/sessions/current")).status == 401
        given = {"account": "Ada", "password": PASSWORD}
        assert (await house.browser().ask("POST", "/api/v1/sessions", given)).status == 403
        persons = (await house.browser(owner).ask("GET", f"/api/v1/homes/{home}/persons")).json()
        assert [person["name"] for person in persons] == ["Alma"]

    in_house(tmp_path, main)


def test_the_last_owner_is_closed_by_the_operator_alone(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, owner = await house.home("Rose house", "Alma")
        refused = await house.browser(owner).ask("DELETE", "/api/v1/account")
        assert refused.status == 400
        assert "owner" in refused.json()["detail"]
        given = {"account": "alma"}
        assert (await house.browser(owner).ask("POST", "/api/v1/accounts/closed", given)).status == 403
        assert (await house.operator().ask("POST", "/api/v1/accounts/closed", given)).status == 204
        assert (await house.operator().ask("POST", "/api/v1/accounts/closed", given)).status == 404
        assert (await house.browser(owner).ask("GET", "/api/v1/sessions/current")).status == 401
        assert (await house.operator().ask("DELETE", "/api/v1/account")).status == 400

    in_house(tmp_path, main)
