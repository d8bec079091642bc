"""Which channels of its connection, or which ports, a camera sends on: the Transport header (RFC 2326 §12.39). Pure."""

import re

from curtilage.cameras.input.source import SourceError, SourceProblem

_INTERLEAVED = re.compile(r"interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?", re.ASCII | re.IGNORECASE)
_SERVER_PORTS = re.compile(r"server_port\s*=\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?", re.ASCII | re.IGNORECASE)
_OTHER_THAN_UDP = re.compile(r"interleaved|multicast|RTP/AVP/TCP", re.ASCII | re.IGNORECASE)


def interleaved(first_channel: int) -> str:
    """The Transport header that asks for two channels of this connection."""
    return f"RTP/AVP/TCP;unicast;interleaved={first_channel}-{first_channel + 1}"


def channels(transport: str, first_channel: int) -> tuple[int, int]:
    """Channels of packets and reports; ``first_channel`` where the camera says nothing.

    Raises SourceError when it chose another way.
    """
    first = transport.split(",", 1)[0]
    match = _INTERLEAVED.search(first)
    if match is None:
        if "client_port" in first or "multicast" in first:
            raise SourceError(SourceProblem.UNSUPPORTED, "it does not send over the same connection")
        return first_channel, first_channel + 1
    packets = int(match[1])
    reports = int(match[2]) if match[2] else packets + 1
    if packets > 255 or reports > 255 or packets == reports:
        raise SourceError(SourceProblem.GARBAGE, "it chose a channel that does not exist")
    return packets, reports


def by_udp(port: int) -> str:
    """The Transport header that asks for packets at ``port`` and reports at the next."""
    return f"RTP/AVP;unicast;client_port={port}-{port + 1}"


def is_by_udp(transport: str) -> bool:
    """Whether the camera agreed to that: it says nothing else."""
    return _OTHER_THAN_UDP.search(transport.split(",", 1)[0]) is None


def report_port(transport: str) -> int:
    """Where the camera takes our reports; 0: it does not say."""
    ports = _SERVER_PORTS.search(transport)
    return int(ports[2] or int(ports[1]) + 1) if ports is not None else 0
