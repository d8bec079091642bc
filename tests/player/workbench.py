"""A page of nothing, from which a test imports the player's modules, served on loopback under the console's policy."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from curtilage.web.pages.pages_static import read_files
from curtilage.web.security_headers import security_headers
from tests import chromium as real

STATIC = Path(__file__).parents[2] / "src" / "curtilage" / "web" / "static"
_EMPTY = b"<!doctype html><html lang=en><title>workbench</title><video muted></video>"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a file of tests: two at a time are more than Playwright's plain interface allows."""
    with real.chromium() as browser:
        yield browser


@contextlib.contextmanager
def workbench(chromium: Browser) -> Iterator[Page]:
    """The page. A script error or a violated policy fails the test that is running."""
    files = read_files(STATIC)

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = files.get(self.path.removeprefix("/static/"))
            self.send_response(200)
            for name, value in security_headers():
                self.send_header(name.decode(), value.decode())
            self.send_header("Content-Type", found.media_type if found is not None else "text/html")
            self.end_headers()
            self.wfile.write(found.plain if found is not None else _EMPTY)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    context = chromium.new_context()
    try:
        page = context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.goto(f"http://localhost:{server.server_port}/")
        yield page
        assert not troubles
    finally:
        context.close()
        server.shutdown()
        server.server_close()
        thread.join()
