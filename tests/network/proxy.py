"""A poor network without root: a proxy on loopback between a browser and a server, for TCP (HTTP) and UDP (WebRTC).

    python -m tests.network.proxy SERVER_PORT

It prints ``ready PORT``; a browser that opens ``http://localhost:PORT/`` reaches the server through it. Standard input
and its answers are as in relay.py; it ends when standard input closes.

What it models: UDP as the TUN relay does, packet by packet: loss, delay, rate with a bounded queue, outage. TCP only in
its effect, since both its ends are the proxy's own kernel: pieces of a packet's size share the link's rate with UDP; a
lost one stalls all behind it on its connection for the round trip that a retransmission takes, again if that is lost
too; an outage stalls a connection until a retransmission would come, each wait twice the one before. A full queue makes
the sender wait instead of losing.

What it cannot: what congestion control makes of loss (a sender that loses does not slow down here), lost
acknowledgements, handshakes that are lost, what either kernel would know (round trip, what was not acknowledged). So
TCP fares a little better here than over the TUN relay; that one is the measure where there is root.
"""

import asyncio
import contextlib
import json
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from tests.network.http_side import Answers, Messages, with_candidates_at, without_candidates
from tests.network.link import Kind, Link

_PIECE_BYTES = 1400
_HEADERS_BYTES = 40
_RECEIVE_BYTES = 8 * 1024
"""Little, so that what does not fit waits at the server, where it is seen."""
_WAITING_COUNT_MAX = 256
_FIRST_WAIT_S, _WAIT_S_MAX = 0.2, 30.0
_UDP_PATHS_COUNT_MAX = 64


class TcpLink:
    """One direction of TCP on a shared link: nothing is lost, everything may be late."""

    def __init__(self, link: Link, chance: Random) -> None:
        self._link = link
        self._chance = chance

    async def carried(self, size: int) -> float:
        """When a piece that is there now arrives; waits while the link's queue is full or it is out."""
        wait_s, lost = _FIRST_WAIT_S, 0
        while True:
            kind = self._link.kind
            if not kind.out:
                while not kind.out and self._chance.random() < kind.loss:
                    lost += 1
                leaves_s = self._link.queued_s(time.monotonic(), size)
                if leaves_s is not None:
                    return leaves_s + lost * 2 * kind.delay_ms / 1000
                await asyncio.sleep(0.005)
                continue
            await asyncio.sleep(wait_s + 2 * kind.delay_ms / 1000)
            wait_s = min(_WAIT_S_MAX, wait_s * 2)


class Proxy:
    """All connections and UDP paths."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self.port = 0
        self._up, self._down = Link(Random(1)), Link(Random(2))
        self._chance = Random(3)
        self._listening: asyncio.Server | None = None
        self._paths: dict[tuple[str, int], UdpPath] = {}

    def be(self, kind: Kind) -> None:
        """From now on."""
        self._up.kind = self._down.kind = kind

    def close(self) -> None:
        """Listen no longer, to anybody."""
        if self._listening is not None:
            self._listening.close()
        for path in self._paths.values():
            path.close()
        self._paths.clear()

    async def start(self) -> None:
        """Listen."""
        listening = socket.socket()
        # Inherited by what is accepted.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        listening.bind(("127.0.0.1", 0))
        self._listening = await asyncio.start_server(self._serve, sock=listening, limit=_RECEIVE_BYTES)
        self.port = listening.getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * self._up.kind.delay_ms / 1000)
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self._server_port))
        their_reader, their_writer = await asyncio.open_connection(sock=plain, limit=_RECEIVE_BYTES)
        asked = Messages(self._head, without_candidates)
        answered = Answers(partial(with_candidates_at, at=self.udp_port))
        ways = (
            self._pump(reader, their_writer, self._up, asked.fed),
            self._pump(their_reader, writer, self._down, answered.fed),
        )
        # The end of either way ends both, and a reset goes on as one.
        _, left = await asyncio.wait([asyncio.create_task(way) for way in ways], return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        for each in (writer, their_writer):
            each.transport.abort()

    def _head(self, head: bytes) -> bytes:
        return head.replace(b"localhost:%d" % self.port, b"localhost:%d" % self._server_port)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        link: Link,
        changed: Callable[[bytes], bytes],
    ) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_WAITING_COUNT_MAX)
        delivering = asyncio.create_task(_deliver(waiting, writer))
        tcp = TcpLink(link, self._chance)
        try:
            with contextlib.suppress(ConnectionError):
                while octets := await reader.read(_PIECE_BYTES):
                    going = changed(octets)
                    for start in range(0, len(going), _PIECE_BYTES):
                        piece = going[start : start + _PIECE_BYTES]
                        arrives_s = await tcp.carried(len(piece) + _HEADERS_BYTES)
                        await waiting.put((arrives_s, piece))
                await waiting.join()  # a polite end comes behind what was sent
        finally:
            delivering.cancel()

    def udp_port(self, address: str, port: int) -> int:
        """The port at which the browser reaches the server's UDP port through this proxy."""
        if (address, port) not in self._paths:
            if len(self._paths) >= _UDP_PATHS_COUNT_MAX:
                self._paths.pop(next(iter(self._paths))).close()
            self._paths[address, port] = UdpPath((address, port), self._up, self._down)
        return self._paths[address, port].port


async def _deliver(waiting: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
    """In order: what came behind a late piece waits for it."""
    while True:
        arrives_s, piece = await waiting.get()
        await asyncio.sleep(max(0.0, arrives_s - time.monotonic()))
        writer.write(piece)
        await writer.drain()
        waiting.task_done()


class UdpPath:
    """One UDP port of the server: each browser's socket gets one of ours towards the server."""

    def __init__(self, server: tuple[str, int], up: Link, down: Link) -> None:
        self._server = server
        self._up, self._down = up, down
        self._loop = asyncio.get_running_loop()
        self._near: dict[tuple[str, int], socket.socket] = {}
        self._far = self._open(self._from_browser)
        self.port: int = self._far.getsockname()[1]

    def close(self) -> None:
        """For good."""
        for each in (self._far, *self._near.values()):
            self._loop.remove_reader(each)
            each.close()

    def _open(self, take: Callable[[], None]) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((self._server[0], 0))
        made.setblocking(False)
        self._loop.add_reader(made, take)
        return made

    def _from_browser(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, browser = self._far.recvfrom(2048)
                if browser not in self._near and len(self._near) < _UDP_PATHS_COUNT_MAX:
                    self._near[browser] = self._open(partial(self._from_server, browser))
                if browser in self._near:
                    self._carry(self._up, packet, self._near[browser], self._server)

    def _from_server(self, browser: tuple[str, int]) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                packet, _ = self._near[browser].recvfrom(2048)
                self._carry(self._down, packet, self._far, browser)

    def _carry(self, link: Link, packet: bytes, by: socket.socket, to: tuple[str, int]) -> None:
        now_s = time.monotonic()
        leaves_s = link.leaves_s(now_s, len(packet) + _HEADERS_BYTES)
        if leaves_s is not None:
            self._loop.call_later(leaves_s - now_s, _send, by, packet, to)


def _send(by: socket.socket, packet: bytes, to: tuple[str, int]) -> None:
    with contextlib.suppress(OSError):
        by.sendto(packet, to)


async def main(server_port: int) -> None:
    """Until standard input closes."""
    proxy = Proxy(server_port)
    await proxy.start()
    print(f"ready {proxy.port}", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        given: Any = json.loads(line)
        proxy.be(Kind(**given))
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
