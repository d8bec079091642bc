"""The sound in a camera's description of its stream (SDP): the first track that we can carry, and how to ask for it.

Rules: pure, and tolerant as rtsp/sdp.py is. Read only where sound is switched on.

Known: AAC in its high bit-rate mode (RFC 3640 §3.3.6), G.711 (RFC 3551 §4.5.14) and Opus (RFC 7587).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from curtilage.cameras.media.aac_config import AacConfigError, read_aac_config
from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters

_OPUS_RATE_HZ = 48_000
_G711_RATES_HZ = frozenset((8_000, 16_000))
_CONFIG_BYTES_MAX = 64
_SIZE_BITS_MAX = 16
_PAYLOAD_TYPES_COUNT_MAX = 64
_MEDIAS_COUNT_MAX = 64
_STATIC: Mapping[int, tuple[str, int, int]] = {0: ("PCMU", 8_000, 1), 8: ("PCMA", 8_000, 1)}
"""RFC 3551 §6: known without an rtpmap."""
_RTPMAP = re.compile(r"(\d{1,3})\s+([^\s/]+)/(\d{1,6})(?:/(\d{1,2}))?", re.ASCII)
_FMTP = re.compile(r"(\d{1,3})\s+(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class AuHeaders:
    """How many bits each field of an AU-header has (RFC 3640 §3.2.1, §4.1)."""

    size_bits: int
    index_bits: int
    index_delta_bits: int


@dataclass(frozen=True, slots=True)
class AudioMedia:
    """A sound track we can carry."""

    payload_type: int
    control: str
    """As the camera wrote it; see sdp.resolve."""
    parameters: AudioParameters
    frame_duration: int = 0
    """AAC: of one access unit, in 1/rate_hz s."""
    au_headers: AuHeaders | None = None
    """AAC only."""


@dataclass(slots=True)
class _Media:
    payload_types: tuple[int, ...]
    control: str = ""
    encodings: dict[int, tuple[str, int, int]] = field(default_factory=dict)
    formats: dict[int, str] = field(default_factory=dict)


def find_audio(octets: bytes) -> AudioMedia | None:
    """Any bytes: the first sound track that we know, None when there is none."""
    medias, inside = list[_Media](), False
    for line in octets.decode(errors="replace").splitlines():
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            inside = value.lower().startswith("audio") and len(medias) < _MEDIAS_COUNT_MAX
            if inside:
                words = value.split()[3 : 3 + _PAYLOAD_TYPES_COUNT_MAX]
                medias.append(_Media(tuple(int(word) for word in words if re.fullmatch(r"\d{1,3}", word, re.ASCII))))
        elif kind == "a" and inside:
            _attribute(medias[-1], value)
    return next((audio for media in medias for number in media.payload_types if (audio := _audio(media, number))), None)


def _attribute(media: _Media, value: str) -> None:
    name, _, rest = value.partition(":")
    rest = rest.strip()
    if name == "control":
        media.control = rest
    elif name == "rtpmap" and (match := _RTPMAP.match(rest)):
        media.encodings[int(match[1])] = match[2].upper(), int(match[3]), int(match[4] or 1)
    elif name == "fmtp" and (match := _FMTP.match(rest)):
        media.formats[int(match[1])] = match[2]


def _audio(media: _Media, number: int) -> AudioMedia | None:
    name, rate_hz, channels = media.encodings.get(number) or _STATIC.get(number) or ("", 0, 0)
    if number > 127 or name not in {codec.value for codec in AudioCodec}:
        return None
    codec = AudioCodec(name)
    if codec is AudioCodec.AAC:
        return _aac(media, number, rate_hz)
    if codec is AudioCodec.OPUS:
        # RFC 7587 §7: always 48000/2, whatever comes; a decoder makes two channels of either.
        return AudioMedia(number, media.control, AudioParameters(codec, _OPUS_RATE_HZ, 2))
    if rate_hz not in _G711_RATES_HZ or channels != 1:
        return None
    return AudioMedia(number, media.control, AudioParameters(codec, rate_hz, 1))


def _aac(media: _Media, number: int, rate_hz: int) -> AudioMedia | None:
    pairs = (item.strip().partition("=") for item in media.formats.get(number, "").split(";"))
    values = {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}
    if values.get("mode", "AAC-hbr").lower() != "aac-hbr":
        return None
    config, headers = _hexadecimal(values.get("config", "")), _au_headers(values)
    if headers is None:
        return None
    try:
        read = read_aac_config(config)
    except AacConfigError:
        return None
    # RFC 3640 §3.1: the clock is the sampling rate; with HE-AAC some cameras name the doubled one.
    duration, rest = divmod(read.frame_samples * rate_hz, read.rate_hz)
    if rest or not duration:
        return None
    parameters = AudioParameters(AudioCodec.AAC, rate_hz, read.channels, config)
    return AudioMedia(number, media.control, parameters, duration, headers)


def _au_headers(values: Mapping[str, str]) -> AuHeaders | None:
    """None: a form of AU-headers that AAC-hbr does not have."""
    bits = [_number(values.get(name, default)) for name, default in _AU_FIELDS]
    size, index, delta = bits
    if not 0 < size <= _SIZE_BITS_MAX or not 0 <= index <= _SIZE_BITS_MAX or not 0 <= delta <= _SIZE_BITS_MAX:
        return None
    extra = ("ctsdeltalength", "dtsdeltalength", "randomaccessindication", "streamstateindication",
             "auxiliarydatasizelength")  # fmt: skip
    return None if any(_number(values.get(name, "0")) for name in extra) else AuHeaders(size, index, delta)


_AU_FIELDS = (("sizelength", "13"), ("indexlength", "3"), ("indexdeltalength", "3"))
"""RFC 3640 §3.3.6: what AAC-hbr always has; cameras that leave them out mean these."""


def _number(text: str) -> int:
    """-1: none."""
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else -1


def _hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text) if len(text) <= 2 * _CONFIG_BYTES_MAX else b""
    except ValueError:
        return b""
