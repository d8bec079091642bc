"""First light: a real RTSP stream, from a server nobody here wrote, in a real browser, for whom it is meant.

The server is ``curtilage serve`` in a process of its own, the cameras are GStreamer's, and whose picture is on the
screen is read from its mark in a screenshot.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from curtilage.wire.mark import Mark
from tests.chromium import chromium, mark_on_screen, signed_in_context
from tests.household import Household, SignedIn, running_household
from tests.origin.clip import MARK_KEY, OTHER_SIZE, SMALL, clip_file
from tests.origin.running import Origin, running_origin

pytestmark = [pytest.mark.browser, pytest.mark.origin, pytest.mark.slow]
USER, CAMERA_PASSWORD = "viewer", "p@ss/word:with#signs"


@dataclass
class Street:
    """Two homes, a camera each behind a password, on one server."""

    household: Household
    browser: Browser
    alma: SignedIn
    ada: SignedIn
    bo: SignedIn
    porch: str
    hall: str

    def page(self, person: SignedIn) -> Page:
        """The person's browser at the cameras' page."""
        page = signed_in_context(self.browser, self.household.port, person.cookie).new_page()
        page.goto(f"http://localhost:{self.household.port}/")
        return page


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Made once for this file."""
    folder = tmp_path_factory.mktemp("street")
    with both_cameras(folder) as origin, running_household(folder) as household, chromium() as browser:
        alma, bo = household.home("Rose house", "Alma"), household.home("Birch flat", "Bo")
        ada = household.member(alma.home, "Ada")
        porch = add_camera(alma, "Porch", origin.port, "rose")
        hall = add_camera(bo, "Hall", origin.port, "birch")
        grant(alma, porch, ada)
        yield Street(household, browser, alma, ada, bo, porch, hall)


@contextmanager
def both_cameras(folder: Path) -> Iterator[Origin]:
    """GStreamer's server with a mount for each home, behind Digest."""
    rose, birch = clip_file(folder, SMALL), clip_file(folder, OTHER_SIZE)
    mounts = ["--mount", f"rose={rose}", "--mount", f"birch={birch}"]
    credentials = ["--user", USER, "--password", CAMERA_PASSWORD, "--digest"]
    with running_origin(folder, rose, *mounts, *credentials) as origin:
        yield origin


def add_camera(owner: SignedIn, name: str, port: int, mount: str) -> str:
    address = f"rtsp://{USER}:p%40ss%2Fword%3Awith%23signs@127.0.0.1:{port}/{mount}"
    made = owner.ask("POST", f"/homes/{owner.home}/cameras", {"name": name, "address": address})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def grant(owner: SignedIn, camera: str, to: SignedIn) -> str:
    made = owner.ask("POST", f"/homes/{owner.home}/grants", {"camera": camera, "person": to.person})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def shown(page: Page, camera: str, wait_s: float = 10) -> Mark | None:
    """The mark on the person's screen once the tile is live."""
    page.wait_for_selector(f"#camera-{camera}[data-state=live]", timeout=wait_s * 1000)
    page.wait_for_timeout(200)
    return mark_on_screen(page.locator(f"#camera-{camera}"), MARK_KEY)


def test_each_home_sees_its_own_camera_and_only_that(street: Street) -> None:
    for person, camera, home in ((street.ada, street.porch, SMALL.home), (street.bo, street.hall, OTHER_SIZE.home)):
        page = street.page(person)
        mark = shown(page, camera)
        assert mark is not None
        assert mark.home == home
        assert page.locator("[data-tile]").count() == 1
        page.context.close()


def test_the_picture_moves(street: Street) -> None:
    page = street.page(street.bo)
    first = shown(page, street.hall)
    page.wait_for_timeout(500)
    second = shown(page, street.hall)
    assert first is not None
    assert second is not None
    assert first.frame != second.frame
    page.context.close()


@pytest.mark.alone
def test_revoking_replaces_the_picture_with_the_neutral_card_at_once(street: Street) -> None:
    page = street.page(street.ada)
    assert shown(page, street.porch) is not None
    begun = time.monotonic()
    gone = street.alma.ask("DELETE", f"/homes/{street.alma.home}/grants/{street.ada.grant_id(street.porch)}")
    assert gone.status_code == 200
    page.wait_for_selector(f"#camera-{street.porch}[data-state=neutral]", timeout=1000)
    assert time.monotonic() - begun < 1
    assert page.evaluate("document.querySelector('[data-tile] video').readyState") == 0
    assert mark_on_screen(page.locator(f"#camera-{street.porch}"), MARK_KEY) is None
    page.reload()
    assert page.locator("[data-tile]").count() == 0
    page.context.close()
    grant(street.alma, street.porch, street.ada)


def test_the_other_homes_camera_cannot_be_reached_by_any_address(street: Street) -> None:
    """Neither by its id, nor by its grant's handle, nor by the other home's pages: all the same as what never was."""
    handle, never = street.bo.handle(street.hall), "x" * 43
    for path in (
        "/homes/{home}/cameras/{camera}",
        "/homes/{home}/cameras",
        "/homes/{home}/grants",
        "/homes/{home}/activity",
    ):
        strange = street.ada.ask("GET", path.format(home=street.bo.home, camera=street.hall))
        nothing = street.ada.ask("GET", path.format(home="a" * 26, camera="a" * 26))
        assert (
            (strange.status_code, strange.content) == (nothing.status_code, nothing.content) == (404, nothing.content)
        )
    page = street.page(street.ada)
    answers = page.evaluate(
        """async ([handles, csrf]) => {
          const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json" };
          const stream = await fetch("/api/v1/streams", { method: "POST", headers });
          const octets = (await stream.body.getReader().read()).value;
          const { stream: name } = JSON.parse(new TextDecoder().decode(octets.slice(9)).split("}")[0] + "}");
          const keys = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
          const point = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
          const key = btoa(String.fromCharCode(...point)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
          const answers = [];
          for (const grant of handles) {
            const body = JSON.stringify({ grant, key, resume: null });
            const reply = await fetch(`/api/v1/streams/${name}/views`, { method: "POST", headers, body });
            answers.push([reply.status, await reply.text()]);
          }
          return answers;
        }""",
        [[handle, never, street.ada.handle(street.porch)], street.ada.csrf],
    )
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert answers[2][0] == 201
    page.context.close()


def test_what_happened_stands_in_the_activity_in_plain_words(street: Street) -> None:
    entries = street.alma.ask("GET", f"/homes/{street.alma.home}/activity").json()
    words = [entry["words"] for entry in (entries if isinstance(entries, list) else entries["entries"])]
    assert any("Ada" in line and "Porch" in line for line in words)
    assert not any("Hall" in line or "Bo" in line.split() for line in words)


def test_no_file_of_the_server_holds_a_name_or_the_cameras_password(street: Street) -> None:
    folder = street.household.folder / "data"
    octets = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    for secret in ("Rose house", "Birch flat", "Porch", "Alma", "with#signs", "with%23signs", "127.0.0.1:"):
        assert secret.encode() not in octets, secret
        assert secret.encode("utf-16-le") not in octets, secret
