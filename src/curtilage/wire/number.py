"""Phone numbers: what a person typed or an address book holds, as E.164 or a refusal that says why.

The same number must come out the same on every phone and on the server, or discovery finds nobody: so there is one
way, parse, check, E.164, and the version of what is known about the world's numbers (``metadata_version``) is written
into each epoch of discovery. Needs ``phonenumberslite``.

Rules: a number is a personal value, so no repr shows it. Nothing is guessed: a number without its country needs a
``region``, text around a number is no number, and an extension is refused, because E.164 would silently drop it.
"""

import enum
import re
import unicodedata
from dataclasses import dataclass, field

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

TEXT_LENGTH_MAX = 100
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""ITU-T E.164 §6.2.1: at most 15 digits with the country code."""
_MEXICO, _MEXICO_MOBILE = 52, "1"
_TEL = re.compile(r"\A\s*tel:", re.IGNORECASE)
"""RFC 3966 §3, as address books export numbers."""
_BEGINNING = re.compile(r"\A\s*[+\uFF0B(\d]")

_WORD = re.compile(r"\A[+\d()\s.-]+[A-Za-z][A-Za-z\d\s.-]+\Z")
_SPELLED = frozenset(
    (PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.UAN)
)


class NumberProblem(enum.Enum):
    """Why a text is no number that can be reached; the value is for the person."""

    NOT_A_NUMBER = "This is not a phone number."
    COUNTRY = "Which country is this number in? Begin it with + and the country's code."
    SHORT = "This number is too short: short codes and emergency numbers have no messages."
    LONG = "This number is too long."
    EXTENSION = "This number has an extension, which a message cannot be sent to."
    LEGACY = "In Mexico the 1 after +52 is no longer dialled: leave it out."
    UNASSIGNED = "No number like this is in use in its country."


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number somewhere in the world that its country's numbering plan allows."""

    e164: str = field(repr=False)
    """``+4915123456789``: the only form that is compared, hashed or sent."""

    def __post_init__(self) -> None:
        if not _E164.fullmatch(self.e164):
            raise ValueError("not a number in E.164")

    @property
    def octets(self) -> bytes:
        """The input of discovery's function: E.164 in ASCII."""
        return self.e164.encode("ascii")


def read_number(text: str, region: str | None = None) -> PhoneNumber | NumberProblem:
    """The number that ``text`` is. ``region``: ISO 3166-1 alpha-2, the country of numbers that do not name theirs."""
    if len(text) > TEXT_LENGTH_MAX:
        return NumberProblem.NOT_A_NUMBER
    plain = _TEL.sub("", _visible(text))
    if not _BEGINNING.match(plain):
        return NumberProblem.NOT_A_NUMBER
    try:
        parsed = phonenumbers.parse(plain, region.upper() if region is not None else None)
    except NumberParseException as error:
        return _unparsed(error)
    if parsed.extension:
        return NumberProblem.EXTENSION
    if not _nothing_else(plain, parsed):
        return NumberProblem.NOT_A_NUMBER
    if not phonenumbers.is_valid_number(parsed):
        return _why_invalid(parsed)
    return PhoneNumber(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))


def metadata_version() -> str:
    """Of the numbering plans known here, like ``9.0.42``; at most 16 letters of ASCII."""
    return phonenumbers.__version__[:16]


def _visible(text: str) -> str:
    """Without the marks for the direction of writing that numbers bring along when they are copied."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def _nothing_else(plain: str, parsed: phonenumbers.PhoneNumber) -> bool:
    """Digits and what is written between them. Letters only in service numbers spelled as a word (1-800-FLOWERS):
    elsewhere they are somebody's name, and taken for digits they would lead to a stranger.
    """
    if any(letter.isalpha() for letter in plain):
        return phonenumbers.number_type(parsed) in _SPELLED and bool(_WORD.match(plain))
    return all(letter in "+\uff0b()[]./-" or _is_gap(letter) or letter.isdecimal() for letter in plain)


def _is_gap(letter: str) -> bool:
    return unicodedata.category(letter) in ("Zs", "Pd") or letter == "\t"


def _unparsed(error: NumberParseException) -> NumberProblem:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return NumberProblem.COUNTRY
    if error.error_type in (NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD):
        return NumberProblem.SHORT
    return NumberProblem.LONG if error.error_type == NumberParseException.TOO_LONG else NumberProblem.NOT_A_NUMBER


def _why_invalid(parsed: phonenumbers.PhoneNumber) -> NumberProblem:
    if _is_legacy(parsed):
        return NumberProblem.LEGACY
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason in (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        return NumberProblem.SHORT
    return NumberProblem.LONG if reason == ValidationResult.TOO_LONG else NumberProblem.UNASSIGNED


def _is_legacy(parsed: phonenumbers.PhoneNumber) -> bool:
    """Mobile numbers in Mexico were dialled with a 1 after the country code until 2019."""
    national = str(parsed.national_number)
    if parsed.country_code != _MEXICO or not national.startswith(_MEXICO_MOBILE):
        return False
    shorter = phonenumbers.PhoneNumber(_MEXICO, int(national[1:] or "0"))
    return phonenumbers.is_valid_number(shorter)
