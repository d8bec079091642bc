"""A real server's parts in a folder of the test: homes, people and cameras, and browsers that ask the application.

Requests are ASGI scopes made here and not by an HTTP client, because clients tidy up the very paths that are to be
tried.
"""

import asyncio
import contextlib
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp

from curtilage.home.actor import Actor, Role
from curtilage.home.device import Device
from curtilage.home.display import Display, PairedDisplay
from curtilage.home.home import NewHome
from curtilage.home.pairing import Pairing
from curtilage.home.person import NewPerson, Person
from curtilage.home.session import Session
from curtilage.main import running
from curtilage.web.app import Application, make_app
from curtilage.web.asked import DISPLAY_COOKIE, SESSION_COOKIE
from curtilage.web.parts import Parts
from curtilage.web.server import listen_loopback, serve
from curtilage.wire.identifier import DeviceId, HomeId
from tests.costs import CHEAP_PASSWORDS
from tests.web.served import config_in

PASSWORD = "four plain words together"
NOBODY_LISTENS = "rtsp://viewer:camera-secret@127.0.0.1:9/stream1"
"""The discard port: refused at once."""
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """A whole reply."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """A header's value, the last if there are several."""
        return {key.decode(): value.decode("latin-1") for key, value in self.headers}.get(name)

    def looks(self) -> tuple[int, tuple[tuple[bytes, bytes], ...], bytes]:
        """All that somebody outside can tell answers apart by."""
        return self.status, tuple(pair for pair in self.headers if pair[0] != b"date"), self.body


async def ask(
    app: ASGIApp,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    scheme: str = "http",
) -> Answer:
    """One request; ``path`` goes out as it is, query and all."""
    target, _, query = path.partition("?")
    sent: list[Any] = []
    given = {**(headers or {}), **({"content-length": str(len(body))} if body else {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": scheme,
        "path": unquote_to_bytes(target).decode("utf-8", "replace"),
        "raw_path": target.encode("latin-1", "replace"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8480),
        "state": {},
    }
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return pending.pop() if pending else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    octets = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], tuple(sent[0]["headers"]), octets)


@dataclass
class Browser:
    """Somebody's browser: their session, and what browsers send by themselves."""

    app: ASGIApp
    port: int
    session: Session | None = None
    body: bytes = field(default=b"", repr=False)
    """Sent as it is when a request has no other."""
    display: PairedDisplay | None = None
    """A display instead of a person."""

    async def ask(self, method: str, path: str, value: Any = None, form: str | None = None, **headers: str) -> Answer:
        """``value``: sent as JSON; ``form``: sent as an HTML form."""
        body = self.body if value is None else json.dumps(value).encode()
        given = {"host": f"localhost:{self.port}", **self._own(method), **(JSON if value is not None else {})}
        if form is not None:
            token = f"&csrf_token={self.session.csrf}" if self.session is not None else ""
            given, body = {**given, **FORM}, f"{form}{token}".encode()
            given.pop("x-csrf-token", None)
        given |= {name.replace("_", "-"): text for name, text in headers.items()}
        return await ask(self.app, method, path, given, body)

    def _own(self, method: str) -> dict[str, str]:
        own = {"sec-fetch-site": "same-origin"}
        if method not in ("GET", "HEAD"):
            own["origin"] = f"http://localhost:{self.port}"
        if self.session is not None:
            own["cookie"] = f"{SESSION_COOKIE}={self.session.token}"
            own["x-csrf-token"] = self.session.csrf
        if self.display is not None:
            own["cookie"] = f"{DISPLAY_COOKIE}={self.display.token}"
            own["x-csrf-token"] = self.display.csrf
        return own


@dataclass(frozen=True)
class House:
    """The parts, the application, and how to make people and things."""

    parts: Parts
    make: Callable[[Parts], Application] = make_app

    @functools.cached_property
    def app(self) -> Application:
        """Made when it is first asked: a hundred routes are most of what a house costs."""
        return self.make(self.parts)

    def browser(self, session: Session | None = None, body: bytes = b"") -> Browser:
        """A browser of that session."""
        return Browser(self.app.loopback, self.parts.config.port, session, body)

    def display(self, display: PairedDisplay) -> Browser:
        """The browser of a display."""
        return Browser(self.app.loopback, self.parts.config.port, display=display)

    def operator(self) -> Browser:
        """The control door."""
        return Browser(self.app.control, self.parts.config.port)

    async def home(self, name: str, owner: str) -> tuple[HomeId, Session]:
        """A home and its owner's session."""
        made = await self.parts.homes.create(name)
        assert isinstance(made, NewHome)
        session = await self.parts.accounts.set_up(made.code, owner, PASSWORD, None)
        assert isinstance(session, Session)
        return made.home.id, session

    async def member(self, home: HomeId, name: str, role: Role = Role.MEMBER) -> tuple[Person, Session]:
        """A person of the home who has joined."""
        added = await self.parts.persons.add(home, name, role, self.by_operator(home))
        assert isinstance(added, NewPerson)
        session = await self.parts.accounts.set_up(added.code, name, PASSWORD, None)
        assert isinstance(session, Session)
        return self.parts.persons.of_account(session.account)[0], session

    async def camera(self, home: HomeId, name: str, address: str = NOBODY_LISTENS, sub_address: str = "") -> DeviceId:
        """A camera; of an address where nobody answers unless given."""
        added = await self.parts.cameras.add(self.by_operator(home), name, address, sub_address)
        assert isinstance(added, Device)
        return added.id

    async def paired(self, home: HomeId, name: str) -> PairedDisplay:
        """A display of the home, let in by the code it showed; it may see nothing yet."""
        pairing = self.parts.pairings.start(None, name)
        assert isinstance(pairing, Pairing)
        display = await self.parts.displays.pair(home, pairing.code, name, self.by_operator(home))
        assert isinstance(display, Display)
        found = self.parts.displays.find(pairing.secret)
        assert found is not None
        return found

    def by_operator(self, home: HomeId) -> Actor:
        """In whose name tests make things."""
        return Actor(home, None, Role.OWNER)


@contextlib.asynccontextmanager
async def house(folder: Path, **settings: float | str) -> AsyncIterator[House]:
    """An empty server; passwords are cheap here because a test makes many."""
    cheap: dict[str, float | str] = {**CHEAP_PASSWORDS, "changes_per_minute_max": 100_000}
    # Views whose viewers never come stay while a test looks at them.
    cheap |= {"find_wait_s": 0.2, "webrtc_connect_s": 600.0} | settings
    config = replace(config_in(folder, **cheap), root_key_file=folder / "keys" / "root.key")
    config = replace(config, authority_file=folder / "keys" / "authority.pem")
    async with running(config) as parts:
        yield House(parts)


@contextlib.asynccontextmanager
async def served_house(folder: Path, **settings: float | str) -> AsyncIterator[House]:
    """A house whose loopback door is open, at its settings' port."""
    loopback, stop = listen_loopback(0), asyncio.Event()
    async with house(folder, port=loopback.port, **settings) as made:
        serving = asyncio.create_task(serve(made.parts.config, loopback, made.app.loopback, made.app.control, stop))
        try:
            yield made
        finally:
            stop.set()
            await serving


def in_house(folder: Path, main: Callable[[House], Awaitable[None]], **settings: float | str) -> None:
    """Run ``main`` in a new house."""

    async def body() -> None:
        async with house(folder, **settings) as made:
            await main(made)

    asyncio.run(body())
