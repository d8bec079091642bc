"""Decoder configurations: compared with what FFmpeg writes of the same streams."""

import io
import struct
from dataclasses import replace
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.access_unit import CodecParameters
from curtilage.cameras.media.decoder_configuration import decoder_configuration, sample_entry_kind
from tests.cameras.pictures import film, h265_parameters_of
from tests.origin import made_h265
from tests.origin.clip import IN_H265, SMALL, ClipKind, clip_file, read_clip

MADE = CodecParameters(
    made_h265.MadeSps().nal(), (made_h265.pps_nal(),), 640, 360, "hvc1.1.6.L93.90", vps=(made_h265.vps_nal(),)
)


def of_ffmpeg(clips: Path, kind: ClipKind, form: str, tag: str, name: bytes) -> bytes:
    units = [unit.annex_b for unit in read_clip(clip_file(clips, kind))]
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(b"".join(units)), mode="r", format=form) as raw,
        av.open(out, "w", format="mp4") as mp4,
    ):
        stream = mp4.add_stream_from_template(raw.streams.video[0])
        stream.codec_context.codec_tag = tag
        for number, packet in enumerate(raw.demux(video=0)):
            if packet.size:
                packet.stream, packet.pts, packet.dts = stream, number, number
                mp4.mux(packet)
    written = out.getvalue()
    at = written.index(name) - 4
    (size,) = struct.unpack_from(">I", written, at)
    return written[at + 8 : at + size]


def test_h264s_is_the_one_ffmpeg_writes(clips: Path) -> None:
    made = decoder_configuration(film(clips, SMALL).parameters)
    assert (made.kind, made.octets) == (b"avcC", of_ffmpeg(clips, SMALL, "h264", "avc1", b"avcC"))


def test_h265s_is_the_one_ffmpeg_writes(clips: Path) -> None:
    parameters = h265_parameters_of(next(read_clip(clip_file(clips, IN_H265))).annex_b)
    made = decoder_configuration(parameters)
    assert sample_entry_kind(parameters) == b"hvc1"
    assert (made.kind, made.octets) == (b"hvcC", of_ffmpeg(clips, IN_H265, "hevc", "hvc1", b"hvcC"))


BROKEN = [
    ("an SPS that is none", replace(MADE, sps=b"\x42\1\1\1")),
    ("no PPS", replace(MADE, pps=())),
    ("a set too long", replace(MADE, vps=(bytes(65_536),))),
]


@pytest.mark.parametrize("parameters", [case[1] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_sets_that_fit_none_are_a_value_error(parameters: CodecParameters) -> None:
    with pytest.raises(ValueError, match="parameter set"):
        decoder_configuration(parameters)


@given(st.binary(max_size=80), st.lists(st.binary(max_size=40), max_size=4))
def test_random_parameter_sets_give_a_configuration_or_a_value_error(sps: bytes, pps: list[bytes]) -> None:
    try:
        record = decoder_configuration(CodecParameters(sps, tuple(pps), 16, 16, "avc1.000000")).octets
    except ValueError:
        return
    assert record[1:4] == sps[1:4]
    assert sps in record


@given(st.binary(max_size=80), st.lists(st.binary(max_size=40), max_size=3), st.binary(min_size=1, max_size=40))
def test_random_sets_of_h265_give_a_configuration_or_a_value_error(sps: bytes, pps: list[bytes], vps: bytes) -> None:
    try:
        record = decoder_configuration(CodecParameters(sps, tuple(pps), 16, 16, "hvc1.1", vps=(vps,))).octets
    except ValueError:
        return
    assert sps in record
