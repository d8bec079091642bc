"""Names of homes, persons, devices and accounts: one form, so that equal-looking names are equal.

Guards against names that are no names: empty, endless, or made of control characters that would garble a terminal or
turn a sentence around (bidirectional overrides).
"""

import unicodedata

from curtilage.errors import PersonError

_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, surrogate, private use, unassigned, line and paragraph separators."""
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class BadName(PersonError):
    """No usable name."""


class NameTaken(PersonError):
    """Another has this name."""


def clean_name(text: str, length_max: int) -> str:
    """NFC, spaces at the ends removed and runs of them made one. Raises BadName; its message never repeats the name."""
    if len(text) > 4 * length_max:
        raise BadName(f"A name has at most {length_max} characters.", do="Choose a shorter one.")
    if any(unicodedata.category(letter) in _REFUSED_CATEGORIES or letter in _BIDI_CONTROLS for letter in text):
        raise BadName("A name is plain text on one line.", do="Type it anew.")
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise BadName("The name is empty.", do="Type one.")
    if len(name) > length_max:
        raise BadName(f"A name has at most {length_max} characters.", do="Choose a shorter one.")
    return name


def canonical(name: str) -> str:
    """For looking up: names that differ only in case or width are the same name."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
