"""G.711 as linear samples of 16 bits and back (ITU-T G.711 tables 1 and 2), by tables: pure and exactly reversible.

Both laws have two codes for zero or none, and 256 codes give 256 or 255 values: µ-law's two zeros, 0xFF and 0x7F, are
told apart here by giving the negative one the value -1, which no other code has and no ear hears.
"""

from collections.abc import Mapping

from curtilage.cameras.media.audio_codec import AudioCodec

_BIAS = 0x84


def linear(codec: AudioCodec, code: int) -> int:
    """The sample that a code stands for, -32,768 to 32,767."""
    return _from_mu_law(code) if codec is AudioCodec.PCMU else _from_a_law(code)


def high_bytes(codec: AudioCodec) -> bytes:
    """A table for ``bytes.translate``: the high byte of each code's sample."""
    return bytes((linear(codec, code) >> 8) & 0xFF for code in range(256))


def low_bytes(codec: AudioCodec) -> bytes:
    """As high_bytes, of the low byte."""
    return bytes(linear(codec, code) & 0xFF for code in range(256))


def codes(codec: AudioCodec) -> Mapping[int, int]:
    """Sample to code: the way back."""
    return _CODES[codec]


def _from_mu_law(code: int) -> int:
    inverted = ~code & 0xFF
    magnitude = (((inverted & 0x0F) << 3) + _BIAS << (inverted >> 4 & 7)) - _BIAS
    if not inverted & 0x80:
        return magnitude
    return -magnitude if magnitude else -1


def _from_a_law(code: int) -> int:
    plain = code ^ 0x55
    exponent, mantissa = plain >> 4 & 7, plain & 0x0F
    magnitude = (mantissa << 4) + (8 if exponent == 0 else 0x108)
    if exponent > 1:
        magnitude <<= exponent - 1
    return magnitude if plain & 0x80 else -magnitude


_CODES: Mapping[AudioCodec, Mapping[int, int]] = {
    codec: {linear(codec, code): code for code in range(256)} for codec in (AudioCodec.PCMU, AudioCodec.PCMA)
}
