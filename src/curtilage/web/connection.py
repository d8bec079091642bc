"""The connection under a request: reset it at once, know and bound what is unsent.

When a grant ends, what already waits for a slow viewer must not arrive any more. Closing a connection politely drains
its buffers first; so a cut view's connection is *reset* (SO_LINGER of zero, then close: TCP's RST), and while it runs
its buffers are kept small.

uvicorn hides the connection from the application, and has no bound on the head of a request. Both are mended here, in
a subclass of its protocol that overrides its callbacks and nothing private. The application finds ``Connection`` in
``scope["curtilage.connection"]``. This file decides nothing about who may see what.
"""

import asyncio
import fcntl
import socket
import struct
import termios
from asyncio.events import TimerHandle
from typing import Any, cast

from uvicorn.config import Config as UvicornConfig
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from curtilage.config import Config
from curtilage.web.open_connections import OpenConnections, Place
from curtilage.web.problem import Kind, Problem
from curtilage.web.security_headers import security_headers

CONNECTION = "curtilage.connection"
"""Key of the ASGI scope."""
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_SIOCOUTQNSD = 0x894B
"""Linux: bytes in the send queue not yet handed to the network (tcp(7) has its sibling SIOCOUTQ)."""
_INT = struct.Struct("i")
_U32 = struct.Struct("I")
_TCP_INFO_BYTES, _TOTAL_RETRANS, _DATA_SEGS_OUT = 160, 100, 156
"""Linux: struct tcp_info in include/uapi/linux/tcp.h, its length up to what is read, and where that stands."""
_TCP_RTO_MAX_MS = 44
"""Linux 6.15, include/uapi/linux/tcp.h: the longest pause between two tries to send a packet; without it, minutes."""
_RETRY_MS = 1_000
_GIVE_UP_MS = 60_000
"""TCP_USER_TIMEOUT: longer than the application waits; with frequent tries TCP alone would give up sooner."""
_CONGESTION = b"bbr"
"""Takes a lost packet for what it is on radio: no sign that less should be sent. Where the kernel has it."""


class Connection:
    """One client's connection. Valid as long as the request whose scope carries it."""

    __slots__ = ("_transport", "known", "streaming")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.known = False
        """Who asked last is no stranger: defences.py says so."""
        self.streaming = False
        """True after ``limit_unsent``: such a connection is reset, not drained, when the server stops."""

    def abort(self) -> None:
        """Reset now: what the kernel and we still hold is thrown away. Does not wait, does not raise, idempotent."""
        if not self._transport.is_closing():
            self._set_option(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def is_closing(self) -> bool:
        """True once it is closed, reset or about to be."""
        return self._transport.is_closing()

    def is_congested(self) -> bool:
        """True while something waits in our own buffer: the next ``send`` may have to wait."""
        return not self._transport.is_closing() and self._transport.get_write_buffer_size() > 0

    def unsent_bytes(self) -> int:
        """Bytes accepted from the application that have not left this machine: ours and the kernel's."""
        if self._transport.is_closing():
            return 0
        return self._transport.get_write_buffer_size() + self._queued(_SIOCOUTQNSD)

    def unacknowledged_bytes(self) -> int:
        """As unsent_bytes, and those that left but were not acknowledged by the other end."""
        if self._transport.is_closing():
            return 0
        return self._transport.get_write_buffer_size() + self._queued(termios.TIOCOUTQ)

    def packets(self) -> tuple[int, int]:
        """Packets with data that left so far, and how many of these were sent again; 0 where TCP does not say."""
        if self._transport.is_closing():
            return 0, 0
        try:
            said = self._socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
            return int(_U32.unpack_from(said, _DATA_SEGS_OUT)[0]), int(_U32.unpack_from(said, _TOTAL_RETRANS)[0])
        except (OSError, struct.error):
            return 0, 0

    def limit_unsent(self, unsent_bytes_max: int) -> None:
        """Keep at most about ``unsent_bytes_max`` unsent: half in the kernel, and little in our own buffer.

        After this the application's ``send`` waits while a slow viewer has that much to take. One message may pass
        the limit by its own length, so messages should be short beside it.
        """
        self.streaming = True
        if self._transport.is_closing():
            return
        half = max(1, unsent_bytes_max // 2)
        # Little: what waits on the shelf instead can still give way to something newer.
        self._transport.set_write_buffer_limits(high=half // 4, low=half // 8)
        # The kernel doubles SO_SNDBUF for its own bookkeeping (socket(7)); so half of half is asked for.
        self._set_option(socket.SOL_SOCKET, socket.SO_SNDBUF, _INT.pack(half))
        self._set_option(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _INT.pack(half // 2))
        self._set_option(socket.IPPROTO_TCP, socket.TCP_NODELAY, _INT.pack(1))
        self._retry_often()

    def _retry_often(self) -> None:
        """After an outage the picture is to be back at once, and not when TCP's doubled pause is over."""
        self._set_option(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _INT.pack(_GIVE_UP_MS))
        self._set_option(socket.IPPROTO_TCP, _TCP_RTO_MAX_MS, _INT.pack(_RETRY_MS))
        self._set_option(socket.IPPROTO_TCP, socket.TCP_CONGESTION, _CONGESTION)

    def _socket(self) -> Any:
        return self._transport.get_extra_info("socket")

    def _set_option(self, level: int, option: int, value: bytes) -> None:
        try:
            self._socket().setsockopt(level, option, value)
        except OSError:
            # A Unix socket has no TCP options, and a connection that is already gone has none at all.
            return

    def _queued(self, request: int) -> int:
        try:
            (count,) = _INT.unpack(fcntl.ioctl(self._socket().fileno(), request, _INT.pack(0)))
        except OSError:
            return 0
        return int(count)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a Connection in the scope, and bounds on the head of a request and on connections."""

    limits: Config
    """Set by ``limited``."""
    open_connections: OpenConnections
    """The same."""

    def __init__(
        self,
        config: UvicornConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._connection: Connection | None = None
        self._place: Place | None = None
        self._head_bytes: int | None = None
        self._head_timer: TimerHandle | None = None
        self._idle_timer: TimerHandle | None = None
        self._stall_timer: TimerHandle | None = None
        self._head_too_long = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Refuse one connection too many before reading anything from it."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._connection = Connection(self.transport)
        host = self.client[0] if self.client is not None else None
        self._place = self.open_connections.enter(host, self._connection.abort)
        if self._place is None:
            self.transport.write(raw_reply(Problem(Kind.BUSY)))
            self.transport.close()
            return
        self._head_begins()

    def connection_lost(self, exc: Exception | None) -> None:
        """See uvicorn."""
        self._head_ends()
        _stop(self._idle_timer)
        _stop(self._stall_timer)
        if self._place is not None:
            self.open_connections.leave(self._place)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """A reply that nobody takes is waited for no longer than a stream (whose own loop sees to that)."""
        super().pause_writing()
        if self._connection is not None and not self._connection.streaming:
            self._stall_timer = self.loop.call_later(self.limits.stream_write_stall_s, self._connection.abort)

    def resume_writing(self) -> None:
        """See asyncio."""
        _stop(self._stall_timer)
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Answered: without another request the connection ends, whatever still trickles in or is not taken.

        uvicorn's own timer alone is stopped by every byte of a body that nobody reads, and closes politely.
        """
        super().on_response_complete()
        if self._connection is not None and self._place is not None and self.cycle.response_complete:
            self.open_connections.wait(self._place, known=self._connection.known)
        if self._connection is not None and self.cycle.response_complete and self._head_bytes is None:
            _stop(self._idle_timer)
            idle_s = self.limits.keep_alive_wait_s + self.limits.request_head_wait_s
            self._idle_timer = self.loop.call_later(idle_s, self._connection.abort)

    def data_received(self, data: bytes) -> None:
        """Bound the head: llhttp itself has no limit, so a client could fill the memory with one endless header."""
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes is not None and self._head_bytes > self._head_bytes_max():
            self._refuse(Problem(Kind.HEAD_TOO_LONG))

    def on_message_begin(self) -> None:
        """Put the connection into the scope."""
        super().on_message_begin()
        _stop(self._idle_timer)
        if self._head_bytes is None:  # it came in one read with the end of the request before it
            self._head_begins()
        cast("dict[str, Any]", self.scope)[CONNECTION] = self._connection

    def on_headers_complete(self) -> None:
        """The head is whole: what follows is a body, which the application bounds. Raises ValueError: refused."""
        self._head_ends()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self._head_bytes_max():
            # It came in one read, so data_received could not see it coming. llhttp calls send_400_response for this.
            self._head_too_long = True
            raise ValueError("head too long")
        if not self.url.startswith(b"/") or b"#" in self.url:
            # RFC 9112 §3.2: the origin form is all that browsers send to an origin. What uvicorn would cut off here
            # (a host, a fragment), a cache in front might read otherwise.
            raise ValueError("not the origin form")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole: until it is answered, its client waits for us."""
        super().on_message_complete()
        if self._place is not None and not self.cycle.response_complete:
            self.open_connections.serve(self._place)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- uvicorn's words would tell which server this is
        """Not HTTP at all, or too much of it."""
        self._refuse(Problem(Kind.HEAD_TOO_LONG if self._head_too_long else Kind.NOT_HTTP))

    def shutdown(self) -> None:
        """The server stops: streams and replies that nobody takes are reset, a request under way may finish."""
        if self._connection is not None and (self._connection.streaming or self._connection.is_congested()):
            self._connection.abort()
            return
        super().shutdown()

    def _head_bytes_max(self) -> int:
        return self.limits.request_head_bytes_max

    def _head_begins(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(self.limits.request_head_wait_s, self._head_too_slow)

    def _head_ends(self) -> None:
        self._head_bytes = None
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_too_slow(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        self._head_ends()
        if not self.transport.is_closing():
            self.transport.write(raw_reply(problem))
            self.transport.close()


def _stop(timer: TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def limited(
    protocol: type[BoundedProtocol], config: Config, open_connections: OpenConnections
) -> type[BoundedProtocol]:
    """The class uvicorn is given: it makes the instances itself, so the limits ride on a subclass."""
    carried = {"limits": config, "open_connections": open_connections}
    return cast("type[BoundedProtocol]", type(f"Limited{protocol.__name__}", (protocol,), carried))


def raw_reply(problem: Problem) -> bytes:
    """A whole reply for where there is no request yet; the connection is closed after it."""
    body = problem.body()
    head = [f"HTTP/1.1 {problem.status} {problem.status_words}".encode("ascii")]
    headers = (*problem.headers(), *security_headers(), (b"connection", b"close"))
    head += [name + b": " + value for name, value in headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body
