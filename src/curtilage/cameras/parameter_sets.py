"""The parameter sets a camera has sent, in its description or between its pictures, and which ones a picture uses.

Guards: every set is bounded in length and number (32 and 256 ids), and a picture larger than the limit is never
announced to a decoder. Rules: pure; a set replaces the one with the same id (ISO/IEC 14496-10 §7.4.1.2.1).

Does not look at pictures beyond the head of their first slice.
"""

from curtilage.cameras import h264
from curtilage.cameras.access_unit import CodecParameters


class ParameterSets:
    """Takes parameter sets, gives CodecParameters."""

    __slots__ = ("_by_pps", "_pictures", "_pixels_max", "_pps", "_sps", "trouble")

    def __init__(self, picture_pixels_max: int) -> None:
        self._pixels_max = picture_pixels_max
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, bytes] = {}
        self._pictures: dict[int, h264.SequenceParameters] = {}
        self._by_pps: dict[int, CodecParameters] = {}
        self.trouble = "no parameter sets came"
        """Why ``parameters_of`` gave None last: for diagnostics."""

    def add(self, nal: bytes) -> bool:
        """Take an SPS or PPS. True when it says something new; pictures then need a keyframe to begin with."""
        if nal[0] & h264.NAL_TYPE_MASK == h264.PPS:
            ids = h264.sps_id_of_pps(nal)
            return ids is not None and self._replace(self._pps, ids[0], nal)
        parameters = h264.read_sps(nal)
        if parameters is None or not self._replace(self._sps, parameters.id, nal):
            return False
        self._pictures[parameters.id] = parameters
        return True

    def parameters_of(self, slice_nal: bytes) -> CodecParameters | None:
        """What a decoder needs for the picture of this slice. None, and ``trouble``, when it cannot be shown."""
        pps_id = h264.pps_id_of_slice(slice_nal)
        if pps_id is None or pps_id not in self._pps:
            self.trouble = "a picture names a parameter set that did not come"
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
            self.trouble = "a picture names a parameter set that did not come"
            return None
        if picture.width * picture.height > self._pixels_max:
            self.trouble = f"the picture is too large: {picture.width} by {picture.height} pixels"
            return None
        pps = tuple(nal for _, nal in sorted(self._pps.items()) if self._sps_of(nal) == sps_id)
        made = CodecParameters(
            self._sps[sps_id], pps, picture.width, picture.height, picture.codec, reorder=picture.reorder
        )
        self._by_pps[pps_id] = made
        return made

    @staticmethod
    def _sps_of(pps: bytes) -> int:
        ids = h264.sps_id_of_pps(pps)
        assert ids is not None, "only sets that could be read are kept"
        return ids[1]
