"""Golomb-Rice codes: a rising sequence of numbers as the gaps between them, in 1.6 bits more than REMAINDER_BITS each.

A gap is written as its quotient by 2^REMAINDER_BITS in unary (so many ones and a zero), then the remainder. The last
byte is filled with ones, which can be no code: so no count is needed. For gaps as random values have them this is
nearly as short as can be. Specified in docs/spec/discovery.md.

Rules: pure Python, because phones have nothing else; bounded by the length of what is read, whatever it holds.
"""

from collections.abc import Iterable

REMAINDER_BITS = 20
"""As many as the exponent of the false-positive rate: near the best for gaps of 2^20 in the mean."""
_REMAINDERS = (1 << REMAINDER_BITS) - 1
_BYTE_BITS = 8


def encode(values: Iterable[int]) -> bytes:
    """``values`` rise strictly, from 0 or more."""
    octets, length, following = 0, 0, 0
    for value in values:
        gap = value - following
        assert gap >= 0, "the values must rise"
        quotient, following = gap >> REMAINDER_BITS, value + 1
        bits = quotient + 1 + REMAINDER_BITS
        ones = ((1 << quotient) - 1) << (REMAINDER_BITS + 1)
        octets, length = (octets << bits) | ones | (gap & _REMAINDERS), length + bits
    padding = -length % _BYTE_BITS
    return ((octets << padding) | ((1 << padding) - 1)).to_bytes((length + padding) // _BYTE_BITS)


def decode(octets: bytes) -> list[int] | None:
    """The values; None for what ``encode`` never writes: a code cut off, or more padding than fills a byte."""
    bits, at, following, values = _bits(octets), 0, 0, list[int]()
    while (zero := bits.find("0", at)) >= 0:
        end = zero + 1 + REMAINDER_BITS
        if end > len(bits):
            return None
        value = following + ((zero - at) << REMAINDER_BITS) + int(bits[zero + 1 : end], 2)
        values.append(value)
        at, following = end, value + 1
    return values if len(bits) - at < _BYTE_BITS else None


def contains(octets: bytes, wanted: int) -> bool:
    """Whether ``wanted`` is among the values. Stops where it would stand: about 20 µs for 64 values."""
    bits, at, following = _bits(octets), 0, 0
    while following <= wanted and (zero := bits.find("0", at)) >= 0:
        end = zero + 1 + REMAINDER_BITS
        if end > len(bits):
            return False
        following += ((zero - at) << REMAINDER_BITS) + int(bits[zero + 1 : end], 2)
        if following == wanted:
            return True
        at, following = end, following + 1
    return False


def _bits(octets: bytes) -> str:
    """As letters 0 and 1: in Python, looking for the next zero in a string is quicker than any arithmetic."""
    return format(int.from_bytes(octets), f"0{_BYTE_BITS * len(octets)}b") if octets else ""
