"""Talks WebRTC to one viewer: ICE, DTLS and SRTP of aiortc, without its tracks, encoders and senders.

Packets come ready (webrtc/rtp_sender.py); srtp_socket.py encrypts them for their viewer and sends them. No STUN or
TURN server is asked unless one was set: candidates are this machine's own addresses, and names in a viewer's candidates
stay unresolved.

It uses private attributes of aiortc and aioice, so their versions are pinned in pyproject.toml; tests/cameras/
test_webrtc.py plays against an unchanged aiortc and breaks when they move. Importing this file needs the extra
``webrtc``; webrtc/whep.py gets it handed in.
"""

import asyncio
import contextlib
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from aioice import Candidate as IceCandidate
from aioice.stun import TransactionError
from aiortc.rtcconfiguration import RTCIceServer
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceTransport
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
)
from aiortc.sdp import candidate_to_sdp
from OpenSSL import SSL

from curtilage.cameras.webrtc.ice_servers import IceServers
from curtilage.cameras.webrtc.ice_tcp import IceTcp
from curtilage.cameras.webrtc.ice_tcp_session import BROKEN_CHECKS, IceTcpSession
from curtilage.cameras.webrtc.peer import PeerListener, Report
from curtilage.cameras.webrtc.sdp_answer import OwnTransport, dtls_role
from curtilage.cameras.webrtc.sdp_offer import CANDIDATES_COUNT_MAX, Candidate, IceParameters, Offer
from curtilage.cameras.webrtc.srtp_socket import SrtpSocket

_DTLS_ROLES: Mapping[str, str] = {"active": "client", "passive": "server"}
_CLOSE_S = 5.0
_WAITING_COUNT_MAX = 64
"""Packets that DTLS did not take yet: before ICE has found a way nobody takes them, and whoever finds a port sends."""
_ANY_SOURCE = 0
"""FIR says zero for the source it is about (RFC 5104 §4.3.1.2)."""


def _asked(servers: IceServers) -> list[RTCIceServer]:
    asked = [RTCIceServer(servers.stun)] if servers.stun else []
    if servers.turn:
        given = servers.credential()
        asked.append(RTCIceServer(servers.turn, given.name, given.password))
    return asked


def _unmoved_by_noise(protocol: Any) -> None:
    """Whoever finds the port may send what is no check. aioice raises for some of that, and the loop would write it
    into the log, packet after packet.
    """
    receive = protocol.datagram_received

    def received(octets: bytes, address: tuple[Any, ...]) -> None:
        with contextlib.suppress(*BROKEN_CHECKS):
            receive(octets, address)

    protocol.datagram_received = received


def _bounded(connection: Any) -> None:
    """aioice keeps all that is no check until somebody takes it, by whatever way it came."""
    receive, waiting = connection.data_received, connection._queue

    def received(octets: bytes, component: int) -> None:
        if waiting.qsize() < _WAITING_COUNT_MAX:
            receive(octets, component)

    connection.data_received = received


class _Feedback:
    """What aiortc's router calls for RTCP; shaped like its RTCRtpSender."""

    def __init__(self, ssrc: int, listener: PeerListener) -> None:
        self._ssrc = ssrc
        self._listener = listener

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self._listener.lost(packet.lost)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
            self._listener.keyframe_wanted()
        elif isinstance(packet, (RtcpRrPacket, RtcpSrPacket)):
            for said in packet.reports:
                if said.ssrc == self._ssrc:
                    self._listener.heard(Report(said.packets_lost, said.highest_sequence, said.lsr, said.dlsr))


class WebrtcPeer:
    """Implements Peer."""

    def __init__(
        self,
        offer: Offer,
        ssrc: int,
        listener: PeerListener,
        servers: IceServers | None = None,
        gather_s: float = _CLOSE_S,
        door: IceTcp | None = None,
        door_count_max: int = 1,
    ) -> None:
        self._offer = offer
        self._listener = listener
        self._candidates_count = 0
        self._open = True
        self._stopping: asyncio.Task[None] | None = None
        self._pair: Any = None
        """The pair of addresses that ICE has chosen, as it was at the last packet."""
        self._srtp_socket: SrtpSocket | None = None
        """Of that pair."""
        # Without a list aiortc would ask a public STUN server.
        asked = _asked(servers) if servers is not None else []
        self._gatherer = RTCIceGatherer(iceServers=asked, local_username=door.new_name() if door is not None else None)
        ice = RTCIceTransport(self._gatherer)
        self._connection = cast("Any", ice._connection)
        _bounded(self._connection)
        gather: Any = self._connection.get_component_candidates
        self._connection.get_component_candidates = functools.partial(gather, timeout=gather_s)
        self._tcp = IceTcpSession(self._connection, door, door_count_max) if door is not None else None
        self._dtls: Any = RTCDtlsTransport(ice, [RTCCertificate.generateCertificate()])
        self._dtls._set_role(_DTLS_ROLES[dtls_role(offer)])
        feedback: Any = _Feedback(ssrc, listener)
        self._dtls._register_rtp_sender(feedback, RTCRtpSendParameters())
        self._dtls._rtp_router.register_sender(feedback, ssrc=_ANY_SOURCE)
        self._dtls.on("statechange", self._changed)

    @property
    def remote(self) -> IceParameters:
        """See Peer."""
        return self._offer.ice

    async def gather(self) -> OwnTransport:
        """See Peer. On a machine without a network its loopback address is the only one."""
        await self._gatherer.gather()
        if not self._connection.local_candidates:
            alone = await self._connection.get_component_candidates(component=1, addresses=["127.0.0.1"])
            self._connection._local_candidates += alone
        for protocol in self._connection._protocols:
            _unmoved_by_noise(protocol)
        own = self._gatherer.getLocalParameters()
        fingerprints = self._dtls.getLocalParameters().fingerprints
        sha256 = next(print_.value for print_ in fingerprints if print_.algorithm == "sha-256")
        candidates = tuple(map(candidate_to_sdp, self._gatherer.getLocalCandidates()))
        if self._tcp is not None and self._open:
            hosts = [one.host for one in self._connection.local_candidates if one.type == "host"]
            candidates += self._tcp.candidates(hosts)
        return OwnTransport(IceParameters(own.usernameFragment or "", own.password or ""), sha256, candidates)

    async def connect(self) -> bool:
        """See Peer."""
        await self.add(self._offer.candidates)
        self._connection.remote_username = self._offer.ice.username
        self._connection.remote_password = self._offer.ice.password
        # Not RTCIceTransport.start: its watch turns for ever, without a pause, when it first runs after a close.
        await self._connection.connect()
        fingerprints = [RTCDtlsFingerprint(algorithm, value) for algorithm, value in self._offer.fingerprints]
        await self._dtls.start(RTCDtlsParameters(fingerprints))
        return bool(self._dtls.state == "connected")

    async def add(self, candidates: Sequence[Candidate]) -> None:
        """See Peer."""
        for candidate in candidates:
            if not self._open or self._candidates_count >= CANDIDATES_COUNT_MAX:
                return
            self._candidates_count += 1
            await self._connection.add_remote_candidate(
                IceCandidate(
                    foundation=candidate.foundation,
                    component=1,
                    transport="udp",
                    priority=candidate.priority,
                    host=candidate.host,
                    port=candidate.port,
                    type=candidate.kind,
                )
            )

    def send(self, packets: Iterable[bytes]) -> None:
        """See Peer."""
        pair = self._connection._nominated.get(1)
        if not self._open or pair is None:
            return  # the viewer is gone, and this is about to be told
        if pair is not self._pair or self._srtp_socket is None:
            self._let_go()
            self._pair = pair
            self._srtp_socket = SrtpSocket(self._dtls._tx_srtp, pair.protocol.transport, pair.remote_addr)
        self._srtp_socket.send(packets)

    def send_report(self, report: bytes) -> None:
        """See Peer."""
        if self._open:
            self._send(self._dtls._tx_srtp.protect_rtcp(report))

    async def answers(self) -> bool:
        """See Peer. By ICE's own check (RFC 7675), which browsers want to see before they take packets again."""
        pair = self._connection._nominated.get(1)
        if pair is None or not self._open:
            return False
        request = self._connection.build_request(pair, nominate=False)
        key = self._offer.ice.password.encode()
        try:
            await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=0)
        except TransactionError:
            return False
        return self._open

    def close(self) -> None:
        """See Peer. The sockets are aborted, not closed: a polite close would first send what waits in them."""
        if not self._open:
            return
        self._open = False
        if self._tcp is not None:
            self._tcp.close()
        self._let_go()
        self._say_goodbye()
        for protocol in self._connection._protocols:
            transport = protocol.transport
            # A relay has no abort; closing gives it back, and this sends nothing more into it.
            getattr(transport, "abort", transport.close)()
        # Whatever still wants to send finds no pair, and gives up. A new one: the old may be being read.
        self._connection._nominated = {}
        if self._connection._query_consent_task is not None:
            self._connection._query_consent_task.cancel()
        self._stopping = asyncio.get_running_loop().create_task(self._stop())

    async def closed(self) -> None:
        """See Peer."""
        if self._stopping is not None:
            await self._stopping

    def _send(self, datagram: bytes) -> None:
        pair = self._connection._nominated.get(1)
        if pair is not None:
            pair.protocol.transport.sendto(datagram, pair.remote_addr)

    def _let_go(self) -> None:
        if self._srtp_socket is not None:
            self._srtp_socket.close()
            self._srtp_socket = None

    def _say_goodbye(self) -> None:
        """DTLS's close_notify (RFC 6347): the viewer knows at once, instead of after half a minute of silence."""
        if self._dtls.state != "connected":
            return
        with contextlib.suppress(SSL.Error):
            self._dtls._ssl.shutdown()
            self._send(self._dtls._ssl.bio_read(1500))

    async def _stop(self) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_CLOSE_S):
                await self._dtls.stop()
                await self._connection.close()

    def _changed(self) -> None:
        if self._open and self._dtls.state in ("closed", "failed"):
            self._listener.gone()
