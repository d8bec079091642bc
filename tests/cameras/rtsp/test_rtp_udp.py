"""Packets over UDP: the camera's own, in order; nobody else's."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from curtilage.cameras.rtsp.rtp_udp import RtpUdp
from curtilage.config import Config
from tests.held_clock import HeldClock

pytestmark = pytest.mark.slow
CAMERA, STRANGER = "127.0.0.2", "127.0.0.3"


class SlowClock(HeldClock):
    """On which every look takes ``step_s`` of work."""

    step_s = 0.0

    def monotonic(self) -> float:
        """See Clock."""
        self.pass_s(self.step_s)
        self.worked_s += self.step_s
        return super().monotonic()


@dataclass
class Receiving:
    """Two open ports, and what came of them."""

    udp: RtpUdp
    clock: "SlowClock"
    packets: list[bytes] = field(default_factory=list)
    goodbyes: list[bool] = field(default_factory=list)

    def send(self, host: str, octets: bytes, *, report: bool = False) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((host, 0))
            sender.sendto(octets, ("127.0.0.1", self.udp.port + report))


def packet(sequence: int) -> bytes:
    return struct.pack(">BBHII", 0x80, 96, sequence, 0, 7) + b"payload"


def receiving(scenario: Callable[[Receiving], Awaitable[None]]) -> None:
    async def run() -> None:
        clock = SlowClock()
        udp = RtpUdp(CAMERA, Config(), clock, lambda count: b"\7" * count)
        got = Receiving(udp, clock)
        await udp.open("127.0.0.1", got.packets.append, lambda: got.goodbyes.append(True))
        try:
            async with asyncio.timeout(10):
                await scenario(got)
        finally:
            udp.close()

    asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - a datagram tells nobody that it came
        await asyncio.sleep(0.005)


def test_the_ports_follow_each_other_even_first() -> None:
    async def scenario(got: Receiving) -> None:
        assert got.udp.port % 2 == 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", got.udp.port + 1))

    receiving(scenario)


def test_the_cameras_packets_come_in_order_and_a_strangers_never() -> None:
    async def scenario(got: Receiving) -> None:
        got.send(CAMERA, packet(1))
        await until(lambda: len(got.packets) == 1)
        got.send(STRANGER, packet(2))
        got.send(CAMERA, packet(3))
        got.send(CAMERA, packet(2))
        await until(lambda: len(got.packets) == 3)
        assert got.packets == [packet(1), packet(2), packet(3)]
        assert got.udp.bytes_count == 3 * len(packet(1))

    receiving(scenario)


def test_a_goodbye_of_the_camera_ends_it_and_a_strangers_does_not() -> None:
    async def scenario(got: Receiving) -> None:
        goodbye = struct.pack(">BBHI", 0x81, 203, 1, 7)
        got.send(STRANGER, goodbye, report=True)
        got.send(CAMERA, b"\x80", report=True)
        got.send(CAMERA, goodbye, report=True)
        await until(lambda: bool(got.goodbyes))
        assert got.goodbyes == [True]

    receiving(scenario)


def test_it_reports_to_the_camera_and_stops_when_closed() -> None:
    async def scenario(got: Receiving) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as camera:
            camera.bind((CAMERA, 0))
            camera.setblocking(False)
            got.udp.report_to(camera.getsockname()[1])
            report = await asyncio.get_running_loop().sock_recv(camera, 1500)
        assert report[:4] == struct.pack(">BBH", 0x80, 201, 1)
        assert report[8:10] == b"\x81\xca"
        assert len(report) == 8 + 4 + 4 * int.from_bytes(report[10:12])
        got.udp.report_to(0)
        got.udp.close()
        got.udp.close()

    receiving(scenario)


GOODBYE = struct.pack(">BBHI", 0x81, 203, 1, 7)


def test_a_report_longer_than_a_packet_of_a_home_network_is_not_looked_at() -> None:
    async def scenario(got: Receiving) -> None:
        got.send(CAMERA, GOODBYE + bytes(1500), report=True)
        got.send(CAMERA, GOODBYE, report=True)
        await until(lambda: bool(got.goodbyes))
        assert got.udp.bytes_count == 2 * len(GOODBYE) + 1500, "but it counts"
        await asyncio.sleep(0.02)
        assert got.goodbyes == [True]

    receiving(scenario)


def test_reports_are_taken_within_the_cameras_share_and_then_neither_port_is_read() -> None:
    async def scenario(got: Receiving) -> None:
        got.clock.step_s = 0.2
        got.send(CAMERA, GOODBYE, report=True)
        await until(lambda: bool(got.goodbyes))
        got.clock.step_s = 0.0
        assert got.udp.budget.exhausted_count == 1
        got.send(CAMERA, GOODBYE, report=True)
        got.send(CAMERA, packet(1))
        await until(lambda: got.udp.bytes_count == 2 * len(GOODBYE) + len(packet(1)))
        assert (len(got.goodbyes), got.packets) == (1, [])
        got.clock.pass_s(2)
        got.send(CAMERA, GOODBYE, report=True)
        await until(lambda: len(got.goodbyes) == 2)

    receiving(scenario)
