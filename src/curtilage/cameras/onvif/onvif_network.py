"""Searching the local network for cameras: one question by multicast on every interface, answers for a bounded while.

Guards: as many answers as ``find_replies_count_max``, few from one address, none longer than ``find_reply_bytes_max``,
none after ``find_wait_s``, and all of them within one share of the server's time (input/turn_budget.py); what does not
answer our very question is ignored. Nothing is fetched from who answers, and nothing
about this home is in the question.
"""

import asyncio
import contextlib
import socket
import struct
import uuid
from collections import Counter, deque
from collections.abc import Sequence

from curtilage.cameras.input.turn_budget import TurnBudget
from curtilage.cameras.onvif.onvif_probe import GROUP, PORT, FoundCamera, answer, probe
from curtilage.cameras.onvif.onvif_xml import require_parser
from curtilage.clock import Clock
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
_READ_PER_ADDRESS = 4
"""Answers that are read at most from one address: it is asked twice, on perhaps two interfaces."""
_READ_PER_LISTED = 2
"""Answers that are read at most, in all, for each that may be listed: some come twice."""
_WAITING_COUNT_MAX = 128


class CameraSearch:
    """Searches on every interface. Who asks while a search runs is told what that one finds: one at a time."""

    def __init__(self, config: Config, clock: Clock, entropy: Entropy) -> None:
        self._config = config
        self._clock = clock
        self._entropy = entropy
        self._running: asyncio.Task[list[FoundCamera]] | None = None

    async def find(self) -> list[FoundCamera]:
        """Cameras that answer, by address. Raises PersonError: an extra is missing."""
        if self._running is None or self._running.done():
            search = find(self._config, self._clock, self._entropy, interfaces())
            self._running = asyncio.create_task(search, name="search for cameras")
        return await asyncio.shield(self._running)

    def close(self) -> None:
        """The server stops."""
        if self._running is not None:
            self._running.cancel()


class Answers:
    """What came on all interfaces: taken at once, and read one by one, with turns of others between.

    Anybody on the network can send what looks like an answer, from any address, as fast as they like.
    """

    def __init__(self, message: str, config: Config, clock: Clock) -> None:
        self._message = message
        self._config = config
        self._clock = clock
        self._budget = TurnBudget(config.camera_loop_share_max, clock)
        self._waiting: deque[tuple[bytes, str]] = deque()
        self._from: Counter[str] = Counter()
        self._came = asyncio.Event()
        self._found: dict[str, FoundCamera] = {}

    @property
    def taken_count(self) -> int:
        """How many were kept to be read, so far."""
        return self._from.total()

    def take(self, data: bytes, host: str) -> None:
        """A datagram from there."""
        if len(data) > self._config.find_reply_bytes_max or self._message.encode() not in data:
            return
        if self._from[host] >= _READ_PER_ADDRESS or len(self._waiting) >= _WAITING_COUNT_MAX:
            return
        if self.taken_count >= _READ_PER_LISTED * self._config.find_replies_count_max:
            return
        self._from[host] += 1
        self._waiting.append((data, host))
        self._came.set()

    async def read(self) -> None:
        """Until cancelled."""
        while True:
            await self._came.wait()
            self._came.clear()
            while self._waiting and len(self._found) < self._config.find_replies_count_max:
                data, host = self._waiting.popleft()
                begun_s = self._clock.monotonic()
                camera = answer(data, self._message, host)
                if camera is not None:
                    self._found.setdefault(camera.address, camera)
                await asyncio.sleep(self._budget.spend(begun_s, self._clock.monotonic()))

    def found(self) -> list[FoundCamera]:
        """By address."""
        return [self._found[address] for address in sorted(self._found)]


class _Listener(asyncio.DatagramProtocol):
    """One interface."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """See asyncio.DatagramProtocol."""
        self._answers.take(data, addr[0])

    def error_received(self, exc: Exception) -> None:
        """See asyncio.DatagramProtocol: an interface that cannot send finds nothing."""


def interfaces() -> list[int]:
    """The numbers of this machine's network interfaces."""
    return [number for number, _ in socket.if_nameindex()][:_INTERFACES_COUNT_MAX]


async def find(config: Config, clock: Clock, entropy: Entropy, on: Sequence[int]) -> list[FoundCamera]:
    """Cameras that answer on these interfaces within ``find_wait_s``, by address. Raises PersonError: an extra is
    missing.
    """
    require_parser()
    message = str(uuid.UUID(bytes=entropy(_UUID_BYTES), version=4))
    answers = Answers(message, config, clock)
    question = probe(message)
    async with contextlib.AsyncExitStack() as stack:
        reading = asyncio.create_task(answers.read(), name="answers of cameras")
        stack.callback(reading.cancel)
        listening = [await _listen(number, answers) for number in on]
        transports = [transport for transport in listening if transport is not None]
        for transport in transports:
            stack.callback(transport.close)
        for _ in range(_SENDS_COUNT):
            for transport in transports:
                transport.sendto(question, (GROUP, PORT))
            await asyncio.sleep(min(_AGAIN_S, config.find_wait_s / 2))
        await asyncio.sleep(max(0.0, config.find_wait_s - _SENDS_COUNT * _AGAIN_S))
    return answers.found()


async def _listen(number: int, answers: Answers) -> asyncio.DatagramTransport | None:
    """None: this interface cannot send to a group."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        opened.bind(("", 0))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _INTERFACE.pack(b"", b"", number))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _HOPS)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Listener(answers), sock=opened)
    except OSError:
        opened.close()
        return None
    return transport
