"""How a text becomes short messages: which alphabet, how many parts, and where it is cut.

Guards: no part is longer than a short message can be, and no cut goes through an escape pair of GSM 03.38 or a
surrogate pair of UTF-16 (known splitters do both). A text is carried as it is: nothing is replaced to make it cheaper.
A text beyond the named bound is refused, never shortened.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from curtilage.carriers import gsm0338
from curtilage.carriers.concatenation import PARTS_COUNT_MAX, Concatenation

_OCTETS_MAX = 140
"""3GPP TS 23.040 §9.2.3.24: what one short message carries; with the header of concatenation six octets less."""
_OCTETS_IN_PARTS_MAX = 134
_SEPTETS_MAX = 160
_SEPTETS_IN_PARTS_MAX = 153
_UNIT_OCTETS = 2


class Alphabet(enum.Enum):
    """In which code a text travels (3GPP TS 23.038 §4)."""

    GSM = "gsm"
    """160 characters of the GSM default alphabet in a message; those of the extension table count twice."""
    UCS2 = "ucs2"
    """70 units of UTF-16: anything else, for example Cyrillic or an emoji (two units)."""


class WhyRefused(enum.Enum):
    """Why a text cannot be sent."""

    EMPTY = "empty"
    TOO_LONG = "too long"
    NO_TEXT = "no text"
    """It holds half a surrogate pair, which is no character."""


@dataclass(frozen=True, slots=True)
class TextRefused:
    """The text cannot go by SMS as it is."""

    why: WhyRefused
    words: str


@dataclass(frozen=True, slots=True)
class Measure:
    """What sending a text would take; a page shows it before anything is sent."""

    alphabet: Alphabet
    parts_count: int
    """Short messages that a carrier charges for."""
    units_count: int
    """Septets, or units of UTF-16."""
    units_left_count: int
    """How many more fit before another part is needed, when no cut falls into a pair."""
    forced_by: str = field(default="", repr=False)
    """The first character for which the text cannot travel in the GSM alphabet; empty: it can."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """One short message."""

    alphabet: Alphabet
    octets: bytes = field(repr=False)
    """A septet an octet, or UTF-16 with the high octet first; without the header."""
    concatenation: Concatenation | None
    """None: the text fits into this one."""


@dataclass(frozen=True, slots=True)
class _Encoded:
    alphabet: Alphabet
    octets: bytes = field(repr=False)

    @property
    def unit_octets(self) -> int:
        return 1 if self.alphabet is Alphabet.GSM else _UNIT_OCTETS

    @property
    def single_max(self) -> int:
        return _SEPTETS_MAX if self.alphabet is Alphabet.GSM else _OCTETS_MAX

    @property
    def part_max(self) -> int:
        return _SEPTETS_IN_PARTS_MAX if self.alphabet is Alphabet.GSM else _OCTETS_IN_PARTS_MAX


def measure(text: str, parts_count_max: int) -> Measure | TextRefused:
    """Alphabet and number of parts. ``parts_count_max``: of our own; 255 is the format's."""
    encoded = _encode(text, parts_count_max)
    if isinstance(encoded, TextRefused):
        return encoded
    pieces = list(_cut(encoded))
    if len(pieces) > min(parts_count_max, PARTS_COUNT_MAX):
        return _too_long(parts_count_max)
    room = encoded.single_max if len(pieces) == 1 else encoded.part_max
    unit = encoded.unit_octets
    return Measure(
        encoded.alphabet,
        len(pieces),
        len(encoded.octets) // unit,
        (room - len(pieces[-1])) // unit,
        gsm0338.first_outside(text),
    )


def split(text: str, reference: int, parts_count_max: int) -> tuple[TextPart, ...] | TextRefused:
    """The parts in their order. ``reference``: 0 to 255, the same in all parts and another for the next long text."""
    encoded = _encode(text, parts_count_max)
    if isinstance(encoded, TextRefused):
        return encoded
    pieces = list(_cut(encoded))
    if len(pieces) > min(parts_count_max, PARTS_COUNT_MAX):
        return _too_long(parts_count_max)
    if len(pieces) == 1:
        return (TextPart(encoded.alphabet, pieces[0], None),)
    return tuple(
        TextPart(encoded.alphabet, piece, Concatenation(reference, len(pieces), number))
        for number, piece in enumerate(pieces, 1)
    )


def join(alphabet: Alphabet, octets: bytes) -> str:
    """The text of the joined octets of all parts. Never raises: what is no text is shown as U+FFFD."""
    if alphabet is Alphabet.GSM:
        return gsm0338.decode(octets)
    return octets.decode("utf-16-be", "replace")


def _encode(text: str, parts_count_max: int) -> _Encoded | TextRefused:
    if not text:
        return TextRefused(WhyRefused.EMPTY, "There is nothing to send.")
    if len(text) > parts_count_max * _SEPTETS_IN_PARTS_MAX + _SEPTETS_MAX:
        return _too_long(parts_count_max)  # before any work: every character takes a septet at least
    if (septets := gsm0338.encode(text)) is not None:
        return _Encoded(Alphabet.GSM, septets)
    try:
        return _Encoded(Alphabet.UCS2, text.encode("utf-16-be"))
    except UnicodeEncodeError:
        return TextRefused(WhyRefused.NO_TEXT, "The text holds half a character.")


def _too_long(parts_count_max: int) -> TextRefused:
    return TextRefused(WhyRefused.TOO_LONG, f"The text is longer than {parts_count_max} short messages.")


def _cut(encoded: _Encoded) -> Iterator[bytes]:
    """Every piece is as long as it may be."""
    octets = encoded.octets
    if len(octets) <= encoded.single_max:
        yield octets
        return
    start = 0
    while start < len(octets):
        end = start + encoded.part_max
        if end < len(octets) and _in_a_pair(encoded.alphabet, octets, end):
            end -= encoded.unit_octets
        yield octets[start:end]
        start = end


def _in_a_pair(alphabet: Alphabet, octets: bytes, end: int) -> bool:
    """Does a cut before ``end`` part an escape from its septet, or one half of a character from the other?"""
    if alphabet is Alphabet.GSM:
        return octets[end - 1] == gsm0338.ESCAPE
    return 0xD8 <= octets[end - _UNIT_OCTETS] <= 0xDB
