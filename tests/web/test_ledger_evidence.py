"""What the API gives can be checked by somebody who has none of our code, and a changed ledger says so everywhere."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import apsw
import pytest

from curtilage.home.session import Session
from curtilage.wire.identifier import HomeId
from tests.consent.evidence_reader import Wrong, checkpoint, continues, receipt
from tests.web.house import Browser, House, house, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow


async def get(browser: Browser, path: str) -> Any:
    answer = await browser.ask("GET", path)
    assert answer.status == 200, answer.body
    return answer.json()


def spoiled(text: str) -> str:
    """The same base64, one bit changed."""
    octets = bytearray(base64.b64decode(text))
    octets[7] ^= 1
    return base64.b64encode(octets).decode()


def test_a_kept_checkpoint_is_shown_to_be_the_beginning_of_every_later_one(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        alma, path = house.browser(owner), f"/api/v1/homes/{home}/activity"
        key = (await get(alma, f"{path}/state"))["verifier_key"]
        kept = []
        for number in range(9):
            await house.camera(home, f"Camera {number}")
            kept.append((await get(alma, f"{path}/state"))["checkpoint"])
        for note in kept:
            size = checkpoint(note, key).size
            proof = await get(alma, f"{path}/consistency?old_size={size}")
            assert (proof["old_size"], proof["checkpoint"]) == (size, kept[-1])
            continues(note, proof["checkpoint"], proof["hashes"], key)
            if proof["hashes"]:
                with pytest.raises(Wrong):
                    continues(note, proof["checkpoint"], [spoiled(proof["hashes"][0]), *proof["hashes"][1:]], key)
                with pytest.raises(Wrong):
                    continues(note, proof["checkpoint"], proof["hashes"][1:], key)
        size = checkpoint(kept[-1], key).size
        assert (await alma.ask("GET", f"{path}/consistency?old_size={size + 1}")).status == 404
        for nonsense in ("0", "-1", "x", "9" * 30):
            assert (await alma.ask("GET", f"{path}/consistency?old_size={nonsense}")).status == 422

    in_house(tmp_path, main)


def test_every_receipt_verifies_with_the_published_key_alone(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        other, _ = await house.home("Birch flat", "Bo")
        await house.camera(home, "Porch")
        alma, path = house.browser(owner), f"/api/v1/homes/{home}/activity"
        state = await get(alma, f"{path}/state")
        assert state["alarm"] == ""
        for entry in await get(alma, path):
            text = (await alma.ask("GET", f"{path}/{entry['position']}/receipt")).body.decode()
            payload = receipt(text, state["verifier_key"])
            assert (payload["kind"], payload["at_ms"]) == (entry["kind"], entry["at_ms"])
            assert dict(payload["facts"]) == entry["facts"]
            moved = text.replace(f"index {entry['position']}\n", f"index {entry['position'] + 1}\n")
            for changed in (moved, text.replace("extra A", "extra B") if "extra A" in text else moved):
                with pytest.raises(Wrong):
                    receipt(changed, state["verifier_key"])
            with pytest.raises(Wrong):
                receipt(text, house.parts.ledger.key(other).text())

    in_house(tmp_path, main)


def test_the_page_shows_the_key_and_where_the_checkpoint_is(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        alma = house.browser(owner)
        page = (await alma.ask("GET", f"/homes/{home}/activity")).body.decode()
        assert house.parts.ledger.key(home).text().replace("+", "&#43;") in page.replace("+", "&#43;")
        note = (await alma.ask("GET", f"/api/v1/homes/{home}/activity/checkpoint")).body.decode()
        assert f"/api/v1/homes/{home}/activity/checkpoint" in page
        checkpoint(note, house.parts.ledger.key(home).text())

    in_house(tmp_path, main)


SHORTENED = "DELETE FROM inside_ledger_entries WHERE position = (SELECT max(position) FROM inside_ledger_entries)"
ALL_GONE = "DELETE FROM inside_ledger_entries"
ERASED = "UPDATE inside_ledger_entries SET salt = NULL, payload = NULL WHERE position = 1"
CHANGES = {
    "shortened": (SHORTENED, "its checkpoint says", True),
    "all gone": (ALL_GONE, "it has 0 entries", True),
    "one erased": (ERASED, "changed or erased from outside", False),
}


@pytest.mark.parametrize(("sql", "words", "broken"), CHANGES.values(), ids=CHANGES)
def test_a_changed_ledger_looks_like_no_empty_one(tmp_path: Path, sql: str, words: str, broken: bool) -> None:
    async def before() -> tuple[HomeId, Session, int]:
        async with house(tmp_path) as made:
            home, owner = await made.home("Rose", "Alma")
            await made.camera(home, "Porch")
            return home, owner, len(await made.parts.ledger.entries(home, None, 200))

    async def after(home: HomeId, owner: Session, left: int) -> None:
        async with house(tmp_path) as made:
            alma, path = made.browser(owner), f"/api/v1/homes/{home}/activity"
            state = await get(alma, f"{path}/state")
            assert words in state["alarm"]
            assert (state["checkpoint"] is None) == broken
            for page in (path, f"{path}?before=1", f"{path}?before=0"):
                first, *_ = await get(alma, page)
                assert (first["position"], first["kind"], first["words"]) == (None, "alarm", state["alarm"])
            # A stopped camera's and a refused consent's own entries may follow where the tree is whole.
            assert len(await get(alma, path)) - 1 >= left
            for page in (f"/homes/{home}/activity", f"/homes/{home}/activity?before=1"):
                read = PageReader.of((await alma.ask("GET", page)).body)
                assert state["alarm"] in read.words
                assert "without a trace" not in read.words
                assert "Nothing has happened yet" not in read.words
            for proof in ("checkpoint", "consistency"):
                assert (await alma.ask("GET", f"{path}/{proof}")).status == (503 if broken else 200)

    home, owner, count = asyncio.run(before())
    connection = apsw.Connection(str(next(tmp_path.rglob("curtilage.sqlite"))))
    connection.execute(sql)
    rows = list(connection.execute("SELECT count(*) FROM inside_ledger_entries"))
    connection.close()
    assert (rows[0][0] < count) == broken
    asyncio.run(after(home, owner, rows[0][0]))
