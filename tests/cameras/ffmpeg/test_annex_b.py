"""Byte streams taken apart: pictures whole and in order, nothing before a keyframe or after damage."""

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.ffmpeg.annex_b import AnnexBStream, nal_units
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.rtsp.sdp import Encoding
from tests.origin import made_h265
from tests.origin.made_h264 import DELIMITER, IDR, SLICE, MadeSps, pps_nal, slice_nal

NAL = st.binary(min_size=1, max_size=20).filter(lambda nal: b"\0\0" not in nal and nal[-1] != 0)
PIXELS_MAX = 1920 * 1088
H264_SETS = (MadeSps().nal(), pps_nal())
H265_SETS = (made_h265.vps_nal(), made_h265.MadeSps().nal(), made_h265.pps_nal())


def stream_of(*units: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def slices(found: list[CodecParameters | AccessUnit]) -> list[tuple[bytes, ...]]:
    return [item.nal_units for item in found if isinstance(item, AccessUnit)]


@given(st.lists(st.tuples(st.sampled_from([b"\0\0\1", b"\0\0\0\1"]), NAL), max_size=8))
def test_nal_units_are_found_between_start_codes(units: list[tuple[bytes, bytes]]) -> None:
    assert nal_units(b"".join(code + nal for code, nal in units)) == [nal for _, nal in units]


def test_a_keyframes_parameters_come_first_and_once() -> None:
    stream = AnnexBStream(Encoding.H264, PIXELS_MAX)
    keyframe = stream_of(bytes((DELIMITER, 0xF0)), *H264_SETS, slice_nal(IDR))
    parameters, first = stream.picture(keyframe, 5)
    assert isinstance(parameters, CodecParameters)
    assert first == AccessUnit((slice_nal(IDR),), 5, keyframe=True)
    assert slices(list(stream.picture(stream_of(slice_nal(SLICE)), 6))) == [(slice_nal(SLICE),)]
    assert len(list(stream.picture(keyframe, 7))) == 1
    changed, _ = stream.picture(stream_of(MadeSps(width=1280, height=720).nal(), pps_nal(), slice_nal(IDR)), 8)
    assert isinstance(changed, CodecParameters)
    assert changed.width == 1280


def test_h265_is_read_by_its_own_rules() -> None:
    stream = AnnexBStream(Encoding.H265, PIXELS_MAX)
    above = made_h265.nal(made_h265.TRAIL, b"\x80abc", layer=1)
    parameters, unit = stream.picture(stream_of(*H265_SETS, made_h265.slice_nal(made_h265.CRA), above), 5)
    assert isinstance(parameters, CodecParameters)
    assert parameters.vps == H265_SETS[:1]
    assert unit == AccessUnit((made_h265.slice_nal(made_h265.CRA),), 5, keyframe=True)


def test_nothing_comes_before_a_keyframe_without_its_sets_or_after_damage() -> None:
    stream = AnnexBStream(Encoding.H264, PIXELS_MAX)
    assert list(stream.picture(stream_of(slice_nal(SLICE)), 1)) == []
    assert list(stream.picture(stream_of(slice_nal(IDR)), 2)) == []
    assert len(list(stream.picture(stream_of(*H264_SETS, slice_nal(IDR)), 3))) == 2
    stream.damaged()
    assert list(stream.picture(stream_of(slice_nal(SLICE)), 4)) == []
    assert slices(list(stream.picture(stream_of(slice_nal(IDR)), 5))) == [(slice_nal(IDR),)]


def test_a_picture_beyond_the_limit_is_not_announced() -> None:
    stream = AnnexBStream(Encoding.H264, 100)
    assert list(stream.picture(stream_of(*H264_SETS, slice_nal(IDR)), 1)) == []


@given(
    st.sampled_from(Encoding), st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([*H264_SETS, *H265_SETS])))
)
def test_any_bytes_do_no_harm(encoding: Encoding, pictures: list[bytes]) -> None:
    stream = AnnexBStream(encoding, PIXELS_MAX)
    for octets in pictures:
        list(stream.picture(stream_of(octets), 0))
