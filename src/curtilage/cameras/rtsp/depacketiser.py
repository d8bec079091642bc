"""Pictures out of RTP packets, whatever the codec: one AccessUnit per picture.

``depacketiser_h264.py`` and ``depacketiser_h265.py`` know the payloads of their codec.

Guards: a picture of which anything is missing, too large, or out of grammar is dropped, and with it all that follows up
to the next keyframe: a viewer sees the last whole picture instead of smears. Memory is bounded by the size of one
picture. Never raises, whatever the packets hold.

Rules: pure. A picture ends at the packet with the marker bit, and is given on in that very call; where a camera does
not set markers, or sets them wrongly, at the change of the timestamp or at the slice, delimiter, SEI or parameter set
that can only begin the next picture (ISO/IEC 14496-10 §7.4.1.2.3, 23008-2 §7.4.2.4.4). Samples hold slices only.

Does not put packets in order: TCP did.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from curtilage.cameras.input.source import Sink
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.parameter_sets import Grammar, ParameterSets
from curtilage.cameras.rtsp import rtp
from curtilage.cameras.rtsp.sdp import VideoMedia

FRAGMENT_BEGIN = 0x80
FRAGMENT_END = 0x40
"""Flags of an FU header (RFC 6184 §5.8, RFC 7798 §4.4.3)."""
_MARKER = 0x80
_INTERLEAVED_HEAD_BYTES = 4
_AGGREGATED_COUNT_MAX = 64
"""NAL units in one packet: parameter sets, SEI and a few small slices make less than ten."""
_START_CODE = b"\0\0\1"
_PLAIN_HEAD = rtp.PLAIN_HEAD
_HEAD_BYTES = rtp.HEAD.size
_unpack = rtp.HEAD.unpack_from


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What one picture may cost (config.py: ``access_unit_bytes_max``, ``access_unit_nal_count_max``,
    ``picture_pixels_max``).
    """

    bytes_max: int
    nal_count_max: int
    pixels_max: int


class Depacketiser(ABC):
    """Takes the packets of one video stream in order, pushes whole pictures into a sink."""

    __slots__ = (
        "_announced",
        "_broken",
        "_bytes",
        "_bytes_max",
        "_expected",
        "_fragment",
        "_fragment_bytes",
        "_fragmenting",
        "_keyframe",
        "_marked",
        "_markers_trusted",
        "_nal_count_max",
        "_nals",
        "_payload_type",
        "_pieces",
        "_refused",
        "_sets",
        "_sink",
        "_times",
        "_timestamp",
        "_waiting",
        "damaged_count",
        "delivered_count",
        "lost_packets_count",
        "pictures_count",
    )

    def __init__(self, sink: Sink, media: VideoMedia, limits: PictureLimits, grammar: Grammar) -> None:
        self._sink = sink
        self._bytes_max = limits.bytes_max
        self._nal_count_max = limits.nal_count_max
        self._payload_type = media.payload_type
        self._times = rtp.TimestampUnwrapper(media.clock_rate_hz)
        self._sets = ParameterSets(grammar, limits.pixels_max)
        self._announced: CodecParameters | None = None
        self._expected: int | None = None
        self._timestamp: int | None = None
        self._nals: list[bytes] = []  # slices of the picture being collected
        self._bytes = 0
        self._keyframe = False
        self._fragmenting = False  # a NAL unit is being put together from FU-A
        self._fragment = bytearray()  # its beginning, from earlier calls
        self._pieces: list[bytes | memoryview] = []  # its end, still in the caller's buffer
        self._fragment_bytes = 0  # both together
        self._broken = False  # the rest of this picture is of no use
        self._waiting = True  # for a keyframe
        self._refused = False  # the last keyframe, because its parameter sets were missing or beyond the limits
        self._markers_trusted = True
        self._marked: int | None = None  # timestamp of the picture that a marker ended last
        self.pictures_count = 0
        """Whole pictures that came, delivered or not."""
        self.delivered_count = 0
        self.lost_packets_count = 0
        self.damaged_count = 0
        for nal in media.parameter_sets:
            self._add_set(nal)

    @property
    def trouble(self) -> str:
        """Why nothing is delivered, for diagnostics; empty while all is well."""
        if not self._waiting:
            return ""
        if self.pictures_count == 0:
            return "no whole picture came"
        return self._sets.trouble if self._refused else "no keyframe came"

    def packets(self, octets: memoryview, begin: int, after: int, end: int) -> int:
        """See PacketReceiver: takes all packets of its channel that lie whole in ``octets[begin - 4:end]``."""
        channel = octets[begin - 3]
        while True:
            self._packet(octets, begin, after)
            begin = after + _INTERLEAVED_HEAD_BYTES
            if begin > end or octets[after] != rtp.INTERLEAVED or octets[after + 1] != channel:
                break
            following = begin + (octets[after + 2] << 8 | octets[after + 3])
            if following > end:
                break
            after = following
        if self._fragmenting:
            self._keep()
        return after

    def packet(self, octets: memoryview | bytes, begin: int, end: int) -> None:
        """One RTP packet, ``octets[begin:end]``. When it ends a picture, the sink has it when this returns."""
        self._packet(octets, begin, end)
        if self._fragmenting:
            self._keep()

    def _packet(self, octets: memoryview | bytes, begin: int, end: int) -> None:
        if end - begin < _HEAD_BYTES:
            return
        first, second, sequence, timestamp, _ = _unpack(octets, begin)
        at = begin + _HEAD_BYTES
        if first != _PLAIN_HEAD:
            payload = rtp.payload(octets, begin, end)
            if payload is None:
                return
            at, end = payload
        if sequence != self._expected and not self._resumes(sequence):
            return
        self._expected = (sequence + 1) & rtp.SEQUENCE_MASK
        if second & 0x7F != self._payload_type or at >= end:
            return
        if timestamp != self._timestamp:
            self._turn(timestamp)
        self._take_payload(octets, at, end)
        if second & _MARKER:
            self._mark()

    def _keep(self) -> None:
        """The caller's buffer is about to change: copy what of it belongs to an unfinished NAL unit."""
        self._fragment += b"".join(self._pieces)
        self._pieces.clear()

    def _resumes(self, sequence: int) -> bool:
        """A packet out of sequence, with which the stream goes on; False for one that came just before."""
        expected = self._expected
        if expected is None:
            return True
        missing = (sequence - expected) & rtp.SEQUENCE_MASK
        if missing == rtp.SEQUENCE_MASK:
            return False
        self.lost_packets_count += missing
        self._damage()
        return True

    def _turn(self, timestamp: int) -> None:
        """The first packet with another timestamp: what was collected is complete."""
        self._finish()
        self._broken = False
        self._timestamp = timestamp

    def _mark(self) -> None:
        """The marker bit: the last packet of a picture (RFC 6184 §5.1)."""
        if not self._markers_trusted:
            return
        if self._nals and not self._broken:
            self._marked = self._timestamp
        self._finish()
        self._broken = False

    @abstractmethod
    def _take_payload(self, octets: memoryview | bytes, at: int, end: int) -> None:
        """The payload of one packet, never empty."""

    @abstractmethod
    def _take_nal(self, nal: bytes) -> None:
        """One whole NAL unit, never empty."""

    def _take_fragment(self, head: bytes, octets: memoryview | bytes, at: int, end: int) -> None:
        """A fragmentation unit (RFC 6184 §5.8, RFC 7798 §4.4.3): its FU header stands at ``at``.

        ``head``: the head of the NAL unit that is put together.
        """
        flags = octets[at]
        if flags & FRAGMENT_BEGIN:
            if self._fragmenting:  # the one before has no end
                self._damage()
            self._fragmenting = not self._broken
            self._fragment_bytes = 0
            self._pieces.append(head)
        if not self._fragmenting:
            self._pieces.clear()
            if not self._broken:
                self._damage()
            return
        self._pieces.append(octets[at + 1 : end])
        self._fragment_bytes += end - at
        if self._fragment_bytes > self._bytes_max:
            self._damage()
        elif flags & FRAGMENT_END:
            self._take_whole_fragments()

    def _take_aggregated(self, octets: memoryview | bytes, at: int, end: int) -> None:
        """NAL units after their two-byte sizes (RFC 6184 §5.7.1, RFC 7798 §4.4.2)."""
        for _ in range(_AGGREGATED_COUNT_MAX + 1):
            if at + 2 >= end:
                return
            size = octets[at] << 8 | octets[at + 1]
            at += 2
            if size == 0 or at + size > end:
                self._damage()
                return
            self._take_nal(bytes(octets[at : at + size]))
            at += size
        self._damage()

    def _take_whole_fragments(self) -> None:
        """The last fragment of a NAL unit is there."""
        self._fragmenting = False
        if self._fragment:
            self._keep()
            nal = bytes(self._fragment)
            self._fragment = bytearray()
        else:
            nal = b"".join(self._pieces)
            self._pieces.clear()
        self._take_nal(nal)

    def _take_sets(self, nal: bytes) -> None:
        """A unit that holds a parameter set."""
        if _START_CODE not in nal:
            self._waiting |= self._add_set(nal)
            return
        # Some cameras put a keyframe with its parameter sets into one unit, start codes between (Annex B). Start codes
        # cannot stand inside a NAL unit, so splitting there is always right.
        for piece in nal.split(_START_CODE):
            whole = piece.rstrip(b"\0")
            if whole:
                self._take_nal(whole)

    def _add_set(self, nal: bytes) -> bool:
        """Keep a parameter set. True: it says something new, and pictures need a keyframe to go on."""
        return self._sets.add(nal)

    def _take_slice(self, nal: bytes, *, begins: bool, keyframe: bool) -> None:
        """One slice; ``begins``: it is its picture's first."""
        if self._broken:
            return
        if begins:
            if self._nals:
                self._finish()
        elif not self._nals:
            if self._timestamp == self._marked:  # the marker stood before the end of the picture
                self._markers_trusted = False
            self._damage()
            return
        self._nals.append(nal)
        self._bytes += len(nal)
        if keyframe:
            self._keyframe = True
        if self._bytes > self._bytes_max or len(self._nals) > self._nal_count_max:
            self._damage()

    def _damage(self) -> None:
        """Something of the present picture is lost: drop it, and what depends on it."""
        self._nals, self._bytes, self._keyframe = [], 0, False
        if self._fragmenting:
            self._fragmenting = False
            self._fragment = bytearray()
            self._pieces.clear()
        if not self._broken:
            self.damaged_count += 1
        self._broken = True
        self._waiting = True
        self._marked = None

    def _finish(self) -> None:
        """The picture collected so far is complete, unless a fragmented unit has no end."""
        if self._fragmenting:
            self._damage()
        if not self._nals or self._timestamp is None:
            return
        nals, keyframe = self._nals, self._keyframe
        self._nals, self._bytes, self._keyframe = [], 0, False
        self.pictures_count += 1
        time = self._times.unwrap(self._timestamp)
        if keyframe:
            self._waiting = self._refused = not self._announce(nals[0])
        if not self._waiting:
            self.delivered_count += 1
            self._sink.access_unit(AccessUnit(tuple(nals), time, keyframe))

    def _announce(self, slice_nal: bytes) -> bool:
        """Before a keyframe: tell the sink what decodes it, if that is new. False: it cannot be decoded."""
        parameters = self._sets.parameters_of(slice_nal)
        if parameters is None:
            return False
        if parameters is not self._announced and parameters != self._announced:
            self._sink.codec_changed(parameters)
        self._announced = parameters
        return True
