"""The connection under TLS: what is unsent is bounded, and a cut leaves nothing to arrive, as without it."""

import asyncio
import contextlib
import socket
import ssl
import time
from pathlib import Path

import pytest

from curtilage.web.server import Doorway, listen_loopback, serve
from curtilage.web.tls import make_context, put
from tests.vault.certificates import NAME, authority, certificate
from tests.web.served import config_in, run
from tests.web.test_connection import PIECE, Streamer, _settled

pytestmark = pytest.mark.slow
UNSENT_BYTES_MAX = 64 * 1024
TLS_BYTES = 96 * 1024
"""What asyncio's TLS holds besides: its own transport's high-water mark of 64 KiB, and records under way."""
ROOT = authority()


def test_a_slow_reader_holds_little_and_a_cut_resets(tmp_path: Path) -> None:
    streamer = Streamer(UNSENT_BYTES_MAX)

    async def main() -> None:
        context, stop, listening = make_context(), asyncio.Event(), asyncio.Event()
        put(certificate(of=ROOT), context)
        loopback, https = listen_loopback(0), listen_loopback(0)
        doors = [Doorway(https, streamer, context)]
        config = config_in(tmp_path)
        running = asyncio.create_task(serve(config, loopback, streamer, streamer, stop, listening.set, doors))
        await listening.wait()
        await asyncio.sleep(0.1)
        client = await asyncio.to_thread(slow_client, https.port)
        await streamer.started.wait()
        sent = await _settled(streamer)
        assert sent <= 4096 + UNSENT_BYTES_MAX + TLS_BYTES + client.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        assert streamer.connection is not None
        begun = time.monotonic()
        streamer.connection.abort()
        await streamer.ended.wait()
        await asyncio.sleep(0.05)
        received = await asyncio.to_thread(drained, client)
        assert time.monotonic() - begun < 1
        assert received < sent, "what had not left was thrown away"
        stop.set()
        await running

    run(main)


def slow_client(port: int) -> ssl.SSLSocket:
    """Asks, and reads nothing."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    plain.connect(("127.0.0.1", port))
    trusting = ssl.create_default_context(cadata=ROOT.root_pem.decode())
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE  # made at a moment of the test's own
    client = trusting.wrap_socket(plain, server_hostname=NAME)
    client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
    return client


def drained(client: ssl.SSLSocket) -> int:
    """How much still arrives."""
    client.settimeout(0.5)
    received = 0
    with contextlib.suppress(OSError):
        while piece := client.recv(len(PIECE)):
            received += len(piece)
    client.close()
    return received
