"""A real server with simulated cameras, running beside the test, and browsers on it.

What a browser complains about (a script error, a violated policy, a request to anywhere else) is kept for the test to
look at. Faults are put between the network and the player, where a broken proxy would be: ``fault.js`` rewrites
records.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import uvloop
from playwright.sync_api import Browser, BrowserContext, Page, Request

from curtilage.home.session import Session
from curtilage.web.asked import SESSION_COOKIE
from curtilage.web.server import listen_loopback, serve
from curtilage.wire.identifier import DeviceId, HomeId, PersonId
from tests.web.house import House, house

FAULT = Path(__file__).with_name("fault.js")
START_S = 30
_TELL_VIOLATIONS = (
    "document.addEventListener('securitypolicyviolation', (e) => violated(`${e.violatedDirective} ${e.blockedURI}`))"
)
T = TypeVar("T")


@dataclass
class Console:
    """The running server."""

    house: House
    port: int
    loop: asyncio.AbstractEventLoop

    @property
    def base(self) -> str:
        """Its address in a browser."""
        return f"http://localhost:{self.port}"

    def do(self, make: Callable[[House], Awaitable[T]]) -> T:
        """Run in the server's loop, and wait."""

        async def body() -> T:
            return await make(self.house)

        return asyncio.run_coroutine_threadsafe(body(), self.loop).result(START_S)

    def grant(self, home: HomeId, camera: DeviceId, person: PersonId, until_ms: int | None = None) -> None:
        """Let a person see a camera, by the operator's word."""

        async def make(house: House) -> None:
            browser = house.operator()
            value = {"camera": camera, "person": person, "until_ms": until_ms}
            answer = await browser.ask("POST", f"/api/v1/homes/{home}/grants", value)
            assert answer.status == 201, answer.body

        self.do(make)


@dataclass
class Troubles:
    """What a browser complained about, and whom it asked."""

    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def none(self) -> bool:
        """Nothing at all?"""
        return not (self.errors or self.violations or self.strangers)


@contextlib.contextmanager
def running_console(folder: Path, at: int = 0, **settings: float) -> Iterator[Console]:
    """A server of this folder, at this port or a free one, in a thread of its own; stopped at the end."""
    loopback = listen_loopback(at)
    started = threading.Event()
    made: list[Console] = []
    stop: list[asyncio.Event] = []

    async def main() -> None:
        async with house(folder, port=loopback.port, **settings) as built:
            stop.append(asyncio.Event())
            made.append(Console(built, loopback.port, asyncio.get_running_loop()))
            started.set()
            await serve(built.parts.config, loopback, built.app.loopback, built.app.control, stop[0])

    thread = threading.Thread(target=lambda: uvloop.run(main()))
    thread.start()
    try:
        assert started.wait(START_S), "the server did not start"
        yield made[0]
    finally:
        if made:
            made[0].loop.call_soon_threadsafe(stop[0].set)
        thread.join(START_S)


@contextlib.contextmanager
def browsing(
    chromium: Browser, console: Console, session: Session | None, *, fault: str = "", **settings: Any
) -> Iterator[tuple[Page, Troubles]]:
    """A page in a context of its own, signed in as ``session``. ``fault``: see fault.js."""
    context = chromium.new_context(**settings)
    if session is not None:
        context.add_cookies([{"name": SESSION_COOKIE, "value": session.token, "url": console.base}])
    try:
        yield _watched(context, console, fault)
    finally:
        context.close()


def _watched(context: BrowserContext, console: Console, fault: str) -> tuple[Page, Troubles]:
    page, troubles = context.new_page(), Troubles()

    def asked(request: Request) -> None:
        if urlsplit(request.url).netloc not in (f"localhost:{console.port}", ""):
            troubles.strangers.append(request.url)

    def violated(what: str) -> None:
        troubles.violations.append(what)

    page.expose_function("violated", violated)
    page.add_init_script(_TELL_VIOLATIONS)
    page.on("pageerror", lambda error: troubles.errors.append(str(error)))
    page.on("request", asked)
    if fault:
        page.add_init_script(f"window.faultKind = {fault!r};\n{FAULT.read_text(encoding='utf-8')}")
    return page, troubles
