"""Activity over the API: words, pages, and evidence that verifies."""

from pathlib import Path

import pytest

from curtilage.consent.note import NoteKey
from tests.web.house import House, in_house

pytestmark = pytest.mark.slow


def test_entries_come_newest_first_in_words_and_in_pages(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        await house.camera(home, "Porch")
        alma = house.browser(owner)
        path = f"/api/v1/homes/{home}/activity"
        entries = (await alma.ask("GET", path)).json()
        positions = [entry["position"] for entry in entries]
        assert positions == sorted(positions, reverse=True)
        assert positions[-1] == 0
        assert any("Porch" in entry["words"] for entry in entries)
        page = (await alma.ask("GET", f"{path}?count=2&before={positions[1]}")).json()
        assert page == entries[2:4]
        assert (await alma.ask("GET", f"{path}?before=0")).json() == []

    in_house(tmp_path, main)


def test_what_is_no_page_is_not_understood(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        for query in ("count=0", "count=100000", "before=-1", "before=x", "count=x"):
            answer = await house.browser(owner).ask("GET", f"/api/v1/homes/{home}/activity?{query}")
            assert answer.status == 422
            assert answer.json()["fields"] == [query.partition("=")[0]]

    in_house(tmp_path, main)


def test_checkpoint_and_receipt_are_signed_by_the_ledgers_key(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        alma = house.browser(owner)
        path = f"/api/v1/homes/{home}/activity"
        checkpoint = await alma.ask("GET", f"{path}/checkpoint")
        assert (checkpoint.header("content-type") or "").startswith("text/plain")
        assert checkpoint.body.decode() == house.parts.ledger.checkpoint(home)
        receipt = await alma.ask("GET", f"{path}/0/receipt")
        assert receipt.body.decode() == await house.parts.ledger.receipt(home, 0)
        assert isinstance(house.parts.ledger.key(home), NoteKey)
        for position in ("99999", "-1", "99999999999999999999999999"):
            assert (await alma.ask("GET", f"{path}/{position}/receipt")).status in (404, 422)

    in_house(tmp_path, main)
