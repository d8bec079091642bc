"""Who gives way when too many connections are open; all doors count together, and no device holds one shut."""

import asyncio
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.config import Config as UvicornConfig
from uvicorn.server import ServerState

from curtilage.web.connection import BoundedProtocol, limited
from curtilage.web.control_socket import control_socket_path
from curtilage.web.open_connections import OpenConnections, Place
from tests.vault.certificates import NAME
from tests.web.https_side import Outside, run_outside
from tests.web.open_doors import answers, three_doors
from tests.web.served import config_in, run

SCREENS = 20
PER_SCREEN = 3
HOME, GUEST = "192.0.2.7", "192.0.2.66"


class Door:
    """Connections with a bound, and who was closed."""

    def __init__(self, count_max: int = 1024, per_address: int = 256) -> None:
        self.open = OpenConnections(count_max, per_address)
        self.closed: list[str] = []

    def enter(self, host: str | None, label: str = "") -> Place | None:
        return self.open.enter(host, lambda: self.closed.append(label))

    def streaming(self, host: str) -> Place:
        made = self.enter(host, "a stream")
        assert made is not None
        self.open.serve(made)
        return made


def test_twenty_screens_behind_one_address_fit_beside_a_stranger_who_takes_all_they_can() -> None:
    door = Door()
    for _ in range(5000):
        door.enter(HOME, "stranger")
    for _ in range(SCREENS * PER_SCREEN):
        door.streaming(HOME)
    for _ in range(5000):
        assert door.enter(HOME, "stranger") is not None
    assert "a stream" not in door.closed
    assert door.open.count() == 256


def test_one_address_has_a_share_and_no_more() -> None:
    door = Door(count_max=1024, per_address=256)
    for _ in range(256):
        door.streaming(GUEST)
    assert door.enter(GUEST) is None, "nothing of its own gives way"
    assert door.enter(HOME) is not None
    assert door.closed == []


def test_an_ipv6_network_is_one_address() -> None:
    door = Door(per_address=8)
    for number in range(8):
        door.streaming(f"2001:db8:0:1::{number + 1:x}")
    assert door.enter("2001:db8:0:1:9999::1") is None
    assert door.enter("2001:db8:0:2::1") is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", None])
def test_this_machine_has_no_share(host: str | None) -> None:
    door = Door(count_max=64, per_address=8)
    for _ in range(64):
        made = door.enter(host)
        assert made is not None
        door.open.serve(made)
    assert door.enter(host) is None, "the bound on all holds here too"


def test_strangers_give_way_before_the_known_and_the_longest_waiting_first() -> None:
    door = Door(per_address=3)
    screen = door.enter(HOME, "known")
    assert screen is not None
    door.open.serve(screen)
    door.open.wait(screen, known=True)
    door.enter(HOME, "first")
    door.enter(HOME, "second")
    for label in ("third", "fourth"):
        assert door.enter(HOME, label) is not None
    assert door.closed == ["first", "second"]
    door.streaming(HOME)
    door.streaming(HOME)
    assert door.closed == ["first", "second", "third", "fourth"]


def test_the_known_give_way_where_no_stranger_waits() -> None:
    door = Door(count_max=8)
    screen = door.enter(HOME, "known")
    assert screen is not None
    door.open.wait(screen, known=True)
    for _ in range(7):
        door.streaming(GUEST)
    assert door.enter("192.0.2.8", "newcomer") is not None
    assert door.closed == ["known"]


def test_who_waits_on_most_connections_gives_way_to_a_newcomer() -> None:
    door = Door(count_max=10, per_address=8)
    door.enter(HOME, "household")
    for _ in range(8):
        door.enter(GUEST, "guest")
    for number in range(4):
        assert door.enter(f"198.51.100.{number}", "newcomer") is not None
    assert set(door.closed) == {"guest"}
    assert door.open.count() == 10


def test_what_left_is_not_counted_and_leaves_once() -> None:
    door = Door(count_max=8, per_address=8)
    places = [door.streaming(GUEST) for _ in range(8)]
    for place in places:
        door.open.leave(place)
        door.open.leave(place)
        door.open.wait(place, known=False)
        door.open.serve(place)
    assert door.open.count() == 0
    for _ in range(8):
        door.streaming(GUEST)
    assert door.enter(GUEST) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=120))
def test_the_bounds_hold_whatever_comes_and_goes(steps: list[tuple[int, int]]) -> None:
    door, places = OpenConnections(12, 8), list[Place]()
    hosts = ("127.0.0.1", HOME, GUEST, "2001:db8::1", "2001:db8::2")
    for what, which in steps:
        if what == 0:
            made = door.enter(hosts[which], lambda: None)
            places += [made] if made is not None else []
        elif places:
            place = places[which % len(places)]
            if what == 1:
                door.serve(place)
            elif what == 2:
                door.wait(place, known=bool(which % 2))
            else:
                door.leave(place)
        assert door.count() <= 12
        here = [place for place in door._places if place.address]
        assert all(sum(one.address == place.address for one in here) <= 8 for place in here)
    for place in places:
        door.leave(place)
    assert door.count() == 0
    assert door._shares == {}


@pytest.mark.slow
def test_all_doors_count_together_and_a_newcomer_comes_in_at_each(tmp_path: Path) -> None:
    """As a device did that took all of one door: request an icon, keep the connection, and the next."""

    async def main() -> None:
        config = config_in(tmp_path, connections_count_max=8)
        async with three_doors(config) as peer:
            held = []
            for number in range(24):
                held.append(peer(number))
                assert await held[-1].asks("/favicon.ico") == b"200"
            await asyncio.sleep(0.1)
            standing = [one for one in held if not one.closed()]
            assert len(standing) <= 8
            stream = peer(1)
            assert await stream.asks("/stream") == b"200"
            for number in range(15):
                assert await peer(number).asks("/favicon.ico") == b"200"
            assert not stream.closed(), "what is being answered never gives way"

    run(main)


@pytest.mark.slow
def test_the_operator_comes_in_whoever_fills_the_doors(tmp_path: Path) -> None:
    async def main() -> None:
        config = config_in(tmp_path, connections_count_max=8)
        async with three_doors(config) as peer:
            for number in range(8):
                assert await peer(number).asks("/stream") == b"200"
            assert await peer(0).asks("/favicon.ico") in (b"429", b""), "the answer may be lost with the connection"
            reader, writer = await asyncio.open_unix_connection(control_socket_path(config))
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()

    run(main)


@pytest.mark.slow
@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"])
def test_who_begins_and_does_not_go_on_gives_way_too(tmp_path: Path, begun: bytes) -> None:
    async def main() -> None:
        async with three_doors(config_in(tmp_path, connections_count_max=8)) as peer:
            held = [peer(0) for _ in range(8)]
            for one in held:
                one.socket.sendall(begun)
            await asyncio.sleep(0.1)
            assert await peer(1).asks("/favicon.ico") == b"200"
            await asyncio.sleep(0.1)
            assert [one.closed() for one in held] == [True] + 7 * [False]

    run(main)


@pytest.mark.slow
def test_a_known_connection_stays_while_strangers_come_and_go(tmp_path: Path) -> None:
    async def main() -> None:
        async with three_doors(config_in(tmp_path, connections_count_max=8)) as peer:
            screen = peer(0)
            assert await screen.asks("/known") == b"200"
            for number in range(30):
                assert await peer(number).asks("/favicon.ico") == b"200"
            assert not screen.closed()
            assert await screen.asks("/known") == b"200"

    run(main)


class FarSocket(socket.socket):
    """Its other end has an address that no test machine has."""

    host = ""

    def getpeername(self) -> tuple[str, int]:
        """There."""
        return self.host, 50_000


class Wire(asyncio.Transport):
    """A connection from there."""

    def __init__(self, host: str) -> None:
        self.socket = FarSocket()
        self.socket.host = host
        super().__init__({"socket": self.socket})
        self.written = b""
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Kept."""
        self.written += data

    def is_closing(self) -> bool:
        """Once it was aborted."""
        return self.aborted

    def close(self) -> None:
        """As abort."""
        self.aborted = True

    def abort(self) -> None:
        """At once."""
        self.aborted = True


def test_a_connection_counts_for_the_address_it_comes_from(tmp_path: Path) -> None:
    async def main() -> None:
        config = config_in(tmp_path)
        protocol = limited(BoundedProtocol, config, OpenConnections(64, 8))
        serving = UvicornConfig(answers, lifespan="off", log_config=None)
        serving.load()
        wires = [Wire(f"2001:db8::{number + 1:x}") for number in range(9)] + [Wire("2001:db8:1::1")]
        made = [protocol(serving, ServerState(), {}) for _ in wires]
        for one, wire in zip(made, wires, strict=True):
            one.connection_made(wire)
        assert [wire.aborted for wire in wires] == [True] + 9 * [False]
        for one, wire in zip(made, wires, strict=True):
            one.connection_lost(None)
            wire.socket.close()
        assert protocol.open_connections.count() == 0

    run(main)


@pytest.mark.slow
def test_who_is_signed_in_keeps_the_connection_while_strangers_take_all_they_can(tmp_path: Path) -> None:
    async def main(made: Outside) -> None:
        _, session = await made.house.home("Rose house", "Alma")
        port, tls = made.https_port, made.trusting()

        async def connected() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            return await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=NAME)

        async def status(ends: tuple[asyncio.StreamReader, asyncio.StreamWriter], path: str, cookie: str = "") -> bytes:
            ends[1].write(f"GET {path} HTTP/1.1\r\nHost: {NAME}:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
            head = await ends[0].readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await ends[0].readexactly(int(length.partition(b":")[2]))
            return head.split(b" ")[1]

        own = await connected()
        cookie = f"__Host-curtilage_session={session.token}"
        assert await status(own, "/api/v1/sessions/current", cookie) == b"200"
        assert await status(own, "/static/player/player.js", cookie) == b"200", "nobody is looked up for a file"
        strangers = []
        for _ in range(20):
            strangers.append(await connected())
            assert await status(strangers[-1], "/sign-in") == b"200"
        assert await status(own, "/api/v1/sessions/current", cookie) == b"200"
        for _, writer in (own, *strangers):
            writer.close()

    run_outside(tmp_path, main, connections_count_max=8)
