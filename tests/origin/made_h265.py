"""H.265 made by hand for tests: sequence parameter sets with any field, slices with true heads and filler for bodies,
and the packets of RFC 7798. Written from the standards, apart from the code under test. No decoder shows it.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from tests.origin.made_h264 import Bits, emulation_prevented

TRAIL, RASL, IDR, CRA, VPS, SPS, PPS, DELIMITER, PREFIX_SEI, SUFFIX_SEI = 1, 9, 19, 21, 32, 33, 34, 35, 39, 40
_FILLER = bytes(range(1, 256))


def nal(kind: int, payload: bytes, layer: int = 0) -> bytes:
    """Head (§7.3.1.2: temporal id 0) and payload."""
    return bytes((kind << 1 | layer >> 5, (layer & 31) << 3 | 1)) + payload


def bits_nal(kind: int, bits: Bits) -> bytes:
    """With the stop bit, whole bytes and emulation prevention."""
    return nal(kind, bits.nal(0)[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSps:
    """The fields of an SPS that matter (§7.3.2.2)."""

    id: int = 0
    vps: int = 0
    coded: tuple[int, int] = (640, 360)
    crop: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Left, right, top, bottom in units of chroma samples."""
    chroma: int = 1
    separate_planes: bool = False
    luma_depth: int = 8
    chroma_depth: int = 8
    sub_layers: int = 1
    layers_described: bool = True
    ordering_of_all: bool = True
    reordered: int = 0
    profile: int = 1
    tier: int = 0
    space: int = 0
    compatibility: int = 0x6000_0000
    constraints: bytes = b"\x90\0\0\0\0\0"
    level: int = 93

    def nal(self) -> bytes:
        """The NAL unit."""
        bits = Bits().u(4, self.vps).u(3, self.sub_layers - 1).u(1, 1)
        bits.u(2, self.space).u(1, self.tier).u(5, self.profile).u(32, self.compatibility)
        bits.u(48, int.from_bytes(self.constraints, "big")).u(8, self.level)
        self._sub_layers(bits)
        bits.ue(self.id).ue(self.chroma)
        if self.chroma == 3:
            bits.u(1, int(self.separate_planes))
        bits.ue(self.coded[0]).ue(self.coded[1]).u(1, int(any(self.crop)))
        if any(self.crop):
            for side in self.crop:
                bits.ue(side)
        bits.ue(self.luma_depth - 8).ue(self.chroma_depth - 8).ue(4).u(1, int(self.ordering_of_all))
        for _ in range(self.sub_layers if self.ordering_of_all else 1):
            bits.ue(4).ue(self.reordered).ue(0)
        return bits_nal(SPS, bits.ue(0).ue(3).u(8, 0x55))

    def _sub_layers(self, bits: Bits) -> None:
        """Of profile_tier_level (§7.3.3)."""
        for _ in range(self.sub_layers - 1):
            bits.u(1, int(self.layers_described)).u(1, int(self.layers_described))
        if self.sub_layers > 1:
            bits.u(2 * (9 - self.sub_layers), 0)
        for _ in range((self.sub_layers - 1) * self.layers_described):
            bits.u(88, 3).u(8, 30)


def vps_nal(number: int = 0) -> bytes:
    """As much of a VPS as is looked at."""
    return nal(VPS, bytes((number << 4 | 0xC, 1)) + b"\xff\xff")


def pps_nal(number: int = 0, sps: int = 0) -> bytes:
    """As much of a PPS as is looked at."""
    return bits_nal(PPS, Bits().ue(number).ue(sps).u(8, 0))


def slice_nal(kind: int = TRAIL, *, first: bool = True, pps: int = 0, size: int = 100) -> bytes:
    """A slice with a body of ``size`` bytes."""
    bits = Bits().u(1, int(first))
    if 16 <= kind <= 23:
        bits.u(1, 0)
    head = bits.ue(pps).nal(0)[1:]
    return nal(kind, head + emulation_prevented((_FILLER * (size // 255 + 1))[:size]))


class Packetiser:
    """Sends NAL units as RFC 7798 says."""

    def __init__(self, payload_bytes_max: int = 1000, payload_type: int = 96) -> None:
        self._most = payload_bytes_max
        self._type = payload_type
        self.sequence = 65_530

    def packet(self, payload: bytes, timestamp: int, *, marker: bool) -> bytes:
        """One RTP packet."""
        head = struct.pack(">BBHII", 0x80, self._type | 0x80 * marker, self.sequence, timestamp, 7)
        self.sequence = (self.sequence + 1) & 0xFFFF
        return head + payload

    def picture(self, nals: Iterable[bytes], timestamp: int) -> list[bytes]:
        """Each NAL unit alone or in fragments; the marker on the last packet."""
        payloads = [payload for unit in nals for payload in self._payloads(unit)]
        last = len(payloads) - 1
        return [self.packet(payload, timestamp, marker=at == last) for at, payload in enumerate(payloads)]

    def _payloads(self, unit: bytes) -> list[bytes]:
        if len(unit) <= self._most:
            return [unit]
        head = bytes((unit[0] & 0x81 | 49 << 1, unit[1]))
        kind, pieces = unit[0] >> 1 & 0x3F, [unit[at : at + self._most] for at in range(2, len(unit), self._most)]
        flags = [0x80 * (at == 0) | 0x40 * (at == len(pieces) - 1) for at in range(len(pieces))]
        return [head + bytes((flag | kind,)) + piece for flag, piece in zip(flags, pieces, strict=True)]


def aggregate(nals: Iterable[bytes]) -> bytes:
    """An aggregation packet's payload (§4.4.2)."""
    return nal(48, b"".join(struct.pack(">H", len(unit)) + unit for unit in nals))
