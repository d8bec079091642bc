"""The clip a test origin plays: marked pictures, H.264 or H.265, as access units in one file.

A clip file is a row of records: ``u32`` length of the access unit (big-endian), ``u8`` keyframe (0 or 1), then the
access unit in Annex B form; in decoding order, parameter sets before every keyframe. Every picture carries the mark
(wire/mark.py) with its index from 0 as the frame number. Groups of pictures are closed, so that the clip loops.

Making the large clip takes a quarter of a minute, so clips are kept in a folder under a name that holds all parameters.
"""

import argparse
import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageFilter

from curtilage.wire.mark import Mark, encode_mark, paint_mark

MARK_KEY = b"the key of the marks in the clip"
"""Public on purpose: it tells marks from noise in tests, and guards nothing."""
RECIPE = 3
"""Part of a kept clip's name: raise it when the drawing below changes."""
_HEAD = struct.Struct(">IB")
_SUFFIXES = {"libx264": "h264au", "libx265": "h265au"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipKind:
    """What a clip is like. The defaults are the benchmark's."""

    width: int = 1280
    height: int = 720
    frames_per_s: int = 25
    duration_s: int = 60
    bits_per_s: int = 2_000_000
    group_frames_count: int = 50
    b_frames_count: int = 0
    profile: str = "high"
    encoder: str = "libx264"
    """FFmpeg's name: ``libx264``, or ``libx265`` for an H.265 clip, whose profile is ``main``."""
    home: int = 1
    camera: int = 1
    seed: int = 1

    @property
    def frames_count(self) -> int:
        """Pictures in all."""
        return self.frames_per_s * self.duration_s


BENCHMARK = ClipKind()
SMALL = ClipKind(width=320, height=180, duration_s=4, bits_per_s=300_000)
OTHER_SIZE = ClipKind(width=480, height=270, duration_s=4, bits_per_s=400_000, home=2)
WITH_B_FRAMES = ClipKind(width=320, height=180, duration_s=4, bits_per_s=300_000, b_frames_count=2)
IN_H265 = ClipKind(width=320, height=180, duration_s=4, bits_per_s=300_000, profile="main", encoder="libx265")


@dataclass(frozen=True, slots=True)
class ClipUnit:
    """One access unit of a clip."""

    keyframe: bool
    annex_b: bytes


def clip_file(folder: Path, kind: ClipKind = BENCHMARK) -> Path:
    """The clip's file; made when the folder has none of this kind yet."""
    digest = hashlib.sha256(repr((RECIPE, astuple(kind))).encode()).hexdigest()[:12]
    file = folder / f"clip-{kind.width}x{kind.height}-{kind.duration_s}s-{digest}.{_SUFFIXES[kind.encoder]}"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as out:
            for packet in _packets(kind):
                octets = bytes(packet)
                out.write(_HEAD.pack(len(octets), packet.is_keyframe) + octets)
        unfinished.replace(file)
    return file


def read_clip(file: Path) -> Iterator[ClipUnit]:
    """The access units of a clip. Raises ValueError when it ends within one."""
    with file.open("rb") as clip:
        while head := clip.read(_HEAD.size):
            length, keyframe = _HEAD.unpack(head)
            octets = clip.read(length)
            if len(octets) != length:
                raise ValueError("the clip ends within an access unit")
            yield ClipUnit(bool(keyframe), octets)


def _packets(kind: ClipKind) -> "Iterator[av.Packet[Any]]":
    """Encoded pictures, in decoding order."""
    encoder = _encoder(kind)
    for frame in _frames(kind):
        yield from encoder.encode(frame)
    yield from encoder.encode(None)


def _encoder(kind: ClipKind) -> av.VideoCodecContext:
    encoder = av.CodecContext.create(kind.encoder, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = kind.width, kind.height, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(kind.frames_per_s), Fraction(1, kind.frames_per_s)
    encoder.bit_rate = kind.bits_per_s
    group = kind.group_frames_count
    encoder.gop_size, encoder.max_b_frames = group, kind.b_frames_count
    rate = f"vbv-maxrate={kind.bits_per_s * 3 // 2000}:vbv-bufsize={kind.bits_per_s // 1000}"
    closed = f"keyint={group}:min-keyint={group}:scenecut=0:open-gop=0:repeat-headers=1:bframes={kind.b_frames_count}"
    quiet = ":log-level=none:pools=1" if kind.encoder == "libx265" else ":b-pyramid=none"
    encoder.options = {
        "preset": "veryfast",
        "profile": kind.profile,
        f"{kind.encoder.removeprefix('lib')}-params": f"{closed}:b-adapt=0:{rate}{quiet}",
    }
    encoder.thread_count = 1
    return encoder


def _frames(kind: ClipKind) -> Iterator[av.VideoFrame]:
    """A textured ground that drifts, with a patch drifting against it, and the mark on top of both."""
    width, height = kind.width, kind.height
    ground, patch = _texture(width * 2, height * 2, kind.seed), _texture(width, height, kind.seed + 1)
    for index in range(kind.frames_count):
        x, y = _sweep(index * 3, width), _sweep(index * 2, height)
        picture = ground.crop((x, y, x + width, y + height))
        across, down = _sweep(index * 5, width // 2), _sweep(index * 4, height // 2)
        picture.paste(patch.crop((across, down, across + width // 2, down + height // 3)), (width // 4, height // 3))
        luma = bytearray(picture.tobytes())
        paint_mark(luma, width, height, width, encode_mark(Mark(kind.home, kind.camera, index), MARK_KEY))
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, octets, across_count in zip(
            frame.planes, _planes(luma, width, height), (width, *[width // 2] * 2), strict=True
        ):
            _fill(plane, octets, across_count)
        frame.pts = index
        yield frame


def _planes(luma: bytearray, width: int, height: int) -> tuple[bytes, bytes, bytes]:
    neutral = bytes((128,)) * (width // 2 * ((height + 1) // 2))
    return bytes(luma), neutral, neutral


def _fill(plane: av.video.plane.VideoPlane, octets: bytes, width: int) -> None:
    """Copy into a plane whose lines may be padded."""
    stride = plane.line_size
    if stride != width:
        padding = bytes(stride - width)
        lines = [octets[at : at + width] for at in range(0, len(octets), width)]
        octets = b"".join(line + padding for line in lines)
    plane.update(octets.ljust(plane.buffer_size, b"\0"))


def _texture(width: int, height: int, seed: int) -> Image.Image:
    """Grey noise in three grains, the same for the same seed: it costs bits as leaves and gravel do."""
    coarse = _noise(width // 16, height // 16, seed).resize((width, height), Image.Resampling.BICUBIC)
    middle = _noise(width // 4, height // 4, seed + 100).resize((width, height), Image.Resampling.BILINEAR)
    fine = _noise(width, height, seed + 200).filter(ImageFilter.GaussianBlur(1))
    return Image.blend(Image.blend(coarse, middle, 0.4), fine, 0.25)


def _noise(width: int, height: int, seed: int) -> Image.Image:
    octets = hashlib.shake_128(f"texture {seed}".encode()).digest(width * height)
    return Image.frombytes("L", (width, height), octets)


def _sweep(place: int, length: int) -> int:
    """To and fro between 0 and ``length``."""
    place %= 2 * length
    return place if place <= length else 2 * length - place


def main() -> None:
    """``python -m tests.origin.clip FOLDER``: make the benchmark's clip and print its file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--duration", type=int, default=BENCHMARK.duration_s, help="seconds")
    arguments = parser.parse_args()
    print(clip_file(arguments.folder, ClipKind(duration_s=arguments.duration)))


if __name__ == "__main__":
    main()
