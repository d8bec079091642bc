"""The player on real pictures: live at once, never another's, never an old one for a live one, back by itself."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from curtilage.consent.grant import GrantEnd
from tests.web.browser.console import Console, browsing, running_console
from tests.web.browser.household import Household, causes, make_household
from tests.web.house import House

pytestmark = pytest.mark.browser
_NO_PICTURE = """(name) => {
  const video = document.querySelector(`[data-name="${name}"] video`);
  return video.getAttribute("src") === null && video.readyState === 0;
}"""
_WATCH_STATES = """() => {
  window.states = [];
  const note = (event) => window.states.push([event.target.dataset.name, event.detail.state]);
  addEventListener("curtilage:state", note);
}"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One server for all."""
    with running_console(Path(tmp_path_factory.mktemp("console"))) as made:
        yield made


@pytest.fixture(scope="module")
def household(console: Console) -> Household:
    """One household for all; tests put back what they take away."""
    return make_household(console)


def _tile(page: Page, name: str, state: str, timeout_s: float = 8) -> None:
    expect(page.locator(f'[data-name="{name}"][data-state="{state}"]')).to_be_attached(timeout=timeout_s * 1000)


def _open(page: Page, console: Console, household: Household) -> None:
    page.goto(console.base + household.page)
    for name in household.cameras:
        _tile(page, name, "live")


def _revoke(console: Console, household: Household, name: str) -> None:
    async def revoke(house: House) -> None:
        grants = house.parts.grants.of_grantee(household.home, household.member_person)
        grant = next(grant for grant in grants if grant.camera == household.cameras[name])
        assert await house.parts.grants.revoke(household.home, grant.id, None, GrantEnd.REVOKED) is not None

    console.do(revoke)


def test_both_cameras_are_live_and_say_whose_they_are(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member) as (page, troubles):
        page.add_init_script(
            "window.first = []; addEventListener('curtilage:first-frame', (e) => window.first.push(e.detail.sinceMs))"
        )
        _open(page, console, household)
        expect(page.get_by_role("link", name="Porch, live")).to_be_visible()
        age_ms = page.evaluate("Date.now() - Number(document.querySelector('[data-name=Porch]').dataset.partTime)")
        assert -1000 < age_ms < 2000
        assert len(page.evaluate("window.first")) == len(household.cameras)
        assert troubles.none(), troubles


def test_revoking_shows_the_neutral_card_at_once_and_the_other_camera_goes_on(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member) as (page, troubles):
        _open(page, console, household)
        page.evaluate(_WATCH_STATES)
        _revoke(console, household, "Porch")
        begun = time.monotonic()
        _tile(page, "Porch", "neutral", 2)
        assert time.monotonic() - begun < 1
        assert page.evaluate(_NO_PICTURE, "Porch")
        expect(page.locator('[data-name="Porch"] .what')).to_contain_text("No picture since")
        page.wait_for_timeout(2500)
        assert page.evaluate("window.states") == [["Porch", "neutral"]], "the other camera was disturbed"
        console.grant(household.home, household.cameras["Porch"], household.member_person)
        assert troubles.none(), troubles


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("flip 3 -1", "does_not_open"),
        ("flip 3 60", "does_not_open"),
        ("flip 3 10", "wrong_stream"),
        ("flip 3 25", "wrong_epoch"),
        ("flip 3 48", "does_not_open"),
        ("flip 3 0", "wrong_stream"),
        ("repeat", "stale_sequence"),
    ],
    ids=["tag", "ciphertext", "stream", "epoch", "time", "version", "repeated"],
)
def test_a_part_that_is_not_this_views_is_never_shown(
    chromium: Browser, console: Console, household: Household, fault: str, cause: str
) -> None:
    with browsing(chromium, console, household.member, fault=fault) as (page, _):
        _open(page, console, household)
        page.evaluate("window.inject()")
        _tile(page, "Porch", "neutral", 2)
        assert page.evaluate(_NO_PICTURE, "Porch")
        expect(page.locator('[data-name="Porch"] .do')).to_contain_text("was not shown")
        page.wait_for_timeout(300)
        assert causes(console, household)[0] == cause


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("init -1", "does_not_open"), ("flip 2 30", "bad_key"), ("flip 2 100", "bad_key"), ("flip 2 200", "bad_key")],
    ids=["init part", "key's binding", "wrapped key", "signature"],
)
def test_nothing_is_shown_when_it_begins_wrong(
    chromium: Browser, console: Console, household: Household, fault: str, cause: str
) -> None:
    with browsing(chromium, console, household.member, fault=fault) as (page, _):
        page.goto(console.base + household.page)
        _tile(page, "Porch", "neutral")
        assert page.evaluate(_NO_PICTURE, "Porch")
        assert page.evaluate("document.querySelector('[data-name=Porch]').dataset.partTime") is None
        page.wait_for_timeout(300)
        assert causes(console, household)[0] == cause


def test_a_stalled_network_shows_the_age_and_then_recovers(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member, fault="hold") as (page, troubles):
        _open(page, console, household)
        page.evaluate("window.inject()")
        _tile(page, "Porch", "stale", 4)
        expect(page.locator('[data-name="Porch"] [data-part="chip"]')).to_have_text("Porch, 3 s old, reconnecting")
        page.evaluate("window.heal()")
        _tile(page, "Porch", "live", 4)
        assert troubles.none(), troubles


def test_a_picture_too_old_gives_way_to_the_neutral_card(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member, fault="hold") as (page, _):
        page.add_init_script("delete window.RTCPeerConnection")  # the network is gone for every delivery
        page.route("**/api/v1/stills/**", lambda route: route.abort())
        _open(page, console, household)
        page.evaluate("document.querySelector('[data-name=Porch]').dataset.neutralMs = 3000")
        page.evaluate("window.inject()")
        _tile(page, "Porch", "stale", 4)
        _tile(page, "Porch", "neutral", 4)
        expect(page.locator('[data-name="Porch"] .what')).to_contain_text("No picture since")
        expect(page.locator('[data-name="Yard"]')).to_have_attribute("data-state", "stale")


def test_a_lost_connection_comes_back_by_itself_without_a_gap(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member) as (page, troubles):
        _open(page, console, household)
        page.evaluate(_WATCH_STATES)
        console.loop.call_soon_threadsafe(console.house.parts.views.close_streams_of, household.member.account)
        page.wait_for_timeout(2500)
        assert page.evaluate("window.states") == []
        _tile(page, "Porch", "live")
        assert troubles.none(), troubles


def test_that_is_not_my_camera_cuts_and_is_recorded(chromium: Browser, console: Console, household: Household) -> None:
    with browsing(chromium, console, household.member) as (page, troubles):
        _open(page, console, household)
        page.locator('[data-name="Yard"]').get_by_role("button", name="That is not my camera").click()
        _tile(page, "Yard", "neutral", 1)
        assert page.evaluate(_NO_PICTURE, "Yard")
        expect(page.locator('[data-name="Yard"] .what')).to_have_text("The picture is off. No picture was kept.")
        page.wait_for_timeout(300)
        assert causes(console, household)[0] == "not_my_camera"
        page.locator('[data-name="Yard"]').get_by_role("button", name="Try again").click()
        _tile(page, "Yard", "live")
        assert troubles.none(), troubles


def test_a_grant_that_ends_by_its_time_takes_the_picture_with_it(
    chromium: Browser, console: Console, household: Household
) -> None:
    _revoke(console, household, "Yard")
    console.grant(household.home, household.cameras["Yard"], household.member_person, int(time.time() * 1000) + 4000)
    with browsing(chromium, console, household.member) as (page, troubles):
        _open(page, console, household)
        _tile(page, "Yard", "neutral", 6)
        assert page.evaluate(_NO_PICTURE, "Yard")
        expect(page.locator('[data-name="Yard"] .do')).to_contain_text("Your grant for Yard ended at")
        console.grant(household.home, household.cameras["Yard"], household.member_person)
        assert troubles.none(), troubles


def test_paused_pictures_fetch_nothing_and_a_click_shows_one(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member) as (page, troubles):
        _open(page, console, household)
        page.get_by_role("button", name="Pause pictures").click()
        _tile(page, "Porch", "paused", 1)
        assert page.evaluate(_NO_PICTURE, "Porch")
        page.wait_for_timeout(300)
        assert console.do(_views_count) == 0
        page.locator('[data-name="Porch"] .open').click()
        _tile(page, "Porch", "live", 2)
        _tile(page, "Yard", "paused", 1)
        page.get_by_role("link", name="All cameras").first.click()
        page.get_by_role("button", name="Show pictures").click()
        _tile(page, "Yard", "live", 2)
        assert troubles.none(), troubles


async def _views_count(house: House) -> int:
    return house.parts.views.count()


_HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_hidden_tab_fetches_nothing_and_comes_back_at_the_live_edge(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member) as (page, troubles):
        _open(page, console, household)
        page.evaluate(_HIDE, True)
        page.wait_for_timeout(3000)
        assert console.do(_views_count) == 0
        page.evaluate(_HIDE, False)
        _tile(page, "Porch", "live", 2)
        age_ms = page.evaluate("Date.now() - Number(document.querySelector('[data-name=Porch]').dataset.partTime)")
        assert age_ms < 1000
        page.wait_for_timeout(1000)
        assert page.evaluate("Date.now() - Number(document.querySelector('[data-name=Porch]').dataset.partTime)") < 500
        assert troubles.none(), troubles


_AGE = "Date.now() - Number(document.querySelector('[data-name=Porch]').dataset.partTime)"


def test_pictures_paused_and_shown_again_quickly_stay_at_the_live_edge(
    chromium: Browser, console: Console, household: Household
) -> None:
    """The wait for the end of the first burst must not move the playhead of the second."""
    with browsing(chromium, console, household.member) as (page, troubles):
        _open(page, console, household)
        for pause_ms in (100, 400, 700):
            page.get_by_role("button", name="Pause pictures").click()
            page.wait_for_timeout(pause_ms)
            page.get_by_role("button", name="Show pictures").click()
            _tile(page, "Porch", "live", 2)
            page.wait_for_timeout(700)
            ages_ms = []
            for _ in range(6):
                ages_ms.append(page.evaluate(_AGE))
                page.wait_for_timeout(80)
            assert sorted(ages_ms)[3] < 500, ages_ms
        assert troubles.none(), troubles


def test_reduced_motion_shows_stills_that_say_their_age(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member, reduced_motion="reduce") as (page, troubles):
        page.goto(console.base + household.page)
        _tile(page, "Porch", "still")
        expect(page.locator('[data-name="Porch"] [data-part="chip"]')).to_contain_text("a still every 10 s")
        page.wait_for_timeout(1200)  # the group's first picture gives way to its newest
        shown = page.locator('[data-name="Porch"]').get_attribute("data-part-time")
        page.wait_for_timeout(2500)
        assert page.locator('[data-name="Porch"]').get_attribute("data-part-time") == shown
        page.wait_for_timeout(7500)
        assert page.locator('[data-name="Porch"]').get_attribute("data-part-time") != shown
        _tile(page, "Porch", "still", 1)
        assert troubles.none(), troubles


_CANNOT_PLAY = "for (const name of ['MediaSource', 'ManagedMediaSource', 'RTCPeerConnection']) delete globalThis[name];"
_ON_CANVAS = """(name) => {
  const canvas = document.querySelector(`[data-name="${name}"] canvas`);
  if (!canvas.width) return null;
  const strip = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.width, canvas.height, new Set(strip.data).size];
}"""


def test_a_browser_that_cannot_play_gets_stills_that_end_with_the_grant(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member) as (page, troubles):
        page.add_init_script(_CANNOT_PLAY)
        page.goto(console.base + household.page)
        _tile(page, "Porch", "still")
        _tile(page, "Yard", "still")
        expect(page.locator('[data-name="Porch"] [data-part="chip"]')).to_contain_text("old, stills")
        width, height, colours = page.evaluate(_ON_CANVAS, "Porch")
        assert (width, height) == (1280, 720)
        assert colours > 50
        shown = page.locator('[data-name="Porch"]').get_attribute("data-part-time")
        page.wait_for_timeout(3000)
        assert page.locator('[data-name="Porch"]').get_attribute("data-part-time") != shown
        _revoke(console, household, "Porch")
        _tile(page, "Porch", "neutral", 1)
        assert page.evaluate(_ON_CANVAS, "Porch") is None
        _tile(page, "Yard", "still", 1)
        assert troubles.none(), troubles
    console.grant(household.home, household.cameras["Porch"], household.member_person)


def test_stills_that_are_not_my_camera_are_cut_and_recorded(
    chromium: Browser, console: Console, household: Household
) -> None:
    before = causes(console, household).count("not_my_camera")
    with browsing(chromium, console, household.member) as (page, troubles):
        page.add_init_script(_CANNOT_PLAY)
        page.goto(console.base + household.page)
        _tile(page, "Yard", "still")
        page.locator('[data-name="Yard"] [data-part="not-mine"]').click()
        _tile(page, "Yard", "neutral", 1)
        page.wait_for_timeout(500)
        assert causes(console, household).count("not_my_camera") == before + 1
        assert troubles.none(), troubles


def test_keys_open_go_on_tell_more_and_close(chromium: Browser, console: Console, household: Household) -> None:
    with browsing(chromium, console, household.member) as (page, troubles):
        _open(page, console, household)
        page.locator('[data-name="Porch"]').get_by_role("button", name="That is not my camera").focus()
        page.keyboard.press("2")
        expect(page.locator(".tile:target")).to_have_attribute("data-name", "Yard")
        page.keyboard.press("ArrowRight")
        expect(page.locator(".tile:target")).to_have_attribute("data-name", "Porch")
        page.wait_for_timeout(2500)
        expect(page.locator('[data-name="Yard"]')).to_have_attribute("data-state", "live")
        page.keyboard.press("i")
        expect(page.locator(".tile:target .facts")).to_contain_text("when it is revoked")
        page.keyboard.press(" ")
        _tile(page, "Porch", "paused", 1)
        page.keyboard.press(" ")
        _tile(page, "Porch", "live", 2)
        page.keyboard.press("Escape")
        expect(page.locator(".tile:target")).to_have_count(0)
        assert troubles.none(), troubles


def test_a_removed_camera_and_a_signed_out_person_leave_no_picture(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.owner) as (page, troubles):
        _open(page, console, household)

        async def sign_out(house: House) -> None:
            await house.parts.sessions.end_all(household.owner.account)

        console.do(sign_out)
        _tile(page, "Porch", "neutral", 6)
        expect(page.locator('[data-name="Porch"] .do')).to_contain_text("signed out")
        assert page.evaluate(_NO_PICTURE, "Porch")
        assert troubles.none(), troubles
