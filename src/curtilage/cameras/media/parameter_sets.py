"""The parameter sets a camera has sent, in its description or between its pictures, and which ones a picture uses.

Guards: every set is bounded in length and number (16 or 32, and 64 or 256 ids), and a picture larger than the limit is
never announced to a decoder. Rules: pure; a set replaces the one with the same id (ISO/IEC 14496-10 §7.4.1.2.1,
23008-2 §7.4.2.4.2).

Does not look at pictures beyond the head of their first slice.
"""

from dataclasses import dataclass
from typing import Protocol

from curtilage.cameras.media.access_unit import CodecParameters

_NOT_COME = "a picture names a parameter set that did not come"


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """What an SPS says, as far as we need it."""

    id: int
    width: int
    height: int
    """Displayed size in pixels, cropping applied."""
    codec: str
    """RFC 6381 §3.3, from the SPS's own profile, constraints and level: ``avc1.64001f``, ``hvc1.1.6.L93.B0``."""
    reorder: bool
    """Presentation order may differ from decoding order (B-frames)."""


class Grammar(Protocol):
    """How a codec writes its parameter sets: the modules ``h264`` and ``h265`` are Grammars."""

    def read_sps(self, nal: bytes) -> SequenceParameters | None:
        """None when it is no SPS."""
        ...

    def sps_id_of_pps(self, nal: bytes) -> tuple[int, int] | None:
        """A PPS's own id and that of its SPS; None when it is no PPS."""
        ...

    def pps_id_of_slice(self, nal: bytes) -> int | None:
        """None when its head cannot be read."""
        ...


class ParameterSets:
    """Takes parameter sets, gives CodecParameters."""

    __slots__ = ("_by_pps", "_grammar", "_pictures", "_pixels_max", "_pps", "_sps", "_vps", "trouble")

    def __init__(self, grammar: Grammar, picture_pixels_max: int) -> None:
        self._grammar = grammar
        self._pixels_max = picture_pixels_max
        self._vps: dict[int, bytes] = {}
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, bytes] = {}
        self._pictures: dict[int, SequenceParameters] = {}
        self._by_pps: dict[int, CodecParameters] = {}
        self.trouble = "no parameter sets came"
        """Why ``parameters_of`` gave None last: for diagnostics."""

    def add(self, nal: bytes) -> bool:
        """Take an SPS or PPS. True when it says something new; pictures then need a keyframe to begin with."""
        ids = self._grammar.sps_id_of_pps(nal)
        if ids is not None:
            return self._replace(self._pps, ids[0], nal)
        parameters = self._grammar.read_sps(nal)
        if parameters is None or not self._replace(self._sps, parameters.id, nal):
            return False
        self._pictures[parameters.id] = parameters
        return True

    def add_vps(self, number: int, nal: bytes) -> bool:
        """Take a video parameter set (H.265), whose id is ``number``. As ``add``."""
        return self._replace(self._vps, number, nal)

    def parameters_of(self, slice_nal: bytes) -> CodecParameters | None:
        """What a decoder needs for the picture of this slice. None, and ``trouble``, when it cannot be shown."""
        pps_id = self._grammar.pps_id_of_slice(slice_nal)
        if pps_id is None or pps_id not in self._pps:
            self.trouble = _NOT_COME
            return None
        return self._by_pps.get(pps_id) or self._make(pps_id)

    def _replace(self, sets: dict[int, bytes], number: int, nal: bytes) -> bool:
        if sets.get(number) == nal:
            return False
        sets[number] = nal
        self._by_pps.clear()
        return True

    def _make(self, pps_id: int) -> CodecParameters | None:
        sps_id = self._sps_of(self._pps[pps_id])
        picture = self._pictures.get(sps_id)
        if picture is None:
            self.trouble = _NOT_COME
            return None
        if picture.width * picture.height > self._pixels_max:
            self.trouble = f"the picture is too large: {picture.width} by {picture.height} pixels"
            return None
        made = CodecParameters(
            self._sps[sps_id],
            tuple(nal for _, nal in sorted(self._pps.items()) if self._sps_of(nal) == sps_id),
            picture.width,
            picture.height,
            picture.codec,
            reorder=picture.reorder,
            vps=tuple(nal for _, nal in sorted(self._vps.items())),
        )
        self._by_pps[pps_id] = made
        return made

    def _sps_of(self, pps: bytes) -> int:
        ids = self._grammar.sps_id_of_pps(pps)
        assert ids is not None, "only sets that could be read are kept"
        return ids[1]
