"""Sound by WebRTC, end to end: a tone in GStreamer's camera, its frequency in what Chromium's own WebRTC decodes.

The viewer is a script of the test that knows nothing of Curtilage but WHEP.
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.chromium import WHEP_VIEWER, mark_reader, signed_in_context
from tests.household import SignedIn
from tests.sounding_street import OTHER_TONE, TONES, SoundingStreet, sounding_street

pytestmark = [pytest.mark.browser, pytest.mark.origin, pytest.mark.slow]


class Street(SoundingStreet):
    """And its viewers."""

    def switch(self, camera: str, *, on: bool) -> None:
        """The camera's sound; waits until it is so."""
        owner = self.owner(camera)
        place = f"/homes/{owner.home}/cameras/{camera}"
        assert owner.ask("PUT", f"{place}/sound", {"on": on}).status_code == 204
        until = time.monotonic() + 10
        while True:
            said = owner.ask("GET", place).json()
            if said["sound"] == ("on" if on else "off") and said["state"] == "live":
                return
            assert time.monotonic() < until, said
            time.sleep(0.05)

    def viewer(self, person: SignedIn) -> Page:
        """The person's browser, ready to watch."""
        page = signed_in_context(self.browser, self.household.port, person.cookie).new_page()
        page.goto(f"http://localhost:{self.household.port}/api/docs")
        page.evaluate(WHEP_VIEWER.replace("READER", mark_reader()))
        return page

    def watching(self, camera: str, *, sound: bool = True) -> tuple[Page, str]:
        """The owner's browser with the camera's picture, and what the server answered."""
        owner = self.owner(camera)
        page = self.viewer(owner)
        said = watch(page, owner, owner.handle(camera), sound=sound)
        assert said["status"] == 201, said
        until(page, "window.whep.state() === 'connected'")
        return page, said["said"]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Made once for this file."""
    with sounding_street(tmp_path_factory.mktemp("street"), Street) as made:
        yield made


def watch(page: Page, person: SignedIn, handle: str, *, sound: bool) -> Any:
    """Post the browser's offer; what the server said."""
    asked = [handle, person.csrf, sound]
    return page.evaluate("([handle, csrf, sound]) => window.whep.watch(handle, csrf, sound)", asked)


def heard(page: Page, strange: float, wait_ms: int = 2_500) -> Any:
    """The loudest tone after a while, and how loud a strange one is."""
    return page.evaluate("([wait, strange]) => window.whep.heard(wait, strange)", [wait_ms, strange])


def until(page: Page, true: str, wait_s: float = 10) -> None:
    """Asked again and again: the page's policy lets no script wait there."""
    end = time.monotonic() + wait_s
    while not page.evaluate(true):
        assert time.monotonic() < end, true
        time.sleep(0.02)


def packets(page: Page, kind: str) -> int:
    """That reached the browser."""
    return int(page.evaluate("window.whep.received()").get(kind, {}).get("packets", 0))


def sound_behind_ms(page: Page) -> float | None:
    """How much earlier the sound that is played was made than the picture that is shown, by the sender reports."""
    said = page.evaluate("window.whep.received()")
    sound, picture = (said.get(kind, {}).get("playout") for kind in ("audio", "video"))
    return float(picture - sound) if sound and picture else None


def section(answer: str, kind: str) -> str:
    """Of a session description."""
    return next(part for part in answer.split("\r\nm=") if part.startswith(kind))


NAMES = [("opus", "opus/48000/2"), ("pcma", "PCMA/8000"), ("pcmu", "PCMU/8000"), ("aac", "opus/48000/2")]


@pytest.mark.parametrize(("codec", "named"), NAMES)
def test_what_is_heard_is_the_cameras_own_tone_and_the_picture_goes_on(street: Street, codec: str, named: str) -> None:
    street.switch(street.cameras[codec], on=True)
    street.switch(street.hall, on=True)
    page, answer = street.watching(street.cameras[codec])
    assert named in section(answer, "audio")
    found = heard(page, OTHER_TONE)
    assert abs(found["tone"] - TONES[codec]) < 15, found
    assert found["level"] > -40, found
    assert found["strange"] < found["level"] - 40, found
    before = packets(page, "video")
    page.wait_for_timeout(500)
    assert packets(page, "video") > before
    page.context.close()


@pytest.mark.alone
@pytest.mark.parametrize("codec", ["opus", "aac"])
def test_the_browser_brings_sound_and_picture_together(street: Street, codec: str) -> None:
    camera = street.cameras[codec]
    street.switch(camera, on=True)
    page, _ = street.watching(camera)
    end = time.monotonic() + 25
    behind = [sound_behind_ms(page)]
    while (newest := behind[-1]) is None or abs(newest) > 80:
        assert time.monotonic() < end, behind
        page.wait_for_timeout(500)
        behind.append(sound_behind_ms(page))
    page.context.close()


def test_home_b_hears_its_own_camera_and_home_as_handle_opens_nothing(street: Street) -> None:
    street.switch(street.cameras["pcma"], on=True)
    street.switch(street.hall, on=True)
    page, _ = street.watching(street.hall)
    found = heard(page, TONES["pcma"])
    assert abs(found["tone"] - OTHER_TONE) < 15, found
    assert found["strange"] < found["level"] - 40, found
    theirs = watch(page, street.bo, street.alma.handle(street.cameras["pcma"]), sound=True)
    never = watch(page, street.bo, "A" * 43, sound=True)
    assert theirs == never
    assert theirs["status"] == 404
    page.context.close()


@pytest.mark.parametrize("case", ["switched off", "not asked for"])
def test_where_there_is_no_sound_to_send_the_picture_comes_alone(street: Street, case: str) -> None:
    camera = street.cameras["opus"]
    street.switch(camera, on=case != "switched off")
    page, answer = street.watching(camera, sound=case != "not asked for")
    assert ("m=audio 0 " in answer) == (case != "not asked for")
    until(page, "window.whep.taken().length > 0")
    assert packets(page, "audio") == 0
    page.context.close()


def test_switched_off_while_it_is_heard_it_ends_and_the_picture_stays(street: Street) -> None:
    camera = street.cameras["pcmu"]
    street.switch(camera, on=True)
    page, _ = street.watching(camera)
    assert heard(page, OTHER_TONE)["level"] > -40
    street.switch(camera, on=False)
    before = packets(page, "audio"), packets(page, "video")
    page.wait_for_timeout(1_000)
    assert packets(page, "audio") == before[0]
    assert packets(page, "video") > before[1]
    page.context.close()


@pytest.mark.alone
@pytest.mark.parametrize("codec", ["aac", "opus"])
def test_withdrawing_the_consent_ends_the_sound_at_once_and_the_picture_stays(street: Street, codec: str) -> None:
    camera, home = street.cameras[codec], f"/homes/{street.alma.home}"
    street.switch(camera, on=True)
    page, _ = street.watching(camera)
    assert heard(page, OTHER_TONE)["level"] > -40
    stands = {said["purpose"]: said["consent"] for said in street.alma.ask("GET", f"{home}/consents").json()}
    assert street.alma.ask("DELETE", f"{home}/consents/{stands['camera_sound']}").status_code == 204
    gone_ms = time.time() * 1000
    page.wait_for_timeout(1_000)
    before = packets(page, "video")
    assert 0 < page.evaluate("window.whep.received()")["audio"]["last"] < gone_ms + 100
    page.wait_for_timeout(500)
    assert packets(page, "video") > before
    page.context.close()


@pytest.mark.alone
@pytest.mark.parametrize("codec", ["aac", "opus"])
def test_revoking_ends_sound_and_picture_at_once(street: Street, codec: str) -> None:
    camera = street.cameras[codec]
    street.switch(camera, on=True)
    grants = f"/homes/{street.alma.home}/grants"
    granted = street.alma.ask("POST", grants, {"camera": camera, "person": street.alma.person}).json()
    page = street.viewer(street.alma)
    assert watch(page, street.alma, granted["handle"], sound=True)["status"] == 201
    assert heard(page, OTHER_TONE)["level"] > -40
    assert street.alma.ask("DELETE", f"{grants}/{granted['id']}").status_code == 200
    gone_ms = time.time() * 1000
    until(page, "window.whep.state() === 'closed'", wait_s=1)
    page.wait_for_timeout(500)
    last = page.evaluate("window.whep.received()")
    assert 0 < last["audio"]["last"] < gone_ms + 100, (last, gone_ms)
    assert 0 < last["video"]["last"] < gone_ms + 100, (last, gone_ms)
    page.context.close()
