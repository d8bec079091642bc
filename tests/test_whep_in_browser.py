"""WebRTC by WHEP in a real browser: a real server, GStreamer's camera, and the mark read from what Chromium shows.

The page's content security policy lets no script of ours in, so the viewer is a script of the test: the browser's own
RTCPeerConnection and nothing else.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from curtilage.wire.mark import Mark, decode_mark
from tests.chromium import WHEP_VIEWER, chromium, mark_reader, signed_in_context
from tests.household import Household, SignedIn, running_household
from tests.origin.clip import MARK_KEY, OTHER_SIZE, SMALL, clip_file
from tests.origin.running import running_origin

pytestmark = [pytest.mark.browser, pytest.mark.origin, pytest.mark.slow]


@dataclass
class Street:
    """Two homes with a camera each, on one server."""

    household: Household
    browser: Browser
    alma: SignedIn
    bo: SignedIn
    porch: str
    hall: str

    def viewer(self, person: SignedIn) -> Page:
        """The person's browser, ready to watch."""
        page = signed_in_context(self.browser, self.household.port, person.cookie).new_page()
        page.goto(f"http://localhost:{self.household.port}/api/docs")
        page.evaluate(WHEP_VIEWER.replace("READER", mark_reader()))
        return page


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Made once for this file."""
    folder = tmp_path_factory.mktemp("street")
    first, second = folder / "first", folder / "second"
    first.mkdir()
    second.mkdir()
    with (
        running_origin(first, clip_file(folder, SMALL)) as porch,
        running_origin(second, clip_file(folder, OTHER_SIZE)) as hall,
        running_household(folder) as household,
        chromium() as browser,
    ):
        alma, bo = household.home("Rose house", "Alma"), household.home("Birch flat", "Bo")
        yield Street(household, browser, alma, bo, live(alma, porch.port), live(bo, hall.port))


def live(owner: SignedIn, port: int) -> str:
    """The owner's new camera, when it is live."""
    camera = {"name": "camera", "address": f"rtsp://127.0.0.1:{port}/0"}
    made = owner.ask("POST", f"/homes/{owner.home}/cameras", camera).json()
    for _ in range(100):
        if owner.ask("GET", f"/homes/{owner.home}/cameras/{made['id']}").json()["state"] == "live":
            return str(made["id"])
        time.sleep(0.1)
    raise AssertionError("the camera did not come alive")


def watch(page: Page, person: SignedIn, handle: str) -> Any:
    """Post the browser's offer; what the server said."""
    return page.evaluate("([handle, csrf]) => window.whep.watch(handle, csrf)", [handle, person.csrf])


def marks(page: Page, count: int = 10, wait_s: float = 10) -> list[Mark]:
    """Of the pictures shown since the last time it was asked."""
    end = time.monotonic() + wait_s
    found: list[Mark] = []
    while len(found) < count and time.monotonic() < end:
        time.sleep(0.1)
        for frame in page.evaluate("window.whep.taken()"):
            home, camera, number, mac = (int(value) for value in frame[1:])
            octets = b"".join((home.to_bytes(2), camera.to_bytes(2), number.to_bytes(4), mac.to_bytes(4)))
            mark = decode_mark(octets, MARK_KEY)
            found += [mark] if mark is not None else []
    return found


def test_each_sees_their_own_camera_and_it_moves(street: Street) -> None:
    for person, camera, home in ((street.alma, street.porch, 1), (street.bo, street.hall, 2)):
        page = street.viewer(person)
        assert watch(page, person, person.handle(camera))["status"] == 201
        seen = marks(page)
        assert len(seen) >= 10
        assert {mark.home for mark in seen} == {home}
        assert len({mark.frame for mark in seen}) > 5
        page.context.close()


def test_a_strangers_handle_opens_nothing(street: Street) -> None:
    page = street.viewer(street.bo)
    theirs = watch(page, street.bo, street.alma.handle(street.porch))
    never = watch(page, street.bo, "A" * 43)
    assert theirs == never
    assert theirs["status"] == 404
    assert marks(page, 1, 1) == []
    page.context.close()


@pytest.mark.alone
def test_revoking_ends_the_picture_at_once(street: Street) -> None:
    grants = f"/homes/{street.alma.home}/grants"
    granted = street.alma.ask("POST", grants, {"camera": street.porch, "person": street.alma.person}).json()
    page = street.viewer(street.alma)
    assert watch(page, street.alma, granted["handle"])["status"] == 201
    assert marks(page)
    before = time.time()
    assert street.alma.ask("DELETE", f"{grants}/{granted['id']}").status_code == 200
    asked_s = time.time() - before
    for _ in range(60):
        if page.evaluate("window.whep.state()") != "connected":
            break
        time.sleep(0.05)
    assert page.evaluate("window.whep.state()") != "connected", "it was told, and need not wait for silence"
    time.sleep(0.5)
    last_ms = page.evaluate("window.whep.lastPacketMs()")
    assert last_ms - before * 1000 < 200 + asked_s * 1000
    assert watch(page, street.alma, granted["handle"])["status"] == 404
    page.context.close()
