"""Many stock aiortc viewers in one process, for whep.py: they shake hands, count packets, report, and decode nothing.

They report once a second as browsers do (RFC 3550 §6.4.2): a viewer that never reports is taken for one whose network
fails, and is sent pictures again and again.

Reads one line of JSON (port, cookie, csrf, handle) from standard input, says ``connected``, and when its input closes,
one line of JSON: packets a second.
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from collections.abc import Sequence
from typing import Any

import httpx
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

_TOP = 0xFF
"""First octet of a sequence number that is about to begin again."""


class CountingViewer:
    """One view."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTransceiver("video", direction="recvonly")
        self.packets_count = 0
        self._last = b""
        """Head of the newest packet, which is not encrypted."""
        self._cycles = 0
        self._reporting: asyncio.Task[None] | None = None

    async def watch(self, client: httpx.AsyncClient, handle: str) -> None:
        """Until packets come."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        reply = await client.post(
            f"/api/v1/whep/{handle}",
            content=self.connection.localDescription.sdp,
            headers={"Content-Type": "application/sdp"},
        )
        assert reply.status_code == 201, reply.text
        await self.connection.setRemoteDescription(RTCSessionDescription(reply.text, "answer"))
        transport: Any = self.connection.getTransceivers()[0].receiver.transport
        ice: Any = transport.transport
        for protocol in ice._connection._protocols:
            self._count_at(protocol)
        async with asyncio.timeout(60):
            while self.packets_count == 0:  # noqa: ASYNC110 nobody tells that a packet came
                await asyncio.sleep(0.02)
        self._reporting = asyncio.create_task(self._report(transport))

    async def close(self) -> None:
        """Politely."""
        if self._reporting is not None:
            self._reporting.cancel()
        await self.connection.close()

    async def _report(self, transport: Any) -> None:
        while True:
            await asyncio.sleep(0.5 + random.random())
            ssrc, sequence = int.from_bytes(self._last[8:12]), int.from_bytes(self._last[2:4])
            said = RtcpReceiverInfo(ssrc, 0, 0, self._cycles << 16 | sequence, 0, 0, 0)
            with contextlib.suppress(ConnectionError):  # it was cut meanwhile
                await transport._send_rtp(bytes(RtcpRrPacket(ssrc=1, reports=[said])))

    def _count_at(self, protocol: Any) -> None:
        """RTP is counted and thrown away still encrypted, before anything costs; the rest is aiortc's."""
        taken = protocol.datagram_received

        def datagram_received(data: bytes, address: Any) -> None:
            if 127 < data[0] < 192 and not 64 <= data[1] & 0x7F < 96:
                self.packets_count += 1
                if data[2] == 0 and self._last and self._last[2] == _TOP:
                    self._cycles += 1
                self._last = data[:12]
            else:
                taken(data, address)

        protocol.datagram_received = datagram_received


async def connect(viewers: Sequence[CountingViewer]) -> None:
    """Reads one line of JSON (port, cookie, csrf, handle), has all of them watch, and says ``connected``."""
    given = json.loads(sys.stdin.readline())
    origin = f"http://localhost:{given['port']}"
    headers = {
        "Origin": origin,
        "Sec-Fetch-Site": "same-origin",
        "X-CSRF-Token": given["csrf"],
        "Cookie": f"curtilage_session={given['cookie']}",
    }
    async with httpx.AsyncClient(base_url=origin, headers=headers, timeout=60) as client:
        for viewer in viewers:
            await viewer.watch(client, given["handle"])
    print("connected", flush=True)


async def main(count: int) -> None:
    """See the module's text."""
    viewers = [CountingViewer() for _ in range(count)]
    await connect(viewers)
    before, began = [viewer.packets_count for viewer in viewers], time.monotonic()
    await asyncio.to_thread(sys.stdin.read)
    passed = time.monotonic() - began
    rates = [(viewer.packets_count - had) / passed for viewer, had in zip(viewers, before, strict=True)]
    print(json.dumps({"packets_per_s": sum(rates) / len(rates), "least_per_s": min(rates)}), flush=True)
    await asyncio.gather(*(viewer.close() for viewer in viewers))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
