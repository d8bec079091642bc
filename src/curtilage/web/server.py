"""Listening: loopback for everybody who has signed in, the control socket for the operator.

Two uvicorn servers in one event loop, so that what comes through one door can never be taken for the other. No access
log: who looked at which camera when is nobody's business but the ledger's. Stopping resets the streams, lets other
requests finish within ``shutdown_wait_s``, and leaves no socket behind.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from curtilage.config import Config
from curtilage.errors import PersonError
from curtilage.web.connection import BoundedProtocol, limited
from curtilage.web.control_socket import ControlProtocol, listen_control, remove_control

_BACKLOG = 256


class PortTaken(PersonError):
    """Something else listens there."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken.", do=f"Try --port {port + 10 if port <= 65525 else port - 10}.")


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handling: two servers share one process, and main.py decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@dataclass(frozen=True, slots=True)
class Listening:
    """The loopback sockets, bound before anything else: a taken port is known before the store is opened."""

    sockets: tuple[socket.socket, ...]
    port: int

    def close(self) -> None:
        """When nothing came of it."""
        for listening in self.sockets:
            listening.close()


def listen_loopback(port: int) -> Listening:
    """127.0.0.1, and ::1 where the machine has it; port 0 chooses a free one. Raises PortTaken."""
    first = _bind(socket.AF_INET, "127.0.0.1", port)
    chosen: int = first.getsockname()[1]
    try:
        second = _bind(socket.AF_INET6, "::1", chosen)
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
) -> None:
    """Serve both doors until ``stop``; ``listening_at_both`` is called once. Raises ControlSocketError."""
    control_socket = listen_control(config)
    listening_at_both()
    servers = (_server(config, app, BoundedProtocol), _server(config, control, ControlProtocol))
    sockets = (list(loopback.sockets), [control_socket])
    try:
        async with asyncio.TaskGroup() as group:
            for server, listening in zip(servers, sockets, strict=True):
                group.create_task(server.serve(listening))
            await stop.wait()
            for server in servers:
                server.should_exit = True
    finally:
        remove_control(config)


def _server(config: Config, app: ASGIApp, protocol: type[BoundedProtocol]) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http=limited(protocol, config),
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
    )


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
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
