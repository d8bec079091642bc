"""One connection: replies, requests of the other side, and how it ends. Over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from curtilage.cameras.input.digest import Credentials
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.rtsp.rtsp_connection import RtspConnection, os_words
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.origin.made_h264 import interleaved

CONFIG = replace(Config(), rtsp_reply_s=0.3)


@dataclass(slots=True)
class Ends:
    """Our connection, and the camera's end of it."""

    ours: RtspConnection
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def asked(self) -> str:
        """The next request, as the camera reads it."""
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()


@asynccontextmanager
async def connected(credentials: Credentials | None = None) -> AsyncIterator[Ends]:
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: RtspConnection(CONFIG, credentials, bytes, SystemClock()), sock=ours
    )
    reader, writer = await asyncio.open_connection(sock=theirs)
    try:
        yield Ends(connection, reader, writer)
    finally:
        connection.close()
        writer.close()
        await asyncio.sleep(0)


def test_only_the_reply_to_our_request_is_taken_for_it() -> None:
    async def meet() -> None:
        async with connected() as ends:
            waiting = asyncio.create_task(ends.ours.request("DESCRIBE", "rtsp://camera/x"))
            assert (await ends.asked()).startswith("DESCRIBE rtsp://camera/x RTSP/1.0\r\nCSeq: 1\r\n")
            ends.writer.write(b"RTSP/1.0 200 old\r\nCSeq: 7\r\n\r\nRTSP/1.0 200 new\r\nCSeq: 1\r\n\r\n")
            assert (await waiting).reason == "new"
            waiting = asyncio.create_task(ends.ours.request("SETUP", "rtsp://camera/x", {"Transport": "T"}))
            assert "Transport: T\r\n" in await ends.asked()
            ends.writer.write(b"RTSP/1.0 200 without a number\r\n\r\n")
            assert (await waiting).reason == "without a number"

    asyncio.run(meet())


def test_a_new_challenge_to_a_keep_alive_is_used_the_next_time() -> None:
    async def meet() -> None:
        async with connected(Credentials("admin", "secret")) as ends:
            ends.ours.session = "7a"
            ends.ours.notify("OPTIONS", "rtsp://camera/x")
            assert "Session: 7a\r\n" in await ends.asked()
            ends.writer.write(b'RTSP/1.0 401 No\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="c", nonce="n"\r\n\r\n')
            await asyncio.sleep(0.02)
            ends.ours.notify("OPTIONS", "rtsp://camera/x")
            assert 'Authorization: Digest username="admin"' in await ends.asked()

    asyncio.run(meet())


def test_what_the_camera_asks_is_answered() -> None:
    async def meet() -> None:
        async with connected() as ends:
            ends.writer.write(b"GET_PARAMETER rtsp://c RTSP/1.0\r\nCSeq: 4\r\n\r\nREDIRECT rtsp://c RTSP/1.0\r\n\r\n")
            assert await ends.asked() == "RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n"
            assert await ends.asked() == "RTSP/1.0 501 Not Implemented\r\n\r\n"

    asyncio.run(meet())


def test_a_camera_that_takes_no_answers_is_left() -> None:
    async def meet() -> None:
        async with connected() as ends:
            while not ends.ours.ended.done():
                ends.writer.write(b"OPTIONS rtsp://c RTSP/1.0\r\nCSeq: 4\r\n\r\n" * 500)
                await asyncio.sleep(0)
            assert isinstance(ends.ours.ended.exception(), SourceError)
            assert "does not take the answers" in str(ends.ours.ended.exception())

    asyncio.run(meet())


ENDS = [
    (b"", None, ""),
    (interleaved(9, b"abc"), None, ""),
    (interleaved(9, b"abc")[:-1], SourceProblem.ENDED, "middle"),
    (b"RTSP/1.0 200", SourceProblem.ENDED, "middle"),
    (b"NONSENSE\n", SourceProblem.NOT_A_CAMERA, "not RTSP"),
    (b"RTSP/1.0 200 OK\r\n\r\nNONSENSE\n", SourceProblem.GARBAGE, "not RTSP"),
]


@pytest.mark.parametrize(("octets", "problem", "detail"), ENDS)
def test_how_the_connection_ended_is_said(octets: bytes, problem: SourceProblem | None, detail: str) -> None:
    async def meet() -> None:
        async with connected() as ends:
            ends.writer.write(octets)
            await ends.writer.drain()
            ends.writer.close()
            await asyncio.wait((ends.ours.ended,), timeout=1)
            error = ends.ours.ended.exception()
            assert (error.problem if isinstance(error, SourceError) else error) == problem
            assert detail in str(error)

    asyncio.run(meet())


def test_a_request_on_an_ended_connection_says_so() -> None:
    async def meet() -> None:
        async with connected() as ends:
            waiting = asyncio.create_task(ends.ours.request("OPTIONS", "rtsp://camera/x"))
            await ends.asked()
            ends.writer.close()
            for request in (waiting, ends.ours.request("OPTIONS", "rtsp://camera/x")):
                with pytest.raises(SourceError, match="before the stream began"):
                    await request
            ends.ours.notify("TEARDOWN", "rtsp://camera/x")

    asyncio.run(meet())


def test_closing_twice_is_no_matter_and_lets_go_in_time() -> None:
    async def meet() -> None:
        async with connected() as ends:
            ends.ours.notify("TEARDOWN", "rtsp://camera/x")
            ends.ours.close()
            ends.ours.close()
            assert "TEARDOWN" in await ends.asked()
            async with asyncio.timeout(1):
                assert await ends.reader.read() == b""

    asyncio.run(meet())


def test_a_header_that_would_end_its_line_is_never_sent() -> None:
    async def meet() -> None:
        async with connected() as ends:
            with pytest.raises(ValueError, match="control"):
                await ends.ours.request("OPTIONS", "rtsp://camera/x", {"A": "b\r\nC: d"})

    asyncio.run(meet())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('192.0.2.1', 554)"), "connection refused"),
        (OSError("Multiple exceptions: [('192.0.2.1', 554)]"), "no connection"),
        (socket.gaierror(-2, "192.0.2.1 unknown"), "its name was not found"),
    ],
)
def test_the_words_for_an_error_hold_no_address(error: OSError, words: str) -> None:
    assert os_words(error) == words
