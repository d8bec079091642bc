"""The poor network without root: what passes, when, and what does not, over TCP and UDP."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from tests.network.link import Kind
from tests.network.proxy import Proxy

pytestmark = pytest.mark.slow
_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
_SENT_BYTES = 25_000


async def _with_proxy(main: Callable[[Proxy], Awaitable[None]]) -> None:
    """In front of a server that answers each request's first line with so many bytes, and closes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(bytes(_SENT_BYTES))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1])
    await proxy.start()
    async with asyncio.timeout(20):
        await main(proxy)
    proxy.close()
    server.close()
    await asyncio.sleep(0.1)  # what was aborted is closed in a later turn


async def _fetched_s(proxy: Proxy) -> float:
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(_REQUEST)
    assert len(await reader.read(-1)) == _SENT_BYTES
    writer.close()
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("kind", "least_s"),
    [
        (Kind(delay_ms=100), 0.4),
        (Kind(delay_ms=1, bits_per_s=200_000), 1.0),
        (Kind(delay_ms=100, loss=0.5), 0.8),
    ],
    ids=["a handshake and an answer", "25 kB at 25 kB/s", "what is lost comes a round trip later"],
)
def test_tcp_is_late_and_whole(kind: Kind, least_s: float) -> None:
    async def main(proxy: Proxy) -> None:
        assert await _fetched_s(proxy) < 0.3
        proxy.be(kind)
        assert least_s <= await _fetched_s(proxy) < least_s + 8

    asyncio.run(_with_proxy(main))


def test_tcp_goes_on_after_an_outage() -> None:
    async def main(proxy: Proxy) -> None:
        proxy.be(Kind(out=True))
        asyncio.get_running_loop().call_later(0.8, proxy.be, Kind())
        assert 0.8 <= await _fetched_s(proxy) < 5

    asyncio.run(_with_proxy(main))


class _Counting(asyncio.DatagramProtocol):
    """Answers each packet with itself; counts."""

    def __init__(self, *, answers: bool) -> None:
        self.count = 0
        self._answers = answers
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.count += 1
        assert self._transport is not None
        if self._answers:
            self._transport.sendto(data, addr)


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [(Kind(), 200, 200), (Kind(loss=0.5), 20, 90), (Kind(out=True), 0, 0), (Kind(bits_per_s=100_000), 2, 60)],
    ids=["good", "half is lost each way", "out", "a queue that overflows"],
)
def test_udp_loses_packets(kind: Kind, least: int, most: int) -> None:
    async def main(proxy: Proxy) -> None:
        loop = asyncio.get_running_loop()
        far, _ = await loop.create_datagram_endpoint(lambda: _Counting(answers=True), local_addr=("127.0.0.1", 0))
        port = proxy.udp_port("127.0.0.1", far.get_extra_info("sockname")[1])
        near, counting = await loop.create_datagram_endpoint(
            lambda: _Counting(answers=False), remote_addr=("127.0.0.1", port)
        )
        proxy.be(kind)
        for number in range(200):
            near.sendto(bytes(200))
            if number % 20 == 0:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.6)
        assert least <= counting.count <= most
        near.close()
        far.close()

    asyncio.run(_with_proxy(main))
