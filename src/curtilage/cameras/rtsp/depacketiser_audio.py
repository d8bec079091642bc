"""Sound out of RTP packets, whatever the codec; depacketiser_aac.py, _g711.py and _opus.py know their payloads.

Rules: pure, and never raises, whatever the packets hold. A lost packet is a gap in the timestamps of what follows: no
frame is made up, and none waits. Does not put packets in order: TCP or ``Reorder`` did. A source that begins to count
anew is followed (RFC 3550 appendix A.1).
"""

from abc import ABC, abstractmethod

from curtilage.cameras.media.audio_codec import AudioFrame, SoundSink
from curtilage.cameras.rtsp import rtp
from curtilage.cameras.rtsp.sdp_audio import AudioMedia

_MARKER = 0x80
_LATE_COUNT_MAX = 100
"""MAX_MISORDER of RFC 3550: further back than this is no late packet but a new count."""


class AudioDepacketiser(ABC):
    """Takes the packets of one sound track in order, pushes whole frames into a sink."""

    def __init__(self, sink: SoundSink, media: AudioMedia) -> None:
        self._sink = sink
        self._payload_type = media.payload_type
        self._times = rtp.TimestampUnwrapper()
        self._expected: int | None = None
        self.lost_packets_count = 0
        self.damaged_count = 0
        """Packets whose payload made no sense."""

    def packets(self, octets: memoryview, begin: int, after: int, end: int) -> int:  # noqa: ARG002 rare: one at a time
        """See PacketReceiver."""
        self.packet(octets, begin, after)
        return after

    def packet(self, octets: memoryview | bytes, begin: int, end: int) -> None:
        """One RTP packet, ``octets[begin:end]``."""
        payload = rtp.payload(octets, begin, end)
        if payload is None or payload.begin >= payload.end:
            return
        _, second, sequence, timestamp, _ = rtp.HEAD.unpack_from(octets, begin)
        if second & 0x7F != self._payload_type:
            return
        if self._expected is not None and sequence != self._expected:
            missing = (sequence - self._expected) & rtp.SEQUENCE_MASK
            if missing > rtp.SEQUENCE_MASK - _LATE_COUNT_MAX:
                return
            self.lost_packets_count += missing if missing <= rtp.SEQUENCE_MASK // 2 else 0
            self._lost()
        self._expected = (sequence + 1) & rtp.SEQUENCE_MASK
        taken = bytes(octets[payload.begin : payload.end])
        if not self._take(taken, self._times.unwrap(timestamp), ends=bool(second & _MARKER)):
            self.damaged_count += 1

    def _give(self, octets: bytes, timestamp: int, duration: int) -> None:
        self._sink.audio_frame(AudioFrame(octets, timestamp, duration))

    def _lost(self) -> None:
        """Packets are missing before the next one."""
        return

    @abstractmethod
    def _take(self, payload: bytes, timestamp: int, *, ends: bool) -> bool:
        """One payload, never empty; ``ends``: RTP's marker. False: it makes no sense."""
