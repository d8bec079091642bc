"""A house that other machines reach by HTTPS, on ports of its own, and clients that trust its household root alone."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import uvloop

from curtilage.config import Config
from curtilage.main import Server, listen, listen_outside, server
from curtilage.web.parts import Parts
from tests.costs import CHEAP_PASSWORDS
from tests.vault.certificates import NAME
from tests.web.house import House
from tests.web.served import config_in

FREE = {"https_port": 0, "install_port": 0, "plain_lan_port": 0}
CHEAP = {**CHEAP_PASSWORDS, "find_wait_s": 0.2}


@dataclass(frozen=True)
class Outside:
    """The running server, as another machine has it."""

    ready: Server
    config: Config

    @property
    def parts(self) -> Parts:
        """The running services."""
        return self.ready._parts

    @property
    def house(self) -> House:
        """To make homes and people."""
        return House(self.parts, lambda _: self.ready._application)

    @property
    def https_port(self) -> int:
        """Chosen by the system."""
        return self.parts.config.https_port

    def trusting(self, root_pem: bytes | None = None) -> ssl.SSLContext:
        """A client that trusts nothing but the household root."""
        assert self.parts.certificates is not None
        pem = root_pem if root_pem is not None else self.parts.certificates.authority().root_pem
        context = ssl.create_default_context(cadata=pem.decode())
        assert len(context.get_ca_certs()) == 1
        return context

    async def shake(self, context: ssl.SSLContext, name: str = NAME) -> dict[str, object]:
        """A handshake; the server's certificate as the client saw it. Raises ssl.SSLError."""
        connecting = asyncio.open_connection("127.0.0.1", self.https_port, ssl=context, server_hostname=name)
        _, writer = await connecting
        shown = writer.get_extra_info("peercert")
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()
        assert isinstance(shown, dict)
        return shown


async def ask(
    port: int,
    request: str,
    tls: ssl.SSLContext | None = None,
    name: str = NAME,
    headers: Mapping[str, str] | None = None,
    body: str = "",
) -> tuple[int, Mapping[str, str], bytes]:
    """One request (``GET /path``) on a connection of its own; status, headers, body."""
    server_hostname = name if tls is not None else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=server_hostname)
    given = {"Host": f"{name}:{port}", **(headers or {}), **({"Content-Length": str(len(body))} if body else {})}
    lines = "".join(f"{key}: {value}\r\n" for key, value in given.items())
    writer.write(f"{request} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n{body}".encode())
    octets = await reader.read(-1)
    writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()
    head, _, said = octets.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    pairs = (field.partition(": ") for field in fields)
    return int(status.split()[1]), {key.lower(): value for key, _, value in pairs}, said


@contextlib.asynccontextmanager
async def outside(folder: Path, **settings: float | str) -> AsyncIterator[Outside]:
    """Served until left."""
    config = config_in(folder, **{"public_name": NAME, **FREE, **CHEAP, **settings})
    keys = folder / "keys"
    config = replace(config, root_key_file=keys / "root.key", authority_file=keys / "authority.pem")
    loopback, public = listen(0), listen_outside(config)
    stop, listening = asyncio.Event(), asyncio.Event()
    async with server(config, loopback, public) as ready:
        running = asyncio.create_task(ready.run(stop, listening.set))
        running.add_done_callback(lambda _: listening.set())
        await listening.wait()
        await asyncio.sleep(0.05)  # the sockets are bound; the loops behind them begin in this moment
        try:
            yield Outside(ready, config)
        finally:
            stop.set()
            await running


def run_outside(folder: Path, main: Callable[[Outside], Awaitable[None]], **settings: float | str) -> None:
    """Run ``main`` beside a new one, under uvloop as the server has it."""

    async def body() -> None:
        async with outside(folder, **settings) as made:
            await main(made)

    uvloop.run(body())
