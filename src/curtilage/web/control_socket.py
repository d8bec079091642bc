"""The operator's door: a Unix socket in the data folder.

Who may open it is the operator. That is decided three times: the folder is 0700, the socket is 0600, and the kernel
tells which user connects (SO_PEERCRED). No TCP connection can arrive here.
"""

import asyncio
import contextlib
import os
import socket
import struct
from pathlib import Path
from typing import cast

from curtilage.config import CONTROL_SOCKET_NAME, Config
from curtilage.errors import OurError
from curtilage.web.connection import BoundedProtocol

_PATH_BYTES_MAX = 107
"""unix(7): sun_path holds 108 bytes with its zero."""
_CREDENTIALS = struct.Struct("3i")
_BACKLOG = 16


class ControlSocketError(OurError):
    """The control socket cannot be made here."""


def control_socket_path(config: Config) -> Path:
    """Where it is."""
    return config.data_folder / CONTROL_SOCKET_NAME


def listen_control(config: Config) -> socket.socket:
    """Make and bind it. Call only while holding the store: a socket that lies there is then a dead server's.

    Raises ControlSocketError.
    """
    path = control_socket_path(config)
    if len(os.fsencode(path)) > _PATH_BYTES_MAX:
        raise ControlSocketError(
            f"The data folder's path is too long for a socket ({_PATH_BYTES_MAX} bytes).", do="Choose a shorter one."
        )
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        config.data_folder.chmod(0o700)
        path.unlink(missing_ok=True)
        control.bind(os.fspath(path))
        path.chmod(0o600)
        control.listen(_BACKLOG)
    except OSError as error:
        control.close()
        raise ControlSocketError(f"The control socket cannot be made: {error.strerror}.") from error
    return control


def remove_control(config: Config) -> None:
    """When the server has stopped."""
    with contextlib.suppress(OSError):
        control_socket_path(config).unlink(missing_ok=True)


class ControlProtocol(BoundedProtocol):
    """Lets in nobody but this process's own user and root."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        super().connection_made(transport)
        if peer_user(cast("asyncio.Transport", transport)) not in (os.geteuid(), 0):
            self.transport.abort()


def peer_user(transport: asyncio.Transport) -> int | None:
    """The user at the other end of a Unix socket (socket(7), SO_PEERCRED)."""
    try:
        octets = transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except OSError:
        return None
    _, user, _ = _CREDENTIALS.unpack(octets)
    return int(user)
