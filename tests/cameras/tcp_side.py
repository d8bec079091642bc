"""The viewer's side of ICE over TCP: raw connections, and stock aiortc with a protocol that goes over one."""

import asyncio
import contextlib
import re
import secrets
import socket
from collections.abc import AsyncIterator
from typing import Any

from aioice import Candidate
from aioice.ice import StunProtocol
from aioice.stun import Class, Message, Method

from curtilage.cameras.webrtc.ice_tcp import IceTcp
from curtilage.cameras.webrtc.tcp_framing import PacketReader, framed
from curtilage.config import Config
from curtilage.web.open_connections import OpenConnections
from tests.cameras.whep_side import StockViewer

HOST = "127.0.0.1"


def _listening() -> socket.socket:
    found = socket.create_server((HOST, 0), backlog=1024)
    found.setblocking(False)
    return found


@contextlib.asynccontextmanager
async def opened_door(config: Config = Config()) -> AsyncIterator[tuple[IceTcp, int]]:  # noqa: B008 frozen
    """The door as main.py makes it, and its port."""
    places = OpenConnections(config.webrtc_tcp_strangers_count_max, config.webrtc_tcp_strangers_per_address_count_max)
    door, listening = IceTcp(config, secrets.token_bytes, places), _listening()
    port = listening.getsockname()[1]
    await door.open([listening], [])
    try:
        yield door, port
    finally:
        door.close()


def check(username: str, password: str, *, attributes: dict[str, Any] | None = None) -> bytes:
    """A connectivity check as a viewer makes it, not framed."""
    message = Message(message_method=Method.BINDING, message_class=Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.attributes |= {"PRIORITY": 1, "ICE-CONTROLLING": 1} if attributes is None else attributes
    message.add_message_integrity(password.encode())
    return bytes(message)


class Raw:
    """A connection of somebody who sends what they please."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "Raw":
        """Connected."""
        return cls(*await asyncio.open_connection(HOST, port))

    def send(self, octets: bytes) -> None:
        """As they are."""
        self.writer.write(octets)

    async def end(self, wait_s: float = 5.0) -> bytes:
        """Everything that was answered until the other side ended it; raises TimeoutError when it does not."""
        answered = b""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            async with asyncio.timeout(wait_s):
                while octets := await self.reader.read(65536):
                    answered += octets
        self.writer.close()
        return answered

    async def packet(self) -> bytes:
        """The next one."""
        async with asyncio.timeout(5):
            return await self.reader.readexactly(int.from_bytes(await self.reader.readexactly(2)))


class TcpWay(asyncio.Protocol):
    """A viewer's connection, as aioice's transport."""

    def __init__(self, ice: Any) -> None:
        self.protocol: Any = StunProtocol(ice)
        self._reader = PacketReader(65535)
        self.transport: Any = None
        self.lost_s: float | None = None
        self.lost_why: Exception | None = None

    def connection_made(self, transport: Any) -> None:
        """See asyncio."""
        self.transport = transport
        host, port = transport.get_extra_info("sockname")
        self.protocol.local_candidate = Candidate("9", 1, "tcp", 1, host, port, "host", tcptype="active")
        self.protocol.connection_made(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        for packet in self._reader.feed(data):
            self.protocol.datagram_received(packet, self.transport.get_extra_info("peername"))

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self.lost_s, self.lost_why = asyncio.get_running_loop().time(), exc
        self.protocol.connection_lost(exc)

    def sendto(self, packet: bytes, _address: Any = None) -> None:
        """What aioice calls."""
        self.transport.write(framed(packet))

    def close(self) -> None:
        """The same."""
        self.transport.close()


_TCP = re.compile(r"a=candidate:\S+ 1 tcp \d+ (\S+) (\d+) typ host tcptype passive\r\n")
_UDP = re.compile(r"a=candidate:\S+ 1 udp [^\r]*\r\n")


async def take_by_tcp(viewer: StockViewer, answer: str, receive_bytes: int | None = None) -> TcpWay:
    """The viewer takes an answer whose UDP its network drops. ``receive_bytes``: of its kernel's buffer."""
    host, port = next((found[1], int(found[2])) for found in _TCP.finditer(answer) if found[1] == HOST)
    ice: Any = viewer.connection.getTransceivers()[0].receiver.transport.transport._connection
    inner = socket.socket()
    if receive_bytes is not None:
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    inner.setblocking(False)
    await asyncio.get_running_loop().sock_connect(inner, (host, port))
    _, way = await asyncio.get_running_loop().create_connection(lambda: TcpWay(ice), sock=inner)
    for protocol in ice._protocols:
        protocol.transport.abort()
    ice._protocols[:] = [way.protocol]
    await viewer.take(_UDP.sub("", answer))
    return way
