"""Opus out of RTP (RFC 7587 §4.2): a payload is one Opus packet, whose first byte says how long it lasts. Pure."""

from curtilage.cameras.media.opus_packet import opus_duration
from curtilage.cameras.rtsp.depacketiser_audio import AudioDepacketiser


class OpusDepacketiser(AudioDepacketiser):
    """See the module's text."""

    def _take(self, payload: bytes, timestamp: int, *, ends: bool) -> bool:  # noqa: ARG002 the marker begins a talk spurt
        duration = opus_duration(payload)
        if duration:
            self._give(payload, timestamp, duration)
        return duration > 0
