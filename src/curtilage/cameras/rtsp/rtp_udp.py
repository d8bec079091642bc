"""RTP and RTCP over UDP, for cameras that send in no other way (RFC 2326 §12.39, RFC 3550 §11).

Guards: packets are taken from the camera's own address only; what waits is bounded by ``Reorder``. It reports back
every few seconds as RFC 3550 §6.4.2 asks, because some cameras stop sending to who does not. A camera's sound has ports
of its own beside its picture's, and all four share what one camera may take of the server's time.

Anybody on the same network can forge such packets. Over TCP nobody can, so UDP is used only with a camera that refused
TCP, and never beside TLS.
"""

import asyncio
import socket
from collections.abc import Callable
from functools import partial

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.turn_budget import TurnBudget
from curtilage.cameras.rtsp.reorder import Reorder
from curtilage.cameras.rtsp.rtp import receiver_report, says_goodbye
from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.wire.identifier import Entropy

_PORTS_TRIED_MAX = 20
_PORT_LAST = 65_534
_RECEIVE_BYTES = 1 << 20
"""A keyframe comes in one go, faster than the event loop may turn."""
_REPORT_S = 5.0
"""RFC 3550 §6.2: the least mean interval."""
_SSRC_BYTES = 4
_REPORT_BYTES_MAX = 1500
"""RTCP that fits into no packet of a home network is none."""
PacketTaker = Callable[[bytes], None]


class _Port(asyncio.DatagramProtocol):
    """One of the two ports."""

    def __init__(self, peer_host: str, take: PacketTaker) -> None:
        self._peer_host = peer_host
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        """See asyncio.DatagramProtocol."""
        if addr[0] == self._peer_host:
            self._take(data)


class _Share:
    """What all ports of one camera take: whoever floods one is not read on the others either."""

    __slots__ = ("_clock", "_rested_s", "budget", "bytes_count")

    def __init__(self, config: Config, clock: Clock) -> None:
        self._clock = clock
        self.budget = TurnBudget(config.camera_loop_share_max, clock)
        self._rested_s = 0.0
        """Until then packets are dropped: the camera has used up its share of the server's time."""
        self.bytes_count = 0

    def begin(self, octets: bytes) -> float | None:
        """It came now. None: it is not to be looked at."""
        self.bytes_count += len(octets)
        begun_s = self._clock.monotonic()
        return begun_s if begun_s >= self._rested_s else None

    def spend(self, begun_s: float) -> None:
        """It was looked at."""
        until_s = self._clock.monotonic()
        rest_s = self.budget.spend(begun_s, until_s)
        if rest_s:
            self._rested_s = until_s + rest_s


class RtpUdp:
    """The two ports of one stream. ``close`` when done."""

    def __init__(
        self, peer_host: str, config: Config, clock: Clock, entropy: Entropy, share: _Share | None = None
    ) -> None:
        self._peer_host = peer_host
        self._config = config
        self._clock = clock
        self._entropy = entropy
        self._share = share or _Share(config, clock)
        self._beside: RtpUdp | None = None
        self._reorder = Reorder(config.rtp_reorder_packets_max, config.rtp_reorder_ms)
        self._transports: list[asyncio.DatagramTransport] = []
        self._report = receiver_report(int.from_bytes(entropy(_SSRC_BYTES)), entropy(_SSRC_BYTES).hex())
        self._timer: asyncio.TimerHandle | None = None
        self._taken: PacketTaker = _ignore
        self._said_goodbye: Callable[[], None] = lambda: None
        self.port = 0
        """The even one, for RTP."""

    @property
    def budget(self) -> TurnBudget:
        """The camera's, of all its ports."""
        return self._share.budget

    @property
    def bytes_count(self) -> int:
        """All that came so far, on all its ports."""
        return self._share.bytes_count

    def beside(self) -> "RtpUdp":
        """Two more ports for another stream of the same camera, from the same share; closed with these."""
        self._beside = RtpUdp(self._peer_host, self._config, self._clock, self._entropy, self._share)
        return self._beside

    async def open(self, local_host: str, taken: PacketTaker, said_goodbye: Callable[[], None]) -> None:
        """Take two ports that follow each other, even first. Raises SourceError when there are none."""
        self._taken, self._said_goodbye = taken, said_goodbye
        loop = asyncio.get_running_loop()
        sockets = _two_ports(local_host)
        self.port = sockets[0].getsockname()[1]
        for own, take in zip(sockets, (self._packet, self._rtcp), strict=True):
            transport, _ = await loop.create_datagram_endpoint(partial(_Port, self._peer_host, take), sock=own)
            self._transports.append(transport)

    def report_to(self, port: int) -> None:
        """The camera's port for reports; also opens the way back through a firewall."""
        if len(self._transports) == 2 and 0 < port <= _PORT_LAST + 1:
            self._transports[1].sendto(self._report, (self._peer_host, port))
            self._timer = asyncio.get_running_loop().call_later(_REPORT_S, self.report_to, port)

    def close(self) -> None:
        """At once. Idempotent."""
        if self._beside is not None:
            self._beside.close()
        self._taken = _ignore
        if self._timer is not None:
            self._timer.cancel()
        for transport in self._transports:
            transport.abort()
        self._transports.clear()

    def _packet(self, octets: bytes) -> None:
        begun_s = self._share.begin(octets)
        if begun_s is None:
            return
        for packet in self._reorder.push(octets, int(begun_s * MS_PER_SECOND)):
            self._taken(packet)
        self._share.spend(begun_s)

    def _rtcp(self, octets: bytes) -> None:
        begun_s = self._share.begin(octets)
        if begun_s is None or len(octets) > _REPORT_BYTES_MAX:
            return
        if says_goodbye(octets, 0, len(octets)):
            self._said_goodbye()
        self._share.spend(begun_s)


def _ignore(packet: bytes) -> None:
    del packet


def _two_ports(host: str) -> tuple[socket.socket, socket.socket]:
    for _ in range(_PORTS_TRIED_MAX):
        first = _bound(host, 0)
        port = first.getsockname()[1] if first is not None else 0
        if first is not None and port % 2 == 0 and port <= _PORT_LAST:
            second = _bound(host, port + 1)
            if second is not None:
                return first, second
        if first is not None:
            first.close()
    raise SourceError(SourceProblem.UNREACHABLE, "no ports are free to receive its packets")


def _bound(host: str, port: int) -> socket.socket | None:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        made.bind((host, port))
    except OSError:
        made.close()
        return None
    return made
