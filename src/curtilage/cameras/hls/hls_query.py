"""The delivery directives in a playlist's address: ``_HLS_msn``, ``_HLS_part``, ``_HLS_skip`` (RFC 8216bis §6.2.5).

Pure. A directive that is given twice, is no decimal integer or stands without what it needs is refused as a whole:
half-understood, it would make the server wait for something else than the player does. What is no directive of these
three is ignored, as the RFC says of unknown ones.
"""

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"[0-9]{1,20}")
_NUMBER_MAX = 2**64 - 1
"""RFC 8216bis §4.2, decimal-integer."""
_QUERY_LENGTH_MAX = 512
_SKIP_WORDS = frozenset({"YES", "v2"})
_KNOWN = frozenset({"_HLS_msn", "_HLS_part", "_HLS_skip"})


@dataclass(frozen=True, slots=True)
class Directives:
    """What the player asks for."""

    number: int | None = None
    """Media sequence number: answer when the playlist has this segment (or the part of it below)."""
    part: int | None = None
    skip: bool = False
    """A delta update will do."""


def read_directives(query: str) -> Directives | None:
    """None: not understood."""
    if len(query) > _QUERY_LENGTH_MAX:
        return None
    given: dict[str, str] = {}
    for pair in query.split("&"):
        word, _, text = pair.partition("=")
        if word in _KNOWN:
            if word in given:
                return None
            given[word] = text
    number, part, skip = (given.get(word) for word in ("_HLS_msn", "_HLS_part", "_HLS_skip"))
    if part is not None and number is None:
        return None
    if not all(text is None or _is_number(text) for text in (number, part)):
        return None
    if skip is not None and skip not in _SKIP_WORDS:
        return None
    return Directives(None if number is None else int(number), None if part is None else int(part), skip is not None)


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and int(text) <= _NUMBER_MAX
