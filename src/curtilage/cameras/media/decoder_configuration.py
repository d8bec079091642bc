"""The record that tells a decoder what a track is (ISO/IEC 14496-15): avcC for H.264, hvcC for H.265.

Rules: pure. Four-byte lengths before every NAL unit. Parameter sets stand in the record alone, never in the pictures,
which is what the names ``avc1`` and ``hvc1`` say.
"""

import struct
from dataclasses import dataclass, field

from curtilage.cameras.media import h264, h265
from curtilage.cameras.media.access_unit import CodecParameters
from curtilage.cameras.media.bit_reader import Bits, BitsEnded, raw_payload

_SPS_HEAD_BYTES = 36
"""The colour format stands within these bytes, whatever the numbers before it."""
_PROFILES_WITH_CHROMA = frozenset({100, 110, 122, 144, 244, 44, 83, 86, 118, 128, 134, 135, 138, 139})
_LENGTHS_OF_FOUR_BYTES = 3
_COMPLETE = 0x80
"""array_completeness: all parameter sets of that kind stand here."""


@dataclass(frozen=True, slots=True)
class DecoderConfiguration:
    """A box's type and its payload."""

    kind: bytes
    octets: bytes = field(repr=False)


def sample_entry_kind(parameters: CodecParameters) -> bytes:
    """``avc1`` or ``hvc1``: the first four letters of the codec's name."""
    return parameters.codec[:4].encode()


def decoder_configuration(parameters: CodecParameters) -> DecoderConfiguration:
    """Raises ValueError for parameter sets that fit none."""
    sets = (parameters.sps, *parameters.pps, *parameters.vps)
    if len(parameters.sps) < 4 or not 0 < len(parameters.pps) < 256 or any(len(item) > 0xFFFF for item in sets):
        raise ValueError("parameter sets that fit no decoder configuration")
    if parameters.vps:
        return DecoderConfiguration(b"hvcC", _hevc(parameters))
    return DecoderConfiguration(b"avcC", _avc(parameters))


def _avc(parameters: CodecParameters) -> bytes:
    """AVCDecoderConfigurationRecord (§5.3.3.1)."""
    sps, pps = parameters.sps, parameters.pps
    head = struct.pack(">B3sBBH", 1, sps[1:4], 0xFC | _LENGTHS_OF_FOUR_BYTES, 0xE0 | 1, len(sps))
    record = [head, sps, bytes((len(pps),))]
    for item in pps:
        record += (struct.pack(">H", len(item)), item)
    if sps[1] in _PROFILES_WITH_CHROMA:
        chroma, luma_depth, chroma_depth = _chroma(sps)
        record.append(bytes((0xFC | chroma, 0xF8 | luma_depth, 0xF8 | chroma_depth, 0)))
    return b"".join(record)


def _hevc(parameters: CodecParameters) -> bytes:
    """HEVCDecoderConfigurationRecord (§8.3.3.1). What it may leave unsaid, it does: frame rate, parallelism."""
    described = h265.read_format(parameters.sps)
    if described is None:
        raise ValueError("a sequence parameter set that cannot be read")
    layers = described.sub_layers_count << 3 | described.sub_layers_nested << 2 | _LENGTHS_OF_FOUR_BYTES
    arrays = ((h265.VPS, parameters.vps), (h265.SPS, (parameters.sps,)), (h265.PPS, parameters.pps))
    head = struct.pack(
        ">B12sHBBBBHBB",
        1,
        described.profile,
        0xF000,
        0xFC,
        0xFC | described.chroma_format,
        0xF8 | described.luma_depth_minus8,
        0xF8 | described.chroma_depth_minus8,
        0,
        layers,
        len(arrays),
    )
    return head + b"".join(_array(kind, units) for kind, units in arrays)


def _array(kind: int, units: tuple[bytes, ...]) -> bytes:
    counted = b"".join(struct.pack(">H", len(unit)) + unit for unit in units)
    return struct.pack(">BH", _COMPLETE | kind, len(units)) + counted


def _chroma(sps: bytes) -> tuple[int, int, int]:
    """chroma_format_idc, bit_depth_luma_minus8, bit_depth_chroma_minus8 (ISO/IEC 14496-10 §7.3.2.1.1)."""
    bits = Bits(raw_payload(sps[:_SPS_HEAD_BYTES], h264.NAL_HEAD_BYTES)[3:])
    try:
        bits.code()  # seq_parameter_set_id
        chroma = bits.bounded(3)
        if chroma == 3:
            bits.bits(1)  # separate_colour_plane_flag
        return chroma, bits.bounded(7), bits.bounded(7)
    except BitsEnded:
        raise ValueError("a sequence parameter set with an impossible colour format") from None
