"""Many packets with one call: what arrives is each packet, whole, in order, and opens with the viewer's key alone."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from pylibsrtp import Policy, Session

from curtilage.cameras.webrtc.srtp_socket import BUFFER_BYTES, SrtpSocket

NO_OPTION = 9_999
"""No kernel has it."""
KEY = bytes(range(30))
SSRC = (4711).to_bytes(4)


def session(kind: int) -> Session:
    policy = Policy(key=KEY, ssrc_type=kind)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return Session(policy)


def packet(sequence: int, count: int) -> bytes:
    return b"\x80\x66" + sequence.to_bytes(2) + bytes(4) + SSRC + bytes([sequence & 0xFF]) * count


class Transport:
    """What asyncio's has, as far as it is used."""

    def __init__(self, inner: socket.socket | None) -> None:
        self._inner = inner
        self.sent: list[bytes] = []

    def get_extra_info(self, name: str) -> Any:
        assert name == "socket"
        return self._inner

    def sendto(self, datagram: bytes, address: tuple[str, int]) -> None:
        self.sent.append(datagram)
        if self._inner is not None:
            self._inner.sendto(datagram, address)


RUNS = {
    "none": [],
    "one": [1000],
    "a picture": [1160] * 9 + [300],
    "two pictures": [1160, 1160, 300, 1160, 1160, 200],
    "parameter sets first": [28, 8, 1160, 1160, 700],
    "growing": [100, 200, 300],
    "more than the buffer": [1160] * 61 + [5],
    "all alike": [500] * 40,
}


@pytest.mark.parametrize("name", list(RUNS))
def test_what_arrives_is_each_packet_whole_and_in_order(name: str) -> None:
    packets = [packet(number, count) for number, count in enumerate(RUNS[name])]
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
    ):
        there.bind(("127.0.0.1", 0))
        there.settimeout(2)
        transport = Transport(here)
        sending = SrtpSocket(session(Policy.SSRC_ANY_OUTBOUND), transport, there.getsockname())
        sending.send(iter(packets))
        opening = session(Policy.SSRC_ANY_INBOUND)
        assert [opening.unprotect(there.recv(2048)) for _ in packets] == packets
        there.setblocking(False)
        with pytest.raises(BlockingIOError):
            there.recv(1)
        sending.close()
        sending.close()
        assert here.fileno() >= 0, "the transport's own socket is the transport's to close"


def test_a_picture_is_one_call() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
    ):
        there.bind(("127.0.0.1", 0))
        transport = Transport(here)
        sending = SrtpSocket(session(Policy.SSRC_ANY_OUTBOUND), transport, there.getsockname())
        sending.send(packet(number, count) for number, count in enumerate(RUNS["a picture"]))
        assert (sending.calls_count, transport.sent) == (1, [])
        sending.close()


def test_a_transport_without_a_socket_and_a_kernel_without_runs_get_each_packet() -> None:
    packets = [packet(number, 900) for number in range(4)]
    relay = Transport(None)
    SrtpSocket(session(Policy.SSRC_ANY_OUTBOUND), relay, ("127.0.0.1", 9)).send(packets)
    opening = session(Policy.SSRC_ANY_INBOUND)
    assert [opening.unprotect(datagram) for datagram in relay.sent] == packets
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
    ):
        there.bind(("127.0.0.1", 0))
        there.settimeout(2)
        transport = Transport(here)
        sending = SrtpSocket(session(Policy.SSRC_ANY_OUTBOUND), transport, there.getsockname(), NO_OPTION)
        sending.send(packets)
        opening = session(Policy.SSRC_ANY_INBOUND)
        assert [opening.unprotect(there.recv(2048)) for _ in packets] == packets
        sending.close()


class Framed(Transport):
    """A connection over TCP, as ice_tcp_link.py has it."""

    def __init__(self) -> None:
        super().__init__(None)
        self.runs: list[tuple[bytes, int]] = []

    def send_run(self, run: memoryview, size: int) -> None:
        """See TcpLink."""
        self.runs.append((bytes(run), size))


def test_a_connection_over_tcp_is_given_a_picture_with_one_call() -> None:
    packets = [packet(number, count) for number, count in enumerate(RUNS["a picture"])]
    carried = Framed()
    SrtpSocket(session(Policy.SSRC_ANY_OUTBOUND), carried, ("127.0.0.1", 9)).send(packets)
    ((run, size),) = carried.runs
    assert carried.sent == []
    opening = session(Policy.SSRC_ANY_INBOUND)
    assert [opening.unprotect(run[place : place + size]) for place in range(0, len(run), size)] == packets


def test_one_too_old_for_the_window_is_left_out() -> None:
    relay = Transport(None)
    sending = SrtpSocket(session(Policy.SSRC_ANY_OUTBOUND), relay, ("127.0.0.1", 9))
    sending.send([packet(5_000, 10), packet(1, 10), packet(5_001, 10)])
    opening = session(Policy.SSRC_ANY_INBOUND)
    assert [opening.unprotect(datagram)[2:4] for datagram in relay.sent] == [b"\x13\x88", b"\x13\x89"]


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_its_descriptor_is_its_own_and_closed_with_it() -> None:
    """A transport's descriptor is closed when it pleases; its number may be another viewer's a moment later."""

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        before = descriptors()
        sending = SrtpSocket(session(Policy.SSRC_ANY_OUTBOUND), transport, ("127.0.0.1", 9))
        assert descriptors() == before + 1
        sending.close()
        sending.send([packet(1, 10)])
        assert descriptors() == before
        transport.close()

    asyncio.run(scenario())
    assert BUFFER_BYTES < 65_507, "what one call may carry"
