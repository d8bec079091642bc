"""H.265 in RTP (RFC 7798): single NAL units, aggregation packets, fragmentation units.

Does not read streams sent out of decoding order (sprop-max-don-diff above 0), whose packets hold further numbers, nor
layers above the base layer. What the codec does not decide: depacketiser.py.
"""

from curtilage.cameras.input.source import Sink
from curtilage.cameras.media import h265
from curtilage.cameras.rtsp.depacketiser import Depacketiser, PictureLimits
from curtilage.cameras.rtsp.sdp import VideoMedia

_AGGREGATION = 48
_FRAGMENTATION = 49
_PACI = 50
_FORBIDDEN_AND_LAYER = 0x81
_FRAGMENT_TYPE = 0x3F
_HEAD_BYTES = h265.NAL_HEAD_BYTES
_RESERVED_AFTER_RASL = range(10, 16)
_RESERVED_RANDOM_ACCESS = 22
_BEGINS_NEXT = frozenset((h265.VPS, h265.SPS, h265.PPS, h265.DELIMITER, h265.PREFIX_SEI))
_SETS = frozenset((h265.VPS, h265.SPS, h265.PPS))


class H265Depacketiser(Depacketiser):
    """See the module's text."""

    __slots__ = ("_leading_lost",)

    def __init__(self, sink: Sink, media: VideoMedia, limits: PictureLimits) -> None:
        self._leading_lost = False
        """Decoding begins at a picture whose leading pictures need what came before it."""
        super().__init__(sink, media, limits, h265)

    def _take_payload(self, octets: memoryview | bytes, at: int, end: int) -> None:
        if end - at <= _HEAD_BYTES:
            self._damage()
            return
        kind = octets[at] >> 1 & 0x3F
        if kind == _FRAGMENTATION:
            fragment_kind = octets[at + _HEAD_BYTES] & _FRAGMENT_TYPE
            head = bytes((octets[at] & _FORBIDDEN_AND_LAYER | fragment_kind << 1, octets[at + 1]))
            self._take_fragment(head, octets, at + _HEAD_BYTES, end)
        elif kind == _AGGREGATION:
            self._take_aggregated(octets, at + _HEAD_BYTES, end)
        elif kind < _AGGREGATION:
            self._take_nal(bytes(octets[at:end]))
        elif kind == _PACI:  # a payload inside another; nobody sends it
            self._damage()

    def _take_nal(self, nal: bytes) -> None:
        if self._fragmenting:  # something else in the middle of a fragmented unit
            self._damage()
        if len(nal) <= _HEAD_BYTES:
            self._damage()
            return
        if (nal[0] & 1) << 5 | nal[1] >> 3:  # a layer above the base layer
            return
        kind = h265.kind_of(nal)
        if kind <= h265.SLICE_MAX:
            self._take_coded(nal, kind)
        elif kind in _BEGINS_NEXT:
            self._finish()
            if kind in _SETS:
                self._take_sets(nal)

    def _take_coded(self, nal: bytes, kind: int) -> None:
        keyframe = kind in h265.RANDOM_ACCESS
        if kind in _RESERVED_AFTER_RASL or kind >= _RESERVED_RANDOM_ACCESS:  # §7.4.2.2: to be ignored
            return
        if keyframe:
            self._leading_lost = self._waiting and kind not in h265.IDR
        elif self._leading_lost and kind in h265.RASL:
            return
        self._take_slice(nal, begins=h265.begins_picture(nal), keyframe=keyframe)

    def _add_set(self, nal: bytes) -> bool:
        number = h265.vps_id(nal)
        return self._sets.add(nal) if number is None else self._sets.add_vps(number, nal)
