"""The real Chromium by HTTPS: it trusts the household root from its own list of authorities, and nothing is ignored.

The name is not in any DNS: the browser is told where it is. Whether certificates are good is Chromium's own word.
"""

import asyncio
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
import uvloop
from playwright.sync_api import Browser, Error, Page, sync_playwright

from curtilage.home.session import Session
from curtilage.vault.household_authority import make_certificate
from curtilage.web.certificates import Certificates
from curtilage.web.tls import put
from curtilage.wire.identifier import DeviceId, HomeId
from tests.chromium import EXECUTABLE, FLAGS
from tests.vault.certificates import NAME
from tests.web.browser.axe import axe_script, serious_findings
from tests.web.https_side import Outside, outside
from tests.web.world import make_grant

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CAMERA = "sim:Rose%20house?scene=porch&home=1&camera=1"
OTHER_NAME = "bank.example"
START_S = 60
T = TypeVar("T")


@dataclass
class Reached:
    """The running server, a browser that trusts it, and one that does not."""

    made: Outside
    loop: asyncio.AbstractEventLoop
    trusting: Browser
    stranger: Browser
    home: HomeId
    owner: Session
    camera: DeviceId

    @property
    def base(self) -> str:
        return f"https://{NAME}:{self.made.https_port}"

    @property
    def certificates(self) -> Certificates:
        found = self.made.parts.certificates
        assert found is not None
        return found

    def do(self, make: Callable[[], Awaitable[T]]) -> T:
        async def body() -> T:
            return await make()

        return asyncio.run_coroutine_threadsafe(body(), self.loop).result(START_S)

    @contextmanager
    def page(self, **settings: int) -> Iterator[Page]:
        """The owner's, signed in."""
        size = {"width": settings.get("width", 1280), "height": settings.get("height", 800)}
        context = self.trusting.new_context(viewport=size)  # type: ignore[arg-type] # as Playwright takes it
        cookie = {"name": "__Host-curtilage_session", "value": self.owner.token, "url": self.base}
        context.add_cookies([{**cookie, "secure": True, "httpOnly": True}])  # type: ignore[typeddict-item] # as above
        try:
            yield context.new_page()
        finally:
            context.close()


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    """Made once for this file."""
    folder = tmp_path_factory.mktemp("reached")
    started, stop, made = threading.Event(), asyncio.Event(), []

    async def main() -> None:
        async with outside(folder) as opened:
            home, owner = await opened.house.home("Rose house", "Alma")
            camera = await opened.house.camera(home, "Porch", CAMERA)
            person = opened.parts.persons.of_account(owner.account)[0]
            await make_grant(opened.house, home, camera, person)
            made.append((opened, asyncio.get_running_loop(), home, owner, camera))
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: uvloop.run(main()))
    thread.start()
    try:
        assert started.wait(START_S), "the server did not start"
        opened, loop, home, owner, camera = made[0]
        assert opened.parts.certificates is not None
        root = opened.parts.certificates.authority().root_pem
        with sync_playwright() as playwright:
            browsers = []
            for name, pem in (("trusting", root), ("stranger", None)):
                browsers.append(
                    playwright.chromium.launch(
                        executable_path=EXECUTABLE,
                        args=[*FLAGS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP {OTHER_NAME} 127.0.0.1"],
                        env={**os.environ, "HOME": str(home_with_root(folder / name, pem))},
                    )
                )
            yield Reached(opened, loop, browsers[0], browsers[1], home, owner, camera)
            for browser in browsers:
                browser.close()
    finally:
        if made:
            made[0][1].call_soon_threadsafe(stop.set)
        thread.join(START_S)


def home_with_root(folder: Path, root_pem: bytes | None) -> Path:
    """A home folder whose list of authorities (NSS) is empty, or holds one: as docs/https.md has it."""
    database = folder / ".pki" / "nssdb"
    database.mkdir(parents=True)
    subprocess.run(["certutil", "-d", f"sql:{database}", "-N", "--empty-password"], check=True)
    if root_pem is not None:
        file = folder / "household-root.pem"
        file.write_bytes(root_pem)
        add = ["certutil", "-d", f"sql:{database}", "-A", "-t", "C,,", "-n", "curtilage", "-i", str(file)]
        subprocess.run(add, check=True)
    return folder


def test_a_live_camera_is_seen_by_https_until_its_grant_ends(reached: Reached) -> None:
    with reached.page() as page:
        page.goto(f"{reached.base}/")
        assert page.evaluate("isSecureContext && typeof crypto.subtle === 'object'")
        page.wait_for_selector(f"#camera-{reached.camera}[data-state=live]", timeout=30_000)
        first = page.evaluate("document.querySelector('[data-tile] video').currentTime")
        page.wait_for_timeout(700)
        assert page.evaluate("document.querySelector('[data-tile] video').currentTime") > first, "it moves"
        (grant,) = reached.made.parts.grants.of_home(reached.home)
        begun = time.monotonic()
        reached.do(lambda: reached.made.parts.grants.revoke(reached.home, grant.id, None))
        page.wait_for_selector(f"#camera-{reached.camera}[data-state=neutral]", timeout=2000)
        assert time.monotonic() - begun < 1.5
        assert page.evaluate("document.querySelector('[data-tile] video').readyState") == 0


def test_who_does_not_trust_the_root_and_other_names_are_refused_by_the_browser(reached: Reached) -> None:
    context = reached.stranger.new_context()
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        context.new_page().goto(f"{reached.base}/sign-in")
    context.close()

    async def forge() -> None:
        now_ms = reached.made.parts.clock.now()
        authority = reached.certificates.authority()
        put(make_certificate(authority, OTHER_NAME, (), 90, now_ms, secrets.token_bytes), reached.certificates.context)

    reached.do(forge)
    with reached.page() as page:
        with pytest.raises(Error, match="ERR_CERT"):
            page.goto(f"https://{OTHER_NAME}:{reached.made.https_port}/")
        with pytest.raises(Error, match="ERR_CERT"):
            page.goto(f"{reached.base}/")

    async def renew() -> None:
        reached.certificates.renew()

    reached.do(renew)
    with reached.page() as page:
        page.goto(f"{reached.base}/")
        assert page.title()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 900)])
def test_the_install_page_fits_and_reads_well(reached: Reached, tmp_path: Path, width: int, height: int) -> None:
    place = reached.made.ready.place
    assert place is not None
    context = reached.stranger.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(f"{place.install_origin}/")
    assert reached.certificates.authority().fingerprint in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out at the side"
    assert page.locator(".qr").is_visible() is (width > 640), "a phone needs no code of its own page"
    page.screenshot(path=tmp_path / f"install-{width}.png", full_page=True)
    assert serious_findings(page, axe_script()) == []
    assert context.cookies() == []
    with page.expect_download() as downloading:
        page.evaluate("location.href = '/household-root.pem'")
    assert downloading.value.path().read_bytes() == reached.certificates.authority().root_pem
    context.close()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 900)])
def test_the_consoles_page_fits_and_reads_well(reached: Reached, tmp_path: Path, width: int, height: int) -> None:
    with reached.page(width=width, height=height) as page:
        page.goto(f"{reached.base}/certificate")
        text = page.inner_text("main")
        assert reached.certificates.authority().fingerprint in text
        assert "more days" in text
        assert page.evaluate("document.querySelector('.qr img').naturalWidth > 0")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=tmp_path / f"certificate-{width}.png", full_page=True)
        assert serious_findings(page, axe_script()) == []
