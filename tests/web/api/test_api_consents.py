"""Consents over the API: the purposes in words, and withdrawing."""

from pathlib import Path

import pytest

from curtilage.consent.purpose import PURPOSES
from tests.web.house import PASSWORD, Browser, House, in_house
from tests.web.world import make_grant, open_view

pytestmark = pytest.mark.slow


def test_every_purpose_is_shown_with_the_consent_that_stands(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        alma = house.browser(owner)
        path = f"/api/v1/homes/{home}/consents"
        shown = {purpose["purpose"]: purpose for purpose in (await alma.ask("GET", path)).json()}
        assert set(shown) == {purpose.id for purpose in PURPOSES}
        assert shown["camera_view"]["consent"] is None, "off by default"
        await house.camera(home, "Porch")
        shown = {purpose["purpose"]: purpose for purpose in (await alma.ask("GET", path)).json()}
        assert shown["camera_input"]["consent"] is not None

    in_house(tmp_path, main)


def test_withdrawing_ends_what_followed_from_it(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        stream, _ = open_view(house, member, await make_grant(house, home, camera, ada))
        consent = house.parts.consents.stands(home, "camera_view")
        path = f"/api/v1/homes/{home}/consents/{consent}"
        assert (await house.browser(member).ask("DELETE", path)).status == 403
        assert (await house.browser(owner).ask("DELETE", path)).status == 204
        assert stream.cut
        assert house.parts.grants.of_home(home) == []
        assert (await house.browser(owner).ask("DELETE", path)).status == 404

    in_house(tmp_path, main)


async def own_consents(house: House, browser: Browser, home: str) -> dict[str, str | None]:
    shown = (await browser.ask("GET", f"/api/v1/homes/{home}/consents")).json()
    return {purpose["purpose"]: purpose["consent"] for purpose in shown}


def test_ones_own_consents_are_seen_and_anothers_are_not(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        _, member = await house.member(home, "Ada")
        almas = await own_consents(house, house.browser(owner), home)
        adas = await own_consents(house, house.browser(member), home)
        for purpose in ("account", "home_membership"):
            assert almas[purpose] is not None
            assert adas[purpose] is not None
            assert almas[purpose] != adas[purpose]
            path = f"/api/v1/homes/{home}/consents/"
            assert (await house.browser(owner).ask("DELETE", f"{path}{adas[purpose]}")).status == 404
            assert (await house.browser(member).ask("DELETE", f"{path}{almas[purpose]}")).status == 403

    in_house(tmp_path, main)


@pytest.mark.parametrize("purpose", ["account", "home_membership"])
def test_withdrawing_ones_own_consent_ends_what_it_was_for(tmp_path: Path, purpose: str) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        stream, _ = open_view(house, member, await make_grant(house, home, camera, ada))
        browser = house.browser(member)
        consent = (await own_consents(house, browser, home))[purpose]
        assert (await browser.ask("DELETE", f"/api/v1/homes/{home}/consents/{consent}")).status == 204
        assert stream.cut
        assert house.parts.consents.of_person(home, ada.id) == []
        given = {"account": "Ada", "password": PASSWORD}
        assert (await house.browser().ask("POST", "/api/v1/sessions", given)).status == 403

    in_house(tmp_path, main)
