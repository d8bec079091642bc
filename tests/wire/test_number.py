"""Numbers as people write them, and what is none."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curtilage.wire.number import NumberProblem, PhoneNumber, metadata_version, read_number

NUMBERS = (
    ("+49 151 23456789", None, "+4915123456789"),
    ("0151 23456789", "DE", "+4915123456789"),
    ("0151 23456789", "de", "+4915123456789"),
    ("0151/234 567-89", "DE", "+4915123456789"),
    ("0049 (151) 23456789", "DE", "+4915123456789"),
    ("tel:+49-151-23456789", None, "+4915123456789"),
    ("\u202a+49 151 23456789\u202c", None, "+4915123456789"),
    ("+49\u00a0151\u201123456789", None, "+4915123456789"),
    ("\uff0b\uff14\uff19\uff11\uff15\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19", None, "+4915123456789"),
    ("+\u0664\u0669\u0661\u0665\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669", None, "+4915123456789"),
    ("011 15-2345-6789", "AR", "+5491123456789"),
    ("06 6982 1234", "IT", "+390669821234"),
    ("+52 55 1234 5678", None, "+525512345678"),
    ("1-800-FLOWERS", "US", "+18003569377"),
    ("(212) 555-0123", "US", "+12125550123"),
)

NO_NUMBERS = (
    ("", None, NumberProblem.NOT_A_NUMBER),
    ("+", None, NumberProblem.NOT_A_NUMBER),
    ("Ada", "DE", NumberProblem.NOT_A_NUMBER),
    ("*#06#", "DE", NumberProblem.NOT_A_NUMBER),
    ("ada@example.org", "DE", NumberProblem.NOT_A_NUMBER),
    ("15123456789@example.org", "DE", NumberProblem.NOT_A_NUMBER),
    ("call 0151 23456789", "DE", NumberProblem.NOT_A_NUMBER),
    ("0151 23456789 (Ada)", "DE", NumberProblem.NOT_A_NUMBER),
    ("0151 23456789 Ada", "DE", NumberProblem.NOT_A_NUMBER),
    ("0151 23456 Ada", "DE", NumberProblem.NOT_A_NUMBER),
    ("0151 23456789, 0151 23456780", "DE", NumberProblem.NOT_A_NUMBER),
    ("+4915123456789\n+4915123456780", None, NumberProblem.NOT_A_NUMBER),
    ("+49 151 23456789 \U0001f600", None, NumberProblem.NOT_A_NUMBER),
    ("1" * 100_000, "DE", NumberProblem.NOT_A_NUMBER),
    ("0151 23456789", None, NumberProblem.COUNTRY),
    ("0151 23456789", "XX", NumberProblem.COUNTRY),
    ("+999 1234567", None, NumberProblem.COUNTRY),
    ("112", "DE", NumberProblem.SHORT),
    ("+49112", None, NumberProblem.SHORT),
    ("911", "US", NumberProblem.SHORT),
    ("555-0123", "US", NumberProblem.SHORT),
    ("+49 151 23456789 23456", None, NumberProblem.LONG),
    ("+1 212 555 0123 ext. 5", None, NumberProblem.EXTENSION),
    ("+4915123456789;ext=3", None, NumberProblem.EXTENSION),
    ("+1 212 555 0123x5", None, NumberProblem.EXTENSION),
    ("+52 1 55 1234 5678", None, NumberProblem.LEGACY),
    ("+5215512345678", None, NumberProblem.LEGACY),
    ("+1 123 456 7890", None, NumberProblem.UNASSIGNED),
    ("+44 7000 00", None, NumberProblem.SHORT),
)


@pytest.mark.parametrize(("text", "region", "e164"), NUMBERS)
def test_a_number_is_the_same_however_it_is_written(text: str, region: str | None, e164: str) -> None:
    assert read_number(text, region) == PhoneNumber(e164)
    assert read_number(e164) == PhoneNumber(e164)


@pytest.mark.parametrize(("text", "region", "problem"), NO_NUMBERS, ids=lambda value: repr(value)[:30])
def test_what_is_no_number_is_refused_with_its_reason(text: str, region: str | None, problem: NumberProblem) -> None:
    assert read_number(text, region) is problem


def test_every_countrys_own_example_is_a_number() -> None:
    for region in phonenumbers.SUPPORTED_REGIONS:
        shown = phonenumbers.example_number(region)
        assert shown is not None
        national = phonenumbers.format_number(shown, phonenumbers.PhoneNumberFormat.NATIONAL)
        number = read_number(national, region)
        assert isinstance(number, PhoneNumber), national
        assert read_number(number.e164) == number


@given(st.text(max_size=120) | st.text("+0123456789 ()-./;=x#", max_size=40), st.sampled_from([None, "DE", "US", "AR"]))
@example("\u0660" * 20, "DE")
def test_any_text_is_a_number_or_refused_and_a_number_stays_itself(text: str, region: str | None) -> None:
    number = read_number(text, region)
    if isinstance(number, PhoneNumber):
        assert read_number(number.e164) == number


def test_a_number_does_not_show() -> None:
    number = PhoneNumber("+4915123456789")
    assert "49151" not in f"{number!r} {number}"
    assert number.octets == b"+4915123456789"


@pytest.mark.parametrize("text", ["", "4915123456789", "+0151", "+49 151", "+" + "1" * 16, "+١٢٣٤٥٦٧٨"])
def test_what_is_not_e164_makes_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"E\.164"):
        PhoneNumber(text)


def test_what_is_known_about_numbers_has_a_version() -> None:
    assert metadata_version() == phonenumbers.__version__
    assert metadata_version().isascii()
