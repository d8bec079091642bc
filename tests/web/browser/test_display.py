"""A display in a real browser, beside the member's: paired, live, dimmed and woken, unpaired, back after restarts."""

import io
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from curtilage.home.session import Session
from curtilage.wire.identifier import DeviceId, HomeId
from curtilage.wire.mark import Mark, read_mark
from tests.web.browser.axe import axe_script, serious_findings
from tests.web.browser.console import Console, Troubles, browsing, running_console
from tests.web.house import House

pytestmark = pytest.mark.browser
_KEY = secrets.token_bytes(32)
_CAMERAS = {"Porch": (7, 1), "Yard": (7, 2)}
_NO_PICTURE = """() => [...document.querySelectorAll("video")].every(
  (video) => video.getAttribute("src") === null && video.readyState === 0)"""

_PICTURE_BOX = """(name) => {
  document.querySelectorAll(".chip, .not-mine, .menu-button").forEach((item) => { item.style.visibility = "hidden"; });
  const video = document.querySelector(`[data-name="${name}"] video`);
  const box = video.getBoundingClientRect();
  const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
  const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
  return { x: box.left + (box.width - width) / 2, y: box.top + (box.height - height) / 2, width, height };
}"""


@dataclass(frozen=True)
class Home:
    """Its owner and its cameras, which carry marks."""

    id: HomeId
    owner: Session
    cameras: dict[str, DeviceId]


def make_home(console: Console) -> Home:
    """Two cameras that really move."""

    async def make(house: House) -> Home:
        home, owner = await house.home("Rose house", "Alma")
        cameras = {}
        for name, (number, camera) in _CAMERAS.items():
            address = f"sim:{name.lower()}?home={number}&camera={camera}&mark={_KEY.hex()}"
            cameras[name] = await house.camera(home, name, address)
        return Home(home, owner, cameras)

    return console.do(make)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One server for most."""
    settings = {"display_quiet_s": 600, "pairings_per_address_count_max": 100}
    with running_console(Path(tmp_path_factory.mktemp("console")), **settings) as made:
        yield made


@pytest.fixture(scope="module")
def home(console: Console) -> Home:
    """One home for all."""
    return make_home(console)


@contextmanager
def two(
    chromium: Browser, console: Console, home: Home, **settings: Any
) -> Iterator[tuple[Page, Page, list[Troubles]]]:
    """The display's page and the owner's, in contexts of their own."""
    with ExitStack() as stack:
        display, one = stack.enter_context(browsing(chromium, console, None, **settings))
        owner, other = stack.enter_context(browsing(chromium, console, home.owner))
        yield display, owner, [one, other]


def shown_code(display: Page) -> str:
    """What the display shows once it has it."""
    expect(display.locator("[data-code]")).to_have_text(re.compile(r"^[B-Z]{4}-[B-Z]{4}$"), timeout=10_000)
    return display.locator("[data-code]").text_content() or ""


def pair(display: Page, owner: Page, console: Console, name: str, *cameras: str) -> None:
    """As people do it: the code is scanned, the form filled in, and the display shows its cameras."""
    display.goto(f"{console.base}/display")
    code = shown_code(display)
    owner.goto(f"{console.base}/P/{code.replace('-', '')}")
    expect(owner.get_by_label("Code on its screen")).to_have_value(code)
    owner.get_by_label("What do you call it?").fill(name)
    for camera in cameras:
        owner.get_by_text(camera, exact=True).click()
    owner.get_by_text("I unpair it").click()
    owner.get_by_role("button", name="Give consent and pair").click()
    expect(owner.get_by_text("Paired. The display shows its cameras now.")).to_be_visible()
    for camera in cameras:
        live(display, camera)


def live(display: Page, camera: str, timeout_ms: int = 10_000) -> None:
    """Its tile says so."""
    expect(display.locator(f'[data-name="{camera}"][data-state="live"]')).to_be_attached(timeout=timeout_ms)


def mark_seen(display: Page, camera: str) -> Mark | None:
    """In a shot of the screen where the picture lies within its tile; the words over it are made transparent."""
    box: Any = display.evaluate(_PICTURE_BOX, camera)
    image = Image.open(io.BytesIO(display.screenshot(clip=box, animations="allow"))).convert("L")
    return read_mark(image.tobytes(), image.width, image.height, image.width, _KEY)


def unpair(owner: Page, console: Console, home: Home, name: str) -> None:
    """By its owner."""
    owner.goto(f"{console.base}/homes/{home.id}/displays")
    owner.get_by_role("button", name=f"Unpair {name}").click()
    expect(owner.get_by_text("Unpaired. Its grants ended")).to_be_visible()


def test_a_display_is_paired_shows_the_right_pictures_and_goes_back_when_its_owner_unpairs_it(
    chromium: Browser, console: Console, home: Home
) -> None:
    with two(chromium, console, home) as (display, owner, troubles):
        pair(display, owner, console, "Kitchen", "Porch", "Yard")
        for camera, numbers in _CAMERAS.items():
            mark = mark_seen(display, camera)
            assert mark is not None
            assert (mark.home, mark.camera) == numbers
        expect(owner.get_by_text("here now")).to_be_visible()
        assert display.get_by_role("link").count() == 0, "no way from a display into the console"
        unpair(owner, console, home, "Kitchen")
        shown_code(display)
        assert display.locator("video").count() == 0
        assert all(item.none() for item in troubles), troubles


def test_a_code_is_typed_in_small_letters_and_leads_to_the_ticked_camera_only(
    chromium: Browser, console: Console, home: Home
) -> None:
    with two(chromium, console, home) as (display, owner, troubles):
        display.goto(f"{console.base}/display")
        code = shown_code(display)
        owner.goto(f"{console.base}/homes/{home.id}/displays/pair")
        assert owner.locator("input:checked").count() == 0
        owner.get_by_label("Code on its screen").fill(code.lower().replace("-", " "))
        owner.get_by_label("What do you call it?").fill("Hall")
        owner.get_by_text("Yard", exact=True).click()
        owner.get_by_text("tonight, 24:00").click()
        owner.get_by_role("button", name="Give consent and pair").click()
        live(display, "Yard")
        assert display.locator("[data-tile]").count() == 1
        owner.goto(f"{console.base}/homes/{home.id}/displays/pair?code={code}")
        owner.get_by_label("What do you call it?").fill("Attic")
        owner.get_by_text("Porch", exact=True).click()
        owner.get_by_text("I unpair it").click()
        owner.get_by_role("button", name="Give consent and pair").click()
        expect(owner.get_by_text("No display waits with this code.")).to_be_visible()
        unpair(owner, console, home, "Hall")
        shown_code(display)
        assert all(item.none() for item in troubles), troubles


def test_it_is_unpaired_at_the_display_behind_two_steps(chromium: Browser, console: Console, home: Home) -> None:
    with two(chromium, console, home) as (display, owner, troubles):
        pair(display, owner, console, "Old phone", "Porch")
        display.get_by_role("button", name="Menu").click()
        display.get_by_role("button", name="Unpair this display").click()
        display.get_by_role("button", name="Keep it").click()
        live(display, "Porch")
        display.get_by_role("button", name="Unpair this display").click()
        display.get_by_role("button", name="Unpair now").click()
        shown_code(display)
        owner.goto(f"{console.base}/homes/{home.id}/activity")
        expect(owner.get_by_text("Somebody at the display Old phone unpaired it.")).to_be_visible()
        expect(
            owner.get_by_text("The grant of Old phone for Porch ended because the display was unpaired.")
        ).to_be_visible()
        assert all(item.none() for item in troubles), troubles


def test_a_grant_that_ends_is_a_neutral_card_beside_a_live_picture_and_a_new_one_appears(
    chromium: Browser, console: Console, home: Home
) -> None:
    with two(chromium, console, home) as (display, owner, troubles):
        pair(display, owner, console, "Study", "Porch", "Yard")
        owner.goto(f"{console.base}/homes/{home.id}/grants")
        owner.get_by_role("button", name="Revoke Study, Yard").click()
        expect(display.locator('[data-name="Yard"][data-state="neutral"]')).to_be_attached(timeout=2_000)
        expect(display.locator('[data-name="Yard"] .what')).to_contain_text("No picture since")
        live(display, "Porch")
        owner.locator("select[name=person]").select_option(label="Study")
        owner.locator("form.spoken").get_by_text("Yard", exact=True).click()
        owner.locator("form.spoken").get_by_text("I revoke it").click()
        owner.get_by_role("button", name="Make the grant").click()
        live(display, "Yard")
        unpair(owner, console, home, "Study")
        shown_code(display)
        assert all(item.none() for item in troubles), troubles


def test_it_dims_fetches_nothing_then_and_wakes_when_told(chromium: Browser, console: Console, home: Home) -> None:
    async def views(house: House) -> int:
        return house.parts.views.count()

    with two(chromium, console, home) as (display, owner, troubles):
        pair(display, owner, console, "Bedroom", "Porch")
        display.get_by_role("button", name="Menu").click()
        display.get_by_role("button", name="Dim now").click()
        expect(display.get_by_text("Touch to see the cameras")).to_be_visible()
        assert display.evaluate(_NO_PICTURE)
        display.wait_for_timeout(400)
        assert console.do(views) == 0
        owner.goto(f"{console.base}/homes/{home.id}/displays")
        owner.get_by_role("button", name="Wake Bedroom").click()
        expect(owner.get_by_text("The display was told to wake.")).to_be_visible()
        live(display, "Porch", 3_000)
        expect(display.get_by_text("Touch to see the cameras")).to_be_hidden()
        display.get_by_role("button", name="Menu").focus()
        display.keyboard.press("Enter")
        display.get_by_role("button", name="Dim now").press("Enter")
        display.keyboard.press("ArrowDown")
        live(display, "Porch", 3_000)
        unpair(owner, console, home, "Bedroom")
        shown_code(display)
        assert all(item.none() for item in troubles), troubles


def test_display_and_member_in_one_browser_are_two(chromium: Browser, console: Console, home: Home) -> None:
    with two(chromium, console, home) as (display, owner, _):
        pair(display, owner, console, "Both", "Porch")
        display.context.add_cookies(
            [{"name": "curtilage_session", "value": home.owner.token, "url": console.base, "httpOnly": True}]
        )
        display.reload()
        live(display, "Porch")
        beside = display.context.new_page()
        beside.goto(f"{console.base}/homes/{home.id}/displays")
        beside.get_by_role("button", name="Unpair Both").click()
        expect(beside.get_by_text("Unpaired. Its grants ended")).to_be_visible()
        shown_code(display)


def test_nobody_touches_it_and_it_dims_by_itself(chromium: Browser, tmp_path: Path) -> None:
    with running_console(tmp_path, display_quiet_s=4) as console:
        home = make_home(console)
        with two(chromium, console, home) as (display, owner, _):
            pair(display, owner, console, "Kitchen", "Porch")
            expect(display.get_by_text("Touch to see the cameras")).to_be_visible(timeout=8_000)
            assert display.evaluate(_NO_PICTURE)


def test_it_keeps_its_place_when_server_and_display_restart(chromium: Browser, tmp_path: Path) -> None:
    with ExitStack() as first:
        console = first.enter_context(running_console(tmp_path))
        home, port = make_home(console), console.port
        with two(chromium, console, home) as (display, owner, _):
            pair(display, owner, console, "Kitchen", "Porch")
            first.close()
            expect(display.locator('[data-name="Porch"][data-state="stale"]')).to_be_attached(timeout=8_000)
            with running_console(tmp_path, port) as console:
                live(display, "Porch", 20_000)
                cookies = display.context.cookies()
                display.close()
                again = display.context.new_page()
                again.goto(f"{console.base}/display")
                live(again, "Porch")
                (kept,) = [cookie for cookie in cookies if cookie["name"].startswith("curtilage_display_")]
                assert kept["httpOnly"]
                assert kept["sameSite"] == "Lax"
                assert again.evaluate("document.cookie") == ""


def test_a_display_that_waits_gets_a_new_code_from_a_server_that_restarted(chromium: Browser, tmp_path: Path) -> None:
    with ExitStack() as first:
        console = first.enter_context(running_console(tmp_path))
        with browsing(chromium, console, None) as (display, _):
            display.goto(f"{console.base}/display")
            code = shown_code(display)
            first.close()
            with running_console(tmp_path, console.port):
                expect(display.locator("[data-code]")).not_to_have_text(code, timeout=30_000)
                assert shown_code(display) != code


def test_one_camera_alone_moves_to_webrtc_and_is_cut_with_its_grant(
    chromium: Browser, console: Console, home: Home
) -> None:
    with two(chromium, console, home) as (display, owner, troubles):
        pair(display, owner, console, "Larder", "Porch")
        expect(display.locator('[data-tile][data-delivery="webrtc"]')).to_be_attached(timeout=30_000)
        mark = mark_seen(display, "Porch")
        assert mark is not None
        assert (mark.home, mark.camera) == _CAMERAS["Porch"]
        display.keyboard.press("i")
        expect(display.locator("[data-part=facts]")).to_contain_text("WebRTC")
        owner.goto(f"{console.base}/homes/{home.id}/grants")
        owner.get_by_role("button", name="Revoke Larder, Porch").click()
        expect(display.locator('[data-name="Porch"][data-state="neutral"]')).to_be_attached(timeout=5_000)
        assert display.evaluate("document.querySelector('video').srcObject === null")
        assert display.evaluate(_NO_PICTURE)
        unpair(owner, console, home, "Larder")
        shown_code(display)
        assert all(item.none() for item in troubles), troubles


_OLD = """(() => {
  const shown = document.querySelector("[data-tile] img");
  return shown === null ? null : [shown.naturalWidth, shown.getBoundingClientRect().width > 100];
})()"""


def test_a_browser_that_cannot_read_the_player_gets_stills_until_the_grant_ends(
    chromium: Browser, console: Console, home: Home
) -> None:
    """As LG's Chromium 68 does: a module with a syntax it does not know does not run."""
    with two(chromium, console, home) as (display, owner, _):
        pair(display, owner, console, "Old TV", "Porch")
        unreadable = "export const broken = ?.;"
        display.route(
            "**/static/player/*.js", lambda route: route.fulfill(body=unreadable, content_type="text/javascript")
        )
        display.reload()
        expect(display.locator('[data-tile][data-delivery="stills"] img')).to_be_attached(timeout=10_000)
        assert display.evaluate(_OLD) == [1280, True]
        owner.goto(f"{console.base}/homes/{home.id}/grants")
        owner.get_by_role("button", name="Revoke Old TV, Porch").click()
        expect(display.locator("[data-tile] img")).to_have_count(0, timeout=3_000)
        expect(display.get_by_text("No camera is shown here.")).to_be_visible()
        unpair(owner, console, home, "Old TV")
        shown_code(display)


_SIZES = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1280, "height": 720},
    "tv": {"width": 1920, "height": 1080},
    "old phone, lying": {"width": 640, "height": 360},
    "narrow": {"width": 320, "height": 568},
}
_CUT_OFF = """() => {
  const { clientWidth, clientHeight } = document.documentElement;
  return [...document.querySelectorAll("h1:not(.unseen), li p, .code, .state, .qr, .chip, .menu button")]
    .filter((item) => item.checkVisibility())
    .map((item) => [item, item.getBoundingClientRect()])
    .filter(([, box]) => box.left < 0 || box.top < 0 || box.right > clientWidth + 1 || box.bottom > clientHeight + 1)
    .map(([item]) => item.outerHTML.slice(0, 80));
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_its_pages_are_readable_for_everybody_and_nothing_is_cut_off(
    chromium: Browser, console: Console, home: Home, theme: str
) -> None:
    script, found = axe_script(), {}
    with two(chromium, console, home, color_scheme=theme) as (display, owner, troubles):

        def look(what: str) -> None:
            for size, box in _SIZES.items():
                display.set_viewport_size(box)  # type: ignore[arg-type] # width and height, as it wants them
                display.wait_for_timeout(100)
                cut_off = display.evaluate(_CUT_OFF)
                found[what, size] = [*serious_findings(display, script), *cut_off]

        display.goto(f"{console.base}/display")
        shown_code(display)
        look("pairing")
        pair(display, owner, console, f"Tablet {theme}", "Porch", "Yard")
        look("grid")
        display.get_by_role("button", name="Menu").click()
        look("menu")
        display.get_by_role("button", name="Unpair this display").click()
        look("sure")
        display.get_by_role("button", name="Keep it").click()
        display.get_by_role("button", name="Dim now").click()
        look("dimmed")
        unpair(owner, console, home, f"Tablet {theme}")
        shown_code(display)
        assert all(item.none() for item in troubles), troubles
    assert not any(found.values()), {what: items for what, items in found.items() if items}
