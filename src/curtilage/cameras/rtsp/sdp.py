"""The camera's description of its stream (SDP, RFC 8866): find the video and how to ask for it.

Rules: pure; tolerant, because cameras write odd SDP: lines that make no sense are skipped, missing ones have the
defaults of RFC 2326 appendix C and RFC 6184 §8. Bounded: the text by ``rtsp_body_bytes_max``, lists by constants here.

Does not look at audio or metadata: Curtilage does not ask for them.
"""

import base64
import binascii
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from curtilage.cameras.input.camera_address import printable_url

CLOCK_RATE_HZ = 90_000
"""RFC 6184 §8.2.1, RFC 7798 §7.1: always this; a camera that says otherwise is taken at its word."""
_PARAMETER_SETS_COUNT_MAX = 32
_PAYLOAD_TYPES_COUNT_MAX = 64
_PAYLOAD_TYPE = re.compile(r"\d\d?|1[01]\d|12[0-7]", re.ASCII)
_RTPMAP = re.compile(r"(\d\d?|1[01]\d|12[0-7])\s+([^\s/]+)(?:/(\d{1,9}))?", re.ASCII)
_FMTP = re.compile(r"(\d{1,3})\s+(.*)", re.ASCII | re.DOTALL)


class Encoding(enum.Enum):
    """The video codecs we can carry, by their names in SDP."""

    H264 = "H264"
    H265 = "H265"


_SETS_OF: Mapping[Encoding, tuple[str, ...]] = {
    Encoding.H264: ("sprop-parameter-sets",),
    Encoding.H265: ("sprop-vps", "sprop-sps", "sprop-pps"),
}


@dataclass(frozen=True, slots=True)
class VideoMedia:
    """The video of a stream: H.264, or H.265 where a camera offers nothing else."""

    payload_type: int
    control: str
    """As the camera wrote it: see resolve. Empty: the stream's own URL."""
    clock_rate_hz: int = CLOCK_RATE_HZ
    encoding: Encoding = Encoding.H264
    interleaved: bool = False
    """Sent out of decoding order, which we cannot read: RFC 6184 §6.2, packetization-mode 2; RFC 7798 §7.1,
    sprop-max-don-diff above 0.
    """
    parameter_sets: tuple[bytes, ...] = field(default=(), repr=False)
    """NAL units of the sprop parameters, without start codes."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a camera offers."""

    control: str
    """The whole stream's control, to be resolved; empty when it gives none."""
    video: VideoMedia | None
    other_video: str = ""
    """The encoding of video we cannot carry, when that is all there is: for the message to the person."""


@dataclass(slots=True)
class _Media:
    """One m= section as it is being read."""

    kind: str
    payload_types: tuple[int, ...]
    control: str = ""
    encodings: dict[int, tuple[str, int]] = field(default_factory=dict)
    formats: dict[int, str] = field(default_factory=dict)


def parse(octets: bytes) -> Description:
    """Any bytes give a description; ``video`` is None when none was found that we can carry."""
    control, medias = "", list[_Media]()
    for line in octets.decode(errors="replace").splitlines():
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            medias.append(_media(value))
        elif kind == "a" and medias:
            _attribute(medias[-1], value)
        elif kind == "a" and value.startswith("control:"):
            control = value.removeprefix("control:").strip()
    videos = [media for media in medias if media.kind == "video"]
    found = next((video for encoding in Encoding for media in videos if (video := _video(media, encoding))), None)
    return Description(control, found, "" if found else _other(videos))


def resolve(base: str, control: str) -> str:
    """The URL of a control attribute (RFC 2326 §C.1.1).

    Relative ones are appended to the base, as every common client and server do, and not resolved as RFC 3986 would:
    ``rtsp://camera/stream?channel=1`` and ``track1`` give ``rtsp://camera/stream?channel=1/track1``.
    """
    control = printable_url(control)
    if control in ("", "*"):
        return base
    if re.match(r"rtsp[su]?://", control, re.IGNORECASE):
        return control
    return f"{base.removesuffix('/')}/{control.removeprefix('/')}"


def _media(value: str) -> _Media:
    words = value.split()
    numbers = tuple(int(word) for word in words[3 : 3 + _PAYLOAD_TYPES_COUNT_MAX] if _PAYLOAD_TYPE.fullmatch(word))
    return _Media(words[0].lower() if words else "", numbers)


def _attribute(media: _Media, value: str) -> None:
    name, _, rest = value.partition(":")
    rest = rest.strip()
    if name == "control":
        media.control = rest
    elif name == "rtpmap" and (match := _RTPMAP.match(rest)):
        media.encodings[int(match[1])] = match[2].upper(), int(match[3] or CLOCK_RATE_HZ)
    elif name == "fmtp" and (match := _FMTP.match(rest)):
        media.formats[int(match[1])] = match[2]


def _video(media: _Media, wanted: Encoding) -> VideoMedia | None:
    for payload_type in media.payload_types or tuple(media.encodings):
        encoding, rate = media.encodings.get(payload_type, ("", CLOCK_RATE_HZ))
        if encoding == wanted.value:
            values = _format(media.formats.get(payload_type, ""))
            sets = tuple(nal for name in _SETS_OF[wanted] for nal in _parameter_sets(values.get(name, "")))
            return VideoMedia(
                payload_type, media.control, rate or CLOCK_RATE_HZ, wanted, _interleaved(values, wanted), sets
            )
    return None


def _interleaved(values: Mapping[str, str], encoding: Encoding) -> bool:
    if encoding is Encoding.H264:
        return values.get("packetization-mode") == "2"
    return values.get("sprop-max-don-diff", "0") != "0"


def _other(videos: list[_Media]) -> str:
    names = (name for media in videos for name, _ in media.encodings.values())
    return re.sub(r"[^A-Z0-9.-]", "", next(names, ""))[:16]


def _format(text: str) -> dict[str, str]:
    pairs = (item.strip().partition("=") for item in text.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}


def _parameter_sets(text: str) -> tuple[bytes, ...]:
    sets = (_decoded(item) for item in text.split(",")[:_PARAMETER_SETS_COUNT_MAX])
    return tuple(nal for nal in sets if nal)


def _decoded(text: str) -> bytes:
    """Base64 with or without its padding; nonsense gives nothing: the sets also come in the stream."""
    text = text.strip().rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
