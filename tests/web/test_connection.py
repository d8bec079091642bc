"""The connection under real sockets and uvloop: bounded, reset at once, and no endless heads."""

import asyncio
import contextlib
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from curtilage.web.connection import CONNECTION, Connection
from tests.web.served import ask_raw, config_in, connect, run, served

pytestmark = pytest.mark.slow

PIECE = b"x" * 8192


class Streamer:
    """Streams for ever, bounded, and keeps its Connection."""

    def __init__(self, unsent_bytes_max: int | None) -> None:
        self.unsent_bytes_max = unsent_bytes_max
        self.connection: Connection | None = None
        self.sent_bytes = 0
        self.started = asyncio.Event()
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        connection = scope[CONNECTION]
        assert isinstance(connection, Connection)
        self.connection = connection
        if self.unsent_bytes_max is not None:
            connection.limit_unsent(self.unsent_bytes_max)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        self.started.set()
        try:
            while not connection.is_closing():
                await send({"type": "http.response.body", "body": PIECE, "more_body": True})
                self.sent_bytes += len(PIECE)
                await asyncio.sleep(0)
        finally:
            self.ended.set()


async def _ok(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def _settled(streamer: Streamer) -> int:
    """What was sent once the slow reader has stopped the flow."""
    while True:
        before = streamer.sent_bytes
        await asyncio.sleep(0.15)
        if streamer.sent_bytes == before:
            return before


def _get(client: socket.socket) -> None:
    client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


def _drain(client: socket.socket) -> tuple[int, bool]:
    """Bytes still delivered, and whether the end was a reset."""
    client.setblocking(True)
    client.settimeout(5)
    count = 0
    try:
        while piece := client.recv(65536):
            count += len(piece)
    except ConnectionResetError:
        return count, True
    return count, False


def test_a_stream_says_what_it_repaired_and_tries_again_often(tmp_path: Path) -> None:
    async def main() -> None:
        streamer = Streamer(62 * 1024)
        async with served(config_in(tmp_path), streamer) as loopback:
            client = connect(loopback.port)
            _get(client)
            await streamer.started.wait()
            await _settled(streamer)
            assert streamer.connection is not None
            sent, again = streamer.connection.packets()
            own = streamer.connection._socket()
            patience_ms = own.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            client.close()
            await streamer.ended.wait()
            assert 0 <= again < sent
            assert patience_ms == 60_000
            assert streamer.connection.packets() == (0, 0), "a connection that is gone"

    run(main)


@pytest.mark.parametrize("limit", [16 * 1024, 62 * 1024])
def test_a_slow_reader_costs_no_more_than_the_limit(tmp_path: Path, limit: int) -> None:
    async def main() -> None:
        streamer = Streamer(limit)
        async with served(config_in(tmp_path), streamer) as loopback:
            client = connect(loopback.port, receive_bytes=4096)
            _get(client)
            await streamer.started.wait()
            await _settled(streamer)
            assert streamer.connection is not None
            assert 0 < streamer.connection.unsent_bytes() <= limit + 2 * len(PIECE)
            assert streamer.connection.unacknowledged_bytes() >= streamer.connection.unsent_bytes()
            client.close()

    run(main)


def test_abort_is_a_reset_and_throws_away_what_waits(tmp_path: Path) -> None:
    async def main() -> None:
        streamer = Streamer(62 * 1024)
        async with served(config_in(tmp_path), streamer) as loopback:
            client = connect(loopback.port, receive_bytes=4096)
            _get(client)
            await streamer.started.wait()
            sent = await _settled(streamer)
            assert streamer.connection is not None
            unsent = streamer.connection.unsent_bytes()
            begun = time.monotonic()
            streamer.connection.abort()
            streamer.connection.abort()
            await asyncio.wait_for(streamer.ended.wait(), 1)
            assert time.monotonic() - begun < 0.2
            count, reset = await asyncio.to_thread(_drain, client)
            assert reset
            # The head and chunk lengths come on top of the pieces: far less than what never left.
            assert count <= sent - unsent + 4096
            assert streamer.connection.unsent_bytes() == 0
            client.close()

    run(main)


def test_without_the_limit_a_connection_would_hold_much_more(tmp_path: Path) -> None:
    async def main() -> None:
        streamer = Streamer(None)
        async with served(config_in(tmp_path), streamer) as loopback:
            client = connect(loopback.port, receive_bytes=4096)
            _get(client)
            await streamer.started.wait()
            await _settled(streamer)
            assert streamer.connection is not None
            assert streamer.connection.unsent_bytes() > 2 * 62 * 1024
            client.close()

    run(main)


def test_two_hundred_streams_are_cut_within_a_fifth_of_a_second(tmp_path: Path) -> None:
    async def main() -> None:
        connections: list[Connection] = []
        all_here = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            streamer = Streamer(62 * 1024)
            connections.append(scope[CONNECTION])
            if len(connections) == 200:
                all_here.set()
            await streamer(scope, receive, send)

        async with served(config_in(tmp_path), app) as loopback:
            clients = [connect(loopback.port, receive_bytes=4096) for _ in range(200)]
            for client in clients:
                _get(client)
            await all_here.wait()
            await asyncio.sleep(0.3)
            begun = time.monotonic()
            for connection in connections:
                connection.abort()
            assert time.monotonic() - begun < 0.2
            for client in clients:
                client.close()

    run(main)


def test_stopping_the_server_resets_streams_and_leaves_no_socket(tmp_path: Path) -> None:
    async def main() -> None:
        config = config_in(tmp_path)
        streamer = Streamer(62 * 1024)
        begun = 0.0
        async with served(config, streamer) as loopback:
            client = connect(loopback.port, receive_bytes=4096)
            _get(client)
            await streamer.started.wait()
            begun = time.monotonic()
        assert time.monotonic() - begun < 2
        assert not list(config.data_folder.iterdir())
        _, reset = await asyncio.to_thread(_drain, client)
        assert reset
        client.close()

    run(main)


HEADS: list[tuple[str, bytes, bytes]] = [
    ("garbage", b"\x16\x03\x01\x02\x00\x01\x00", b" 400 "),
    ("not a method", b"WHAT EVER\r\n\r\n", b" 400 "),
    ("one endless header", b"GET / HTTP/1.1\r\nHost: localhost\r\nx: " + b"a" * 40_000, b" 431 "),
    ("many headers", b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"x: 1\r\n" * 9_000, b" 431 "),
    ("an endless path", b"GET /" + b"a" * 40_000, b" 431 "),
    ("a whole head that is too long", b"GET / HTTP/1.1\r\nx: " + b"a" * 40_000 + b"\r\n\r\n", b" 431 "),
    ("a target with a host", b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", b" 400 "),
    ("a target with a fragment", b"GET /api#/x HTTP/1.1\r\nHost: localhost\r\n\r\n", b" 400 "),
    ("no target at all", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", b" 400 "),
    ("a target that is not ASCII", b"GET /\xc3\xa4 HTTP/1.1\r\nHost: localhost\r\n\r\n", b" 400 "),
    ("a target that is no path", b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n", b" 400 "),
]


@pytest.mark.parametrize(("octets", "status"), [case[1:] for case in HEADS], ids=[case[0] for case in HEADS])
def test_a_head_that_cannot_be_used_is_answered_and_closed(tmp_path: Path, octets: bytes, status: bytes) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path), _ok) as loopback:
            answer = await ask_raw(loopback.port, octets)
            assert status in answer.partition(b"\r\n")[0]
            assert b"application/problem+json" in answer
            assert b"content-security-policy" in answer
            for name in (b"uvicorn", b"server:", b"httptools", b"Python"):
                assert name not in answer

    run(main)


def test_a_head_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path, request_head_wait_s=1), _ok) as loopback:
            begun = time.monotonic()
            assert await ask_raw(loopback.port, b"GET / HTTP/1.1\r\nHo") == b""
            assert 0.9 < time.monotonic() - begun < 2

    run(main)


def test_the_second_head_on_a_connection_is_not_waited_for_either(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path, request_head_wait_s=1), _ok) as loopback:
            whole = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
            answer = await ask_raw(loopback.port, whole + b"GET / HTTP")
            assert answer.count(b"200 OK") == 1

    run(main)


def test_one_connection_too_many_is_told_so(tmp_path: Path) -> None:
    async def main() -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/":
                await _ok(scope, receive, send)
            else:
                while (await receive())["type"] != "http.disconnect":
                    pass

        async with served(config_in(tmp_path, connections_count_max=8), app) as loopback:
            clients = [connect(loopback.port) for _ in range(8)]
            for client in clients:
                client.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await asyncio.sleep(0.1)
            answer = await ask_raw(loopback.port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b" 429 " in answer.partition(b"\r\n")[0]
            for client in clients:
                client.close()
            await asyncio.sleep(0.1)
            answer = await ask_raw(loopback.port, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert b" 200 " in answer.partition(b"\r\n")[0]

    run(main)


def test_a_connection_that_is_gone_answers_quietly(tmp_path: Path) -> None:
    async def main() -> None:
        kept: list[Any] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            kept.append(scope[CONNECTION])
            await _ok(scope, receive, send)

        async with served(config_in(tmp_path), app) as loopback:
            await ask_raw(loopback.port, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            await asyncio.sleep(0.05)
            (connection,) = kept
            with contextlib.nullcontext():
                connection.limit_unsent(4096)
                connection.abort()
            assert connection.is_closing()
            assert connection.unsent_bytes() == connection.unacknowledged_bytes() == 0

    run(main)


async def _long(scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8388608")]})
    await send({"type": "http.response.body", "body": bytes(8 * 1024 * 1024)})


def test_a_reply_that_nobody_takes_is_not_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path, stream_write_stall_s=1), _long) as loopback:
            client = connect(loopback.port, receive_bytes=4096)
            _get(client)
            await asyncio.sleep(1.5)
            _, reset = await asyncio.to_thread(_drain, client)
            assert reset
            client.close()

    run(main)


def test_stopping_does_not_wait_for_a_reply_that_nobody_takes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path), _long) as loopback:
            client = connect(loopback.port, receive_bytes=4096)
            _get(client)
            await asyncio.sleep(0.3)
            begun = time.monotonic()
        assert time.monotonic() - begun < 2
        client.close()

    run(main)
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("trickle", [b"a", b"\r\n"], ids=["a body", "empty lines"])
def test_an_answered_connection_ends_whatever_trickles_in(tmp_path: Path, trickle: bytes) -> None:
    async def main() -> None:
        length = b"Content-Length: 9999\r\n" if trickle == b"a" else b""
        async with served(config_in(tmp_path, keep_alive_wait_s=1, request_head_wait_s=1), _ok) as loopback:
            reader, writer = await asyncio.open_connection("127.0.0.1", loopback.port)
            writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + length + b"\r\n")
            ended = asyncio.create_task(reader.read())
            for _ in range(20):
                await asyncio.wait((ended,), timeout=0.2)
                if ended.done():
                    break
                writer.write(trickle)
            assert ended.done()
            with contextlib.suppress(ConnectionError):
                assert b" 200 " in await ended
            writer.close()

    run(main)


def test_a_connection_that_is_used_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path, keep_alive_wait_s=1, request_head_wait_s=1), _ok) as loopback:
            reader, writer = await asyncio.open_connection("127.0.0.1", loopback.port)
            for _ in range(5):
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                async with asyncio.timeout(1):
                    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
                await asyncio.sleep(0.6)
            writer.close()

    run(main)
