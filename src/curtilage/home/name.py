"""Names of homes, persons, devices and accounts: one form, so that equal-looking names are equal.

Guards against names that are no names: empty, endless, or made of control characters that would garble a terminal or
turn a sentence around (bidirectional overrides).
"""

import unicodedata

from curtilage.errors import PersonError

_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, invisible (direction marks too), surrogate, private use, unassigned, line and paragraph separators."""
_JOINERS = "\u200c\u200d"
"""Invisible too, but scripts (Persian, Devanagari) and emoji need them; two names do not differ by them."""


class BadName(PersonError):
    """No usable name."""


class NameTaken(PersonError):
    """Another has this name."""


def clean_name(text: str, length_max: int) -> str:
    """NFC, spaces at the ends removed and runs of them made one. Raises BadName; its message never repeats the name."""
    if len(text) > 4 * length_max:
        raise BadName(f"A name has at most {length_max} characters.", do="Choose a shorter one.")
    if any(unicodedata.category(letter) in _REFUSED_CATEGORIES and letter not in _JOINERS for letter in text):
        raise BadName("A name is plain text on one line.", do="Type it anew.")
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name.strip(_JOINERS + " "):
        raise BadName("The name is empty.", do="Type one.")
    if len(name) > length_max:
        raise BadName(f"A name has at most {length_max} characters.", do="Choose a shorter one.")
    return name


def canonical(name: str) -> str:
    """For looking up: names that differ only in case, in width or by an invisible joiner are the same name."""
    seen = "".join(letter for letter in name if letter not in _JOINERS)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
