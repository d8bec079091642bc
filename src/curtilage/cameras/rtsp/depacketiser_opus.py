"""Opus out of RTP (RFC 7587 §4.2): a payload is one Opus packet, whose first byte says how long it lasts. Pure."""

from curtilage.cameras.rtsp.depacketiser_audio import AudioDepacketiser

_DURATION_MAX = 5760
"""RFC 6716 §3.4: no packet lasts longer than 120 ms of 48 kHz."""
_SILK = (480, 960, 1920, 2880)
_HYBRID = (480, 960)
_CELT = (120, 240, 480, 960)


class OpusDepacketiser(AudioDepacketiser):
    """See the module's text."""

    def _take(self, payload: bytes, timestamp: int, *, ends: bool) -> bool:  # noqa: ARG002 the marker begins a talk spurt
        duration = opus_duration(payload)
        if duration:
            self._give(payload, timestamp, duration)
        return duration > 0


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
