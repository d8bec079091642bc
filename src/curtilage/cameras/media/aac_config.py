"""The AudioSpecificConfig of AAC (ISO/IEC 14496-3 §1.6.2.1): its rate, its channels, how long a frame is.

Pure; any bytes give a value or AacConfigError.
"""

from dataclasses import dataclass

from curtilage.cameras.media.bit_reader import Bits, BitsEnded

_RATES_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
"""§1.6.3.4."""
_EXPLICIT_RATE = 15
_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
"""§1.6.3.5; 0: said elsewhere, which we do not read."""
_MAIN, _LC, _SSR, _LTP = 1, 2, 3, 4
_SBR, _PS = 5, 29
_ESCAPE = 31


class AacConfigError(ValueError):
    """No configuration of an AAC that we carry."""


@dataclass(frozen=True, slots=True)
class AacConfig:
    """What a configuration says."""

    object_type: int
    """2: low complexity, the one that nearly all cameras send."""
    rate_hz: int
    """Of the core, in which ``frame_samples`` count."""
    channels: int
    frame_samples: int


def read_aac_config(octets: bytes) -> AacConfig:
    """Raises AacConfigError."""
    try:
        return _read(Bits(octets))
    except (BitsEnded, IndexError) as error:
        raise AacConfigError("no configuration of AAC that can be carried") from error


def _read(bits: Bits) -> AacConfig:
    kind = _object_type(bits)
    rate_hz = _rate(bits)
    channels = _CHANNELS[bits.bits(4)]
    if kind in (_SBR, _PS):  # told explicitly: the core's own kind follows
        _rate(bits)
        kind = _object_type(bits)
    if kind not in (_MAIN, _LC, _SSR, _LTP) or not channels:
        raise AacConfigError("an object type or channels that we do not carry")
    short = bits.bits(1)  # frameLengthFlag, §4.4.1
    return AacConfig(kind, rate_hz, channels, 960 if short else 1024)


def _object_type(bits: Bits) -> int:
    kind = bits.bits(5)
    return 32 + bits.bits(6) if kind == _ESCAPE else kind


def _rate(bits: Bits) -> int:
    index = bits.bits(4)
    rate_hz = bits.bits(24) if index == _EXPLICIT_RATE else _RATES_HZ[index]
    if not rate_hz:
        raise AacConfigError("no sampling rate")
    return rate_hz
