"""What an answer says of our one port for ICE over TCP (RFC 6544 §4): passive candidates. Pure."""

import ipaddress
from collections.abc import Iterable, Sequence

CANDIDATES_COUNT_MAX = 8
_TYPE_PREFERENCE = 90
"""Below UDP's of our own (126) and of a STUN server (100), above a relay's (0): a stranger's help is asked for last."""
_DIRECTION_PASSIVE = 4
"""RFC 6544 §4.2."""
_OTHER_MOST = 8191
_COMPONENT = 1


def tcp_hosts(listened: Iterable[str], own: Sequence[str], public: Iterable[str]) -> tuple[str, ...]:
    """Addresses under which the port may be reached.

    ``listened``: what it is bound to; ``own``: this machine's addresses; ``public``: those the operator named, under
    which something may forward to it.
    """
    found: dict[str, None] = {}
    for host in listened:
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            found |= dict.fromkeys(one for one in own if ipaddress.ip_address(one).version == address.version)
        else:
            found[host] = None
    found |= dict.fromkeys(public)
    return tuple(found)[:CANDIDATES_COUNT_MAX]


def tcp_candidates(hosts: Sequence[str], port: int) -> tuple[str, ...]:
    """As they stand behind ``candidate:`` (RFC 6544 §4.5)."""
    return tuple(
        f"tcp{place} {_COMPONENT} tcp {_priority(place)} {host} {port} typ host tcptype passive"
        for place, host in enumerate(hosts)
    )


def _priority(place: int) -> int:
    """RFC 8445 §5.1.2.1 with the local preference of RFC 6544 §4.2."""
    local = (_DIRECTION_PASSIVE << 13) + _OTHER_MOST - place
    return (_TYPE_PREFERENCE << 24) + (local << 8) + 256 - _COMPONENT
