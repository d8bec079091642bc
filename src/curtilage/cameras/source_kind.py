"""Which kind of camera an address names, and the source for it.

The one place that knows all kinds. Guards credentials: what a person reads about an address (``describe_address``,
``host_of``, every error) never holds a password, a mark key, or an address that could not be understood.
"""

from collections.abc import Mapping

from curtilage.cameras.ffmpeg.ffmpeg_address import FfmpegAddress
from curtilage.cameras.ffmpeg.ffmpeg_source import FfmpegSource
from curtilage.cameras.input.camera_address import CameraAddress
from curtilage.cameras.input.process_places import HomePlaces
from curtilage.cameras.input.source import Source
from curtilage.cameras.input.trust import split_trust, with_trust
from curtilage.cameras.onvif.onvif_address import OnvifAddress
from curtilage.cameras.onvif.onvif_source import OnvifSource
from curtilage.cameras.onvif.onvif_xml import require_parser
from curtilage.cameras.rtsp.rtsp import RtspSource
from curtilage.cameras.simulated.simulated import SCHEME, SimulatedAddress, SimulatedSource
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import PersonError
from curtilage.wire.identifier import Entropy

_KINDS = ("rtsp", "onvif", "ffmpeg", SCHEME.rstrip(":"))
_SAME: Mapping[str, str] = {"rtsps": "rtsp", "onvifs": "onvif"}
_EXAMPLES = "Write it like rtsp://user:password@192.0.2.10/stream1, or sim:Rose%20house for a simulated camera."
_UNREADABLE = "an address that cannot be read"
_NAME_LENGTH_SHOWN_MAX = 256


def make_source(text: str, config: Config, clock: Clock, entropy: Entropy, places: HomePlaces | None = None) -> Source:
    """The source for an address. Raises PersonError when no kind of camera can be reached so.

    ``places``: for the processes of one home; None: they are not counted.
    """
    kind = _kind(text)
    if kind == "sim":
        simulated = SimulatedAddress.parse(text.strip(), config.name_length_max)
        return SimulatedSource(simulated, config, clock, entropy, places)
    if kind == "rtsp":
        return RtspSource(CameraAddress.parse(text), config, clock, entropy)
    if kind == "ffmpeg":
        return FfmpegSource(FfmpegAddress.parse(text), config, clock, places)
    if kind == "onvif":
        require_parser()

        def stream(address: CameraAddress) -> Source:
            return RtspSource(address, config, clock, entropy)

        return OnvifSource(OnvifAddress.parse(text), config, clock, entropy, stream)
    raise PersonError("A camera's address begins with rtsp://, onvif://, ffmpeg: or sim:.", do=_EXAMPLES)


def describe_address(text: str) -> str:
    """The address without credentials, for listings. Never raises."""
    try:
        if _kind(text) == "sim":
            return SimulatedAddress.parse(text.strip(), _NAME_LENGTH_SHOWN_MAX).redacted()
        if _kind(text) == "onvif":
            return OnvifAddress.parse(text).redacted()
        if _kind(text) == "ffmpeg":
            return FfmpegAddress.parse(text).redacted()
        return CameraAddress.parse(text).redacted()
    except PersonError:
        return _UNREADABLE


def may_have_key(text: str) -> bool:
    """The camera may be reached under TLS, so that it can be known by a key. Never raises."""
    return text.strip().lower().startswith(("rtsps://", "onvif://", "onvifs://"))


def sub_address_of(text: str) -> str:
    """The address of the sub stream that an address names by itself (ONVIF); empty: it names none. Never raises."""
    try:
        if _kind(text) != "onvif" or (read := OnvifAddress.parse(text)).sub or read.profile:
            return ""
    except PersonError:
        return ""
    whole, trust = split_trust(text.strip())
    named = f"{whole}?stream=sub"
    return with_trust(named, trust) if trust is not None else named


def host_of(text: str) -> str:
    """The host an address names, for words like "192.0.2.10 answers, but is no camera."; empty when it names none."""
    try:
        if _kind(text) == "onvif":
            return OnvifAddress.parse(text).host
        if _kind(text) == "ffmpeg":
            return FfmpegAddress.parse(text).host
        return "" if _kind(text) == "sim" else CameraAddress.parse(text).host
    except PersonError:
        return ""


def _kind(text: str) -> str:
    """``rtsp`` (rtsps:// too), ``onvif`` (onvifs:// too), ``ffmpeg``, ``sim``, or empty."""
    scheme, colon, _ = text.strip().partition(":")
    kind = _SAME.get(scheme.lower(), scheme.lower())
    return kind if colon and kind in _KINDS else ""
