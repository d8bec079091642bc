"""The one TCP port for viewers whose network drops UDP (RFC 6544, passive candidates): whose connection is whose.

A connection is a stranger's until its first packet: a connectivity check for the name (ufrag) of a view that is being
watched or connected. The view's session then looks whether the check is made with the view's password, and takes the
connection or not; nobody else ever gets it. Everything else is reset without a word: a name that is not known, a wrong
password, another protocol, too long a packet, none in time.

How many connections may wait to be told whose they are is bounded in all and for each address; how many a view may
have, by its session.
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from typing import Protocol

from curtilage.cameras.webrtc.ice_tcp_candidates import tcp_candidates, tcp_hosts
from curtilage.cameras.webrtc.ice_tcp_link import Places, Receiver, TcpLink
from curtilage.cameras.webrtc.stun_name import name_asked_for
from curtilage.config import Config
from curtilage.wire.identifier import Entropy

_NAME_BYTES = 12
_BACKLOG = 128


class TcpSession(Protocol):
    """A view that may be reached over TCP."""

    def take(self, link: TcpLink, first: bytes, /) -> Receiver | None:
        """A connection whose first packet names this session; None: it does not prove that it is the viewer's."""
        ...


class IceTcp:
    """See the module's text."""

    def __init__(self, config: Config, entropy: Entropy, places: Places) -> None:
        self._config = config
        self._entropy = entropy
        self._places = places
        self._sessions: dict[str, TcpSession] = {}
        self._links: set[TcpLink] = set()
        self._servers: list[asyncio.Server] = []
        self._listened: tuple[str, ...] = ()
        self._public: tuple[str, ...] = ()
        self._port = 0

    async def open(self, sockets: Iterable[socket.socket], public: Iterable[str]) -> None:
        """Listen, all at one port. ``public``: addresses under which something may forward to it."""
        loop = asyncio.get_running_loop()
        for listening in sockets:
            self._servers.append(await loop.create_server(self._link, sock=listening, backlog=_BACKLOG))
        names = [server.sockets[0].getsockname() for server in self._servers]
        self._listened, self._public = tuple(name[0] for name in names), tuple(public)
        self._port = names[0][1] if names else 0

    def close(self) -> None:
        """Listen no more, and let go of everybody. Idempotent."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        self._sessions.clear()
        for link in list(self._links):
            link.abort()

    def new_name(self) -> str:
        """A ufrag that no other session has: 24 letters."""
        return self._entropy(_NAME_BYTES).hex()

    def candidates(self, own: Sequence[str]) -> tuple[str, ...]:
        """What an answer says of the port, behind ``candidate:``. ``own``: this machine's addresses."""
        if not self._servers:
            return ()
        return tcp_candidates(tcp_hosts(self._listened, own, self._public), self._port)

    def enter(self, name: str, session: TcpSession) -> None:
        """From now on it can be reached, under a ``new_name``."""
        self._sessions[name] = session

    def leave(self, name: str) -> None:
        """Not any more. Idempotent; the connections it took are its own to end."""
        self._sessions.pop(name, None)

    def count(self) -> int:
        """Open connections."""
        return len(self._links)

    def _link(self) -> TcpLink:
        made = TcpLink(self._config, self._places, self._introduce, self._links.discard)
        self._links.add(made)
        return made

    def _introduce(self, link: TcpLink, first: bytes) -> Receiver | None:
        name = name_asked_for(first)
        session = self._sessions.get(name) if name is not None else None
        return session.take(link, first) if session is not None else None
