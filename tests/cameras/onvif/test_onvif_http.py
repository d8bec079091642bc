"""A camera's answers over HTTP: read in small pieces, within its share of the server's time, and bounded."""

import asyncio
from collections.abc import AsyncIterator

import httpcore
import pytest

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.turn_budget import TurnBudget
from curtilage.cameras.onvif.onvif_address import OnvifAddress
from curtilage.cameras.onvif.onvif_device import OnvifDevice
from curtilage.cameras.onvif.onvif_http import MeteredStream
from curtilage.clock import SystemClock
from curtilage.config import KIB, Config
from tests.held_clock import HeldClock
from tests.origin.loopback_server import LoopbackServer
from tests.turns import Turns, counted_turns

_TURN_S_MAX = 0.06
"""Of processor time; what was answered here once kept the loop for 100 ms to 800 ms at a time."""


class Answers(LoopbackServer):
    """Answers every request so."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self._answer = answer
        self.connections_count = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """See LoopbackServer."""
        self.connections_count += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self._answer)
            await writer.drain()
            await reader.readuntil(b"Envelope>")


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ELEMENTS = b"<x>" + b"<a/>" * 65_000
ATTRIBUTES = b"<x " + b"".join(b"a%d='' " % at for at in range(25_000)) + b"/>"
BAD = {
    "chunks of one byte": (CHUNKED + b"1\r\n \r\n" * 250_000, SourceProblem.GARBAGE),
    "replies that are none yet": (b"HTTP/1.1 100 go on\r\n\r\n" * 20_000, None),
    "a head without end": (OK + b"a:b\r\n" * 50_000, SourceProblem.NOT_A_CAMERA),
    "a trailer without end": (CHUNKED + b"0\r\n" + b"a:b\r\n" * 50_000, SourceProblem.NOT_A_CAMERA),
    "elements": (OK + b"Content-Length: %d\r\n\r\n" % len(ELEMENTS) + ELEMENTS, SourceProblem.GARBAGE),
    "attributes": (OK + b"Content-Length: %d\r\n\r\n" % len(ATTRIBUTES) + ATTRIBUTES, SourceProblem.GARBAGE),
    "challenges": (b"HTTP/1.1 401 no\r\nWWW-Authenticate: Digest " + b'a="' * 30_000 + b"\r\n\r\n", None),
}


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.parametrize(("answer", "problem"), BAD.values(), ids=BAD.keys())
def test_whatever_a_camera_answers_others_have_their_turn(answer: bytes, problem: SourceProblem | None) -> None:
    async def meet() -> tuple[SourceError, Turns]:
        async with Answers(answer) as camera, counted_turns() as turns:
            address = OnvifAddress.parse(f"onvif://127.0.0.1:{camera.port}")
            async with OnvifDevice(address, Config(onvif_reply_s=2.0), SystemClock(), bytes) as device:
                with pytest.raises(SourceError) as error:
                    await device.made()
        return error.value, turns

    error, turns = asyncio.run(meet())
    assert problem is None or error.problem is problem
    assert turns.longest_s < _TURN_S_MAX


class Given(httpcore.AsyncNetworkStream):
    """A stream from which all comes at once."""

    def __init__(self, octets: bytes) -> None:
        self._left = octets

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore's
        """See AsyncNetworkStream."""
        piece, self._left = self._left[:max_bytes], self._left[max_bytes:]
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        """See AsyncNetworkStream."""


def test_what_came_is_handed_on_whole_in_small_pieces_with_turns_between() -> None:
    async def meet() -> None:
        octets = bytes(at % 251 for at in range(40 * KIB + 7))
        clock = HeldClock()
        stream = MeteredStream(Given(octets), TurnBudget(0.15, clock), clock)
        async with counted_turns() as turns:
            pieces = [piece async for piece in _pieces(stream)]
        assert b"".join(pieces) == octets
        assert max(len(piece) for piece in pieces) <= KIB
        assert turns.count >= len(pieces) - 1

    asyncio.run(meet())


def test_the_time_that_reading_takes_is_counted_and_the_time_of_waiting_is_not() -> None:
    async def meet() -> None:
        clock = HeldClock()
        budget = TurnBudget(0.25, clock)
        stream = MeteredStream(Given(bytes(64 * KIB)), budget, clock)
        await stream.read(KIB)
        await stream.write(b"x")
        clock.pass_s(5)
        await stream.read(KIB)
        assert budget.exhausted_count == 0, "between an answer and the next question nothing is read"
        clock.pass_s(0.3)
        clock.worked_s += 0.3
        await stream.read(KIB)
        assert budget.exhausted_count == 1

    asyncio.run(meet())


async def _pieces(stream: MeteredStream) -> AsyncIterator[bytes]:
    while piece := await stream.read(64 * KIB):
        yield piece


def test_one_connection_serves_many_questions() -> None:
    time = b"<Envelope><Body/></Envelope>"
    answer = OK + b"Content-Length: %d\r\n\r\n" % len(time) + time

    async def meet() -> int:
        async with Answers(answer) as camera:
            address = OnvifAddress.parse(f"onvif://127.0.0.1:{camera.port}")
            async with OnvifDevice(address, Config(), SystemClock(), bytes) as device:
                await device.made()
                await device.made()
        return camera.connections_count

    assert asyncio.run(meet()) == 1
