"""FLAC (RFC 9639) that holds G.711's samples as they are, in verbatim subframes, for players that know no G.711.

Media Source plays FLAC in MP4 and not G.711. Nothing is compressed, so this costs a few table look-ups, and nothing is
lost: ``g711_of`` gives the very bytes the camera sent.

Pure. One channel; frames of up to 65,535 samples, numbered by their first sample.
"""

import struct
from collections.abc import Mapping

from curtilage.cameras.media.audio_codec import AudioCodec
from curtilage.cameras.media.g711 import codes, high_bytes, linear, low_bytes

SAMPLES_MIN = 16
"""RFC 9639 §8.2: no block is shorter, but for the last."""
SAMPLES_MAX = 65_535
_BITS = 16
_RATE_CODES: Mapping[int, int] = {8_000: 0b0100, 16_000: 0b0101}
"""RFC 9639 §9.1.2."""
_SYNC_VARIABLE = b"\xff\xf9"
_BLOCK_SIZE_16_BITS = 0b0111
_MONO_OF_16_BITS = 0b0000_100_0
_VERBATIM = b"\x02"
_NUMBER_BITS = 31
"""The format has 36, but FFmpeg's decoder, which browsers use, none of the numbers that need a seventh byte."""
_CRC_8, _CRC_16 = 0x07, 0x8005


def stream_info(rate_hz: int) -> bytes:
    """The STREAMINFO block without its head (RFC 9639 §8.2): sizes and digest not known."""
    packed = rate_hz << 44 | (1 - 1) << 41 | (_BITS - 1) << 36
    return struct.pack(">HH6xQ16x", SAMPLES_MIN, SAMPLES_MAX, packed)


class FlacWriter:
    """Frames of one stream of G.711."""

    __slots__ = ("_crc_8", "_crc_16", "_high", "_low", "_of_sample", "_rate_code", "_two_bytes")

    def __init__(self, codec: AudioCodec, rate_hz: int) -> None:
        """Raises KeyError: a rate that no G.711 track has (sdp_audio.py lets none through)."""
        self._rate_code = _RATE_CODES[rate_hz]
        self._high, self._low = high_bytes(codec), low_bytes(codec)
        self._crc_8 = tuple(_crc_of(byte, 8, _CRC_8) for byte in range(256))
        self._crc_16 = tuple(_crc_of(byte, 16, _CRC_16) for byte in range(256))
        # A checksum is linear: what two bytes leave of it, and what they add, are tables of their own.
        self._two_bytes = (tuple(map(self._on, range(0, 0x10000, 0x100))), tuple(map(self._on, range(256))))
        self._of_sample = tuple(self._on(linear(codec, code) & 0xFFFF) for code in range(256))

    def frame(self, g711: bytes, first_sample: int) -> bytes:
        """One frame of 1 to SAMPLES_MAX samples; of ``first_sample`` the lowest 31 bits are told."""
        count = len(g711)
        sizes = bytes((_BLOCK_SIZE_16_BITS << 4 | self._rate_code, _MONO_OF_16_BITS))
        number = coded_number(first_sample % (1 << _NUMBER_BITS))
        head = _SYNC_VARIABLE + sizes + number + struct.pack(">H", count - 1)
        head += bytes((self._check_8(head),)) + _VERBATIM
        samples = bytearray(2 * count)
        samples[0::2], samples[1::2] = g711.translate(self._high), g711.translate(self._low)
        return head + samples + struct.pack(">H", self._check_16(head, g711))

    def _check_8(self, octets: bytes) -> int:
        crc, table = 0, self._crc_8
        for octet in octets:
            crc = table[crc ^ octet]
        return crc

    def _check_16(self, head: bytes, g711: bytes) -> int:
        crc, table = 0, self._crc_16
        for octet in head:
            crc = (crc << 8 & 0xFFFF) ^ table[crc >> 8 ^ octet]
        high, low = self._two_bytes
        for added in map(self._of_sample.__getitem__, g711):
            crc = high[crc >> 8] ^ low[crc & 0xFF] ^ added
        return crc

    def _on(self, crc: int) -> int:
        """A checksum after two bytes of zero."""
        table = self._crc_16
        crc = (crc << 8 & 0xFFFF) ^ table[crc >> 8]
        return (crc << 8 & 0xFFFF) ^ table[crc >> 8]


def g711_of(codec: AudioCodec, frame: bytes) -> bytes:
    """The codes that a frame of FlacWriter was made of. Raises ValueError: it is none."""
    at = 4
    if frame[:2] != _SYNC_VARIABLE or len(frame) <= at:
        raise ValueError("no frame of ours")
    at += _coded_bytes(frame[at])
    count = int.from_bytes(frame[at : at + 2]) + 1
    begin = at + 2 + 1 + len(_VERBATIM)
    if len(frame) != begin + 2 * count + 2:
        raise ValueError("a frame of another length")
    known = codes(codec)
    try:
        return bytes(known[sample] for (sample,) in struct.iter_unpack(">h", frame[begin:-2]))
    except KeyError:
        raise ValueError("a sample that G.711 does not have") from None


def coded_number(number: int) -> bytes:
    """As UTF-8 would write it, up to 36 bits (RFC 9639 §9.1.5)."""
    if number < 0x80:
        return bytes((number,))
    further = 1
    while number >> (5 * further + 6):
        further += 1
    first = (0xFF00 >> (further + 1) & 0xFF) | number >> (6 * further)
    return bytes((first, *(0x80 | number >> shift & 0x3F for shift in range(6 * (further - 1), -1, -6))))


def _coded_bytes(first: int) -> int:
    ones = 8 - (~first & 0xFF).bit_length()
    return max(1, ones)


def _crc_of(byte: int, width: int, polynomial: int) -> int:
    crc = byte << (width - 8)
    for _ in range(8):
        crc = (crc << 1) ^ (polynomial if crc >> (width - 1) & 1 else 0)
        crc &= (1 << width) - 1
    return crc
