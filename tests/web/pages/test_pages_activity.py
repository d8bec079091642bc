"""The ledger as a page."""

from pathlib import Path

import pytest

from tests.web.house import House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow


def test_entries_are_sentences_with_position_and_receipt(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        await house.camera(home, "Porch")
        browser = house.browser(owner)
        read = PageReader.of((await browser.ask("GET", f"/homes/{home}/activity")).body)
        assert "The operator added Porch." in read.words
        assert "Today" in read.words
        receipts = [link for link in read.links if link.endswith("/receipt")]
        assert receipts
        assert (await browser.ask("GET", receipts[0])).status == 200
        assert f"/api/v1/homes/{home}/activity" in read.links

    in_house(tmp_path, main)


def test_pages_go_back_to_the_very_first_entry(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        for number in range(6):
            await house.camera(home, f"Camera {number}")
        browser, address, positions = house.browser(owner), f"/homes/{home}/activity", []
        while address:
            read = PageReader.of((await browser.ask("GET", address)).body)
            positions += [int(link.split("/")[-2]) for link in read.links if link.endswith("/receipt")]
            address = next((link for link in read.links if "?before=" in link), "")
        assert positions == list(range(max(positions), -1, -1))

    in_house(tmp_path, main, activity_page_count_max=4)


def test_members_have_no_activity_page_and_a_wrong_position_is_no_error_of_ours(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        _, member = await house.member(home, "Ada")
        assert (await house.browser(member).ask("GET", f"/homes/{home}/activity")).status == 403
        assert (await house.browser(owner).ask("GET", f"/homes/{home}/activity?before=nine")).status == 422
        assert (await house.browser(owner).ask("GET", f"/homes/{home}/activity?before=0")).status == 200

    in_house(tmp_path, main)
