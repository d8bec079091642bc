"""A connection to a slow viewer: bounded in what waits, never in the way, and gone at once when it is cut."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aioice.ice import CONSENT_FAILURES, CONSENT_INTERVAL

from curtilage.cameras.webrtc.ice_tcp_link import Receiver, TcpLink
from curtilage.cameras.webrtc.tcp_framing import PacketReader, framed
from curtilage.config import Config
from tests.cameras.tcp_side import HOST
from tests.cameras.whep_side import until, whole
from tests.web.served import run

CONFIG = replace(Config(), webrtc_tcp_waiting_bytes_max=64 * 1024)
RESERVE = 16 * 1024


@dataclass
class Taken:
    """Implements Receiver and Places; takes everybody."""

    packets: list[bytes] = field(default_factory=list)
    lost_count: int = 0
    places: int = 0
    full: bool = False

    def received(self, packet: bytes) -> bool:
        """See Receiver."""
        self.packets.append(packet)
        return True

    def lost(self, _why: Exception | None) -> None:
        """See Receiver."""
        self.lost_count += 1

    def enter(self, host: str | None, _close: Any) -> Any:
        """See Places."""
        assert host == HOST
        self.places += 1
        return None if self.full else object()

    def leave(self, _place: Any) -> None:
        """See Places."""
        self.places -= 1


@contextlib.asynccontextmanager
async def linked(taken: Taken, receive_bytes: int = 8192) -> AsyncIterator[tuple[TcpLink, socket.socket]]:
    """A link, and the other end: a socket that reads when the test does."""
    loop = asyncio.get_running_loop()
    made: list[TcpLink] = []

    def introduce(link: TcpLink, first: bytes) -> Receiver | None:
        return taken

    def link() -> TcpLink:
        made.append(TcpLink(CONFIG, taken, introduce, lambda _: None))
        return made[0]

    server = await loop.create_server(link, HOST, 0)
    viewer = socket.socket()
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    viewer.setblocking(False)
    await loop.sock_connect(viewer, server.sockets[0].getsockname())
    await until(lambda: bool(made) and made[0].remote[1] != 0)
    try:
        yield made[0], viewer
    finally:
        server.close()
        made[0].abort()
        viewer.close()
        await asyncio.sleep(0.05)


async def everything(viewer: socket.socket) -> tuple[bytes, bool]:
    """What could still be read, and whether it ended with a reset."""
    loop, found = asyncio.get_running_loop(), bytearray()
    try:
        async with asyncio.timeout(5):
            while octets := await loop.sock_recv(viewer, 65536):
                found += octets
    except ConnectionResetError:
        return bytes(found), True
    return bytes(found), False


def test_packets_leave_in_frames_and_in_order() -> None:
    async def scenario() -> None:
        async with linked(Taken()) as (link, viewer):
            run = b"".join(bytes([number]) * 1000 for number in range(4)) + b"rest"
            link.sendto(b"check")
            link.send_run(memoryview(run), 1000)
            reader, found = PacketReader(65535), list[bytes]()
            while len(found) < 6:
                found += reader.feed(await asyncio.get_running_loop().sock_recv(viewer, 65536))
            assert found == [b"check", *(bytes([number]) * 1000 for number in range(4)), b"rest"]

    whole(scenario)


def test_what_waits_for_a_slow_viewer_is_bounded_and_checks_still_find_room() -> None:
    async def scenario() -> None:
        taken = Taken()
        async with linked(taken) as (link, viewer):
            run = memoryview(bytes(20 * 1160))
            for _ in range(100):
                link.send_run(run, 1160)
            assert link.waiting_bytes <= CONFIG.webrtc_tcp_waiting_bytes_max
            assert link.dropped_count > 1500
            inner: Any = link._transport and link._transport.get_extra_info("socket")
            # The kernel says twice what it was asked for (socket(7)).
            assert inner.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= CONFIG.webrtc_tcp_waiting_bytes_max // 2
            pictures = link.waiting_bytes
            link.sendto(bytes(100))
            assert link.waiting_bytes > pictures
            for _ in range(1000):
                link.sendto(bytes(100))
            assert link.waiting_bytes <= CONFIG.webrtc_tcp_waiting_bytes_max + RESERVE
            # Whatever was dropped, what arrives are whole frames.
            reader, sizes = PacketReader(65535), set[int]()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while True:
                        octets = await asyncio.get_running_loop().sock_recv(viewer, 65536)
                        sizes |= set(map(len, reader.feed(octets)))
            assert sizes == {1160, 100}
            assert link.waiting_bytes == 0

    whole(scenario)


def test_cut_it_is_reset_and_what_waited_does_not_arrive() -> None:
    async def scenario() -> None:
        taken = Taken()
        async with linked(taken) as (link, viewer):
            viewer.send(framed(b"first"))
            await until(lambda: taken.packets == [b"first"])
            sent = 0
            while not link.dropped_count:
                link.send_run(memoryview(bytes(20 * 1160)), 1160)
                sent += 20 * 1162
            begin = asyncio.get_running_loop().time()
            link.abort()
            link.abort()
            link.sendto(b"after")
            link.send_run(memoryview(b"after"), 5)
            await until(lambda: taken.lost_count == 1)
            assert asyncio.get_running_loop().time() - begin < 0.2
            arrived, reset = await everything(viewer)
            assert reset
            # No more than the other machine's kernel had already.
            assert len(arrived) < sent - CONFIG.webrtc_tcp_waiting_bytes_max
            assert b"after" not in arrived

    whole(scenario)


def test_a_goodbye_that_waits_for_nothing_arrives_before_the_reset() -> None:
    async def scenario() -> None:
        taken = Taken()
        async with linked(taken) as (link, viewer):
            link.sendto(b"goodbye")
            link.abort()
            begin = asyncio.get_running_loop().time()
            assert (await everything(viewer)) == (framed(b"goodbye"), True)
            assert asyncio.get_running_loop().time() - begin < 0.2

    whole(scenario)
    run(scenario)  # under uvloop, as the server is


def test_nothing_is_taken_after_it_was_cut() -> None:
    async def scenario() -> None:
        taken = Taken()
        async with linked(taken) as (link, viewer):
            viewer.send(framed(b"first"))
            await until(lambda: len(taken.packets) == 1)
            link.sendto(b"goodbye")
            viewer.send(framed(b"second"))
            link.abort()
            await everything(viewer)
            assert taken.packets == [b"first"]

    whole(scenario)


def test_empty_packets_are_handed_to_nobody_and_keep_nobody_in() -> None:
    async def scenario() -> None:
        taken = Taken()
        async with linked(taken) as (link, viewer):
            viewer.send(framed(b"first") + bytes(200) + framed(b"second"))
            await until(lambda: len(taken.packets) == 2)
            assert taken.packets == [b"first", b"second"]
            assert not link._closed

    whole(scenario)


@pytest.mark.parametrize("packet", [b"", b"x"])
def test_who_sends_more_packets_than_any_viewer_is_reset(packet: bytes) -> None:
    """A gigabit of packets of one octet kept the loop busy for a quarter of a second at a time."""

    async def scenario() -> None:
        taken = Taken()
        async with linked(taken) as (_, viewer):
            with contextlib.suppress(ConnectionError):
                async with asyncio.timeout(5):
                    await asyncio.get_running_loop().sock_sendall(viewer, framed(b"first"))
                    while not taken.lost_count:
                        await asyncio.get_running_loop().sock_sendall(viewer, framed(packet) * 1000)
                        await asyncio.sleep(0)
            assert taken.lost_count == 1
            assert len(taken.packets) <= 3000

    whole(scenario)


def test_its_place_is_given_back_whichever_way_it_ends() -> None:
    async def scenario() -> None:
        taken = Taken()
        async with linked(taken) as (_, viewer):
            assert taken.places == 1
            viewer.send(framed(b"first"))
            await until(lambda: taken.places == 0)
        async with linked(taken) as (_, viewer):
            assert taken.places == 1
            viewer.close()
            await until(lambda: taken.places == 0)
        async with linked(taken) as (link, _):
            link.abort()
            assert taken.places == 0

    whole(scenario)


def test_tcp_does_not_give_up_before_ice_does() -> None:
    """Tries once a second, it would after 15 of them."""

    async def scenario() -> None:
        async with linked(Taken()) as (link, _):
            inner: Any = link._transport and link._transport.get_extra_info("socket")
            given_up_ms = inner.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            assert given_up_ms > CONSENT_FAILURES * CONSENT_INTERVAL * 1000

    whole(scenario)


def test_one_too_many_is_reset() -> None:
    async def scenario() -> None:
        taken = Taken(full=True)
        async with linked(taken) as (_, viewer):
            assert await everything(viewer) == (b"", True)

    whole(scenario)


@pytest.mark.parametrize("name", ["socket", "peername", "cipher"])
def test_its_socket_is_not_handed_out(name: str) -> None:
    async def scenario() -> None:
        async with linked(Taken()) as (link, _):
            assert link.get_extra_info(name) is None
            assert link.get_extra_info("sockname") == link.local

    whole(scenario)
