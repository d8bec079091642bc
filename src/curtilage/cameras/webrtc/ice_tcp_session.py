"""Makes connections over TCP known to aioice, which pairs candidates of UDP alone: one session's.

aioice answers a check on whatever protocol it came by, learns its sender as a peer-reflexive candidate, checks back and
takes the viewer's nomination. So a connection is made a protocol of its own, with a local candidate of transport tcp,
which aioice pairs with nothing by itself. Like webrtc.py it uses private attributes of aioice.
"""

import struct
from typing import Any

from aioice import Candidate
from aioice.ice import StunProtocol
from aioice.stun import Class, Message, Method, parse_message

from curtilage.cameras.webrtc.ice_tcp import IceTcp
from curtilage.cameras.webrtc.ice_tcp_link import Receiver, TcpLink

BROKEN_CHECKS = (ValueError, KeyError, struct.error)
"""What aioice raises over messages with attributes that are too short, or missing."""
_NEEDED = frozenset({"USERNAME", "MESSAGE-INTEGRITY", "PRIORITY"})


class _Joined:
    """One connection of a session. Implements Receiver."""

    def __init__(self, protocol: StunProtocol, link: TcpLink) -> None:
        self._protocol: Any = protocol
        self._link = link

    def received(self, packet: bytes) -> bool:
        """See Receiver."""
        try:
            self._protocol.datagram_received(packet, self._link.remote)
        except BROKEN_CHECKS:
            return False
        return True

    def lost(self, why: Exception | None) -> None:
        """See Receiver."""
        self._protocol.connection_lost(why)


class IceTcpSession:
    """One view's. Implements TcpSession; ``connection`` is aioice's."""

    def __init__(self, connection: Any, door: IceTcp, count_max: int) -> None:
        self._connection = connection
        self._door = door
        self._count_max = count_max
        self._count = 0
        """Over its whole life: aioice forgets none of them."""

    def candidates(self, own: list[str]) -> tuple[str, ...]:
        """What the answer says; from now on viewers may come."""
        found = self._door.candidates(own)
        if found:
            self._door.enter(self._connection.local_username, self)
        return found

    def close(self) -> None:
        """Nobody may come any more."""
        self._door.leave(self._connection.local_username)

    def take(self, link: TcpLink, first: bytes) -> Receiver | None:
        """See TcpSession."""
        if self._count >= self._count_max or not self._is_viewers(first):
            return None
        self._count += 1
        protocol = StunProtocol(self._connection)
        host, port = link.local
        protocol.local_candidate = Candidate("tcp", 1, "tcp", 1, host, port, "host", tcptype="passive")
        carried: Any = link
        protocol.connection_made(carried)
        self._connection._protocols.append(protocol)
        return _Joined(protocol, link)

    def _is_viewers(self, first: bytes) -> bool:
        try:
            message: Message = parse_message(first)
        except BROKEN_CHECKS:
            return False
        if message.message_method != Method.BINDING or message.message_class != Class.REQUEST:
            return False
        if not set(message.attributes) >= _NEEDED:
            return False
        connection = self._connection
        named = connection._valid_username(message.attributes["USERNAME"])
        return bool(named and message.check_message_integrity(connection.local_password.encode()))
