"""A page of another origin watches by a token in a real browser, by coturn's relay where nothing else gets through.

The page knows an address and a token. Its client is the browser's own RTCPeerConnection and the draft's steps.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import chromium, signed_in_context
from tests.household import Household, SignedIn, running_household
from tests.origin.clip import SMALL, clip_file
from tests.origin.running import running_origin
from tests.origin.turn import SECRET, Turn, running_turn
from tests.test_whep_in_browser import live

pytestmark = [pytest.mark.browser, pytest.mark.origin, pytest.mark.slow]
VIEWER = (Path(__file__).parent / "origin" / "whep_token_viewer.js").read_text(encoding="utf-8")


@dataclass
class Elsewhere:
    """A server with a camera and a TURN server, and a browser with a page that is not the server's."""

    household: Household
    browser: Browser
    turn: Turn
    alma: SignedIn
    camera: str
    port: int
    """Where the page comes from."""

    def page(self) -> Page:
        """Signed in at the server in the same browser, too: it must not count."""
        page = signed_in_context(self.browser, self.household.port, self.alma.cookie).new_page()
        page.goto(f"http://127.0.0.1:{self.port}/")
        page.evaluate(VIEWER)
        return page

    def address(self) -> tuple[str, str]:
        """Of the camera, with its token."""
        given = self.alma.ask("POST", "/whep", {"grant": self.alma.handle(self.camera)}).json()
        return f"http://localhost:{self.household.port}{given['path']}", str(given["token"])


class EmptyPage(BaseHTTPRequestHandler):
    """Of whoever; it says nothing."""

    def do_GET(self) -> None:
        """Any page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def pages() -> Iterator[int]:
    """Where they are served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """Made once for this file."""
    folder = tmp_path_factory.mktemp("elsewhere")
    secret = folder / "turn.secret"
    secret.touch(0o600)
    secret.write_text(SECRET + "\n")
    with running_turn(folder, by_secret=True) as turn:
        settings: dict[str, Any] = {"webrtc_turn": turn.url, "webrtc_turn_secret_file": secret}
        with (
            running_origin(folder, clip_file(folder, SMALL)) as porch,
            running_household(folder, **settings) as household,
            chromium() as browser,
            pages() as port,
        ):
            alma = household.home("Rose house", "Alma")
            yield Elsewhere(household, browser, turn, alma, live(alma, porch.port), port)


def shown(page: Page, count: int = 5, wait_s: float = 10.0) -> Any:
    """What the connection says once so many pictures were decoded; or at the end of the wait."""
    end = time.monotonic() + wait_s
    while True:
        said = page.evaluate("window.elsewhere.stats()")
        if said["pictures"] >= count or time.monotonic() > end:
            return said
        time.sleep(0.1)


@pytest.mark.parametrize("policy", ["all", "relay"])
def test_a_page_elsewhere_watches_by_a_token_and_ends_it(elsewhere: Elsewhere, policy: str) -> None:
    page, (address, token) = elsewhere.page(), elsewhere.address()
    assert page.evaluate("([a, t, p]) => window.elsewhere.watch(a, t, p)", [address, token, policy]) == 201
    said = shown(page)
    assert said["pictures"] >= 5, said
    assert set(said["trickled"]) == {204}
    if policy == "relay":
        assert said["local"] == "relay", "the browser was told of the relay and let use nothing else"
    assert page.evaluate("(t) => window.elsewhere.leave(t)", token) == 204
    page.context.close()


def test_neither_an_unknown_token_nor_a_cookie_lets_it_in(elsewhere: Elsewhere) -> None:
    page, (address, _) = elsewhere.page(), elsewhere.address()
    assert page.evaluate("([a, t, p]) => window.elsewhere.watch(a, t, p)", [address, "A" * 43, "all"]) == 401
    assert page.evaluate("window.elsewhere.links()") == "", "who is not let in is told of no server"
    assert page.evaluate("(a) => window.elsewhere.byCookie(a)", address) == "kept from the page"
    page.context.close()


def test_revoking_takes_the_picture_from_it(elsewhere: Elsewhere) -> None:
    alma = elsewhere.alma
    grants = f"/homes/{alma.home}/grants"
    granted = alma.ask("POST", grants, {"camera": elsewhere.camera, "person": alma.person}).json()
    given = alma.ask("POST", "/whep", {"grant": granted["handle"]}).json()
    address = f"http://localhost:{elsewhere.household.port}{given['path']}"
    page = elsewhere.page()
    assert page.evaluate("([a, t, p]) => window.elsewhere.watch(a, t, p)", [address, given["token"], "relay"]) == 201
    assert shown(page)["pictures"] >= 5
    assert alma.ask("DELETE", f"{grants}/{granted['id']}").status_code == 200
    time.sleep(0.3)
    before = page.evaluate("window.elsewhere.stats()")["pictures"]
    time.sleep(1)
    assert page.evaluate("window.elsewhere.stats()")["pictures"] == before
    assert page.evaluate("([a, t, p]) => window.elsewhere.watch(a, t, p)", [address, given["token"], "all"]) == 401
    page.context.close()
