"""The port between a WebRTC view and what carries it: ICE, DTLS and SRTP are the other side's business."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from curtilage.cameras.webrtc.sdp_answer import OwnTransport
from curtilage.cameras.webrtc.sdp_offer import Candidate, IceParameters, Offer


@dataclass(frozen=True, slots=True)
class Report:
    """What the viewer says of the stream (RFC 3550 §6.4.2), about once a second while packets reach it."""

    lost_count: int
    """Packets of all so far that never came; one that came twice takes one off."""
    highest_sequence: int
    """Extended to 32 bits."""
    last_report: int
    """The middle of the NTP time in our last report that it got; 0: none."""
    since_last_report: int
    """How long before it sent this, in 1/65,536 s."""


class PeerListener(Protocol):
    """Told what the viewer says; called in the loop, must not wait."""

    def lost(self, sequences: Sequence[int]) -> None:
        """The viewer misses these packets (RFC 4585 §6.2.1)."""
        ...

    def keyframe_wanted(self) -> None:
        """The viewer cannot go on without one (PLI, RFC 4585 §6.3.1; FIR, RFC 5104 §4.3.1)."""
        ...

    def heard(self, report: Report) -> None:
        """The viewer reports."""
        ...

    def gone(self) -> None:
        """The connection is over: closed by the viewer, or it stopped answering (RFC 7675)."""
        ...


class Peer(Protocol):
    """One viewer's connection."""

    async def gather(self) -> OwnTransport:
        """Open sockets; what the answer says of our end."""
        ...

    async def connect(self) -> bool:
        """Find the viewer and shake hands. False when that failed. The caller bounds the time."""
        ...

    @property
    def remote(self) -> IceParameters:
        """What the viewer's checks are known by."""
        ...

    async def add(self, candidates: Sequence[Candidate]) -> None:
        """Further places to look for the viewer; beyond a bound they are passed over."""
        ...

    def send(self, packets: Iterable[bytes]) -> None:
        """Encrypt and send RTP packets, in this order. Does not wait; after ``close`` it takes none."""
        ...

    def send_report(self, report: bytes) -> None:
        """As ``send``, for RTCP."""
        ...

    async def answers(self) -> bool:
        """Ask the viewer at once whether it is there: after a silence its connection waits to be asked."""
        ...

    def close(self) -> None:
        """Send nothing more, drop what waits, and tell the viewer. At once; does not wait, does not raise."""
        ...

    async def closed(self) -> None:
        """After ``close``: wait until nothing of it runs any more."""
        ...


MakePeer = Callable[[Offer, int, PeerListener], Peer]
"""From an offer, the stream's SSRC and who is told."""
