"""The camera's description of its stream (SDP, RFC 8866): find the H.264 video and how to ask for it.

Rules: pure; tolerant, because cameras write odd SDP: lines that make no sense are skipped, missing ones have the
defaults of RFC 2326 appendix C and RFC 6184 §8. Bounded: the text by ``rtsp_body_bytes_max``, lists by constants here.

Does not look at audio or metadata: Curtilage does not ask for them.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

from curtilage.cameras.camera_address import printable_url

CLOCK_RATE_HZ = 90_000
"""RFC 6184 §8.2.1: always this for H.264; a camera that says otherwise is taken at its word."""
_PARAMETER_SETS_COUNT_MAX = 32
_PAYLOAD_TYPES_COUNT_MAX = 64
_RTPMAP = re.compile(r"(\d\d?|1[01]\d|12[0-7])\s+([^\s/]+)(?:/(\d{1,9}))?", re.ASCII)
_FMTP = re.compile(r"(\d{1,3})\s+(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class VideoMedia:
    """The H.264 video of a stream."""

    payload_type: int
    control: str
    """As the camera wrote it: see resolve. Empty: the stream's own URL."""
    clock_rate_hz: int = CLOCK_RATE_HZ
    packetization_mode: int = 0
    """RFC 6184 §6.2: 0 single NAL unit, 1 non-interleaved; 2 (interleaved) we cannot read."""
    parameter_sets: tuple[bytes, ...] = field(default=(), repr=False)
    """NAL units of sprop-parameter-sets, without start codes."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a camera offers."""

    control: str
    """The whole stream's control, to be resolved; empty when it gives none."""
    video: VideoMedia | None
    other_video: str = ""
    """The encoding of video that is not H.264, when that is all there is: for the message to the person."""


@dataclass(slots=True)
class _Media:
    """One m= section as it is being read."""

    kind: str
    payload_types: tuple[int, ...]
    control: str = ""
    encodings: dict[int, tuple[str, int]] = field(default_factory=dict)
    formats: dict[int, str] = field(default_factory=dict)


def parse(octets: bytes) -> Description:
    """Any bytes give a description; ``video`` is None when no H.264 was found."""
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
    found = next((video for video in map(_h264, videos) if video is not None), None)
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
    numbers = (int(word) for word in words[3 : 3 + _PAYLOAD_TYPES_COUNT_MAX] if word.isascii() and word.isdecimal())
    return _Media(words[0].lower() if words else "", tuple(number for number in numbers if number < 128))


def _attribute(media: _Media, value: str) -> None:
    name, _, rest = value.partition(":")
    rest = rest.strip()
    if name == "control":
        media.control = rest
    elif name == "rtpmap" and (match := _RTPMAP.match(rest)):
        media.encodings[int(match[1])] = match[2].upper(), int(match[3] or CLOCK_RATE_HZ)
    elif name == "fmtp" and (match := _FMTP.match(rest)):
        media.formats[int(match[1])] = match[2]


def _h264(media: _Media) -> VideoMedia | None:
    candidates = media.payload_types or tuple(media.encodings)
    for payload_type in candidates:
        encoding, rate = media.encodings.get(payload_type, ("", CLOCK_RATE_HZ))
        if encoding == "H264":
            values = _format(media.formats.get(payload_type, ""))
            mode = values.get("packetization-mode", "0")
            sets = _parameter_sets(values.get("sprop-parameter-sets", ""))
            known_mode = int(mode) if mode in ("0", "1", "2") else 0
            return VideoMedia(payload_type, media.control, rate or CLOCK_RATE_HZ, known_mode, sets)
    return None


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
