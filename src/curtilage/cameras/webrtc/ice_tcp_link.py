"""One viewer's connection over TCP: packets in frames, to the one session that its first packet was for.

To aioice and srtp_socket.py it is what a UDP transport is: ``sendto`` neither waits nor fails, and what there is no
room for is dropped. What waits is bounded, here and in the kernel. ``abort`` resets (SO_LINGER of zero, then close):
what already waits for a slow viewer must not arrive any more.

Nothing but frames is read before the first packet was found to be for a live session, and there is a time for that.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any, Protocol, cast

from curtilage.cameras.webrtc.tcp_framing import LENGTH_BYTES, PacketReader, PacketTooLong, framed
from curtilage.config import Config

Address = tuple[str, int]
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_READ_BYTES = 4096
"""Read at once. uvloop reads up to 32 times in one turn; what that costs, the number of packets bounds."""
_RESERVE_BYTES = 16 * 1024
"""Checks, handshakes and reports may wait even where pictures have no more room."""
_PACKETS_COUNT_MAX, _WINDOW_S = 3_000, 1.0
"""No viewer sends so many in so long. Each costs the server's loop its turn, an empty one too."""
_TCP_RTO_MAX_MS, _RETRY_MS = 44, 1_000
"""Linux 6.15, include/uapi/linux/tcp.h: after an outage a packet is tried again within this time, not in minutes."""
_GIVE_UP_MS = 60_000
"""TCP_USER_TIMEOUT: longer than ICE waits for a viewer; with frequent tries TCP alone would give up after 15 s."""
_CONGESTION = b"bbr"
"""Takes a lost packet for no sign that less should be sent, as on radio. Where the kernel has it."""


class Receiver(Protocol):
    """The session a connection belongs to from its first packet on."""

    def received(self, packet: bytes) -> bool:
        """One came. False: it was none that a viewer sends; the connection ends."""
        ...

    def lost(self, why: Exception | None, /) -> None:
        """The connection is over."""
        ...


class Place(Protocol):
    """Of a connection that does not belong to a session yet."""


class Places(Protocol):
    """How many of these there may be, in all and of one address."""

    def enter(self, host: str | None, close: Callable[[], None], /) -> Any:
        """None: refused. ``close`` is called when it has to give way to another one."""
        ...

    def leave(self, place: Any, /) -> None:
        """Idempotent."""
        ...


class TcpLink(asyncio.BufferedProtocol):
    """See the module's text. ``introduce`` finds the session of a first packet; ``over`` is told when it is closed."""

    def __init__(
        self,
        config: Config,
        places: Places,
        introduce: "Callable[[TcpLink, bytes], Receiver | None]",
        over: "Callable[[TcpLink], None]",
    ) -> None:
        self._config, self._places = config, places
        self._introduce, self._over = introduce, over
        self._loop = asyncio.get_running_loop()
        self._reader = PacketReader(config.webrtc_tcp_packet_bytes_max)
        self._buffer = bytearray(_READ_BYTES)
        self._transport: asyncio.Transport | None = None
        self._place: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self._receiver: Receiver | None = None
        self._closed = False
        self._packets_count, self._window_s = 0, self._loop.time()
        """Taken since then."""
        self.local: Address = ("", 0)
        self.remote: Address = ("", 0)
        self.dropped_count = 0
        """Packets there was no room for."""

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast("asyncio.Transport", transport)
        remote, local = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if not remote or not local:
            self._reset()  # it is gone already
            return
        self.remote, self.local = (remote[0], remote[1]), (local[0], local[1])
        self._place = self._places.enter(remote[0], self.abort)
        if self._place is None:
            self._reset()
            return
        self._set_options()
        self._timer = self._loop.call_later(self._config.webrtc_tcp_first_packet_s, self.abort)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 the loop would like to read more at once
        """See asyncio."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """See asyncio."""
        try:
            packets = self._reader.feed(memoryview(self._buffer)[:nbytes])
        except PacketTooLong:
            self.abort()
            return
        if self._too_many(len(packets)):
            self.abort()
            return
        for packet in packets:
            if self._closed:
                return
            if not self._passed_on(packet):
                self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._closed = True
        self._settle()
        if self._receiver is not None:
            self._receiver.lost(exc)
        self._over(self)

    # What aioice and srtp_socket.py call

    def sendto(self, packet: bytes, _address: Any = None) -> None:
        """One packet, of whatever kind; dropped where there is no room."""
        if self._room(self._config.webrtc_tcp_waiting_bytes_max + _RESERVE_BYTES) < LENGTH_BYTES + len(packet):
            self.dropped_count += 1
        elif self._transport is not None:
            self._transport.write(framed(packet))

    def send_run(self, run: memoryview, size: int) -> None:
        """Pictures: packets of ``size``, the last of what remains, with one call; those without room are dropped."""
        room = self._room(self._config.webrtc_tcp_waiting_bytes_max)
        frames = bytearray()
        for place in range(0, len(run), size):
            packet = run[place : place + size]
            if len(frames) + LENGTH_BYTES + len(packet) > room:
                self.dropped_count += -(-(len(run) - place) // size)
                break
            frames += len(packet).to_bytes(LENGTH_BYTES)
            frames += packet
        if frames and self._transport is not None:
            self._transport.write(bytes(frames))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Its socket is nobody else's."""
        return self.local if name == "sockname" else default

    def close(self) -> None:
        """As ``abort``: nothing is sent politely."""
        self.abort()

    def abort(self) -> None:
        """Send and take nothing more, and reset; what the kernel took before, it has sent if it could. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._settle()
        self._reset()

    # Inside

    @property
    def waiting_bytes(self) -> int:
        """Not handed to the kernel yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def _too_many(self, count: int) -> bool:
        now_s = self._loop.time()
        if now_s - self._window_s >= _WINDOW_S:
            self._packets_count, self._window_s = 0, now_s
        self._packets_count += count
        return self._packets_count > _PACKETS_COUNT_MAX

    def _passed_on(self, packet: bytes) -> bool:
        if self._receiver is not None:
            return not packet or self._receiver.received(packet)
        self._receiver = self._introduce(self, packet)
        if self._receiver is None:
            return False
        self._settle()
        return self._receiver.received(packet)

    def _room(self, most: int) -> int:
        return 0 if self._closed else most - self.waiting_bytes

    def _settle(self) -> None:
        """It is nobody's any more that waits to be told whose it is."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._place is not None:
            self._places.leave(self._place)
            self._place = None

    def _reset(self) -> None:
        self._closed = True
        if self._transport is None:
            return
        if not self._transport.is_closing():
            self._set_option(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def _set_options(self) -> None:
        self._set_option(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel doubles it for its own bookkeeping (socket(7)).
        self._set_option(socket.SOL_SOCKET, socket.SO_SNDBUF, self._config.webrtc_tcp_waiting_bytes_max // 4)
        self._set_option(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GIVE_UP_MS)
        self._set_option(socket.IPPROTO_TCP, _TCP_RTO_MAX_MS, _RETRY_MS)
        self._set_option(socket.IPPROTO_TCP, socket.TCP_CONGESTION, _CONGESTION)

    def _set_option(self, level: int, option: int, value: int | bytes) -> None:
        own: Any = self._transport.get_extra_info("socket") if self._transport is not None else None
        with contextlib.suppress(OSError):  # a connection that is gone has none, an older kernel not all
            own.setsockopt(level, option, value)
