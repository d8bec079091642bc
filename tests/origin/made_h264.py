"""H.264 made by hand for tests: parameter sets with any field, slices with true heads and filler for bodies, and the
packets of RFC 6184 around them. Written from the standards, apart from the code under test. No decoder shows it.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_FILLER = bytes(range(1, 256))
SLICE, IDR, SEI, SPS, PPS, DELIMITER = 1, 5, 6, 7, 8, 9


class Bits:
    """Writes the descriptors of ISO/IEC 14496-10 §7.2."""

    def __init__(self) -> None:
        self._bits = ""

    def u(self, count: int, value: int) -> "Bits":
        """u(n)."""
        self._bits += f"{value:0{count}b}" if count else ""
        return self

    def ue(self, value: int) -> "Bits":
        """ue(v)."""
        code = f"{value + 1:b}"
        self._bits += "0" * (len(code) - 1) + code
        return self

    def se(self, value: int) -> "Bits":
        """se(v)."""
        return self.ue(2 * value - 1 if value > 0 else -2 * value)

    def nal(self, head: int) -> bytes:
        """With the stop bit, whole bytes and emulation prevention (§7.4.1)."""
        bits = self._bits + "1"
        bits += "0" * (-len(bits) % 8)
        return bytes((head,)) + emulation_prevented(int(bits, 2).to_bytes(len(bits) // 8, "big"))


def emulation_prevented(payload: bytes) -> bytes:
    """§7.4.1: a 3 wherever two zeros would be followed by 0 to 3, and after a zero at the end."""
    out, zeros = bytearray(), 0
    for octet in payload:
        if zeros == 2 and octet <= 3:
            out.append(3)
            zeros = 0
        out.append(octet)
        zeros = zeros + 1 if octet == 0 else 0
    return bytes(out)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSps:
    """The fields of an SPS that matter."""

    width: int = 640
    height: int = 360
    profile: int = 100
    constraints: int = 0
    level: int = 31
    id: int = 0
    chroma_format: int = 1
    scaling: bool = False
    order_type: int = 0
    references: int = 4
    frames_only: bool = True
    reorder_frames: int | None = None
    """None: no bitstream restriction in the VUI."""
    full_vui: bool = False
    cropped_more: int = 0
    """Columns cropped besides, as far as they may exceed the picture."""

    def nal(self) -> bytes:
        """§7.3.2.1.1, with cropping as the size needs it. Width and height must be even."""
        bits = Bits().u(8, self.profile).u(8, self.constraints).u(8, self.level).ue(self.id)
        if self.profile in (100, 110, 122, 244):
            bits.ue(self.chroma_format).u(1 if self.chroma_format == 3 else 0, 0)
            bits.ue(0).ue(0).u(1, 0).u(1, self.scaling)
            if self.scaling:
                bits.u(1, 1)
                for _ in range(16):
                    bits.se(1)
                bits.u(7, 0)
        bits.ue(4).ue(self.order_type)
        if self.order_type == 0:
            bits.ue(4)
        elif self.order_type == 1:
            bits.u(1, 0).se(-3).se(2).ue(2).se(5).se(-70000)
        across = -(-self.width // 16)
        unit = 16 if self.frames_only else 32
        down = -(-self.height // unit)
        bits.ue(self.references).u(1, 0).ue(across - 1).ue(down - 1).u(1, self.frames_only)
        bits.u(1 if self.frames_only else 2, 1)
        self._crop(bits, across * 16 - self.width + self.cropped_more, down * unit - self.height)
        self._vui(bits)
        return bits.nal(0x67)

    def _crop(self, bits: Bits, right: int, bottom: int) -> None:
        across = 2 if self.chroma_format in (1, 2) else 1
        down = (2 if self.chroma_format == 1 else 1) * (1 if self.frames_only else 2)
        bits.u(1, bool(right or bottom))
        if right or bottom:
            bits.ue(0).ue(right // across).ue(0).ue(bottom // down)

    def _vui(self, bits: Bits) -> None:
        bits.u(1, self.reorder_frames is not None or self.full_vui)
        if self.full_vui:
            bits.u(1, 1).u(8, 255).u(16, 4).u(16, 3).u(1, 1).u(1, 0)
            bits.u(1, 1).u(3, 5).u(1, 1).u(1, 1).u(8, 1).u(8, 1).u(8, 1).u(1, 1).ue(1).ue(1)
            bits.u(1, 1).u(32, 1).u(32, 50).u(1, 1)
            for _ in range(2):
                bits.u(1, 1).ue(1).u(4, 0).u(4, 0).ue(70000).ue(80000).u(1, 0).ue(1).ue(1).u(1, 1).u(20, 7)
            bits.u(1, 0).u(1, 1)
        elif self.reorder_frames is not None:
            bits.u(8, 0)  # nothing of aspect, overscan, signal, chroma, timing, HRD twice, pic_struct
        if self.reorder_frames is not None:
            bits.u(1, 1).u(1, 1).ue(2).ue(1).ue(16).ue(16).ue(self.reorder_frames).ue(4)
        elif self.full_vui:
            bits.u(1, 0)


def pps_nal(pps_id: int = 0, sps_id: int = 0) -> bytes:
    """§7.3.2.2."""
    bits = Bits().ue(pps_id).ue(sps_id).u(1, 1).u(1, 0).ue(0).ue(0).ue(0).u(1, 0).u(2, 0)
    return bits.se(0).se(0).se(0).u(1, 1).u(1, 0).u(1, 0).nal(0x68)


def slice_nal(kind: int = SLICE, first_mb: int = 0, pps_id: int = 0, size: int = 100, seed: int = 0) -> bytes:
    """A slice whose head is true (§7.3.3) and whose body is ``size`` bytes of filler."""
    head = Bits().ue(first_mb).ue(7 if kind == IDR else 5).ue(pps_id).u(4, seed % 16).nal(0x65 if kind == IDR else 0x41)
    return head + (_FILLER[seed % 255 :] + _FILLER * (size // 255 + 1))[:size]


@dataclass(frozen=True, slots=True)
class MadePicture:
    """The NAL units of one picture, as a camera would send them, and its time in 1/90,000 s."""

    nals: tuple[bytes, ...]
    timestamp: int

    @property
    def slices(self) -> tuple[bytes, ...]:
        """What a sample must hold."""
        return tuple(nal for nal in self.nals if nal[0] & 31 in (SLICE, IDR))


def pictures(
    count: int, group: int = 10, slices: int = 1, size: int = 3000, sps: MadeSps | None = None, first: int = 0
) -> list[MadePicture]:
    """A stream at 25 pictures a second; a keyframe with its parameter sets begins each group."""
    return list(endless_pictures(count, group, slices, size, sps, first))


def endless_pictures(
    count: int, group: int = 10, slices: int = 1, size: int = 3000, sps: MadeSps | None = None, first: int = 0
) -> Iterator[MadePicture]:
    """As pictures, made as they are asked for."""
    sets = ((sps or MadeSps()).nal(), pps_nal())
    for index in range(first, first + count):
        key = index % group == 0
        parts = tuple(slice_nal(IDR if key else SLICE, number * 40, 0, size, index) for number in range(slices))
        yield MadePicture((sets if key else ()) + parts, index * 3600)


@dataclass(slots=True)
class Packetiser:
    """RFC 6184's sender: single NAL units, FU-A for long ones, STAP-A for short ones in a row when asked."""

    payload_bytes_max: int = 1400
    aggregate: bool = False
    payload_type: int = 96
    sequence: int = 65_500
    markers: bool = True
    source: int = 0x1234_5678
    _waiting: list[bytes] = field(default_factory=list)

    def packets(self, picture: MadePicture) -> Iterator[bytes]:
        """The RTP packets of one picture."""
        payloads = list(self._payloads(picture.nals))
        for index, payload in enumerate(payloads):
            yield self.packet(payload, picture.timestamp, marker=self.markers and index == len(payloads) - 1)

    def packet(self, payload: bytes, timestamp: int, *, marker: bool = False) -> bytes:
        """One RTP packet with the next sequence number (RFC 3550 §5.1)."""
        second = self.payload_type | (0x80 if marker else 0)
        head = struct.pack(">BBHII", 0x80, second, self.sequence & 0xFFFF, timestamp & 0xFFFF_FFFF, self.source)
        self.sequence += 1
        return head + payload

    def _payloads(self, nals: Iterable[bytes]) -> Iterator[bytes]:
        for nal in nals:
            if self.aggregate and len(nal) < 200:
                self._waiting.append(nal)
                continue
            yield from self._flush()
            yield from (nal,) if len(nal) <= self.payload_bytes_max else fragments(nal, self.payload_bytes_max)
        yield from self._flush()

    def _flush(self) -> Iterator[bytes]:
        waiting, self._waiting = self._waiting, []
        if len(waiting) == 1:
            yield waiting[0]
        elif waiting:
            yield b"\x78" + b"".join(struct.pack(">H", len(nal)) + nal for nal in waiting)


def fragments(nal: bytes, payload_bytes_max: int) -> list[bytes]:
    """FU-A, §5.8: at least two."""
    size = min(payload_bytes_max - 2, -(-(len(nal) - 1) // 2))
    pieces = [nal[at : at + size] for at in range(1, len(nal), size)]
    first, last = 0x80, 0x40
    return [
        bytes((nal[0] & 0xE0 | 28, nal[0] & 31 | (first if at == 0 else 0) | (last if at == len(pieces) - 1 else 0)))
        + piece
        for at, piece in enumerate(pieces)
    ]


def interleaved(channel: int, packet: bytes) -> bytes:
    """RFC 2326 §10.12."""
    return struct.pack(">BBH", 0x24, channel, len(packet)) + packet
