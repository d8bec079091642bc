"""H.264 in RTP (RFC 6184): single NAL units, STAP-A, FU-A.

Does not read interleaved packetisation (STAP-B, MTAP, FU-B). What the codec does not decide: depacketiser.py.
"""

import struct

from curtilage.cameras.input.source import Sink
from curtilage.cameras.media import h264
from curtilage.cameras.rtsp import rtp
from curtilage.cameras.rtsp.depacketiser import FRAGMENT_BEGIN, FRAGMENT_END, Depacketiser, PictureLimits
from curtilage.cameras.rtsp.sdp import VideoMedia

_STAP_A = 24
_FU_A = 28
_KIND_MAX = 29
_MARKER = 0x80
_HEAD_BITS = 0xE0
_NAL_TYPE = h264.NAL_TYPE_MASK  # the names of the hot path, without a look-up in another module
_SLICE = h264.SLICE
_INTERLEAVED = rtp.INTERLEAVED
_PLAIN_HEAD = rtp.PLAIN_HEAD
_unpack_fragment = struct.Struct(">BBHBBHI4xBB").unpack_from
"""The heads of one interleaved FU-A packet at once: RFC 2326 §10.12, RFC 3550 §5.1, RFC 6184 §5.8."""
_FRAGMENT_HEADS_BYTES = 18


class H264Depacketiser(Depacketiser):
    """See the module's text."""

    __slots__ = ()

    def __init__(self, sink: Sink, media: VideoMedia, limits: PictureLimits) -> None:
        super().__init__(sink, media, limits, h264)

    def packets(self, octets: memoryview, begin: int, after: int, end: int) -> int:
        """See Depacketiser.

        Most packets are fragments of a slice. They are recognised here by one look at all their heads and taken with a
        fifth of the work of ``_packet``, which takes all others.
        """
        channel, payload_type, begin = octets[begin - 3], self._payload_type, begin - 4
        while True:
            if end - begin > _FRAGMENT_HEADS_BYTES:
                mark, on, length, first, second, sequence, timestamp, kind, flags = _unpack_fragment(octets, begin)
                after = begin + 4 + length
                if mark != _INTERLEAVED or on != channel or after > end:
                    break
                if (
                    sequence == self._expected
                    and timestamp == self._timestamp
                    and self._fragmenting
                    and flags < FRAGMENT_BEGIN
                    and (second == payload_type or (second == payload_type | _MARKER and flags >= FRAGMENT_END))
                    and kind & _NAL_TYPE == _FU_A
                    and first == _PLAIN_HEAD
                    and length > _FRAGMENT_HEADS_BYTES - 4
                    and self._fragment_bytes + length <= self._bytes_max
                ):
                    self._pieces.append(octets[begin + _FRAGMENT_HEADS_BYTES : after])
                    self._fragment_bytes += length
                    self._expected = (sequence + 1) & 0xFFFF
                    if flags >= FRAGMENT_END:
                        self._take_whole_fragments()
                        if second & _MARKER:
                            self._mark()
                else:
                    self._packet(octets, begin + 4, after)
            elif after <= begin:  # not the first packet: the reader looks at what is left
                break
            else:
                self._packet(octets, begin + 4, after)
            begin = after
        if self._fragmenting:
            self._keep()
        return begin

    def _take_payload(self, octets: memoryview | bytes, at: int, end: int) -> None:
        kind = octets[at] & _NAL_TYPE
        if kind == _FU_A:
            if end - at < 2:
                self._damage()
                return
            head = bytes((octets[at] & _HEAD_BITS | octets[at + 1] & _NAL_TYPE,))
            self._take_fragment(head, octets, at + 1, end)
        elif kind < _STAP_A:
            self._take_nal(bytes(octets[at:end]))
        elif kind == _STAP_A:
            self._take_aggregated(octets, at + 1, end)
        elif kind <= _KIND_MAX:  # RFC 6184 §5.2: these need an order we do not restore; those beyond are to be ignored
            self._damage()

    def _take_nal(self, nal: bytes) -> None:
        if self._fragmenting:  # something else in the middle of a fragmented unit
            self._damage()
        kind = nal[0] & _NAL_TYPE
        if kind in (_SLICE, h264.IDR_SLICE):
            self._take_slice(nal, begins=h264.begins_picture(nal), keyframe=kind != _SLICE)
        elif h264.SEI <= kind <= h264.DELIMITER:
            self._finish()  # only the next picture can begin with these
            if kind in (h264.SPS, h264.PPS):
                self._take_sets(nal)
        elif h264.SLICE < kind < h264.IDR_SLICE:  # data partitions, which no camera sends and no browser shows
            self._damage()
