"""The GSM default alphabet with its extension table (3GPP TS 23.038 §6.2.1): text to septets and back.

A septet stands in an octet of its own here, as SMPP carries it: packing seven bits tightly is a modem's business. The
national language tables (§6.2.1.2) are not used: few carriers pass them on.
"""

from collections.abc import Mapping

ESCAPE = 0x1B
"""Announces that the next septet is one of the extension table."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""§6.2.1, in the order of its codes; what stands at 1B is the escape."""
_EXTENSION: Mapping[int, str] = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
"""§6.2.1.1."""
_SEPTETS: Mapping[str, bytes] = {
    **{character: bytes((code,)) for code, character in enumerate(_DEFAULT) if code != ESCAPE},
    **{character: bytes((ESCAPE, code)) for code, character in _EXTENSION.items()},
}


def encode(text: str) -> bytes | None:
    """One septet an octet; None when a character is not in the alphabet."""
    septets = [_SEPTETS.get(character) for character in text]
    return None if None in septets else b"".join(item for item in septets if item is not None)


def first_outside(text: str) -> str:
    """The first character that the alphabet does not have; empty when it has them all."""
    return next((character for character in text if character not in _SEPTETS), "")


def decode(octets: bytes) -> str:
    """Never raises: what is no septet is shown as U+FFFD.

    §6.2.1.1: "In the event that an MS receives a code where a symbol is not represented in the above table then the MS
    shall display either the character shown in the main default 7 bit default alphabet table", and a second escape or
    one without a septet after it as a space.
    """
    text, escaped = [], False
    for code in octets:
        if not escaped and code == ESCAPE:
            escaped = True
            continue
        text.append(_character(code, escaped=escaped))
        escaped = False
    return "".join(text) + (" " if escaped else "")


def _character(code: int, *, escaped: bool) -> str:
    if code >= len(_DEFAULT):
        return _REPLACEMENT
    if code == ESCAPE:
        return " "
    return _EXTENSION.get(code, _DEFAULT[code]) if escaped else _DEFAULT[code]
