"""Listening on loopback alone, at a port that is free, and stopping in time."""

import asyncio
import socket
import time
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from curtilage.web.server import PortTaken, listen_loopback
from tests.web.served import ask_raw, config_in, connect, run, served

pytestmark = pytest.mark.slow


async def _slow(scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await asyncio.sleep(0.3)
    await send({"type": "http.response.body", "body": b"ok"})


async def _for_ever(scope: Scope, _receive: Receive, send: Send) -> None:
    await asyncio.sleep(3600)


def test_it_listens_on_loopback_alone() -> None:
    loopback = listen_loopback(0)
    addresses = {listening.getsockname()[0] for listening in loopback.sockets}
    assert "127.0.0.1" in addresses
    assert addresses <= {"127.0.0.1", "::1"}
    assert {listening.getsockname()[1] for listening in loopback.sockets} == {loopback.port}
    loopback.close()


def test_a_taken_port_is_said_with_another_to_try() -> None:
    first = listen_loopback(0)
    with pytest.raises(PortTaken) as taken:
        listen_loopback(first.port)
    another = first.port + 10 if first.port <= 65525 else first.port - 10
    assert str(taken.value) == f"Port {first.port} is taken. Try --port {another}."
    first.close()


def test_somebody_on_the_other_loopback_has_the_port_too() -> None:
    """A browser may try ::1 first for "localhost": whoever listens there would get the cookies."""
    other = socket.socket(socket.AF_INET6)
    try:
        other.bind(("::1", 0))
    except OSError:
        other.close()
        return  # a machine without IPv6
    other.listen()
    with pytest.raises(PortTaken):
        listen_loopback(other.getsockname()[1])
    other.close()


def test_the_last_port_suggests_a_lower_one() -> None:
    assert str(PortTaken(65535)) == "Port 65535 is taken. Try --port 65525."


def test_a_request_under_way_may_finish(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path), _slow) as loopback:
            asking = asyncio.create_task(ask_raw(loopback.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
            await asyncio.sleep(0.1)
        assert (await asking).endswith(b"ok")

    run(main)


def test_a_request_that_does_not_end_is_not_waited_for_longer_than_said(tmp_path: Path) -> None:
    async def main() -> None:
        begun = 0.0
        async with served(config_in(tmp_path, shutdown_wait_s=1), _for_ever) as loopback:
            client = connect(loopback.port)
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.sleep(0.2)
            begun = time.monotonic()
        assert time.monotonic() - begun < 2
        client.close()

    run(main)


def test_an_idle_connection_is_closed_after_a_while(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path, keep_alive_wait_s=1), _slow) as loopback:
            begun = time.monotonic()
            answer = await ask_raw(loopback.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer.endswith(b"ok")
            assert time.monotonic() - begun < 3

    run(main)


def test_nothing_tells_which_server_answers(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path), _slow) as loopback:
            answer = await ask_raw(loopback.port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert b"server:" not in answer.lower()
            assert b"uvicorn" not in answer.lower()

    run(main)


def test_a_websocket_is_not_spoken(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(config_in(tmp_path), _slow) as loopback:
            head = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            head += b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            answer = await ask_raw(loopback.port, head, wait_s=1)
            assert b" 101 " not in answer

    run(main)
