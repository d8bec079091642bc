"""Three doors of one server, and clients that keep their connections."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

from starlette.types import Receive, Scope, Send

from curtilage.config import Config
from curtilage.web.connection import CONNECTION
from curtilage.web.server import Doorway, listen_loopback, serve


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    """``/known`` is asked by somebody known, ``/stream`` does not end."""
    scope[CONNECTION].known = scope["path"] == "/known"
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/stream":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class Peer:
    """A client with one connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)

    async def asks(self, path: str) -> bytes:
        """The status; the connection stays."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self.socket, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        said = b""
        async with asyncio.timeout(5):  # a reset is an answer too: none
            while b"ok" not in said.partition(b"\r\n\r\n")[2]:
                try:
                    piece = await loop.sock_recv(self.socket, 4096)
                except ConnectionError:
                    piece = b""
                if not piece:
                    break
                said += piece
        return said.split(b" ")[1] if said else b""

    def closed(self) -> bool:
        """By the server."""
        try:
            return self.socket.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True


@contextlib.asynccontextmanager
async def three_doors(config: Config) -> AsyncIterator[Callable[[int], Peer]]:
    """Makes a client at one of them, by its number."""
    peers: list[Peer] = []
    first, second, third = (listen_loopback(0) for _ in range(3))
    stop, listening = asyncio.Event(), asyncio.Event()
    others = (Doorway(second, answers), Doorway(third, answers))
    running = asyncio.create_task(serve(config, first, answers, answers, stop, listening.set, others))
    try:
        await listening.wait()
        await asyncio.sleep(0.05)

        def peer(number: int) -> Peer:
            peers.append(Peer((first, second, third)[number % 3].port))
            return peers[-1]

        yield peer
    finally:
        for made in peers:
            made.socket.close()
        stop.set()
        await running
