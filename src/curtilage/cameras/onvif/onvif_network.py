"""Searching the local network for cameras: one question by multicast on every interface, answers for a bounded while.

Guards: as many answers as ``find_replies_count_max``, none longer than ``find_reply_bytes_max``, none after
``find_wait_s``; what does not answer our very question is ignored. Nothing is fetched from who answers, and nothing
about this home is in the question.
"""

import asyncio
import contextlib
import socket
import struct
import uuid
from collections.abc import Sequence

from curtilage.cameras.onvif.onvif_probe import GROUP, PORT, FoundCamera, answer, probe
from curtilage.cameras.onvif.onvif_xml import require_parser
from curtilage.config import Config
from curtilage.wire.identifier import Entropy

_AGAIN_S = 0.25
"""The question is sent twice: datagrams get lost (SOAP over UDP §4.1)."""
_SENDS_COUNT = 2
_HOPS = 1
_INTERFACES_COUNT_MAX = 32
_INTERFACE = struct.Struct("=4s4si")
"""``struct ip_mreqn``: group, address, and the interface's number, which alone is given here."""
_UUID_BYTES = 16
_READ_PER_LISTED = 4
"""Answers that are read at most, of one interface, for each that may be listed: reading costs, and some come twice."""


class CameraSearch:
    """Searches on every interface. Who asks while a search runs is told what that one finds: one at a time."""

    def __init__(self, config: Config, entropy: Entropy) -> None:
        self._config = config
        self._entropy = entropy
        self._running: asyncio.Task[list[FoundCamera]] | None = None

    async def find(self) -> list[FoundCamera]:
        """Cameras that answer, by address. Raises PersonError: an extra is missing."""
        if self._running is None or self._running.done():
            search = find(self._config, self._entropy, interfaces())
            self._running = asyncio.create_task(search, name="search for cameras")
        return await asyncio.shield(self._running)

    def close(self) -> None:
        """The server stops."""
        if self._running is not None:
            self._running.cancel()


class _Listener(asyncio.DatagramProtocol):
    """Takes the answers of one interface."""

    def __init__(self, found: dict[str, FoundCamera], message: str, config: Config) -> None:
        self._found = found
        self._message = message
        self._config = config
        self._read_count = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """See asyncio.DatagramProtocol."""
        config, host = self._config, addr[0]
        if len(data) > config.find_reply_bytes_max or len(self._found) >= config.find_replies_count_max:
            return
        if self._message.encode() not in data or self._read_count >= _READ_PER_LISTED * config.find_replies_count_max:
            return
        self._read_count += 1
        camera = answer(data, self._message, host)
        if camera is not None:
            self._found.setdefault(camera.address, camera)

    def error_received(self, exc: Exception) -> None:
        """See asyncio.DatagramProtocol: an interface that cannot send finds nothing."""


def interfaces() -> list[int]:
    """The numbers of this machine's network interfaces."""
    return [number for number, _ in socket.if_nameindex()][:_INTERFACES_COUNT_MAX]


async def find(config: Config, entropy: Entropy, on: Sequence[int]) -> list[FoundCamera]:
    """Cameras that answer on these interfaces within ``find_wait_s``, by address. Raises PersonError: an extra is
    missing.
    """
    require_parser()
    message = str(uuid.UUID(bytes=entropy(_UUID_BYTES), version=4))
    found: dict[str, FoundCamera] = {}
    question = probe(message)
    async with contextlib.AsyncExitStack() as stack:
        listening = [await _listen(number, found, message, config) for number in on]
        transports = [transport for transport in listening if transport is not None]
        for transport in transports:
            stack.callback(transport.close)
        for _ in range(_SENDS_COUNT):
            for transport in transports:
                transport.sendto(question, (GROUP, PORT))
            await asyncio.sleep(min(_AGAIN_S, config.find_wait_s / 2))
        await asyncio.sleep(max(0.0, config.find_wait_s - _SENDS_COUNT * _AGAIN_S))
    return [found[address] for address in sorted(found)]


async def _listen(
    number: int, found: dict[str, FoundCamera], message: str, config: Config
) -> asyncio.DatagramTransport | None:
    """None: this interface cannot send to a group."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        opened.bind(("", 0))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _INTERFACE.pack(b"", b"", number))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _HOPS)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Listener(found, message, config), sock=opened)
    except OSError:
        opened.close()
        return None
    return transport
