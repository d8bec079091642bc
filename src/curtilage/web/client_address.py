"""By what a client is counted. Pure.

One machine has one IPv4 address, but 2^64 IPv6 addresses (RFC 4291 §2.5.4): these count as one, the network they are
in. An IPv4 address in IPv6's clothes (RFC 4291 §2.5.5.2) is what it is without them.
"""

import ipaddress
from ipaddress import IPv4Address, IPv6Address

_NETWORK_BITS = 64


def counted_address(host: str) -> str:
    """``192.0.2.7``, ``2001:db8:0:1::/64``; what is no IP address stands for itself."""
    found = _parsed(host)
    if isinstance(found, IPv6Address) and not found.is_loopback:
        return f"{ipaddress.ip_network((int(found), _NETWORK_BITS), strict=False)}"
    return str(found) if found is not None else host


def is_loopback(host: str) -> bool:
    """This machine itself."""
    found = _parsed(host)
    return found is not None and found.is_loopback


def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped if mapped is not None else found
