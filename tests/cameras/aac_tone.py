"""A tone in AAC as a camera would send it, and the tone that stands in packets of Opus."""

import array
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import av

from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket
from curtilage.cameras.webrtc.transcoder_records import Opening

AU_SAMPLES = 1024
EPOCH_S = 1_700_000_000
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


@dataclass(frozen=True)
class AacTone:
    """Some seconds of it."""

    rate_hz: int
    channels: int
    config: bytes
    units: tuple[bytes, ...]

    @property
    def opening(self) -> Opening:
        return Opening(self.rate_hz, min(self.channels, 2), self.config)

    def run(self, first: int, count: int = 1) -> AudioRun:
        """Some access units, at the time of day at which they come when the first came at EPOCH_S."""
        frames = tuple((self.units[at % len(self.units)], AU_SAMPLES) for at in range(first, first + count))
        return AudioRun(EPOCH_S * self.rate_hz + first * AU_SAMPLES, frames)


@cache
def aac_tone(rate_hz: int = 16_000, channels: int = 1, hertz: float = 700, length_s: float = 2) -> AacTone:
    """AAC-LC by FFmpeg's own encoder."""
    encoder = av.AudioCodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate_hz, _LAYOUTS[channels], "fltp"
    encoder.bit_rate = 32_000 * channels
    encoder.open()
    units = []
    for at in range(0, int(length_s * rate_hz), AU_SAMPLES):
        frame = av.AudioFrame("fltp", _LAYOUTS[channels], AU_SAMPLES)
        frame.sample_rate, frame.pts = rate_hz, at
        wave = (0.4 * math.sin(2 * math.pi * hertz * (at + step) / rate_hz) for step in range(AU_SAMPLES))
        samples = array.array("f", wave).tobytes()
        for plane in frame.planes:
            plane.update(samples)
        units += [bytes(packet) for packet in encoder.encode(frame)]
    return AacTone(rate_hz, channels, bytes(encoder.extradata or b""), tuple(units))


def tone_in(packets: Iterable[SoundPacket]) -> float:
    """Its frequency in Hz, by the times at which the wave rises through zero."""
    decoder = av.AudioCodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = 48_000, "mono"
    samples = array.array("h")
    for packet in packets:
        for frame in decoder.decode(av.Packet(packet.payload)):
            assert (frame.sample_rate, frame.format.name) == (48_000, "s16")
            samples.frombytes(bytes(frame.planes[0])[: frame.samples * 2])
    heard = samples[len(samples) // 4 :]
    assert max(heard) > 3_000
    rises = [at for at, (before, after) in enumerate(itertools.pairwise(heard)) if before < 0 <= after]
    return 48_000 * (len(rises) - 1) / (rises[-1] - rises[0])
