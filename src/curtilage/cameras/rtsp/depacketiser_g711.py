"""G.711 out of RTP (RFC 3551 §4.5.14): a payload is samples, a byte each, and its length says how many. Pure."""

from curtilage.cameras.rtsp.depacketiser_audio import AudioDepacketiser


class G711Depacketiser(AudioDepacketiser):
    """PCMU and PCMA alike."""

    def _take(self, payload: bytes, timestamp: int, *, ends: bool) -> bool:  # noqa: ARG002 the marker begins a talk spurt
        self._give(payload, timestamp, len(payload))
        return True
