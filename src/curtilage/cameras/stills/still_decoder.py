"""The process that makes a JPEG of a keyframe. One process serves one view, so that no picture can go to another's.

``python -m curtilage.cameras.stills.still_decoder`` reads requests and writes replies until its standard input closes:

    request  flags u8, length of words u16, length of init u32, length of fragment u32, and these three
    reply    length u32 and the JPEG; length 0: it could not be decoded

A fragment of length 0 means the last picture that could be decoded; NEUTRAL means none at all, a plain card. ``words``
are drawn into the picture: its age. What a camera sent is decoded here and not in the server because a decoder is the
one part of it all that hostile pictures are made for: this process holds one view's picture, no key, no file, and is
bounded in memory and time. It needs PyAV and Pillow.
"""

import io
import math
import resource
import struct
import sys
from typing import BinaryIO, cast

import av
from PIL import Image, ImageDraw, ImageFont

HEAD = struct.Struct(">BHII")
LENGTH = struct.Struct(">I")
NEUTRAL = 1
MEMORY_BYTES_MAX = 448 << 20
"""Of addresses. The largest picture a camera may announce (7680x4320) takes 280 MiB of them, an ordinary one 160."""
PIXELS_MAX = 2560 * 1440
"""A larger picture is made smaller before anything else is done with it: the decoder's own form has 1.5 bytes a pixel,
a picture to draw on has 4, more than once."""
_QUALITY = 85
_CARD_SIZE = (1280, 720)
_CARD_COLOUR = (38, 42, 40)
_WORDS_SHARE = 22
"""Words are a twenty-second of the picture's height."""


def decode(octets: bytes) -> Image.Image | None:
    """The first picture of an MP4; None when FFmpeg finds none."""
    try:
        with av.open(io.BytesIO(octets), mode="r", format="mp4") as container:
            container.streams.video[0].thread_count = 1
            frame = next(container.decode(video=0))
            width, height = bounded(frame.width, frame.height)
            return cast("Image.Image", frame.to_image(width=width, height=height))  # type: ignore[no-untyped-call] # PyAV leaves it untyped
    except (av.FFmpegError, IndexError, MemoryError, StopIteration):
        return None


def bounded(width: int, height: int) -> tuple[int, int]:
    """The size, or one of the same shape that has at most PIXELS_MAX."""
    share = min(1.0, math.sqrt(PIXELS_MAX / (width * height)))
    return max(1, int(width * share)), max(1, int(height * share))


def card() -> Image.Image:
    """The neutral card: no picture of anything."""
    return Image.new("RGB", _CARD_SIZE, _CARD_COLOUR)


def with_words(picture: Image.Image, words: str) -> Image.Image:
    """The picture with ``words`` on a dark strip at its foot."""
    shown = picture.copy()
    size = max(12, shown.height // _WORDS_SHARE)
    draw = ImageDraw.Draw(shown)
    draw.rectangle((0, shown.height - 2 * size, shown.width, shown.height), fill=(0, 0, 0))
    font = ImageFont.load_default(size)
    draw.text((size, shown.height - size), words, fill=(255, 255, 255), font=font, anchor="lm")
    return shown


def encode(picture: Image.Image) -> bytes:
    """JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Until ``requests`` ends."""
    shown: Image.Image | None = None
    while len(head := requests.read(HEAD.size)) == HEAD.size:
        flags, words_bytes, init_bytes, fragment_bytes = HEAD.unpack(head)
        words = requests.read(words_bytes).decode()
        octets = requests.read(init_bytes + fragment_bytes)
        picture = card() if flags & NEUTRAL else decode(octets) if octets else shown
        jpeg = b"" if picture is None else encode(with_words(picture, words) if words else picture)
        shown = picture or shown
        replies.write(LENGTH.pack(len(jpeg)) + jpeg)
        replies.flush()


def limit() -> None:
    """No file may grow, no core be dumped, memory is bounded."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))


if __name__ == "__main__":
    limit()
    serve(sys.stdin.buffer, sys.stdout.buffer)
