"""H.265's outer grammar (ISO/IEC 23008-2 §7.3): NAL unit types, parameter sets, the first fields of a slice.

Guards: every number a camera can write is bounded, so that a parameter set of random bytes costs little and gives None.
Rules: pure; reads just what a muxer and a depacketiser need (size, codec name, whether pictures are reordered, which
parameter sets belong together, where a picture begins); decodes no picture.

Does not read layers above the base layer (nuh_layer_id), which no camera sends.
"""

from dataclasses import dataclass

from curtilage.cameras.media.bit_reader import Bits, BitsEnded, raw_payload
from curtilage.cameras.media.parameter_sets import SequenceParameters

RASL = frozenset((8, 9))
"""Leading pictures that cannot be decoded when decoding begins at the picture before them (§3.112)."""
SLICE_MAX = 31
RANDOM_ACCESS = range(16, 24)
"""BLA, IDR, CRA and what is reserved beside them: decoding can start here (§7.4.2.2)."""
IDR = frozenset((19, 20))
VPS, SPS, PPS, DELIMITER = 32, 33, 34, 35
PREFIX_SEI = 39
NAL_HEAD_BYTES = 2
PARAMETER_SET_BYTES_MAX = 1024
_SLICES = frozenset((*range(10), *range(16, 22)))
_SIDE_MAX = 16_888
"""Level 6.2's longest side (annex A)."""
_SPS_ID_MAX = 15
_PPS_ID_MAX = 63
_SUB_LAYERS_MAX = 7
PROFILE_BYTES = 12
"""Profile space, tier, profile, compatibility, constraints and level at the head of profile_tier_level (§7.3.3)."""
_SUB_LAYER_PROFILE_BITS = 88


def kind_of(nal: bytes) -> int:
    """nal_unit_type; the caller has at least one byte."""
    return nal[0] >> 1 & 0x3F


def is_slice(nal: bytes) -> bool:
    """Part of a picture of the base layer, of a kind that is not reserved."""
    return len(nal) > NAL_HEAD_BYTES and kind_of(nal) in _SLICES and not (nal[0] & 1 or nal[1] >> 3)


def is_keyframe(nal: bytes) -> bool:
    """A slice of a random access picture."""
    return is_slice(nal) and kind_of(nal) in RANDOM_ACCESS


def begins_picture(nal: bytes) -> bool:
    """Whether a slice is its picture's first: the first bit after the head (§7.3.6.1)."""
    return len(nal) > NAL_HEAD_BYTES and nal[NAL_HEAD_BYTES] & 0x80 != 0


@dataclass(frozen=True, slots=True)
class Format:
    """What a decoder configuration record repeats of the SPS."""

    profile: bytes
    """The first twelve bytes of profile_tier_level: general profile, compatibility, constraints, level."""
    sub_layers_count: int
    sub_layers_nested: bool
    chroma_format: int
    luma_depth_minus8: int
    chroma_depth_minus8: int


def read_sps(nal: bytes) -> SequenceParameters | None:
    """§7.3.2.2. None when it is none, or says what the standard forbids."""
    found = _read(nal)
    return found[0] if found is not None else None


def read_format(nal: bytes) -> Format | None:
    """As read_sps."""
    found = _read(nal)
    return found[1] if found is not None else None


def vps_id(nal: bytes) -> int | None:
    """§7.3.2.1: a video parameter set's id. None when it is none."""
    if not NAL_HEAD_BYTES < len(nal) <= PARAMETER_SET_BYTES_MAX or kind_of(nal) != VPS:
        return None
    return nal[NAL_HEAD_BYTES] >> 4


def sps_id_of_pps(nal: bytes) -> tuple[int, int] | None:
    """§7.3.2.3: a PPS's own id and that of its SPS. None when it is none."""
    if not NAL_HEAD_BYTES < len(nal) <= PARAMETER_SET_BYTES_MAX or kind_of(nal) != PPS:
        return None
    bits = Bits(raw_payload(nal, NAL_HEAD_BYTES))
    try:
        return bits.bounded(_PPS_ID_MAX), bits.bounded(_SPS_ID_MAX)
    except BitsEnded:
        return None


def pps_id_of_slice(nal: bytes) -> int | None:
    """§7.3.6.1: which PPS a slice uses. None when its head cannot be read."""
    if len(nal) <= NAL_HEAD_BYTES:
        return None
    bits = Bits(raw_payload(nal[:16], NAL_HEAD_BYTES))
    try:
        bits.bits(2 if kind_of(nal) in RANDOM_ACCESS else 1)  # whether it is the first, no_output_of_prior_pics_flag
        return bits.bounded(_PPS_ID_MAX)
    except BitsEnded:
        return None


def codec_name(profile: bytes) -> str:
    """RFC 6381's name, by ISO/IEC 14496-15 §E.3, from the twelve bytes of Format.profile."""
    space = ("", "A", "B", "C")[profile[0] >> 6]
    tier, profile_idc = "H" if profile[0] & 0x20 else "L", profile[0] & 0x1F
    compatibility = int(f"{int.from_bytes(profile[1:5]):032b}"[::-1], 2)
    constraints = profile[5:11].rstrip(b"\0")
    return ".".join((f"hvc1.{space}{profile_idc}", f"{compatibility:X}", f"{tier}{profile[11]}",
                     *(f"{octet:X}" for octet in constraints)))  # fmt: skip


def _read(nal: bytes) -> tuple[SequenceParameters, Format] | None:
    if not 4 <= len(nal) <= PARAMETER_SET_BYTES_MAX or kind_of(nal) != SPS:
        return None
    payload = raw_payload(nal, NAL_HEAD_BYTES)
    try:
        return _sequence_parameters(Bits(payload), payload[1 : 1 + PROFILE_BYTES])
    except BitsEnded:
        return None


def _sequence_parameters(bits: Bits, profile: bytes) -> tuple[SequenceParameters, Format]:
    bits.bits(4)  # sps_video_parameter_set_id
    sub_layers = bits.bits(3)
    nested = bits.bits(1) == 1
    if sub_layers >= _SUB_LAYERS_MAX:
        raise BitsEnded
    _skip_profile(bits, sub_layers)
    number = bits.bounded(_SPS_ID_MAX)
    chroma = bits.bounded(3)
    separate = chroma == 3 and bits.bits(1) == 1
    width, height = _displayed(bits, 0 if separate else chroma)
    luma_depth, chroma_depth = bits.bounded(8), bits.bounded(8)
    bits.bounded(12)  # log2_max_pic_order_cnt_lsb_minus4
    reordered = 0
    for _ in range(sub_layers + 1 if bits.bits(1) else 1):
        bits.bounded(15)  # sps_max_dec_pic_buffering_minus1
        reordered = bits.bounded(15)
        bits.code()  # sps_max_latency_increase_plus1
    described = Format(profile, sub_layers + 1, nested, chroma, luma_depth, chroma_depth)
    return SequenceParameters(number, width, height, codec_name(profile), reordered > 0), described


def _skip_profile(bits: Bits, sub_layers: int) -> None:
    """profile_tier_level (§7.3.3)."""
    bits.bits(8 * PROFILE_BYTES)
    present = [(bits.bits(1), bits.bits(1)) for _ in range(sub_layers)]
    if sub_layers:
        bits.bits(2 * (8 - sub_layers))
    for profile, level in present:
        bits.bits(_SUB_LAYER_PROFILE_BITS * profile + 8 * level)


def _displayed(bits: Bits, chroma: int) -> tuple[int, int]:
    """Width and height after cropping (§7.4.3.2.1). Raises BitsEnded when nothing is left of the picture."""
    width, height = bits.bounded(_SIDE_MAX), bits.bounded(_SIDE_MAX)
    if bits.bits(1):
        left, right, top, bottom = bits.code(), bits.code(), bits.code(), bits.code()
        width -= (2 if chroma in (1, 2) else 1) * (left + right)
        height -= (2 if chroma == 1 else 1) * (top + bottom)
    if width <= 0 or height <= 0:
        raise BitsEnded
    return width, height
