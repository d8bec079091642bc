"""Whom a connectivity check is for: the first half of its USERNAME (RFC 8445 §7.1, RFC 8489 §5, §14). Pure.

It is read of what a stranger sends, before anything is known of them, and proves nothing: who may be answered is told
by the check's MESSAGE-INTEGRITY alone, later.
"""

import struct

NAME_LENGTH_MAX = 256
"""Of a ufrag (RFC 8839 §5.4)."""
_HEAD = struct.Struct(">HHI12x")
_ATTRIBUTE = struct.Struct(">HH")
_BINDING_REQUEST = 0x0001
_COOKIE = 0x2112A442
_USERNAME = 0x0006


def name_asked_for(packet: bytes) -> str | None:
    """The ufrag before the colon; None: it is no binding request, or has no such name."""
    if len(packet) < _HEAD.size:
        return None
    kind, length, cookie = _HEAD.unpack_from(packet)
    if kind != _BINDING_REQUEST or cookie != _COOKIE or length != len(packet) - _HEAD.size:
        return None
    place = _HEAD.size
    while place + _ATTRIBUTE.size <= len(packet):
        what, size = _ATTRIBUTE.unpack_from(packet, place)
        place += _ATTRIBUTE.size
        if what == _USERNAME:
            return _ufrag(packet[place : place + size]) if place + size <= len(packet) else None
        place += size + -size % 4
    return None


def _ufrag(username: bytes) -> str | None:
    name, colon, _ = username.partition(b":")
    if not colon or not 0 < len(name) <= NAME_LENGTH_MAX or not name.isascii():
        return None
    return name.decode("ascii")
