"""Pictures pushed into a camera of a House as its input would push them, where nobody decodes them."""

from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.part import Muxer
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import Track
from tests.origin.made_h264 import MadeSps, pictures, pps_nal
from tests.web.house import House

GROUP_COUNT = 50
_PARAMETERS = CodecParameters(MadeSps().nal(), (pps_nal(),), 640, 360, "avc1.64001f")


class Pushing:
    """One camera's pictures, from its first on."""

    def __init__(self, house: House, camera: DeviceId, track: Track = Track.MAIN) -> None:
        self._house, self._muxer, self._at = house, Muxer(), 0
        self._tap = house.parts.hls._taps[camera, track]
        self._tap.part(self._muxer.init(_PARAMETERS, house.parts.clock.now()))

    def push(self, count: int) -> None:
        """So many pictures at once; every 50th is a keyframe."""
        for picture in pictures(count, GROUP_COUNT, size=300, first=self._at):
            unit = AccessUnit(picture.slices, picture.timestamp, self._at % GROUP_COUNT == 0)
            self._tap.part(self._muxer.media(unit, self._house.parts.clock.now()))
            self._at += 1
