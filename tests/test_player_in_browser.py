"""The one player on real parts: a real server, GStreamer's cameras, a real Chromium, marks read from the screen.

It begins with the sealed stream, moves to WebRTC where one camera is looked at, and goes on by another way when one
fails; whatever carries the picture, it tells its age by the part's own time and is cut in a blink.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from curtilage.wire.mark import Mark
from tests.chromium import chromium, chromium_with, mark_on_screen, signed_in_context
from tests.household import Household, SignedIn, running_household
from tests.origin.clip import MARK_KEY, OTHER_SIZE, SMALL, clip_file
from tests.origin.running import Origin, running_origin

pytestmark = [pytest.mark.browser, pytest.mark.origin, pytest.mark.slow]
_GIVEN_UP_S = 45
"""Whoever left a test before without a word (a page closed in the middle of connecting) is given up by then."""
_NO_UDP = tuple(
    f"--{name}=disable_non_proxied_udp" for name in ("webrtc-ip-handling-policy", "force-webrtc-ip-handling-policy")
)
_NO_WEBCRYPTO = "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });"
_NO_WEBRTC = "delete globalThis.RTCPeerConnection;"
_WATCH = """() => {
  window.lastPictureMs = 0;
  window.states = [];
  window.ways = [];
  addEventListener("curtilage:state", (event) => window.states.push(event.detail.state));
  const tile = document.querySelector("[data-tile]");
  const look = () => {
    requestAnimationFrame(look);
    const video = tile.querySelector("video");
    const shows = (video.srcObject !== null || video.getAttribute("src") !== null) && video.readyState >= 2;
    const still = tile.querySelector("canvas").width > 0;
    if ((shows || still) && ["live", "stale", "still"].includes(tile.dataset.state)) window.lastPictureMs = Date.now();
    if (tile.dataset.delivery !== window.ways.at(-1)) window.ways.push(tile.dataset.delivery);
  };
  look();
}"""
_NO_PICTURE = """() => {
  const video = document.querySelector("[data-tile] video");
  return video.getAttribute("src") === null && video.srcObject === null && video.readyState === 0;
}"""
_HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@dataclass
class Street:
    """A home with two cameras, and a member who sees the first alone."""

    household: Household
    browser: Browser
    origin: Origin
    alma: SignedIn
    ada: SignedIn
    porch: str
    hall: str

    @contextmanager
    def page(self, person: SignedIn, script: str = "", browser: Browser | None = None) -> Iterator[Page]:
        """The person's browser at the cameras' page."""
        context = signed_in_context(browser or self.browser, self.household.port, person.cookie)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.goto(f"http://localhost:{self.household.port}/")
        try:
            yield page
        finally:
            page.goto("about:blank")  # as a person leaves: its views end
            context.close()

    @contextmanager
    def revoked(self) -> Iterator[float]:
        """Ada's grant, for a while. When the server had the word, s since the Unix epoch: its reply says how long it
        took, and a test's own client on a busy machine takes its time to ask.
        """
        reply = self.alma.ask("DELETE", f"/homes/{self.alma.home}/grants/{self.ada.grant_id(self.porch)}")
        replied_s = time.time()
        assert reply.status_code == 200
        try:
            yield replied_s - reply.json()["stopped_ms"] / 1000
        finally:
            self.grant()

    def grant(self) -> None:
        """Ada may see the porch."""
        granted = {"camera": self.porch, "person": self.ada.person}
        assert self.alma.ask("POST", f"/homes/{self.alma.home}/grants", granted).status_code == 201

    def until_no_view(self, within_s: float = 5) -> None:
        """Nobody watches the porch; fails when somebody goes on."""
        for _ in range(round(within_s * 10)):
            if self.views_count() == 0:
                return
            time.sleep(0.1)
        raise AssertionError("a view went on")

    def views_count(self) -> int:
        """Running views of the porch, by whatever delivery."""
        grants = self.alma.ask("GET", f"/homes/{self.alma.home}/grants").json()
        return sum(int(grant["views_count"]) for grant in grants if grant["camera"] == self.porch)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Made once for this file."""
    folder = tmp_path_factory.mktemp("street")
    small, other = clip_file(folder, SMALL), clip_file(folder, OTHER_SIZE)
    mounts = ["--mount", f"porch={small}", "--mount", f"hall={other}"]
    with (
        running_origin(folder, small, *mounts) as origin,
        running_household(folder) as household,
        chromium() as browser,
    ):
        alma = household.home("Rose house", "Alma")
        ada = household.member(alma.home, "Ada")
        porch, hall = (_camera(alma, name, origin.port) for name in ("porch", "hall"))
        street = Street(household, browser, origin, alma, ada, porch, hall)
        street.grant()
        yield street


def _camera(owner: SignedIn, name: str, port: int) -> str:
    camera = {"name": name.title(), "address": f"rtsp://127.0.0.1:{port}/{name}"}
    made = owner.ask("POST", f"/homes/{owner.home}/cameras", camera).json()
    for _ in range(100):
        if owner.ask("GET", f"/homes/{owner.home}/cameras/{made['id']}").json()["state"] == "live":
            return str(made["id"])
        time.sleep(0.1)
    raise AssertionError("the camera did not come alive")


def _comes(page: Page, delivery: str, state: str = "live", timeout_s: float = 10) -> None:
    tile = page.locator(f'[data-tile][data-delivery="{delivery}"][data-state="{state}"]')
    expect(tile.first).to_be_attached(timeout=timeout_s * 1000)


def _age_ms(page: Page) -> float:
    return float(page.evaluate("Date.now() - Number(document.querySelector('[data-tile]').dataset.partTime)"))


def _mark(page: Page, camera: str) -> Mark | None:
    return mark_on_screen(page.locator(f"#camera-{camera}"), MARK_KEY)


def test_one_camera_begins_sealed_and_moves_to_webrtc_without_a_gap(street: Street) -> None:
    with street.page(street.ada) as page:
        page.evaluate(_WATCH)
        _comes(page, "webrtc")
        assert [way for way in page.evaluate("window.ways") if way] == ["sealed", "webrtc"]
        page.wait_for_timeout(1500)
        first = _mark(page, street.porch)
        ages = []
        for _ in range(10):
            ages.append(_age_ms(page))
            page.wait_for_timeout(70)
        second = _mark(page, street.porch)
        assert first is not None
        assert second is not None
        assert first.home == second.home == SMALL.home
        assert first.frame != second.frame, "it moves"
        assert page.evaluate("window.states.filter((state) => state !== 'live')") == []
        assert -100 < sorted(ages)[5] < 600, ages
        assert page.locator("[data-tile] video").count() == 1
        assert street.views_count() == 1, "the sealed stream's view is over"


def test_it_says_on_demand_how_the_picture_comes(street: Street) -> None:
    with street.page(street.ada) as page:
        _comes(page, "webrtc")
        page.get_by_role("button", name="How it comes").click()
        facts = page.locator("[data-part=facts]")
        for words in ("WebRTC", "main", "direct", "when it is revoked"):
            expect(facts).to_contain_text(words)
        page.get_by_label("Bring it by").select_option("sealed")
        _comes(page, "sealed")
        page.wait_for_timeout(2500)
        _comes(page, "sealed")
        expect(facts).to_contain_text("sealed stream")
        page.reload()
        _comes(page, "sealed")
        page.wait_for_timeout(2000)
        _comes(page, "sealed")


def test_a_grid_is_sealed_and_the_large_one_alone_comes_by_webrtc(street: Street) -> None:
    with street.page(street.alma) as page:
        porch, hall = (page.locator(f"#camera-{camera}") for camera in (street.porch, street.hall))
        for tile in (porch, hall):
            expect(tile).to_have_attribute("data-state", "live", timeout=10_000)
        page.wait_for_timeout(2000)
        for tile in (porch, hall):
            expect(tile).to_have_attribute("data-delivery", "sealed")
        hall.locator(".open").click()
        expect(hall).to_have_attribute("data-delivery", "webrtc", timeout=8_000)
        expect(porch).to_have_attribute("data-delivery", "sealed")
        mark = _mark(page, street.hall)
        assert mark is not None
        assert mark.home == OTHER_SIZE.home
        page.keyboard.press("Escape")
        expect(hall).to_have_attribute("data-delivery", "sealed", timeout=8_000)
        expect(hall).to_have_attribute("data-state", "live")


def test_a_grid_whose_network_the_sealed_stream_does_not_stand_moves_to_webrtc_and_stays(street: Street) -> None:
    strained = "export class Strain { shown() {} forget() {} isPoor() { return true; } }"
    context = signed_in_context(street.browser, street.household.port, street.alma.cookie)
    page = context.new_page()
    page.route("**/player/strain.js", lambda route: route.fulfill(body=strained, content_type="text/javascript"))
    page.goto(f"http://localhost:{street.household.port}/")
    page.evaluate(_WATCH)
    for camera in (street.porch, street.hall):
        expect(page.locator(f"#camera-{camera}")).to_have_attribute("data-delivery", "webrtc", timeout=10_000)
    page.wait_for_timeout(3000)
    assert [way for way in page.evaluate("window.ways") if way] == ["sealed", "webrtc"]
    page.goto("about:blank")
    context.close()


@pytest.mark.alone
@pytest.mark.parametrize("delivery", ["webrtc", "sealed", "stills"])
def test_revoking_takes_the_picture_off_in_a_blink(street: Street, delivery: str) -> None:
    pinned = f"localStorage.setItem('picture delivery', '{delivery}');"
    with street.page(street.ada, pinned) as page:
        _comes(page, delivery, "still" if delivery == "stills" else "live")
        page.wait_for_timeout(800)
        page.evaluate(_WATCH)
        page.wait_for_timeout(300)
        with street.revoked() as revoked_s:
            _comes_neutral(page)
            last_ms = page.evaluate("window.lastPictureMs") - revoked_s * 1000
            print(f"{delivery}: last own picture {last_ms:.0f} ms after the word")
            assert last_ms < 200
            assert page.evaluate(_NO_PICTURE)
            assert page.evaluate("document.querySelector('[data-tile] canvas').width") == 0
            assert _mark(page, street.porch) is None
            expect(page.locator("[data-tile] .what")).to_contain_text("No picture since")


def _comes_neutral(page: Page) -> None:
    expect(page.locator('[data-tile][data-state="neutral"]')).to_be_attached(timeout=2_000)


def test_the_server_ends_a_view_whose_grant_lives_and_the_sealed_stream_goes_on(street: Street) -> None:
    with street.page(street.ada) as page:
        kept: list[str] = []
        page.on("response", lambda reply: kept.append(reply.headers.get("location", "")))
        page.reload()
        _comes(page, "webrtc")
        page.evaluate(_WATCH)
        (location,) = [place for place in kept if "/whep/views/" in place]
        assert street.ada.ask("DELETE", location.removeprefix("/api/v1")).status_code == 204
        _comes(page, "sealed", timeout_s=6)
        page.wait_for_timeout(4000)
        assert [way for way in page.evaluate("window.ways") if way] == ["webrtc", "sealed"], "no flapping"
        assert not {"neutral", "error"} & set(page.evaluate("window.states"))
        _comes(page, "webrtc", timeout_s=40)


def test_where_udp_is_refused_the_sealed_stream_shows_it_at_once_and_webrtc_is_asked_for_rarely(street: Street) -> None:
    asked: list[float] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/api/v1/whep/" in request.url:
            asked.append(time.monotonic())

    with chromium_with(street.browser, *_NO_UDP) as browser, street.page(street.ada, browser=browser) as page:
        page.on("request", note)
        page.reload()
        page.evaluate(_WATCH)
        _comes(page, "sealed", timeout_s=5)
        page.wait_for_timeout(14_000)
        assert {way for way in page.evaluate("window.ways") if way} == {"sealed"}
        assert page.evaluate("window.states.filter((state) => state !== 'live')") == []
        mark = _mark(page, street.porch)
        assert mark is not None
        assert mark.home == SMALL.home
        assert 1 <= len(asked) <= 2, asked


def test_without_webcrypto_the_next_delivery_shows_it(street: Street) -> None:
    with street.page(street.ada, _NO_WEBCRYPTO) as page:
        _comes(page, "webrtc")
        mark = _mark(page, street.porch)
        assert mark is not None
        assert mark.home == SMALL.home
    with street.page(street.ada, _NO_WEBCRYPTO + _NO_WEBRTC) as page:
        _comes(page, "stills", "still")
        expect(page.locator("[data-part=chip]")).to_contain_text("old, stills")


def test_a_chosen_delivery_that_cannot_play_gives_way(street: Street) -> None:
    """Chromium takes LL-HLS for playable and then cannot read it; here it is made to say dates too, as Safari does."""
    dated = "HTMLMediaElement.prototype.getStartDate = () => new Date(NaN);"
    chosen = "localStorage.setItem('picture delivery', 'hls');"
    with street.page(street.ada, dated + chosen) as page:
        expect(page.locator('[data-tile][data-state="live"]')).to_be_attached(timeout=10_000)
        assert page.locator("[data-tile]").get_attribute("data-delivery") in ("sealed", "webrtc")
        mark = _mark(page, street.porch)
        assert mark is not None
        assert mark.home == SMALL.home


@pytest.mark.alone
def test_without_webcrypto_revoking_cuts_webrtc_too(street: Street) -> None:
    with street.page(street.ada, _NO_WEBCRYPTO) as page:
        _comes(page, "webrtc")
        page.evaluate(_WATCH)
        page.wait_for_timeout(300)
        with street.revoked() as revoked_s:
            _comes_neutral(page)
            assert page.evaluate("window.lastPictureMs") - revoked_s * 1000 < 200
            assert page.evaluate(_NO_PICTURE)


def test_a_camera_that_hangs_grows_old_on_the_screen_and_comes_back(street: Street) -> None:
    with street.page(street.ada) as page:
        _comes(page, "webrtc")
        process: Any = street.origin._process
        os.kill(process.pid, signal.SIGSTOP)
        try:
            expect(page.locator('[data-tile][data-state="stale"]')).to_be_attached(timeout=5_000)
            expect(page.locator("[data-part=chip]")).to_contain_text("s old, reconnecting")
            page.wait_for_timeout(3_000)
            assert _mark(page, street.porch) is not None, "its own last picture stays, with its age"
        finally:
            os.kill(process.pid, signal.SIGCONT)
        expect(page.locator('[data-tile][data-state="live"]')).to_be_attached(timeout=20_000)
        assert _age_ms(page) < 2000


def test_a_hidden_page_drops_its_view_and_comes_back_at_the_live_edge(street: Street) -> None:
    street.until_no_view(_GIVEN_UP_S)
    with street.page(street.ada) as page:
        _comes(page, "webrtc")
        page.evaluate(_HIDE, True)
        street.until_no_view()
        page.evaluate(_HIDE, False)
        _comes(page, "sealed", timeout_s=4)
        assert _age_ms(page) < 2000
        _comes(page, "webrtc")


def test_that_is_not_my_camera_is_recorded_over_webrtc(street: Street) -> None:
    street.until_no_view(_GIVEN_UP_S)
    with street.page(street.ada) as page:
        _comes(page, "webrtc")
        page.get_by_role("button", name="That is not my camera").click()
        _comes_neutral(page)
        assert page.evaluate(_NO_PICTURE)
        street.until_no_view()
        entries = street.alma.ask("GET", f"/homes/{street.alma.home}/activity").json()
        newest = (entries if isinstance(entries, list) else entries["entries"])[0]
        assert newest["words"] == "What Ada saw of Porch was cut once because they said that it is not their camera."


def test_a_server_that_restarts_is_found_again(tmp_path: Path, street: Street) -> None:
    with ExitStack() as first:
        household = first.enter_context(running_household(tmp_path))
        owner = household.home("Elm house", "Eve")
        camera = _camera(owner, "hall", street.origin.port)
        context = signed_in_context(street.browser, household.port, owner.cookie)
        page = context.new_page()
        page.goto(f"http://localhost:{household.port}/")
        _comes(page, "webrtc")
        first.close()
        expect(page.locator('[data-tile]:not([data-state="live"])')).to_be_attached(timeout=8_000)
        with running_household(tmp_path, port=household.port):
            expect(page.locator('[data-tile][data-state="live"]')).to_be_attached(timeout=25_000)
            mark = _mark(page, camera)
            assert mark is not None
            assert mark.home == OTHER_SIZE.home
            context.close()
