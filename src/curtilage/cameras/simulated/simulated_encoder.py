"""The process behind a simulated camera: draws, encodes and writes records (simulated/simulated.py says which).

``python -m curtilage.cameras.simulated.simulated_encoder`` reads one line, the address, and ends when nobody reads any
more. It needs Pillow and PyAV. A picture that would come too late is left out, so that the clock in it stays right and
a slow machine is not driven into the ground.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import BinaryIO

import av

from curtilage.cameras.ffmpeg.annex_b import nal_units
from curtilage.cameras.input.source_process import RecordKind, encode_record
from curtilage.cameras.media import h264
from curtilage.cameras.media.timeline import TICKS_PER_SECOND
from curtilage.cameras.simulated.simulated import SimulatedAddress
from curtilage.cameras.simulated.simulated_picture import SimulatedPicture
from curtilage.cameras.simulated.simulated_scene import HEIGHT, WIDTH, Scene
from curtilage.config import Config
from curtilage.wire.mark import Mark, encode_mark

FRAMES_PER_S = 25
GROUP_FRAMES_COUNT = 50
_TICKS_PER_FRAME = TICKS_PER_SECOND // FRAMES_PER_S
_NOT_IN_PARTS = frozenset({h264.SEI, h264.SPS, h264.PPS, h264.DELIMITER, h264.FILLER})
_X264 = (
    f"keyint={GROUP_FRAMES_COUNT}:min-keyint={GROUP_FRAMES_COUNT}:scenecut=0:bframes=0:repeat-headers=1:"
    "colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m:fullrange=off:vbv-maxrate=2500:vbv-bufsize=2500"
)


class Encoder:
    """H.264 as cameras send it: groups of two seconds, no B-frames, each picture out before the next goes in."""

    def __init__(self) -> None:
        encoder = av.CodecContext.create("libx264", "w")
        assert isinstance(encoder, av.VideoCodecContext)
        encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        encoder.framerate, encoder.time_base = Fraction(FRAMES_PER_S), Fraction(1, FRAMES_PER_S)
        encoder.thread_count = 1
        encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "23", "x264-params": _X264}
        self._encoder = encoder
        self._frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")

    def encode(self, planes: tuple[bytes, bytes, bytes], index: int) -> Iterator[tuple[bool, list[bytes]]]:
        """Keyframe or not, and the NAL units of the picture."""
        self._frame.make_writable()
        for plane, octets in zip(self._frame.planes, planes, strict=True):
            plane.update(octets)
        self._frame.pts = index
        for packet in self._encoder.encode(self._frame):
            yield packet.is_keyframe, nal_units(bytes(packet))


def records(encoded: tuple[bool, list[bytes]], timestamp: int) -> Iterator[bytes]:
    """The records of one picture: its parameters first when it is a keyframe."""
    keyframe, units = encoded
    if keyframe:
        sets = [unit for kind in (h264.SPS, h264.PPS) for unit in units if unit[0] & h264.NAL_TYPE_MASK == kind]
        yield encode_record(RecordKind.PARAMETERS, 0, sets)
    pictures = [unit for unit in units if unit[0] & h264.NAL_TYPE_MASK not in _NOT_IN_PARTS]
    yield encode_record(RecordKind.KEYFRAME if keyframe else RecordKind.PICTURE, timestamp, pictures)


def film(address: SimulatedAddress, out: BinaryIO) -> None:
    """Write pictures at the pace of the clock, until nobody reads them: ConnectionError."""
    picture = SimulatedPicture(address.name, Scene(address.scene), address.seed)
    encoder, key = Encoder(), address.mark_key or b""
    index, start = 0, time.monotonic()
    while True:
        octets = encode_mark(Mark(address.home, address.camera, index), key)
        planes = picture.draw(index / FRAMES_PER_S, datetime.now().astimezone(), octets)
        for encoded in encoder.encode(planes, index):
            out.writelines(records(encoded, index * _TICKS_PER_FRAME))
        out.flush()
        index = max(index + 1, int((time.monotonic() - start) * FRAMES_PER_S))
        time.sleep(max(0.0, start + index / FRAMES_PER_S - time.monotonic()))


def main() -> None:
    """See the module's text."""
    address = SimulatedAddress.parse(sys.stdin.readline().strip(), Config().name_length_max)
    with contextlib.suppress(ConnectionError):  # the server has gone
        film(address, sys.stdout.buffer)
    # The pipe is broken: what Python would flush at its end must have somewhere to go.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
