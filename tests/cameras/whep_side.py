"""The viewer's side of WHEP for tests: offers as text, a camera's parts made by hand, and stock aiortc as a viewer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RtpPacket

from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.part import Muxer, Part
from tests.origin import made_h265
from tests.origin.made_h264 import IDR, SLICE, MadeSps, pps_nal, slice_nal

FINGERPRINT = ":".join(["AB"] * 32)
BASELINE = MadeSps(width=320, height=180, profile=66, constraints=0xC0)
"""Constrained Baseline: never reordered."""
VIDEO = f"""m=video 9 UDP/TLS/RTP/SAVPF 96 102 108
c=IN IP4 0.0.0.0
a=mid:0
a=recvonly
a=rtcp-mux
a=setup:actpass
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=fingerprint:sha-256 {FINGERPRINT}
a=rtpmap:96 VP8/90000
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f
a=rtcp-fb:102 nack
a=rtcp-fb:102 nack pli
a=rtcp-fb:102 transport-cc
a=rtpmap:108 H264/90000
a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtcp-fb:108 nack
a=candidate:1 1 udp 2122260223 127.0.0.1 9 typ host
a=candidate:2 1 udp 2122260223 3f0c5a8e-0000-4000-8000-000000000000.local 50000 typ host
"""
HEAD = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
"""
OFFER = (HEAD + VIDEO).replace("\n", "\r\n")
"""As a browser makes it, of a viewer that will never answer: nothing listens at the discard port."""
TRICKLE = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\nm=video 9 RTP/AVP 0\r\na=mid:0\r\n"


def made_parameters(sps: MadeSps = BASELINE) -> CodecParameters:
    """Parameter sets made by hand."""
    nal = sps.nal()
    return CodecParameters(nal, (pps_nal(),), sps.width, sps.height, f"avc1.{nal[1:4].hex()}")


def made_parts(now_ms: int, count: int = 1, *, size: int = 3000, sps: MadeSps = BASELINE) -> list[Part]:
    """An init part and a group of ``count`` pictures."""
    muxer = Muxer()
    units = [
        AccessUnit((slice_nal(IDR if number == 0 else SLICE, size=size, seed=number),), number * 3600, number == 0)
        for number in range(count)
    ]
    return [muxer.init(made_parameters(sps), now_ms), *(muxer.media(unit, now_ms) for unit in units)]


def h265_parts(now_ms: int) -> list[Part]:
    """An init part and a keyframe of a camera that sends H.265."""
    muxer, sets = Muxer(), (made_h265.MadeSps().nal(), (made_h265.pps_nal(),))
    init = muxer.init(CodecParameters(*sets, 640, 360, "hvc1.1.6.L93.90", vps=(made_h265.vps_nal(),)), now_ms)
    return [init, muxer.media(AccessUnit((made_h265.slice_nal(made_h265.IDR),), 0, keyframe=True), now_ms)]


class StockViewer:
    """An unchanged aiortc as WHEP client; ``drop`` decides which RTP packets its network loses."""

    def __init__(self, drop: Callable[[RtpPacket], bool] = lambda _: False) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTransceiver("video", direction="recvonly")
        self.packets: list[RtpPacket] = []
        """Heads as they came, payloads encrypted; lost ones are not among them."""
        self.last_s = 0.0
        self._drop = drop
        self._tracks: asyncio.Queue[Any] = asyncio.Queue(4)
        self.connection.on("track", self._tracks.put_nowait)

    async def offer(self) -> bytes:
        """Gathers fully first."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp).encode()

    async def take(self, answer: str) -> Any:
        """The answer; returns the track."""
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        track = await asyncio.wait_for(self._tracks.get(), 5)
        receiver: Any = self.connection.getTransceivers()[0].receiver
        ice: Any = receiver.transport.transport
        receive = ice._recv

        async def received() -> bytes:
            """What the network lets through. Lost before SRTP sees it: SRTP takes no packet twice."""
            while True:
                datagram: bytes = await receive()
                if not _is_rtp(datagram):
                    return datagram
                self.last_s = asyncio.get_running_loop().time()
                packet = RtpPacket.parse(datagram)
                if not self._drop(packet):
                    self.packets.append(packet)
                    return datagram

        ice._recv = received
        return track

    async def close(self) -> None:
        """Politely."""
        await self.connection.close()


def _is_rtp(datagram: bytes) -> bool:
    """RFC 7983 §7, RFC 5761 §4."""
    return 127 < datagram[0] < 192 and not 64 <= datagram[1] & 0x7F < 96


async def until(true: Callable[[], bool], wait_s: float = 5.0) -> None:
    """Wait for it; fails the test when it does not come true."""
    async with asyncio.timeout(wait_s):
        while not true():  # noqa: ASYNC110 what is waited for tells nobody
            await asyncio.sleep(0.005)


def whole(main: Callable[[], Awaitable[None]]) -> None:
    """Run a test's coroutine."""

    async def body() -> None:
        await main()

    asyncio.run(body())


def timestamps(viewer: StockViewer) -> list[int]:
    """Of each picture, in order of arrival."""
    return list(dict.fromkeys(packet.timestamp for packet in viewer.packets))
