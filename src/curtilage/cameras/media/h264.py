"""H.264's outer grammar (ISO/IEC 14496-10 §7.3): NAL unit types, parameter sets, the first fields of a slice.

Guards: every number a camera can write is bounded, so that a parameter set of random bytes costs little and gives None.
Rules: pure; reads just what a muxer and a depacketiser need (size, codec name, whether pictures are reordered, which
parameter sets belong together, where a picture begins); decodes no picture.
"""

from dataclasses import dataclass, field

from curtilage.cameras.media.bit_reader import Bits, BitsEnded, raw_payload
from curtilage.cameras.media.parameter_sets import SequenceParameters

SLICE = 1
IDR_SLICE = 5
SEI = 6
SPS = 7
PPS = 8
DELIMITER = 9
FILLER = 12
NAL_TYPE_MASK = 0x1F
NAL_HEAD_BYTES = 1
PARAMETER_SET_BYTES_MAX = 1024
"""Real ones have 10 to 100 bytes; with all scaling lists written out about 700."""
_CHROMA_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
_INTRA_ONLY_PROFILES = frozenset((44, 86, 100, 110, 122, 244))
_MACROBLOCKS_MAX = 139_264
"""Level 6.2's frame size in macroblocks (table A-1); also bounds one side."""
_EXTENDED_SAR = 255
_SPS_ID_MAX = 31
_PPS_ID_MAX = 255


def read_sps(nal: bytes) -> SequenceParameters | None:
    """§7.3.2.1.1. None when it is none, or says what the standard forbids."""
    if not 4 <= len(nal) <= PARAMETER_SET_BYTES_MAX or nal[0] & NAL_TYPE_MASK != SPS:
        return None
    try:
        return _sequence_parameters(Bits(raw_payload(nal, NAL_HEAD_BYTES)))
    except BitsEnded:
        return None


def sps_id_of_pps(nal: bytes) -> tuple[int, int] | None:
    """§7.3.2.2: a PPS's own id and that of its SPS. None when it is none."""
    if len(nal) > PARAMETER_SET_BYTES_MAX or len(nal) < 2 or nal[0] & NAL_TYPE_MASK != PPS:
        return None
    bits = Bits(raw_payload(nal, NAL_HEAD_BYTES))
    try:
        return bits.bounded(_PPS_ID_MAX), bits.bounded(_SPS_ID_MAX)
    except BitsEnded:
        return None


def pps_id_of_slice(nal: bytes) -> int | None:
    """§7.3.3: which PPS a slice uses. None when its head cannot be read."""
    bits = Bits(raw_payload(nal[:16], NAL_HEAD_BYTES))
    try:
        bits.bounded(_MACROBLOCKS_MAX)  # first_mb_in_slice
        bits.bounded(9)  # slice_type
        return bits.bounded(_PPS_ID_MAX)
    except BitsEnded:
        return None


def is_slice(nal: bytes) -> bool:
    """Part of a picture."""
    return nal[0] & NAL_TYPE_MASK in (SLICE, IDR_SLICE)


def is_keyframe(nal: bytes) -> bool:
    """A slice of an IDR picture."""
    return nal[0] & NAL_TYPE_MASK == IDR_SLICE


def begins_picture(nal: bytes) -> bool:
    """Whether a slice is its picture's first: first_mb_in_slice is 0, which ue(v) writes as a single one bit.

    Arbitrary slice order (Baseline only, never seen from a camera) is not provided for.
    """
    return len(nal) > 1 and nal[1] & 0x80 != 0


@dataclass(slots=True)
class _Shape:
    """Fields of an SPS on the way to its displayed size."""

    chroma_format: int = 1
    separate_planes: bool = False
    width_macroblocks: int = 0
    height_units: int = 0
    frames_only: bool = True
    crop: tuple[int, int, int, int] = field(default=(0, 0, 0, 0))

    def displayed(self) -> tuple[int, int]:
        """§7.4.2.1.1, equations 7-13 to 7-22. Raises BitsEnded when nothing is left of the picture."""
        field_factor = 1 if self.frames_only else 2
        monochrome = self.chroma_format == 0 or self.separate_planes
        crop_x = 1 if monochrome or self.chroma_format == 3 else 2
        crop_y = field_factor * (2 if self.chroma_format == 1 and not monochrome else 1)
        left, right, top, bottom = self.crop
        width = 16 * self.width_macroblocks - crop_x * (left + right)
        height = 16 * self.height_units * field_factor - crop_y * (top + bottom)
        if width <= 0 or height <= 0 or self.width_macroblocks * self.height_units * field_factor > _MACROBLOCKS_MAX:
            raise BitsEnded
        return width, height


def _sequence_parameters(bits: Bits) -> SequenceParameters:
    profile, constraints, level = bits.bits(8), bits.bits(8), bits.bits(8)
    sps_id = bits.bounded(_SPS_ID_MAX)
    shape = _Shape()
    if profile in _CHROMA_PROFILES:
        _chroma(bits, shape)
    bits.bounded(12)  # log2_max_frame_num_minus4
    order_type = _picture_order(bits)
    references = bits.bounded(16)
    bits.bits(1)  # gaps_in_frame_num_value_allowed_flag
    shape.width_macroblocks = bits.bounded(_MACROBLOCKS_MAX) + 1
    shape.height_units = bits.bounded(_MACROBLOCKS_MAX) + 1
    shape.frames_only = bits.bits(1) == 1
    bits.bits(1 if shape.frames_only else 2)  # mb_adaptive_frame_field_flag, direct_8x8_inference_flag
    if bits.bits(1):
        shape.crop = bits.code(), bits.code(), bits.code(), bits.code()
    width, height = shape.displayed()
    never = (
        order_type == 2 or references < 2 or profile == 66 or (constraints & 0x10 and profile in _INTRA_ONLY_PROFILES)
    )
    reorder = not never and _reordered(bits)
    return SequenceParameters(sps_id, width, height, f"avc1.{profile:02x}{constraints:02x}{level:02x}", reorder)


def _chroma(bits: Bits, shape: _Shape) -> None:
    shape.chroma_format = bits.bounded(3)
    if shape.chroma_format == 3:
        shape.separate_planes = bits.bits(1) == 1
    bits.bounded(6)  # bit_depth_luma_minus8
    bits.bounded(6)  # bit_depth_chroma_minus8
    bits.bits(1)  # qpprime_y_zero_transform_bypass_flag
    if bits.bits(1):
        for index in range(8 if shape.chroma_format != 3 else 12):
            if bits.bits(1):
                _scaling_list(bits, 16 if index < 6 else 64)


def _scaling_list(bits: Bits, size: int) -> None:
    """§7.3.2.1.1.1."""
    last, following = 8, 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _picture_order(bits: Bits) -> int:
    """The fields of pic_order_cnt_type; gives the type."""
    order_type = bits.bounded(2)
    if order_type == 0:
        bits.bounded(12)
    elif order_type == 1:
        bits.bits(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.bounded(255)):
            bits.signed()
    return order_type


def _reordered(bits: Bits) -> bool:
    """max_num_reorder_frames of the VUI (§E.1.1). Where the SPS does not say, pictures *may* be reordered.

    Some cameras write a VUI that ends too early; what stands before it holds nevertheless.
    """
    try:
        if not bits.bits(1):
            return True
        _skip_vui_to_restriction(bits)
        if not bits.bits(1):
            return True
        bits.bits(1)  # motion_vectors_over_pic_boundaries_flag
        for _ in range(4):  # max_bytes_per_pic_denom, max_bits_per_mb_denom, log2_max_mv_length_horizontal, _vertical
            bits.code()
        return bits.code() > 0
    except BitsEnded:
        return True


def _skip_vui_to_restriction(bits: Bits) -> None:
    if bits.bits(1) and bits.bits(8) == _EXTENDED_SAR:
        bits.bits(32)
    if bits.bits(1):
        bits.bits(1)  # overscan_appropriate_flag
    if bits.bits(1):
        bits.bits(4)  # video_format, video_full_range_flag
        if bits.bits(1):
            bits.bits(24)
    if bits.bits(1):
        bits.code()
        bits.code()
    if bits.bits(1):
        bits.bits(65)  # num_units_in_tick, time_scale, fixed_frame_rate_flag
    nal_timing = _skip_hrd(bits)
    vcl_timing = _skip_hrd(bits)
    if nal_timing or vcl_timing:
        bits.bits(1)  # low_delay_hrd_flag
    bits.bits(1)  # pic_struct_present_flag


def _skip_hrd(bits: Bits) -> bool:
    """§E.1.2."""
    if not bits.bits(1):
        return False
    count = bits.bounded(31) + 1
    bits.bits(8)
    for _ in range(count):
        bits.code()
        bits.code()
        bits.bits(1)
    bits.bits(20)
    return True
