"""The form of a statement, checked before SQLite sees it: a wall of its own in front of the authorizer.

A base table cannot be named without writing its prefix in the text (SQL identifiers have no escapes), so a text without
the prefix reaches none, whatever an authorizer would be told about it.

The rules: one statement, SELECT, WITH, INSERT, UPDATE or DELETE; no base table; placeholders ``$1``, ``$2``, … that
first appear in this order (SQLite numbers them by appearance, PostgreSQL by their number: only so do both mean the
same). Values never stand in the text, so a rule may be blunt: no semicolon anywhere, not even inside quotes.
"""

import re

from curtilage.store.store import StoreRefused

BASE_PREFIXES = ("inside_", "outside_")
_VERB = re.compile(r"\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\$([0-9]+)")
_NEVER = (";", "?", "\0")


def check_form(sql: str) -> None:
    """Raises StoreRefused when ``sql`` breaks a rule above. The message names the rule, never a value."""
    if _VERB.match(sql) is None:
        raise StoreRefused("A statement must be SELECT, WITH, INSERT, UPDATE or DELETE.")
    if any(sign in sql for sign in _NEVER):
        raise StoreRefused("A statement stands alone, and its placeholders are $1, $2, ….")
    lowered = sql.lower()
    if any(prefix in lowered for prefix in BASE_PREFIXES):
        raise StoreRefused("A statement must not name a base table.")
    _check_placeholders(sql)


def _check_placeholders(sql: str) -> None:
    seen = 0
    for number in _PLACEHOLDER.findall(sql):
        if int(number) > seen + 1 or number.startswith("0"):
            raise StoreRefused("Placeholders must first appear in the order $1, $2, ….")
        seen = max(seen, int(number))
