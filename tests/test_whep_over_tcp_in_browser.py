"""A real browser whose UDP goes nowhere watches by WebRTC over TCP: the picture, its end, and UDP first where it works.

The answer reaches the browser without its UDP candidates, and the server resolves none of the browser's own (``.local``
names), so that neither finds the other by UDP.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import WHEP_VIEWER, chromium, mark_reader, signed_in_context
from tests.household import Household, SignedIn, running_household
from tests.origin.clip import SMALL, clip_file
from tests.origin.running import running_origin
from tests.test_whep_in_browser import live, marks, watch

pytestmark = [pytest.mark.browser, pytest.mark.origin, pytest.mark.slow]
TAKES = """(udp) => {
  const take = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    window.taken = this;
    const lines = sdp.split("\\r\\n").filter((line) => udp || !/^a=candidate:\\S+ \\d+ udp /i.test(line));
    return take.call(this, { type, sdp: lines.join("\\r\\n") });
  };
}"""
WAY = """async () => {
  const said = await window.taken.getStats();
  for (const item of said.values()) {
    if (item.type !== "transport" || !item.selectedCandidatePairId) continue;
    const pair = said.get(item.selectedCandidatePairId);
    const there = said.get(pair.remoteCandidateId);
    return { protocol: there.protocol, port: there.port, round_trip_s: pair.currentRoundTripTime };
  }
  return null;
}"""


@dataclass
class House:
    """A home with a camera, whose server takes viewers over TCP."""

    household: Household
    browser: Browser
    alma: SignedIn
    porch: str

    def viewer(self, *, udp: bool) -> Page:
        """Alma's browser, ready to watch."""
        page = signed_in_context(self.browser, self.household.port, self.alma.cookie).new_page()
        page.goto(f"http://localhost:{self.household.port}/api/docs")
        page.evaluate(WHEP_VIEWER.replace("READER", mark_reader()))
        page.evaluate(TAKES, udp)
        return page


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Made once for this file."""
    folder = tmp_path_factory.mktemp("house")
    settings: dict[str, Any] = {"webrtc_tcp": "true", "webrtc_tcp_port": 0}
    with (
        running_origin(folder, clip_file(folder, SMALL)) as porch,
        running_household(folder, **settings) as household,
        chromium() as browser,
    ):
        alma = household.home("Rose house", "Alma")
        yield House(household, browser, alma, live(alma, porch.port))


def test_the_picture_comes_over_tcp_where_udp_goes_nowhere(house: House) -> None:
    page = house.viewer(udp=False)
    assert watch(page, house.alma, house.alma.handle(house.porch))["status"] == 201
    seen = marks(page, 30)
    assert len(seen) >= 30
    assert {mark.home for mark in seen} == {1}
    assert len({mark.frame for mark in seen}) > 15, "it moves"
    way = page.evaluate(WAY)
    assert way["protocol"] == "tcp", way
    assert page.evaluate("(csrf) => window.whep.leave(csrf)", house.alma.csrf) == 204
    page.context.close()


def test_udp_comes_first_where_it_works(house: House) -> None:
    page = house.viewer(udp=True)
    assert watch(page, house.alma, house.alma.handle(house.porch))["status"] == 201
    assert len(marks(page, 30)) >= 30
    assert page.evaluate(WAY)["protocol"] == "udp"
    page.context.close()


@pytest.mark.alone
def test_revoking_ends_the_picture_over_tcp_at_once(house: House) -> None:
    grants = f"/homes/{house.alma.home}/grants"
    granted = house.alma.ask("POST", grants, {"camera": house.porch, "person": house.alma.person}).json()
    page = house.viewer(udp=False)
    assert watch(page, house.alma, granted["handle"])["status"] == 201
    assert marks(page)
    assert page.evaluate(WAY)["protocol"] == "tcp"
    before = time.time()
    assert house.alma.ask("DELETE", f"{grants}/{granted['id']}").status_code == 200
    asked_s = time.time() - before
    for _ in range(40):
        if page.evaluate("window.whep.state()") != "connected":
            break
        time.sleep(0.05)
    assert page.evaluate("window.whep.state()") == "closed", "its goodbye came before the reset"
    time.sleep(0.5)
    assert page.evaluate("window.whep.lastPacketMs()") - before * 1000 < 200 + asked_s * 1000
    assert watch(page, house.alma, granted["handle"])["status"] == 404
    page.context.close()
