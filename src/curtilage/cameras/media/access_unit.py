"""One picture as a camera sent it, before it becomes a part.

It never leaves the input: cache and views take SealedPart.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CodecParameters:
    """What a decoder must know first: the parameter sets of H.264 or H.265 (ISO/IEC 14496-10 §7.3.2, 23008-2)."""

    sps: bytes = field(repr=False)
    """One sequence parameter set NAL unit, without start code."""
    pps: tuple[bytes, ...] = field(repr=False)
    """Picture parameter set NAL units."""
    width: int
    height: int
    """Displayed size in pixels, cropping applied."""
    codec: str
    """RFC 6381 name, for example ``avc1.64001f`` or ``hvc1.1.6.L93.B0``, taken from the SPS and never guessed."""
    reorder: bool = False
    """The stream may have B-frames: presentation order differs from decoding order."""
    vps: tuple[bytes, ...] = field(default=(), repr=False)
    """Video parameter set NAL units: H.265 has them, H.264 has none."""


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """The NAL units of one picture, in decoding order, without start codes, parameter sets and delimiters."""

    nal_units: tuple[bytes, ...] = field(repr=False)
    timestamp: int
    """Presentation time in 1/90,000 s, unwrapped to 64 bits: may jump when a camera restarts its clock."""
    keyframe: bool
    """Decoding can start here: an IDR picture, or with H.265 any random access picture."""
