"""A camera that sends H.265, in a browser that cannot play it: its own picture all the same, and nobody is accused."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from curtilage.wire.identifier import DeviceId
from tests.chromium import mark_on_screen
from tests.origin.clip import IN_H265, MARK_KEY, clip_file
from tests.origin.running import running_origin
from tests.web.browser.console import browsing, running_console
from tests.web.browser.household import causes, make_household
from tests.web.house import House

pytestmark = [pytest.mark.browser, pytest.mark.origin]
_REFUSE_AND_NOTE = """window.asked = [];
MediaSource.prototype.addSourceBuffer = function (type) {
  window.asked.push(type);
  throw new DOMException("this browser has no H.265", "NotSupportedError");
};"""


def test_where_a_browser_has_no_h265_its_stills_are_shown(chromium: Browser, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with running_origin(tmp_path, clip_file(tmp_path, IN_H265)) as origin, running_console(data) as console:
        household = make_household(console)

        async def add(house: House) -> DeviceId:
            return await house.camera(household.home, "Gate", f"rtsp://127.0.0.1:{origin.port}/0")

        gate = console.do(add)
        console.grant(household.home, gate, household.member_person)
        with browsing(chromium, console, household.member) as (page, troubles):
            page.add_init_script(_REFUSE_AND_NOTE)
            page.goto(console.base + household.page)
            tile = page.locator('[data-name="Gate"][data-state="still"]')
            expect(tile).to_be_attached(timeout=15_000)
            assert 'video/mp4; codecs="hvc1.1.6.L60.90"' in page.evaluate("window.asked")
            mark = mark_on_screen(tile, MARK_KEY, "canvas")
            assert mark is not None
            assert (mark.home, mark.camera) == (IN_H265.home, IN_H265.camera)
            assert troubles.none(), troubles
        assert causes(console, household) == []
