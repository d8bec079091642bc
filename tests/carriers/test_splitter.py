"""Where texts are cut, beside smsutil, the one splitter that was right at every edge."""

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.splitter import (
    Alphabet,
    Measure,
    TextPart,
    TextRefused,
    WhyRefused,
    join,
    measure,
    split,
)
from tests.carriers.test_gsm0338 import ALPHABET

_TEXTS = st.one_of(
    st.text(alphabet=ALPHABET, min_size=1, max_size=700),
    st.text(alphabet="€a{", min_size=1, max_size=700),
    st.text(alphabet="я😀a€", min_size=1, max_size=400),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300),
)
_MAX = 255


def _parts(text: str, reference: int = 7, parts_count_max: int = _MAX) -> tuple[TextPart, ...]:
    parts = split(text, reference, parts_count_max)
    assert not isinstance(parts, TextRefused)
    return parts


def _text(parts: tuple[TextPart, ...]) -> str:
    return join(parts[0].alphabet, b"".join(part.octets for part in parts))


@given(_TEXTS)
def test_parts_joined_are_the_text(text: str) -> None:
    parts = _parts(text)
    assert _text(parts) == text
    assert "".join(join(part.alphabet, part.octets) for part in parts) == text, "no cut goes through a pair"


@given(_TEXTS.filter(lambda text: "\x1b" not in text))
def test_the_cuts_are_those_of_the_oracle(text: str) -> None:
    theirs = [part.content for part in smsutil.split(text).parts]
    assert [join(part.alphabet, part.octets) for part in _parts(text)] == theirs


@given(_TEXTS, st.integers(0, 255))
def test_every_part_fits_and_says_its_place(text: str, reference: int) -> None:
    parts = _parts(text, reference)
    for number, part in enumerate(parts, 1):
        single_max, part_max = (160, 153) if part.alphabet is Alphabet.GSM else (140, 134)
        assert 0 < len(part.octets) <= (single_max if len(parts) == 1 else part_max)
        told = part.concatenation
        assert (told is None) == (len(parts) == 1)
        assert told is None or (told.reference, told.total, told.number) == (reference, len(parts), number)


@given(_TEXTS)
def test_what_is_measured_is_what_is_split(text: str) -> None:
    measured, parts = measure(text, _MAX), _parts(text)
    assert isinstance(measured, Measure)
    assert (measured.parts_count, measured.alphabet) == (len(parts), parts[0].alphabet)
    assert (measured.forced_by == "") == (measured.alphabet is Alphabet.GSM)
    units = sum(len(part.octets) for part in parts) // (1 if measured.alphabet is Alphabet.GSM else 2)
    assert measured.units_count == units


@pytest.mark.parametrize(
    ("text", "alphabet", "parts_count", "units_left"),
    [
        ("x", Alphabet.GSM, 1, 159),
        ("x" * 160, Alphabet.GSM, 1, 0),
        ("x" * 161, Alphabet.GSM, 2, 145),
        ("€" * 80, Alphabet.GSM, 1, 0),
        ("€" * 81, Alphabet.GSM, 2, 143),
        ("€" * 100, Alphabet.GSM, 2, 105),  # 76 and 24: a library makes one part of 200 septets of it
        ("x" * 152 + "€" * 5, Alphabet.GSM, 2, 143),  # the pair at 153 goes to the second
        ("я" * 70, Alphabet.UCS2, 1, 0),
        ("я" * 71, Alphabet.UCS2, 2, 63),
        ("я" * 66 + "😀" * 3, Alphabet.UCS2, 2, 61),
        ("😀" * 35, Alphabet.UCS2, 1, 0),
        ("ç", Alphabet.UCS2, 1, 69),  # only its capital is in the alphabet
    ],
)
def test_edges(text: str, alphabet: Alphabet, parts_count: int, units_left: int) -> None:
    measured = measure(text, _MAX)
    assert isinstance(measured, Measure)
    assert (measured.alphabet, measured.parts_count, measured.units_left_count) == (alphabet, parts_count, units_left)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("x" * 152 + "€" * 10, 152),
        ("x" * 151 + "€" * 10, 152),
        ("я" * 66 + "😀" * 5, 66),
        ("я" * 65 + "😀" * 5, 66),  # a cut right behind a pair is none through it
    ],
)
def test_a_pair_at_the_edge_is_kept_whole(text: str, first: int) -> None:
    parts = _parts(text)
    assert len(join(parts[0].alphabet, parts[0].octets)) == first
    assert "".join(join(part.alphabet, part.octets) for part in parts) == text


@pytest.mark.parametrize(
    ("text", "parts_count_max", "why"),
    [
        ("", 10, WhyRefused.EMPTY),
        ("x" * 1531, 10, WhyRefused.TOO_LONG),
        ("€" * 766, 10, WhyRefused.TOO_LONG),
        ("я" * 671, 10, WhyRefused.TOO_LONG),
        ("x" * 100_000, 10, WhyRefused.TOO_LONG),
        ("я" * 100_000, 255, WhyRefused.TOO_LONG),
        ("x" * (255 * 153 + 1), 1000, WhyRefused.TOO_LONG),  # the format counts to 255
        ("a\ud800", 10, WhyRefused.NO_TEXT),
    ],
)
def test_what_cannot_go_is_refused_whole(text: str, parts_count_max: int, why: WhyRefused) -> None:
    for refused in (measure(text, parts_count_max), split(text, 0, parts_count_max)):
        assert isinstance(refused, TextRefused)
        assert refused.why is why


def test_the_longest_texts_go() -> None:
    assert len(_parts("x" * 1530, parts_count_max=10)) == 10
    assert len(_parts("я" * 670, parts_count_max=10)) == 10
    assert len(_parts("x" * 255 * 153)) == 255


def test_no_text_stands_in_a_repr() -> None:
    parts, measured = _parts("geheim ☎"), measure("geheim ☎", 10)
    assert "geheim" not in repr(parts)
    assert "☎" not in repr(measured)
