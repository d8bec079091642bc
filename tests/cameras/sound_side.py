"""What tests of sound share: a sink that keeps what comes, RTP packets made by hand, and boxes found by name."""

import struct
from dataclasses import dataclass, field

from curtilage.cameras.media.audio_codec import AudioFrame, AudioParameters
from curtilage.cameras.rtsp.depacketiser_audio import AudioDepacketiser


@dataclass
class KeptSound:
    """Implements SoundSink."""

    parameters: list[AudioParameters | None] = field(default_factory=list)
    frames: list[AudioFrame] = field(default_factory=list)

    def audio_changed(self, parameters: AudioParameters | None) -> None:
        self.parameters.append(parameters)

    def audio_frame(self, frame: AudioFrame) -> None:
        self.frames.append(frame)


def rtp_packet(payload: bytes, sequence: int, timestamp: int, kind: int = 97, *, marker: bool = False) -> bytes:
    """One RTP packet without extension and padding."""
    return struct.pack(">BBHII", 0x80, kind | (0x80 if marker else 0), sequence & 0xFFFF, timestamp, 7) + payload


def push(depacketiser: AudioDepacketiser, *packets: bytes) -> None:
    """Each packet in turn."""
    for packet in packets:
        depacketiser.packet(packet, 0, len(packet))
