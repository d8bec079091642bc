"""The TCP port against those who have no business there: reset without a word, bounded in number and in time."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from curtilage.cameras.webrtc.ice_tcp_link import Receiver, TcpLink
from curtilage.cameras.webrtc.tcp_framing import framed
from curtilage.config import Config
from tests.cameras.tcp_side import HOST, Raw, check, opened_door
from tests.cameras.whep_side import until, whole

PASSWORD = "p" * 22


@dataclass
class Listed:
    """Implements TcpSession and Receiver: takes whoever names it and writes down what comes."""

    packets: list[bytes] = field(default_factory=list)
    lost_count: int = 0
    takes: bool = True

    def take(self, _link: TcpLink, _first: bytes) -> Receiver | None:
        """See TcpSession."""
        return self if self.takes else None

    def received(self, packet: bytes) -> bool:
        """See Receiver."""
        self.packets.append(packet)
        return packet != b"stop"

    def lost(self, _why: Exception | None) -> None:
        """See Receiver."""
        self.lost_count += 1


STRANGE: dict[str, Callable[[str], bytes]] = {
    "another name": lambda name: framed(check(f"{name[:-1]}:x", PASSWORD)),
    "a name that is longer": lambda name: framed(check(f"{name}0:x", PASSWORD)),
    "a name that is over": lambda _: framed(check("gone:x", PASSWORD)),
    "no check": lambda _: framed(b"hello"),
    "an empty packet": lambda name: framed(b"") + framed(check(f"{name}:x", PASSWORD)),
    "a web request": lambda _: b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a TLS hello": lambda _: bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "too long a packet": lambda _: b"\xff\xff",
    "a check that is not framed": lambda name: check(f"{name}:x", PASSWORD),
    "noise": lambda _: bytes(range(256)) * 40,
}


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def silent(port: int) -> socket.socket:
    made = socket.socket()
    made.setblocking(False)
    await asyncio.get_running_loop().sock_connect(made, (HOST, port))
    return made


@pytest.mark.parametrize("name", list(STRANGE))
def test_what_is_for_no_live_view_is_reset_without_a_word(name: str) -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port):
            session, known = Listed(), door.new_name()
            door.enter(known, session)
            door.enter("gone", session)
            door.leave("gone")
            stranger = await Raw.to(port)
            stranger.send(STRANGE[name](known))
            assert await stranger.end() == b""
            await until(lambda: door.count() == 0)
            assert session.packets == []

    whole(scenario)


def test_a_connection_belongs_to_the_session_it_named_first_and_to_no_other() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port):
            first, second = Listed(), Listed()
            names = door.new_name(), door.new_name()
            assert names[0] != names[1]
            door.enter(names[0], first)
            door.enter(names[1], second)
            viewer = await Raw.to(port)
            mine, others = check(f"{names[0]}:x", PASSWORD), check(f"{names[1]}:x", PASSWORD)
            viewer.send(framed(mine) + framed(others) + framed(b"anything"))
            await until(lambda: len(first.packets) == 3)
            assert first.packets == [mine, others, b"anything"]
            assert second.packets == []
            viewer.send(framed(b"stop"))
            assert await viewer.end() == b""
            await until(lambda: first.lost_count == 1)

    whole(scenario)


def test_a_session_that_does_not_take_it_hears_nothing_more() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port):
            session, name = Listed(takes=False), door.new_name()
            door.enter(name, session)
            stranger = await Raw.to(port)
            stranger.send(framed(check(f"{name}:x", PASSWORD)) + framed(b"more"))
            assert await stranger.end() == b""
            assert session.packets == []

    whole(scenario)


@pytest.mark.parametrize("sent", [b"", b"\x00", b"\x00\x70\x00\x01"])
def test_who_never_finishes_a_first_packet_is_reset_in_time(sent: bytes) -> None:
    async def scenario() -> None:
        async with opened_door(replace(Config(), webrtc_tcp_first_packet_s=0.2)) as (door, port):
            slow = await Raw.to(port)
            begin = asyncio.get_running_loop().time()
            slow.send(sent)
            assert await slow.end() == b""
            assert 0.1 < asyncio.get_running_loop().time() - begin < 1.0
            assert door.count() == 0

    whole(scenario)


def test_who_trickles_gets_no_more_time() -> None:
    async def scenario() -> None:
        async with opened_door(replace(Config(), webrtc_tcp_first_packet_s=0.3)) as (_, port):
            slow, begin = await Raw.to(port), asyncio.get_running_loop().time()
            ended = asyncio.create_task(slow.end())
            for octet in framed(bytes(100)):
                if ended.done():
                    break
                slow.send(bytes([octet]))
                await asyncio.sleep(0.05)
            assert await ended == b""
            assert asyncio.get_running_loop().time() - begin < 1.5

    whole(scenario)


def test_a_taken_connection_has_no_such_time() -> None:
    async def scenario() -> None:
        async with opened_door(replace(Config(), webrtc_tcp_first_packet_s=0.1)) as (door, port):
            session, name = Listed(), door.new_name()
            door.enter(name, session)
            viewer = await Raw.to(port)
            viewer.send(framed(check(f"{name}:x", PASSWORD)))
            await until(lambda: len(session.packets) == 1)
            await asyncio.sleep(0.3)
            assert door.count() == 1
            viewer.writer.close()
            await until(lambda: session.lost_count == 1)

    whole(scenario)


def test_a_thousand_connections_that_say_nothing_keep_no_viewer_out() -> None:
    async def scenario() -> None:
        config = replace(Config(), webrtc_tcp_strangers_count_max=64)
        async with opened_door(config) as (door, port):
            session, name = Listed(), door.new_name()
            door.enter(name, session)
            crowd: list[socket.socket] = []
            for _ in range(10):
                crowd += await asyncio.gather(*(silent(port) for _ in range(100)))
                await until(lambda: door.count() <= 64)
            viewer = await Raw.to(port)
            viewer.send(framed(check(f"{name}:x", PASSWORD)))
            await until(lambda: len(session.packets) == 1)
            assert door.count() <= 65
            for one in crowd:
                one.close()
            await until(lambda: door.count() == 1)
            viewer.writer.close()
            await until(lambda: door.count() == 0)

    whole(scenario)


def test_closed_it_listens_no_more_and_lets_go_of_everybody() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port):
            waiting = await Raw.to(port)
            await until(lambda: door.count() == 1)
            assert len(door.candidates([HOST])) == 1
            before = descriptors()
            door.close()
            door.close()
            assert await waiting.end() == b""
            assert door.candidates([HOST]) == ()
            with pytest.raises(ConnectionError):
                await Raw.to(port)
            assert descriptors() < before

    whole(scenario)
