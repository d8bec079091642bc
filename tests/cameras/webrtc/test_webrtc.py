"""The adapter by itself: no name is resolved, no server asked, and closing it stops everything in the same call."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiortc.rtp import RTCP_PSFB_FIR, RTCP_PSFB_PLI, RTCP_RTPFB_NACK, RtcpPsfbPacket, RtcpRtpfbPacket

from curtilage.cameras.webrtc.peer import Report
from curtilage.cameras.webrtc.sdp_answer import choose_codec, write_answer
from curtilage.cameras.webrtc.sdp_offer import CANDIDATES_COUNT_MAX, Candidate, Offer, read_offer
from curtilage.cameras.webrtc.webrtc import WebrtcPeer
from tests.cameras.whep_side import OFFER, StockViewer, until, whole

pytestmark = pytest.mark.slow  # handshakes
SSRC = 4711
HEAD = b"\x80\x6c\x00\x01\x00\x00\x00\x01" + SSRC.to_bytes(4)


@dataclass
class Told:
    """Implements PeerListener: writes down what it is told."""

    missing: list[int] = field(default_factory=list)
    wanted: int = 0
    gone_count: int = 0
    reports: list[Report] = field(default_factory=list)

    def lost(self, sequences: Sequence[int]) -> None:
        """See PeerListener."""
        self.missing += sequences

    def keyframe_wanted(self) -> None:
        """See PeerListener."""
        self.wanted += 1

    def heard(self, report: Report) -> None:
        """See PeerListener."""
        self.reports.append(report)

    def gone(self) -> None:
        """See PeerListener."""
        self.gone_count += 1


def offered(octets: bytes) -> Offer:
    found = read_offer(octets)
    assert isinstance(found, Offer), found
    return found


async def met(told: Told) -> tuple[WebrtcPeer, StockViewer]:
    """A peer and a viewer that have shaken hands."""
    viewer = StockViewer()
    offer = offered(await viewer.offer())
    peer = WebrtcPeer(offer, SSRC, told)
    answer = write_answer(offer, choose_codec(offer.codecs, "42c01f"), "42c01f", SSRC, await peer.gather())
    _, connected = await asyncio.gather(viewer.take(answer), peer.connect())
    assert connected
    await until(lambda: viewer.connection.connectionState == "connected")
    return peer, viewer


def test_packets_arrive_until_it_is_closed_and_none_after() -> None:
    async def scenario() -> None:
        peer, viewer = await met(Told())
        peer.send([HEAD + b"\x41picture"])
        peer.send_report(bytes.fromhex("80c80006") + SSRC.to_bytes(4) + bytes(20))
        await until(lambda: len(viewer.packets) == 1)
        assert viewer.packets[0].ssrc == SSRC
        peer.close()
        peer.close()
        peer.send([HEAD + b"\x41another"])
        peer.send_report(bytes(28))
        # It was told, and need not wait for silence to mean something.
        await until(lambda: viewer.connection.connectionState in ("closed", "failed"), 1)
        assert len(viewer.packets) == 1
        await peer.closed()
        await viewer.close()
        assert len(asyncio.all_tasks()) == 1

    whole(scenario)


def test_what_the_viewer_says_is_passed_on() -> None:
    async def scenario() -> None:
        told = Told()
        peer, viewer = await met(told)
        transport: Any = viewer.connection.getTransceivers()[0].receiver.transport
        nack = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=SSRC, lost=[7, 8, 40])
        pli = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=SSRC)
        fir = RtcpPsfbPacket(fmt=RTCP_PSFB_FIR, ssrc=1, media_ssrc=0, fci=SSRC.to_bytes(4) + b"\1\0\0\0")
        other = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=SSRC + 1)
        for packet in (nack, pli, fir, other):
            await transport._send_rtp(bytes(packet))
        await until(lambda: told.wanted == 2)
        assert told.missing == [7, 8, 40]
        await viewer.close()
        await until(lambda: told.gone_count == 1)
        peer.close()
        await peer.closed()

    whole(scenario)


def test_a_viewer_with_another_certificate_than_it_said_is_not_connected() -> None:
    async def scenario() -> None:
        viewer = StockViewer()
        text = (await viewer.offer()).decode()
        lines = [line for line in text.split("\r\n") if not line.startswith("a=fingerprint")]
        forged = "\r\n".join(lines) + "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
        offer = offered(forged.encode())
        told = Told()
        peer = WebrtcPeer(offer, SSRC, told)
        answer = write_answer(offer, choose_codec(offer.codecs, "42c01f"), "42c01f", SSRC, await peer.gather())
        _, connected = await asyncio.gather(viewer.take(answer), peer.connect())
        assert not connected
        peer.close()
        await peer.closed()
        await viewer.close()

    whole(scenario)


def test_only_own_addresses_are_said_and_places_to_look_are_bounded() -> None:
    async def scenario() -> None:
        peer = WebrtcPeer(offered(OFFER.encode()), SSRC, Told())
        own = await peer.gather()
        assert own.candidates
        assert all(" typ host" in candidate for candidate in own.candidates)
        await peer.add([Candidate("1", 5, "127.0.0.1", port, "host") for port in range(1, 100)])
        assert len(peer._connection.remote_candidates) == CANDIDATES_COUNT_MAX
        peer.close()
        await peer.closed()
        assert len(asyncio.all_tasks()) == 1

    whole(scenario)


def test_closing_in_the_turn_in_which_connecting_began_leaves_nothing_running() -> None:
    """aiortc's own transport would turn for ever here, without a pause."""

    async def scenario() -> None:
        peer = WebrtcPeer(offered(OFFER.encode()), SSRC, Told())
        await peer.gather()
        connecting = asyncio.create_task(peer.connect())
        await asyncio.sleep(0)
        connecting.cancel()
        peer.close()
        await asyncio.wait({connecting}, timeout=2)
        await asyncio.wait_for(peer.closed(), 2)
        assert len(asyncio.all_tasks()) == 1

    whole(scenario)


SHORT_PRIORITY = bytes.fromhex("00010008 2112a442") + bytes(12) + bytes.fromhex("0024000201020000")
"""A binding request whose PRIORITY has two octets instead of four."""
NO_NAME = bytes.fromhex("00010000 2112a442") + bytes(12)


def test_who_sends_what_is_no_check_is_not_answered_and_fills_no_log() -> None:
    troubles: list[dict[str, Any]] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, trouble: troubles.append(trouble))
        peer, viewer = await met(Told())
        stranger, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("0.0.0.0", 0))
        for own in peer._connection.local_candidates:
            for noise in (SHORT_PRIORITY, NO_NAME, b"\x00", b"", bytes(2000)):
                stranger.sendto(noise, (own.host, own.port))
        await asyncio.sleep(0.1)
        peer.send([HEAD + b"\x41picture"])
        await until(lambda: len(viewer.packets) == 1)
        stranger.close()
        peer.close()
        await peer.closed()
        await viewer.connection.close()

    whole(scenario)
    assert troubles == []


def test_what_comes_before_anybody_takes_it_is_not_piled_up() -> None:
    """Whoever finds the port of a view that is not connected yet may send as fast as the network does."""

    async def scenario() -> None:
        peer = WebrtcPeer(offered(OFFER.encode()), SSRC, Told())
        await peer.gather()
        loop = asyncio.get_running_loop()
        stranger, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("0.0.0.0", 0))
        own = peer._connection.local_candidates[0]
        for _ in range(20):
            for _ in range(20):
                stranger.sendto(b"\x80" + bytes(1000), (own.host, own.port))
            await asyncio.sleep(0.005)
        assert 0 < peer._connection._queue.qsize() <= 64
        stranger.close()
        peer.close()
        await peer.closed()

    whole(scenario)
