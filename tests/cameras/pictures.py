"""Real H.264 for tests: clips (tests/origin/clip.py) as access units a source would push, and a player to check."""

import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av

from curtilage.cameras.ffmpeg.annex_b import nal_units
from curtilage.cameras.media import h264, h265
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.part import Muxer, Part
from curtilage.wire.mark import read_octets
from tests.origin.clip import ClipKind, clip_file, read_clip

TICKS_PER_FRAME = 3600
_NOT_IN_PARTS = frozenset({h264.SEI, h264.SPS, h264.PPS, h264.DELIMITER})


@dataclass(frozen=True, slots=True)
class Film:
    """What a source would push, from its beginning."""

    parameters: CodecParameters
    units: tuple[AccessUnit, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One decoded picture."""

    time: int
    """Presentation time in 1/90,000 s."""
    width: int
    height: int
    mark: bytes | None
    """The 12 bytes of its mark, MAC unchecked."""

    @property
    def mark_frame(self) -> int | None:
        """Frame number of its mark."""
        return None if self.mark is None else int.from_bytes(self.mark[4:8], "big")


@functools.cache
def film(folder: Path, kind: ClipKind) -> Film:
    """A clip of this kind, timed at 25 pictures a second; the order of its marks gives presentation times.

    Read once per run, like the folder's clip is made once.
    """
    clip = list(read_clip(clip_file(folder, kind)))
    order = [shown.mark_frame or 0 for shown in decode_annex_b([unit.annex_b for unit in clip])]
    assert order == list(range(len(clip)))
    presentation = _presentation_order(kind, len(clip))
    units = []
    for place, unit in zip(presentation, clip, strict=True):
        pictures = tuple(nal for nal in nal_units(unit.annex_b) if nal[0] & h264.NAL_TYPE_MASK not in _NOT_IN_PARTS)
        units.append(AccessUnit(pictures, place * TICKS_PER_FRAME, unit.keyframe))
    return Film(parameters_of(clip[0].annex_b), tuple(units))


def parameters_of(annex_b: bytes) -> CodecParameters:
    """The parameters that stand before a keyframe."""
    nals = nal_units(annex_b)
    sps = next(nal for nal in nals if nal[0] & h264.NAL_TYPE_MASK == h264.SPS)
    pps = tuple(nal for nal in nals if nal[0] & h264.NAL_TYPE_MASK == h264.PPS)
    said = h264.read_sps(sps)
    assert said is not None
    return CodecParameters(sps, pps, said.width, said.height, said.codec, said.reorder)


def h265_parameters_of(annex_b: bytes) -> CodecParameters:
    """The same of an H.265 clip."""
    nals = [nal for nal in nal_units(annex_b) if len(nal) > h265.NAL_HEAD_BYTES]
    vps, sps, pps = (tuple(nal for nal in nals if h265.kind_of(nal) == kind) for kind in (h265.VPS, h265.SPS, h265.PPS))
    said = h265.read_sps(sps[0])
    assert said is not None
    return CodecParameters(sps[0], pps, said.width, said.height, said.codec, said.reorder, vps)


def _presentation_order(kind: ClipKind, count: int) -> list[int]:
    """Place in presentation of each picture in decoding order: x264, a fixed pattern of B-frames, closed groups."""
    order: list[int] = []
    for start in range(0, count, kind.group_frames_count):
        group = range(start, min(start + kind.group_frames_count, count))
        order.append(group[0])
        rest, step = list(group[1:]), kind.b_frames_count + 1
        for at in range(0, len(rest), step):
            mini = rest[at : at + step]
            order += [mini[-1], *mini[:-1]]
    return order


def mux(muxer: Muxer, taken: Film, now_ms: int = 0) -> list[Part]:
    """The init part and one media part per picture."""
    return [muxer.init(taken.parameters, now_ms), *(muxer.media(unit, now_ms) for unit in taken.units)]


def play(parts: Sequence[Part]) -> list[Shown]:
    """What FFmpeg shows of the parts, joined to a file. Raises when it finds an error."""
    with av.open(io.BytesIO(b"".join(part.octets for part in parts)), mode="r", format="mp4") as file:
        stream = file.streams.video[0]
        assert stream.time_base is not None
        assert stream.time_base.denominator == 90_000
        stream.codec_context.options = {"err_detect": "explode"}
        return [_shown(frame) for frame in file.decode(stream)]


def packet_times(parts: Sequence[Part]) -> list[tuple[int | None, int | None, int | None]]:
    """Decode time, presentation time and duration of each packet, as FFmpeg reads them."""
    with av.open(io.BytesIO(b"".join(part.octets for part in parts)), mode="r", format="mp4") as file:
        return [(packet.dts, packet.pts, packet.duration) for packet in file.demux(video=0) if packet.size]


def decode_annex_b(units: Sequence[bytes]) -> list[Shown]:
    """What FFmpeg shows of a raw stream."""
    with av.open(io.BytesIO(b"".join(units)), mode="r", format="h264") as file:
        return [_shown(frame) for frame in file.decode(video=0)]


def _shown(frame: av.VideoFrame) -> Shown:
    plane = frame.planes[0]
    octets = read_octets(bytes(plane), frame.width, frame.height, plane.line_size)
    return Shown(frame.pts or 0, frame.width, frame.height, octets)
