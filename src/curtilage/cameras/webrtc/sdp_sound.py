"""The sound of an offer: which codecs its viewer receives, and which of them the camera's sound can go out in.

Opus goes out as Opus (RFC 7587), G.711 as G.711 (RFC 3551 §4.5.14), AAC as Opus (transcoder.py). Pure. As in
sdp_offer.py nothing is believed: what is not understood is passed over, and nothing but known names and short numbers
is repeated.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.webrtc.sound_trouble import is_transcoded

_CODECS_COUNT_MAX = 128
_PAYLOAD_TYPE_MAX = 127
_NAMES: Mapping[str, AudioCodec] = {
    "OPUS/48000/2": AudioCodec.OPUS,
    "PCMU/8000": AudioCodec.PCMU,
    "PCMU/8000/1": AudioCodec.PCMU,
    "PCMA/8000": AudioCodec.PCMA,
    "PCMA/8000/1": AudioCodec.PCMA,
}
_STATIC: Mapping[str, AudioCodec] = {"0": AudioCodec.PCMU, "8": AudioCodec.PCMA}
"""Payload types that need no name (RFC 3551 §6)."""
_OPUS_PARAMETERS = frozenset(
    {"maxplaybackrate", "sprop-maxcapturerate", "maxptime", "ptime", "minptime", "maxaveragebitrate", "stereo"}
    | {"sprop-stereo", "cbr", "useinbandfec", "usedtx"}
)
"""RFC 7587 §6.1."""
_NUMBER = re.compile(r"[0-9]{1,6}")
_G711_HZ = 8_000


@dataclass(frozen=True, slots=True)
class SoundCodec:
    """One payload type that the viewer can receive."""

    payload_type: int
    codec: AudioCodec
    parameters: str = ""
    """Of Opus: the offer's own, as far as RFC 7587 knows them."""

    @property
    def name(self) -> str:
        """As it stands in ``a=rtpmap``."""
        return "opus/48000/2" if self.codec is AudioCodec.OPUS else f"{self.codec.value}/8000"


@dataclass(frozen=True, slots=True)
class OfferedSound:
    """A section of the offer that receives sound, on the picture's transport."""

    section: int
    codecs: tuple[SoundCodec, ...]


@dataclass(frozen=True, slots=True)
class SentSound:
    """What the answer says of the sound."""

    section: int
    codec: SoundCodec
    ssrc: int


def read_sound_codecs(
    formats: Sequence[str], names: Sequence[str], parameters: Sequence[str]
) -> tuple[SoundCodec, ...]:
    """Of a section's formats, its ``a=rtpmap`` and its ``a=fmtp`` values; only what could be sent here."""
    named = dict(line.partition(" ")[::2] for line in names[:_CODECS_COUNT_MAX])
    told = dict(line.partition(" ")[::2] for line in parameters[:_CODECS_COUNT_MAX])
    codecs = []
    for number in dict.fromkeys(formats[:_CODECS_COUNT_MAX]):
        if not (number.isascii() and number.isdigit() and len(number) <= 3 and int(number) <= _PAYLOAD_TYPE_MAX):
            continue
        name = named.get(number)
        codec = _STATIC.get(number) if name is None else _NAMES.get(name.strip().upper())
        if codec is not None:
            said = _known(told.get(number, "")) if codec is AudioCodec.OPUS else ""
            codecs.append(SoundCodec(int(number), codec, said))
    return tuple(codecs)


def choose_sound(offered: OfferedSound | None, camera: AudioParameters | None) -> SoundCodec | None:
    """The viewer's codec in which the camera's sound can go out: as it is, or transcoded."""
    if offered is None or camera is None:
        return None
    wanted = AudioCodec.OPUS if is_transcoded(camera) else camera.codec
    if camera.is_g711 and (camera.rate_hz, camera.channels) != (_G711_HZ, 1):
        return None
    return next((codec for codec in offered.codecs if codec.codec is wanted), None)


def _known(said: str) -> str:
    pairs = (pair.strip().partition("=")[::2] for pair in said.split(";"))
    known = {name: value for name, value in pairs if name in _OPUS_PARAMETERS and _NUMBER.fullmatch(value)}
    return ";".join(f"{name}={value}" for name, value in known.items())
