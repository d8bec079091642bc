"""The page that switches a camera's sound: the purpose's own words first, and off again by the same page."""

from pathlib import Path

import pytest

from curtilage.consent.purpose import CAMERA_SOUND, purpose
from tests.web.house import House, in_house

pytestmark = pytest.mark.slow


def test_an_owner_reads_what_it_means_and_switches_it_on_and_off(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        camera = await house.camera(home, "Porch")
        browser, page = house.browser(session), f"/homes/{home}/cameras/{camera}/sound"
        shown = (await browser.ask("GET", page)).body.decode()
        assert "switched off" in shown
        assert purpose(CAMERA_SOUND).kept in shown
        assert (await browser.ask("POST", page, form="on=yes")).status == 303
        shown = (await browser.ask("GET", page)).body.decode()
        assert "Switch the sound off" in shown
        assert house.parts.consents.stands(home, CAMERA_SOUND) is not None
        assert (await browser.ask("POST", page, form="on=no")).status == 303
        assert "I consent" in (await browser.ask("GET", page)).body.decode()

    in_house(tmp_path, main)
