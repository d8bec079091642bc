"""One picture as a camera sent it, before it becomes a part.

It never leaves the input: cache and views take SealedPart.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CodecParameters:
    """What a decoder must know first: H.264's parameter sets (ISO/IEC 14496-10 §7.3.2)."""

    sps: bytes = field(repr=False)
    """One sequence parameter set NAL unit, without start code."""
    pps: tuple[bytes, ...] = field(repr=False)
    """Picture parameter set NAL units."""
    width: int
    height: int
    """Displayed size in pixels, cropping applied."""
    codec: str
    """RFC 6381 name, for example ``avc1.64001f``, taken from the SPS and never guessed."""
    reorder: bool = False
    """The stream may have B-frames: presentation order differs from decoding order."""


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """The NAL units of one picture, in decoding order, without start codes, parameter sets and delimiters."""

    nal_units: tuple[bytes, ...] = field(repr=False)
    timestamp: int
    """Presentation time in 1/90,000 s, unwrapped to 64 bits: may jump when a camera restarts its clock."""
    keyframe: bool
    """An IDR picture."""
