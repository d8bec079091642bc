"""Listening: loopback for everybody who has signed in, the control socket for the operator, and what
public_listening.py opens to other machines.

A uvicorn server per door in one event loop, so that what comes through one door can never be taken for the other. No
access log: who looked at which camera when is nobody's business but the ledger's. Stopping resets the streams, lets
other requests finish within ``shutdown_wait_s``, and leaves no socket behind.
"""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from curtilage.config import Config
from curtilage.errors import PersonError
from curtilage.web.connection import BoundedProtocol, limited
from curtilage.web.control_socket import ControlProtocol, listen_control, remove_control
from curtilage.web.open_connections import OpenConnections

_BACKLOG = 256
_TLS_GOODBYE_S = 2.0
"""Longest wait for a client's close_notify (RFC 8446 §6.1)."""


class PortTaken(PersonError):
    """Something else listens there."""

    def __init__(self, port: int, setting: str = "--port") -> None:
        super().__init__(f"Port {port} is taken.", do=f"Try {setting} {port + 10 if port <= 65525 else port - 10}.")


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handling: two servers share one process, and main.py decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class _TlsServer(_Server):
    """The same behind TLS: uvicorn makes its own context from files, and waits a minute for a handshake."""

    def __init__(self, config: uvicorn.Config, context: ssl.SSLContext, handshake_s: float) -> None:
        super().__init__(config)
        self._context = context
        self._handshake_s = handshake_s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn."""
        await super().startup([])
        loop = asyncio.get_running_loop()
        for listening in sockets or []:
            self.servers.append(
                await loop.create_server(
                    self._protocol,
                    sock=listening,
                    ssl=self._context,
                    backlog=_BACKLOG,
                    ssl_handshake_timeout=self._handshake_s,
                    ssl_shutdown_timeout=_TLS_GOODBYE_S,
                )
            )

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        made: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=None
        )
        return made


@dataclass(frozen=True, slots=True)
class Listening:
    """A door's sockets, bound before anything else: a taken port is known before the store is opened."""

    sockets: tuple[socket.socket, ...]
    port: int

    def close(self) -> None:
        """When nothing came of it."""
        for listening in self.sockets:
            listening.close()


@dataclass(frozen=True, slots=True)
class Doorway:
    """One more door: where it listens, what answers there, and under which TLS (None: plain HTTP)."""

    listening: Listening
    app: ASGIApp
    context: ssl.SSLContext | None = None


def listen_loopback(port: int) -> Listening:
    """127.0.0.1, and ::1 where the machine has it; port 0 chooses a free one. Raises PortTaken."""
    first = bind(socket.AF_INET, "127.0.0.1", port)
    chosen: int = first.getsockname()[1]
    try:
        second = bind(socket.AF_INET6, "::1", chosen)
    except PortTaken:
        # A browser may ask ::1 first for "localhost": whoever listens there would get our visitors' cookies.
        first.close()
        raise
    except OSError:
        return Listening((first,), chosen)  # a machine without IPv6
    return Listening((first, second), chosen)


async def serve(
    config: Config,
    loopback: Listening,
    app: ASGIApp,
    control: ASGIApp,
    stop: asyncio.Event,
    listening_at_both: Callable[[], None] = lambda: None,
    others: Sequence[Doorway] = (),
) -> None:
    """Serve all doors until ``stop``; ``listening_at_both`` is called once. Raises ControlSocketError."""
    control_socket = listen_control(config)
    listening_at_both()
    shared = _counting(config)
    # The operator comes in whoever fills the other doors.
    operators = _server(config, control, ControlProtocol, _counting(config))
    servers = [_server(config, app, BoundedProtocol, shared), operators]
    sockets = [list(loopback.sockets), [control_socket]]
    for door in others:
        servers.append(_server(config, door.app, BoundedProtocol, shared, door.context))
        sockets.append(list(door.listening.sockets))
    try:
        async with asyncio.TaskGroup() as group:
            for server, listening in zip(servers, sockets, strict=True):
                group.create_task(server.serve(listening))
            await stop.wait()
            for server in servers:
                server.should_exit = True
    finally:
        remove_control(config)


def _counting(config: Config) -> OpenConnections:
    return OpenConnections(config.connections_count_max, config.connections_per_address_count_max)


def _server(
    config: Config,
    app: ASGIApp,
    protocol: type[BoundedProtocol],
    open_connections: OpenConnections,
    context: ssl.SSLContext | None = None,
) -> _Server:
    settings = uvicorn.Config(
        app,
        http=limited(protocol, config, open_connections),
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=config.keep_alive_wait_s,
        timeout_graceful_shutdown=config.shutdown_wait_s,
    )
    return _Server(settings) if context is None else _TlsServer(settings, context, config.tls_handshake_s)


def bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    """A listening socket. Raises PortTaken, PersonError, OSError (no such address)."""
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port) from error
        if error.errno == errno.EACCES:
            raise PersonError(f"Port {port} needs root.", do="Try --port 8480.") from error
        raise
    return listening
