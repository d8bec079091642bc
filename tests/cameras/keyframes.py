"""A real keyframe with a mark in it, and the mark read back from a JPEG."""

import functools
import io

import av
from PIL import Image

from curtilage.cameras.ffmpeg.annex_b import AnnexBStream, nal_units
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.h264 import IDR_SLICE, NAL_TYPE_MASK, PPS, SPS, read_sps
from curtilage.cameras.media.part import Muxer
from curtilage.cameras.rtsp.sdp import Encoding
from curtilage.cameras.simulated.simulated_encoder import Encoder
from curtilage.cameras.simulated.simulated_scene import HEIGHT, WIDTH
from curtilage.cameras.stills.still_view import Keyframe
from curtilage.wire.mark import Mark, encode_mark, paint_mark, read_mark

MARK_KEY = bytes(range(32))
MARK = Mark(7, 9, 1234)


@functools.cache
def marked_keyframe() -> Keyframe:
    """As an open view would hold it: init part and a fragment of one picture."""
    luma = bytearray([120]) * (WIDTH * HEIGHT)
    paint_mark(luma, WIDTH, HEIGHT, WIDTH, encode_mark(MARK, MARK_KEY))
    chroma = bytes([128]) * (WIDTH * HEIGHT // 4)
    ((_, units),) = Encoder().encode((bytes(luma), chroma, chroma), 0)
    slices = tuple(unit for unit in units if unit[0] & NAL_TYPE_MASK == IDR_SLICE)
    encoded = b"".join(b"\0\0\0\1" + unit for unit in units)
    assert nal_units(encoded) == list(units)
    sps = next(unit for unit in units if unit[0] & NAL_TYPE_MASK == SPS)
    pps = tuple(unit for unit in units if unit[0] & NAL_TYPE_MASK == PPS)
    said = read_sps(sps)
    assert said is not None
    muxer = Muxer()
    init = muxer.init(CodecParameters(sps, pps, said.width, said.height, said.codec), 0)
    return Keyframe(init.octets, muxer.media(AccessUnit(slices, 0, keyframe=True), 0).octets, 0)


def plain_keyframe(width: int, height: int) -> Keyframe:
    """A picture of one grey, of any size, by x264."""
    out = io.BytesIO()
    with av.open(out, "w", format="h264") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frame = av.VideoFrame(width, height, "yuv420p")
        frame.pts = 0
        for plane in frame.planes:
            plane.update(bytes([100]) * plane.buffer_size)
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    parameters, picture = AnnexBStream(Encoding.H264, width * height).picture(out.getvalue(), 0)
    assert isinstance(parameters, CodecParameters)
    assert isinstance(picture, AccessUnit)
    muxer = Muxer()
    init = muxer.init(parameters, 0)
    return Keyframe(init.octets, muxer.media(picture, 0).octets, 0)


def mark_in(jpeg: bytes, key: bytes) -> Mark | None:
    """The mark in a picture, if there is one."""
    grey = Image.open(io.BytesIO(jpeg)).convert("L")
    return read_mark(grey.tobytes(), grey.width, grey.height, grey.width, key)


def brightness(jpeg: bytes, top: float, bottom: float) -> tuple[int, int]:
    """Darkest and brightest luma between two heights, as shares of the picture's."""
    grey = Image.open(io.BytesIO(jpeg)).convert("L")
    strip = grey.crop((0, int(grey.height * top), grey.width, int(grey.height * bottom)))
    found = [value for value, count in enumerate(strip.histogram()) if count]
    return found[0], found[-1]
