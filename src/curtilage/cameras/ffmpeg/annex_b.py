"""Byte streams of NAL units with start codes between them (ISO/IEC 14496-10 and 23008-2, annex B): what encoders and
FFmpeg give out, taken apart into pictures.

Rules: pure. As a depacketiser: nothing before a keyframe whose parameter sets are known, and nothing after a damaged
picture up to the next keyframe. Samples hold slices only.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from curtilage.cameras.media import h264, h265
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.parameter_sets import Grammar, ParameterSets
from curtilage.cameras.rtsp.sdp import Encoding

_START_CODE = re.compile(rb"\x00{2,}\x01")


class StreamGrammar(Grammar, Protocol):
    """What must be known of a codec beside its parameter sets; the modules ``h264`` and ``h265`` know it."""

    def is_slice(self, nal: bytes) -> bool:
        """Part of a picture."""
        ...

    def is_keyframe(self, nal: bytes) -> bool:
        """A slice of a picture at which decoding can start."""
        ...


def nal_units(annex_b: bytes) -> list[bytes]:
    """The NAL units of a byte stream, without start codes."""
    return [unit for unit in _START_CODE.split(annex_b) if unit]


class AnnexBStream:
    """One stream, given picture by picture."""

    __slots__ = ("_announced", "_grammar", "_sets", "_waiting")

    def __init__(self, encoding: Encoding, picture_pixels_max: int) -> None:
        self._grammar: StreamGrammar = h265 if encoding is Encoding.H265 else h264
        self._sets = ParameterSets(self._grammar, picture_pixels_max)
        self._announced: CodecParameters | None = None
        self._waiting = True

    def damaged(self) -> None:
        """A picture is missing or broken."""
        self._waiting = True

    def picture(self, annex_b: bytes, timestamp: int) -> Iterator[CodecParameters | AccessUnit]:
        """What one picture's bytes give: its parameters first where they are new, then itself."""
        slices = []
        for unit in nal_units(annex_b):
            if self._grammar.is_slice(unit):
                slices.append(unit)
            elif (number := h265.vps_id(unit) if self._grammar is h265 else None) is not None:
                self._waiting |= self._sets.add_vps(number, unit)
            else:
                self._waiting |= self._sets.add(unit)
        keyframe = any(self._grammar.is_keyframe(unit) for unit in slices)
        if keyframe:
            parameters = self._sets.parameters_of(slices[0])
            self._waiting = parameters is None
            if parameters is not None and parameters != self._announced:
                self._announced = parameters
                yield parameters
        if slices and not self._waiting:
            yield AccessUnit(tuple(slices), timestamp, keyframe)
