"""What is asked of a camera's ONVIF services, and what its replies say.

Written from the published WSDL: device management (ver10/device), Media (ver10/media) and Media2 (ver20/media). Rules:
pure; requests are bodies for ``onvif_xml.envelope``, replies are read leniently and bounded; addresses in replies are
only believed as far as their port and path go (``service_path``): the host is the one a person named.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from curtilage.cameras.input.camera_address import printable_url
from curtilage.cameras.onvif.onvif_xml import XmlElement, every, first, text, words

_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA = "http://www.onvif.org/ver10/media/wsdl"
_MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_PROFILES_COUNT_MAX = 256
_TOKEN_LENGTH_MAX = 256
_SIDE_MAX = 65_535


@dataclass(frozen=True, slots=True)
class Made:
    """What the camera is, as GetDeviceInformation says it."""

    model: str
    firmware: str


@dataclass(frozen=True, slots=True)
class MediaService:
    """Where profiles and streams are asked for."""

    port: int
    """0: the one that was asked already."""
    path: str
    second: bool
    """Media2; else Media."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One of the streams a camera offers."""

    token: str
    """The camera's name for it: no secret."""
    source: str
    """Which of its lenses."""
    encoding: str
    """Upper case: ``H264``."""
    width: int
    height: int


def get_time() -> str:
    """GetSystemDateAndTime: the one request that never needs a password."""
    return f'<GetSystemDateAndTime xmlns="{_DEVICE}"/>'


def time_ms(root: XmlElement) -> int | None:
    """The camera's clock, ms since the Unix epoch; None when it says nothing of use."""
    utc = first(root, "UTCDateTime")
    names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    numbers = [_number(words(utc, name), 9999) for name in names]
    try:
        year, month, day, hour, minute, second = (-1 if number is None else number for number in numbers)
        return int(datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def get_information() -> str:
    """GetDeviceInformation."""
    return f'<GetDeviceInformation xmlns="{_DEVICE}"/>'


def made(root: XmlElement) -> Made:
    """Its reply; the maker's name stands before the model."""
    reply = first(root, "GetDeviceInformationResponse")
    maker, model = words(reply, "Manufacturer"), words(reply, "Model")
    whole = model if model.lower().startswith(maker.lower()) else f"{maker} {model}"
    return Made(whole.strip(), words(reply, "FirmwareVersion"))


def get_services() -> str:
    """GetServices: every service by its namespace."""
    return f'<GetServices xmlns="{_DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>'


def get_capabilities() -> str:
    """GetCapabilities: what older cameras know instead of GetServices."""
    return f'<GetCapabilities xmlns="{_DEVICE}"><Category>Media</Category></GetCapabilities>'


def media_services(root: XmlElement, *, tls: bool = False) -> list[MediaService]:
    """From the reply to either, over HTTPS when ``tls``; Media2 first. Empty: it has none."""
    listed = {words(item, "Namespace"): words(item, "XAddr") for item in every(root, "Service")}
    found = [service_path(listed[name], name == _MEDIA2, tls=tls) for name in (_MEDIA2, _MEDIA) if name in listed]
    if not listed:
        found = [service_path(words(root, "Media", "XAddr"), second=False, tls=tls)]
    return [service for service in found if service is not None]


def service_path(address: str, second: bool, *, tls: bool = False) -> MediaService | None:
    """Port and path of a service's address; None when it is no HTTP address (with ``tls``: none of either kind).

    Cameras that are asked over HTTPS name HTTP addresses nevertheless: then only the path is taken.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in ({"http", "https"} if tls else {"http"}) or not parts.path:
        return None
    usual = 443 if scheme == "https" else 80
    port = 0 if tls and scheme == "http" else port or usual
    query = f"?{parts.query}" if parts.query else ""
    return MediaService(port, printable_url(parts.path + query), second)


def get_profiles(service: MediaService) -> str:
    """GetProfiles, with the encoders."""
    if service.second:
        return f'<GetProfiles xmlns="{_MEDIA2}"><Type>VideoSource</Type><Type>VideoEncoder</Type></GetProfiles>'
    return f'<GetProfiles xmlns="{_MEDIA}"/>'


def profiles(root: XmlElement) -> list[Profile]:
    """Every profile with video, in the camera's order."""
    found = []
    for item in list(every(root, "Profiles"))[:_PROFILES_COUNT_MAX]:
        encoder = first(item, "VideoEncoderConfiguration")
        encoder = first(item, "VideoEncoder") if encoder is None else encoder
        token = item.get("token") or ""
        if encoder is None or not 0 < len(token) <= _TOKEN_LENGTH_MAX:
            continue
        source = words(item, "SourceToken")[:_TOKEN_LENGTH_MAX]
        width = _number(words(encoder, "Resolution", "Width"), _SIDE_MAX) or 0
        height = _number(words(encoder, "Resolution", "Height"), _SIDE_MAX) or 0
        found.append(Profile(token, source, words(encoder, "Encoding").upper()[:16], width, height))
    return found


def choose(offered: list[Profile], *, sub: bool, token: str) -> Profile | None:
    """The profile to show: the one named, else of the first lens the largest H.264 one, or the smallest for ``sub``.

    Without H.264 the largest or smallest of what there is (and reading its stream says what is wrong). None: no such.
    """
    if token:
        return next((profile for profile in offered if profile.token == token), None)
    first_lens = [profile for profile in offered if profile.source == offered[0].source]
    usable = [profile for profile in first_lens if profile.encoding == "H264"] or first_lens
    key = min if sub else max
    return key(usable, key=lambda profile: profile.width * profile.height, default=None)


def get_stream_uri(service: MediaService, profile: Profile) -> str:
    """GetStreamUri for RTP over the RTSP connection."""
    token = f"<ProfileToken>{text(profile.token)}</ProfileToken>"
    if service.second:
        return f'<GetStreamUri xmlns="{_MEDIA2}"><Protocol>RTSP</Protocol>{token}</GetStreamUri>'
    transport = f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport>'
    setup = f'<StreamSetup><Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>{transport}</StreamSetup>'
    return f'<GetStreamUri xmlns="{_MEDIA}">{setup}{token}</GetStreamUri>'


def stream_uri(root: XmlElement) -> str:
    """Its reply; empty when it names none."""
    return words(root, "GetStreamUriResponse", "Uri")


def set_synchronization_point(service: MediaService, token: str) -> str:
    """SetSynchronizationPoint: a keyframe, please (Media §5.15.1, Media2 §5.14.1)."""
    namespace = _MEDIA2 if service.second else _MEDIA
    wanted = f"<ProfileToken>{text(token)}</ProfileToken>"
    return f'<SetSynchronizationPoint xmlns="{namespace}">{wanted}</SetSynchronizationPoint>'


def _number(digits: str, most: int) -> int | None:
    if not re.fullmatch(r"\d{1,6}", digits, re.ASCII):
        return None
    return int(digits) if int(digits) <= most else None
