"""A viewer over TCP, by stock aiortc: the same picture, the same end, and nobody else's."""

import asyncio
import contextlib
import functools
import secrets
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aioice.stun import Class, parse_message

from curtilage.cameras.webrtc.ice_tcp import IceTcp
from curtilage.cameras.webrtc.sdp_answer import OwnTransport, choose_codec, write_answer
from curtilage.cameras.webrtc.tcp_framing import framed
from curtilage.cameras.webrtc.webrtc import WebrtcPeer
from curtilage.cameras.webrtc.whep import Whep
from curtilage.config import Config
from tests.cameras.tcp_side import Raw, TcpWay, check, opened_door, take_by_tcp
from tests.cameras.webrtc.test_webrtc import HEAD, SSRC, Told, offered
from tests.cameras.whep_house import Running, WhepHouse
from tests.cameras.whep_side import OFFER, StockViewer, until, whole

pytestmark = pytest.mark.slow  # handshakes
COUNT_MAX = 3


@contextlib.asynccontextmanager
async def waiting(door: IceTcp) -> AsyncIterator[tuple[WebrtcPeer, OwnTransport]]:
    """A peer whose viewer never comes: the offer's ufrag is ``abcd``."""
    peer = WebrtcPeer(offered(OFFER.encode()), SSRC, Told(), door=door, door_count_max=COUNT_MAX)
    own = await peer.gather()
    connecting = asyncio.create_task(peer.connect())
    try:
        yield peer, own
    finally:
        connecting.cancel()
        peer.close()
        await peer.closed()


@dataclass
class Met:
    """A peer and a viewer that have shaken hands over TCP."""

    peer: WebrtcPeer
    viewer: StockViewer
    way: TcpWay
    told: Told


async def met(door: IceTcp) -> Met:
    viewer, told = StockViewer(), Told()
    offer = offered(await viewer.offer())
    peer = WebrtcPeer(offer, SSRC, told, door=door)
    answer = write_answer(offer, choose_codec(offer.codecs, "42c01f"), "42c01f", SSRC, await peer.gather())
    way, connected = await asyncio.gather(take_by_tcp(viewer, answer), peer.connect())
    assert connected
    await until(lambda: viewer.connection.connectionState == "connected")
    return Met(peer, viewer, way, told)


def test_packets_arrive_over_tcp_until_it_is_closed_and_none_after() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, _):
            found = await met(door)
            pair = found.peer._connection._nominated[1]
            assert pair.local_candidate.transport == "tcp"
            found.peer.send([HEAD + b"\x41picture"])
            await until(lambda: len(found.viewer.packets) == 1)
            assert await found.peer.answers()
            begin = asyncio.get_running_loop().time()
            found.peer.close()
            found.peer.send([HEAD + b"\x41another"])
            await until(lambda: found.way.lost_s is not None)
            assert (found.way.lost_s or 0) - begin < 0.2
            # Its goodbye came first: the viewer need not wait for silence to mean something.
            await until(lambda: found.viewer.connection.connectionState in ("closed", "failed"), 1)
            assert len(found.viewer.packets) == 1
            await found.peer.closed()
            await found.viewer.close()
            await until(lambda: door.count() == 0)
        assert len(asyncio.all_tasks()) == 1

    whole(scenario)


def test_a_viewer_that_hangs_up_is_gone_at_once() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, _):
            found = await met(door)
            found.way.transport.abort()
            await until(lambda: found.told.gone_count == 1, 1)
            found.peer.close()
            await found.peer.closed()
            await found.viewer.close()

    whole(scenario)


def test_a_check_with_the_views_password_is_answered_and_checked_back() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port), waiting(door) as (_, own):
            viewer = await Raw.to(port)
            viewer.send(framed(check(f"{own.ice.username}:abcd", own.ice.password)))
            classes = [parse_message(await viewer.packet()).message_class for _ in range(2)]
            assert set(classes) == {Class.RESPONSE, Class.REQUEST}
            viewer.writer.close()

    whole(scenario)


def test_another_sessions_name_with_ones_own_password_gets_nothing() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port), waiting(door) as (_, mine), waiting(door) as (peer, theirs):
            before = len(peer._connection._protocols)
            stranger = await Raw.to(port)
            stranger.send(framed(check(f"{theirs.ice.username}:abcd", mine.ice.password)))
            assert await stranger.end() == b""
            assert len(peer._connection._protocols) == before
            never = await Raw.to(port)
            never.send(framed(check("0" * 24 + ":abcd", mine.ice.password)))
            assert await never.end() == b"", "the same as for a name that nobody has"

    whole(scenario)


def _integrity_after_the_name_changed(name: str, password: str) -> bytes:
    signed = check(f"{'f' * 24}:abcd", password)
    return signed.replace(b"f" * 24, name.encode())


def _short_priority(name: str, password: str) -> bytes:
    octets = check(f"{name}:abcd", password)
    place = octets.index(struct.pack(">HH", 0x0024, 4))
    return octets[:place] + struct.pack(">HH", 0x0024, 2) + octets[place + 4 :]


BROKEN: dict[str, Callable[[str, str], bytes]] = {
    "changed after it was signed": _integrity_after_the_name_changed,
    "another viewer's name": lambda name, password: check(f"{name}:other", password),
    "no priority": lambda name, password: check(f"{name}:abcd", password, attributes={"ICE-CONTROLLING": 1}),
    "a priority cut short": _short_priority,
    "a response": lambda name, password: b"\x01\x01" + check(f"{name}:abcd", password)[2:],
    "an empty password": lambda name, _: check(f"{name}:abcd", ""),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_check_that_proves_nothing_gets_nothing(name: str) -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port), waiting(door) as (_, own):
            stranger = await Raw.to(port)
            stranger.send(framed(BROKEN[name](own.ice.username, own.ice.password)))
            assert await stranger.end() == b""

    whole(scenario)


@pytest.mark.parametrize(
    "octets",
    [check("x:y", "z", attributes={})[:-1], b"\x00" * 30, b"\x16" + bytes(60)],
    ids=["a check cut short", "zeros", "like DTLS"],
)
def test_noise_after_a_good_check_reaches_nobody_else(octets: bytes) -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port), waiting(door) as (peer, own), waiting(door) as (other, _):
            viewer = await Raw.to(port)
            viewer.send(framed(check(f"{own.ice.username}:abcd", own.ice.password)) + framed(octets) * 1000)
            await viewer.packet()
            await asyncio.sleep(0.1)
            assert peer._connection._queue.qsize() <= 64, "before the handshake nobody takes it"
            assert other._connection._queue.qsize() == 0
            viewer.writer.close()

    whole(scenario)


def test_a_view_takes_so_many_connections_and_no_more() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port), waiting(door) as (_, own):
            good = framed(check(f"{own.ice.username}:abcd", own.ice.password))
            for _ in range(COUNT_MAX):
                viewer = await Raw.to(port)
                viewer.send(good)
                assert await viewer.packet()
                viewer.writer.close()
            one_more = await Raw.to(port)
            one_more.send(good)
            assert await one_more.end() == b""

    whole(scenario)


def test_who_comes_and_never_shakes_hands_is_reset_when_its_view_is_over() -> None:
    async def scenario() -> None:
        house = WhepHouse(replace(Config(), webrtc_connect_s=0.4))
        house.group("porch")
        async with opened_door(house.config) as (door, port):
            make: Any = functools.partial(WebrtcPeer, door=door)
            house.whep = Whep(house.views, house.config, secrets.token_bytes, lambda: make)
            opened: Any = await house.whep.open(house.asking(), OFFER.encode())
            said = dict(line[2:].split(":", 1) for line in opened.answer.split("\r\n") if line.startswith("a=ice-"))
            viewer = await Raw.to(port)
            viewer.send(framed(check(f"{said['ice-ufrag']}:abcd", said["ice-pwd"])))
            assert await viewer.end(2), "it was answered, and reset in the end"
            await until(lambda: house.whep.count() == 0)
            await house.whep.settle()
            await until(lambda: door.count() == 0)

    whole(scenario)


def test_an_ended_views_name_is_nobodys() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, port):
            async with waiting(door) as (_, own):
                """It was there."""
            late = await Raw.to(port)
            late.send(framed(check(f"{own.ice.username}:abcd", own.ice.password)))
            assert await late.end() == b""

    whole(scenario)


def test_without_a_port_nothing_is_said_of_tcp() -> None:
    async def scenario() -> None:
        async with opened_door() as (door, _):
            door.close()
            async with waiting(door) as (_, own):
                assert not any(" tcp " in candidate for candidate in own.candidates)

    whole(scenario)


def test_revoking_cuts_slow_viewers_over_tcp_within_200_ms() -> None:
    async def scenario() -> None:
        house = WhepHouse(replace(Config(), webrtc_tcp_waiting_bytes_max=64 * 1024))
        async with opened_door(house.config) as (door, _):
            make: Any = functools.partial(WebrtcPeer, door=door)
            house.whep = Whep(house.views, house.config, secrets.token_bytes, lambda: make)
            running, asking = Running(house, size=20_000), house.asking()
            running.step()
            ways = []
            viewers = [StockViewer() for _ in range(4)]
            for viewer in viewers:
                opened: Any = await house.whep.open(asking, await viewer.offer())
                ways.append(await take_by_tcp(viewer, opened.answer, receive_bytes=8192))
                await until(lambda: opened.connected)  # noqa: B023 waited for here
            ways[0].transport.resume_reading()
            for way in ways[1:]:
                way.transport.pause_reading()
            for _ in range(40):
                running.step()
                await asyncio.sleep(0.01)
            assert viewers[0].packets
            links = list(door._links)
            assert max(link.waiting_bytes for link in links) > 32 * 1024, "somebody is slow"
            begin = asyncio.get_running_loop().time()
            house.end(asking.grant)
            await until(lambda: door.count() == 0, 1)
            assert asyncio.get_running_loop().time() - begin < 0.2
            await house.whep.settle()
            for viewer in viewers:
                await viewer.close()

    whole(scenario)
