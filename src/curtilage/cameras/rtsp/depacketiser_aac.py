"""AAC out of RTP in its high bit-rate mode (RFC 3640 §3.2, §3.3.6).

A payload is a section of AU-headers and then the access units they describe: several whole ones, or a piece of one that
is longer than a packet. Pure; a piece that is missing drops its access unit and no other. Bounded: what is collected
is never longer than the size that its AU-header can say (64 KiB).

Access units sent out of order (interleaving, §3.2.3.2) are not put in order: no camera was seen to do so.
"""

from curtilage.cameras.media.audio_codec import SoundSink
from curtilage.cameras.media.bit_reader import Bits
from curtilage.cameras.rtsp.depacketiser_audio import AudioDepacketiser
from curtilage.cameras.rtsp.sdp_audio import AudioMedia, AuHeaders

_LENGTH_BYTES = 2


class AacDepacketiser(AudioDepacketiser):
    """See the module's text."""

    def __init__(self, sink: SoundSink, media: AudioMedia) -> None:
        super().__init__(sink, media)
        assert media.au_headers is not None, "an AAC track is described with its AU-headers"
        self._headers: AuHeaders = media.au_headers
        self._duration = media.frame_duration
        self._piece = bytearray()
        self._piece_bytes = 0
        """How long it will be; 0: nothing is being put together."""
        self._piece_timestamp = 0

    def _lost(self) -> None:
        self._piece_bytes = 0

    def _take(self, payload: bytes, timestamp: int, *, ends: bool) -> bool:
        units = _units(payload, self._headers)
        if units is None:
            self._lost()
            return False
        sizes, at = units
        if self._piece_bytes:
            return self._go_on(payload[at:], sizes, timestamp, ends=ends)
        if len(sizes) == 1 and sizes[0][1] > len(payload) - at:
            if ends:  # the last piece, whose first ones are missing
                return False
            self._piece, self._piece_bytes = bytearray(payload[at:]), sizes[0][1]
            self._piece_timestamp = timestamp
            return True
        for place, size in sizes:
            if not size or at + size > len(payload):
                return False
            self._give(payload[at : at + size], timestamp + place * self._duration, self._duration)
            at += size
        return True

    def _go_on(self, octets: bytes, sizes: list[tuple[int, int]], timestamp: int, *, ends: bool) -> bool:
        """A further piece of an access unit: it says the same size and time again (§3.2.3)."""
        same = len(sizes) == 1 and sizes[0][1] == self._piece_bytes and timestamp == self._piece_timestamp
        self._piece += octets
        whole = len(self._piece) == self._piece_bytes
        if not same or len(self._piece) > self._piece_bytes or (ends and not whole):
            self._lost()
            return False
        if whole:
            self._piece_bytes = 0
            self._give(bytes(self._piece), timestamp, self._duration)
        return True


def _units(payload: bytes, headers: AuHeaders) -> tuple[list[tuple[int, int]], int] | None:
    """Place (0: at the packet's timestamp, 1: one frame later) and size of each access unit, and where the first
    begins. None: no AU-headers.
    """
    if len(payload) < _LENGTH_BYTES:
        return None
    left = int.from_bytes(payload[:_LENGTH_BYTES])
    begin = _LENGTH_BYTES + (left + 7) // 8
    first_bits, next_bits = headers.size_bits + headers.index_bits, headers.size_bits + headers.index_delta_bits
    if begin > len(payload) or left < first_bits or (left - first_bits) % next_bits:
        return None
    bits, sizes, place = Bits(payload[_LENGTH_BYTES:begin]), list[tuple[int, int]](), -1
    while left > 0:
        size = bits.bits(headers.size_bits)
        step = bits.bits(headers.index_delta_bits if sizes else headers.index_bits)
        place += 1 + (step if sizes else 0)
        left -= next_bits if sizes else first_bits
        sizes.append((place, size))
    return sizes, begin
