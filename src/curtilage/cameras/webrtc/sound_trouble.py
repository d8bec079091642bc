"""Why a viewer by WebRTC hears nothing of a camera whose sound is on, in words that say who erred. Pure."""

import enum

from curtilage.cameras.media.aac_config import AacConfigError, read_aac_config
from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters

_LOW_COMPLEXITY = 2
_RATE_HZ_MIN, _RATE_HZ_MAX = 7_350, 48_000
_CHANNELS_COUNT_MAX = 2


class SoundTrouble(enum.Enum):
    """What a viewer's page is told."""

    NO_SUCH_AAC = (
        "The camera's AAC is of a kind that is not sent by WebRTC: set it to AAC-LC, at most 48 kHz, mono or stereo."
    )
    NO_PLACE = (
        "All transcoders of this server or this home are busy (transcoders_count_max, transcoders_per_home_count_max)."
    )
    NOT_DECODED = "What the camera sends as AAC cannot be decoded."
    ENDED = "This server's transcoder of the camera's sound ended or hung. It is started again."


def trouble_of(camera: AudioParameters) -> SoundTrouble | None:
    """With the AAC that a camera describes; None: it can be transcoded."""
    try:
        config = read_aac_config(camera.config)
    except AacConfigError:
        return SoundTrouble.NO_SUCH_AAC
    rates = all(_RATE_HZ_MIN <= rate_hz <= _RATE_HZ_MAX for rate_hz in (config.rate_hz, camera.rate_hz))
    channels = max(config.channels, camera.channels) <= _CHANNELS_COUNT_MAX
    good = config.object_type == _LOW_COMPLEXITY and rates and channels
    return None if good else SoundTrouble.NO_SUCH_AAC


def is_transcoded(camera: AudioParameters) -> bool:
    """Browsers take no AAC by WebRTC (RFC 7874 §3 asks for Opus and G.711 alone)."""
    return camera.codec is AudioCodec.AAC
