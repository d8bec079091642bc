"""Views over the API: opened by a handle, by nobody else's, and never by a camera's name."""

import base64
from pathlib import Path
from typing import Any

import pytest

from curtilage.consent.grant import Grant
from curtilage.home.session import Session
from curtilage.wire.view_key import ViewPublicKey
from tests.web.house import Answer, House, in_house
from tests.web.world import make_grant, neighbours, view_key

pytestmark = pytest.mark.slow

NEVER = "A" * 43


def text(key: ViewPublicKey) -> str:
    """As the page sends it."""
    return base64.urlsafe_b64encode(key.point).rstrip(b"=").decode()


class Page:
    """A member's page with an open stream, and a second account's."""

    def __init__(self, house: House, session: Session) -> None:
        self.house, self.session = house, session
        opened = house.parts.views.open_stream(session.account, house.parts.grants, lambda: None, lambda: None)
        self.stream = getattr(opened, "handle")  # noqa: B009 -- fails the test when it was refused
        self.browser = house.browser(session)

    async def open(self, handle: str, stream: str | None = None, **changes: Any) -> Answer:
        """Ask for a view."""
        body = {"grant": handle, "key": text(view_key()), **changes}
        return await self.browser.ask("POST", f"/api/v1/streams/{stream or self.stream}/views", body)


async def adas_page(house: House) -> tuple[Page, Grant]:
    """Hers, and her grant for the porch."""
    home, _ = await house.home("Rose house", "Alma")
    ada, session = await house.member(home, "Ada")
    grant = await make_grant(house, home, await house.camera(home, "Porch"), ada)
    return Page(house, session), grant


def test_a_view_is_opened_by_its_grantee_and_closed(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        page, grant = await adas_page(house)
        opened = await page.open(grant.handle)
        assert opened.status == 201
        said = opened.json()
        assert said["view"] == 1
        assert said["resumed"] is False
        assert len(bytes.fromhex(said["stream_ids"]["main"])) == 16
        assert house.parts.views.count_of(grant) == 1
        path = f"/api/v1/streams/{page.stream}/views/1"
        assert (await page.browser.ask("DELETE", path)).status == 204
        assert (await page.browser.ask("DELETE", path)).status == 404
        assert house.parts.views.count_of(grant) == 0

    in_house(tmp_path, main)


def test_strangers_ended_and_unknown_handles_are_one_answer(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        both = await neighbours(house)
        own, page = both.own, Page(house, both.session)
        never = await page.open(NEVER)
        assert never.status == 404
        for handle in (both.strange.handle, own.camera, own.id, ""):
            assert (await page.open(handle)).looks() == never.looks()
        assert (await page.open(own.handle, stream=NEVER)).looks() == never.looks()
        await house.parts.grants.revoke(own.home, own.id, None)
        assert (await page.open(own.handle)).looks() == never.looks()

    in_house(tmp_path, main)


@pytest.mark.parametrize(
    "changes",
    [
        {"key": ""},
        {"key": "!!!!"},
        {"key": text(view_key())[:-2]},
        {"key": base64.urlsafe_b64encode(b"\x04" + bytes(64)).decode()},
        {"resume": {"epoch": "xyz", "sequence": 1}},
        {"resume": {"epoch": "a" * 32, "sequence": -1}},
        {"resume": {"epoch": "a" * 32, "sequence": 2**64}},
        {"more": 1},
        {"grant": 7},
    ],
    ids=",".join,  # no value: the key is another in each process
)
def test_what_is_not_understood_opens_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    async def main(house: House) -> None:
        page, grant = await adas_page(house)
        answer = await page.open(grant.handle, **changes)
        assert answer.status == 422
        assert grant.handle.encode() not in answer.body
        assert house.parts.views.count_of(grant) == 0

    in_house(tmp_path, main)


def test_reports_are_counted_once_per_view_and_bounded_per_minute(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        page, grant = await adas_page(house)
        statuses = []
        for _ in range(5):
            view = (await page.open(grant.handle)).json()["view"]
            path = f"/api/v1/streams/{page.stream}/views/{view}/alarms"
            statuses += [(await page.browser.ask("POST", path, {"cause": "does_not_open"})).status for _ in range(2)]
        assert statuses == [204, 404, 204, 404, 429, 429, 429, 429, 429, 429]
        assert house.parts.views.alarms_count == 2

    in_house(tmp_path, main, alarm_reports_per_minute_max=4)


def test_a_page_cannot_invent_a_cause(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        page, grant = await adas_page(house)
        await page.open(grant.handle)
        path = f"/api/v1/streams/{page.stream}/views/1/alarms"
        assert (await page.browser.ask("POST", path, {"cause": "<b>because</b>"})).status == 422
        assert house.parts.views.alarms_count == 0

    in_house(tmp_path, main)
