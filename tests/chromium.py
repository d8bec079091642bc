"""The real browser: Debian's Chromium, driven by Playwright, and the mark read from what it shows."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, sync_playwright

from curtilage.wire.mark import Mark, read_mark

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
EXECUTABLE = "/usr/bin/chromium"
_MARK_READER = Path(__file__).parent / "origin" / "mark_reader.js"

WHEP_VIEWER = (Path(__file__).parent / "origin" / "whep_viewer.js").read_text(encoding="utf-8")
"""The browser's own WebRTC as a WHEP viewer, ``window.whep``; READER stands for ``mark_reader()``."""


@contextmanager
def chromium(executable: str = EXECUTABLE) -> Iterator[Browser]:
    """A browser, by ``executable`` what starts it; a missing Chromium is an error that says so."""
    assert Path(EXECUTABLE).exists(), "Chromium is missing: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def chromium_with(browser: Browser, *flags: str) -> Iterator[Browser]:
    """A second browser, with more flags, beside the one that Playwright runs already."""
    another = browser.browser_type.launch(executable_path=EXECUTABLE, args=[*FLAGS, *flags])
    try:
        yield another
    finally:
        another.close()


def signed_in_context(browser: Browser, port: int, cookie: str) -> BrowserContext:
    """A browser profile with a session's cookie."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies(
        [{"name": "curtilage_session", "value": cookie, "url": f"http://localhost:{port}", "httpOnly": True}]
    )
    return context


def mark_on_screen(tile: Locator, key: bytes, picture: str = "video") -> Mark | None:
    """The mark in a screenshot of the tile's picture: what a person would see, not what a decoder says.

    ``picture``: ``canvas`` for stills.

    The tile's words lie over the picture's corner and over the mark; they are made transparent for the shot.
    """
    tile.evaluate(
        "tile => tile.querySelectorAll('[data-part=chip]').forEach(chip => chip.closest('.chip').style.opacity = 0)"
    )
    shown = tile.locator(picture)
    image = Image.open(io.BytesIO(shown.screenshot(animations="allow"))).convert("L")
    return read_mark(image.tobytes(), image.width, image.height, image.width, key)


def mark_reader() -> str:
    """mark_reader.js as an expression that gives ``readMark``: the page's CSP lets no module of ours in."""
    return (
        "(() => {"
        + _MARK_READER.read_text(encoding="utf-8").replace("export function", "function")
        + "return readMark;})()"
    )
