"""How long an Opus packet lasts (RFC 6716 §3.1, §3.4). Pure."""

_DURATION_MAX = 5760
"""RFC 6716 §3.4: no packet lasts longer than 120 ms of 48 kHz."""
_SILK = (480, 960, 1920, 2880)
_HYBRID = (480, 960)
_CELT = (120, 240, 480, 960)


def opus_duration(packet: bytes) -> int:
    """In 1/48,000 s, from the table of contents (RFC 6716 §3.1); 0: it is no Opus packet."""
    if not packet:
        return 0
    configuration, code = packet[0] >> 3, packet[0] & 3
    if configuration < 12:
        frame = _SILK[configuration & 3]
    elif configuration < 16:
        frame = _HYBRID[configuration & 1]
    else:
        frame = _CELT[configuration & 3]
    said = packet[1] & 0x3F if len(packet) > 1 else 0
    duration = frame * (1, 2, 2, said)[code]
    return duration if duration <= _DURATION_MAX else 0
