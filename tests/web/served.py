"""A real uvicorn server under uvloop around an ASGI application, and raw sockets to speak to it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import uvloop
from starlette.types import ASGIApp

from curtilage.config import Config
from curtilage.web.server import Listening, listen_loopback, serve


@contextlib.asynccontextmanager
async def served(config: Config, app: ASGIApp, control: ASGIApp | None = None) -> AsyncIterator[Listening]:
    """``app`` on a free port, and at the control door too unless another is given; stopped at the end."""
    loopback = listen_loopback(0)
    stop, listening = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(serve(config, loopback, app, control or app, stop, listening.set))
    running.add_done_callback(lambda _: listening.set())
    try:
        await listening.wait()
        yield loopback
    finally:
        stop.set()
        await running


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run under uvloop, as the server does."""

    async def body() -> None:
        await main()

    uvloop.run(body())


def config_in(folder: Path, **settings: float | str) -> Config:
    """Settings of a test: everything below ``folder``."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    return Config(data_folder=data, root_key_file=folder / "root.key", **settings)  # type: ignore[arg-type] # every setting is named with its own kind of value


async def ask_raw(port: int, octets: bytes, wait_s: float = 5.0) -> bytes:
    """Send ``octets`` and read until the server closes; what a broken connection delivered counts."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    received = bytearray()
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(wait_s):
            while piece := await reader.read(65536):
                received += piece
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return bytes(received)


def connect(port: int, receive_bytes: int | None = None) -> socket.socket:
    """A plain client that reads only when told to."""
    client = socket.socket()
    if receive_bytes is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    return client
