"""A clip and a tone in one container, as cameras that are read by FFmpeg send them."""

import array
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av

from tests.origin.clip import ClipKind, clip_file, read_clip

_LOUDNESS = 12_000


@dataclass(frozen=True)
class Tone:
    """What is heard, and in which of FFmpeg's codecs."""

    codec: str
    rate_hz: int
    hertz: float = 1000.0
    channels: int = 1
    seconds: float = 1.0


@dataclass(frozen=True)
class SoundingFilm:
    """What the camera sends, and what its encoder made of the tone."""

    octets: bytes = field(repr=False)
    sound: list[bytes] = field(repr=False)


def sounding_film(clips: Path, kind: ClipKind, form: str, tone: Tone) -> SoundingFilm:
    """Pictures and sound, by turns."""
    units = b"".join(unit.annex_b for unit in read_clip(clip_file(clips, kind)))
    out, sent = io.BytesIO(), list[bytes]()
    with av.open(io.BytesIO(units), mode="r", format="h264") as stream, av.open(out, "w", format=form) as made:
        video = made.add_stream_from_template(stream.streams.video[0])
        audio = made.add_stream(tone.codec, rate=tone.rate_hz)
        assert isinstance(audio, av.AudioStream)
        audio.layout = "mono" if tone.channels == 1 else "stereo"
        sounds = iter([*_encoded(audio, tone)])
        sound = next(sounds, None)
        for number, packet in enumerate(stream.demux(video=0)):
            if not packet.size:
                continue
            while sound is not None and _seconds(sound) <= number / kind.frames_per_s:
                sent.append(bytes(sound))
                made.mux(sound)
                sound = next(sounds, None)
            packet.time_base, packet.pts, packet.dts = Fraction(1, kind.frames_per_s), number, number
            packet.stream = video
            made.mux(packet)
    return SoundingFilm(out.getvalue(), sent)


def _seconds(packet: "av.Packet[av.AudioStream]") -> Fraction:
    return (packet.pts or 0) * packet.time_base


def _encoded(audio: "av.AudioStream", tone: Tone) -> Iterator["av.Packet[av.AudioStream]"]:
    step = audio.codec_context.frame_size or tone.rate_hz // 50
    for begin in range(0, int(tone.seconds * tone.rate_hz), step):
        wave = [
            int(_LOUDNESS * math.sin(2 * math.pi * tone.hertz * (begin + place) / tone.rate_hz))
            for place in range(step)
            for _ in range(tone.channels)
        ]
        frame = av.AudioFrame("s16", "mono" if tone.channels == 1 else "stereo", step)
        frame.planes[0].update(array.array("h", wave).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = tone.rate_hz, begin, Fraction(1, tone.rate_hz)
        yield from audio.encode(frame)
    yield from audio.encode(None)
