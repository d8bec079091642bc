"""The alphabet of GSM 03.38, beside smsutil's table, which nobody here wrote."""

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers import gsm0338

ALPHABET = (
    "".join(character for code in range(0x250) if gsm0338.encode(character := chr(code)) is not None) + "ΔΦΓΛΩΠΨΣΘΞ€"
)


@given(st.text(alphabet=ALPHABET))
def test_what_is_encoded_is_decoded(text: str) -> None:
    octets = gsm0338.encode(text)
    assert octets is not None
    assert gsm0338.decode(octets) == text
    assert octets == smsutil.encode(text)
    assert max(octets, default=0) < 0x80


def test_it_has_the_137_characters_of_the_two_tables() -> None:
    assert len(set(ALPHABET)) == 127 + 10
    assert set(ALPHABET) | {"\x1b"} == set(smsutil.codecs.GSM_CHARSET)


@given(st.characters())
def test_a_character_is_in_it_or_is_the_first_outside(character: str) -> None:
    inside = gsm0338.encode(character) is not None
    assert inside == (gsm0338.first_outside(f"ab{character}c") == "")
    assert inside == (smsutil.is_valid_gsm(character) and character != "\x1b")


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b\x65", "€"),
        (b"a\x1b", "a "),  # an escape before nothing
        (b"\x1b\x1b", " "),
        (b"\x1b\x61", "a"),  # not in the extension table: as in the main one
        (b"\x80\xff", "\ufffd\ufffd"),  # no septets
        (b"\x00\x09\x10", "@ÇΔ"),
    ],
)
def test_odd_octets_are_shown(octets: bytes, text: str) -> None:
    assert gsm0338.decode(octets) == text


@given(st.binary(max_size=200))
def test_any_octets_are_decoded(octets: bytes) -> None:
    assert len(gsm0338.decode(octets)) <= len(octets)
