"""Boxes read back: what the muxer wrote comes out, and anything else is None."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.access_unit import CodecParameters
from curtilage.cameras.media.fmp4 import init_segment
from curtilage.cameras.media.fragment_reader import is_h265, read_fragment, read_init
from tests.cameras.whep_side import made_parameters, made_parts
from tests.origin import made_h265
from tests.origin.made_h264 import MadeSps, pps_nal


def test_the_parameter_sets_are_those_of_the_camera() -> None:
    parameters = made_parameters()
    read = read_init(made_parts(0)[0].octets)
    assert read is not None
    assert (read.sps, read.pps) == (parameters.sps, parameters.pps)
    assert read.profile_level_id == "42c01f"


def test_h265_is_told_from_what_is_nothing() -> None:
    octets = init_segment(
        CodecParameters(made_h265.MadeSps().nal(), (made_h265.pps_nal(),), 640, 360, "hvc1", vps=(made_h265.vps_nal(),))
    )
    assert is_h265(octets)
    assert read_init(octets) is None
    assert not is_h265(made_parts(0)[0].octets)
    assert not any(is_h265(octets[:length]) for length in range(len(octets) - 200))


@pytest.mark.parametrize("profile", [66, 77, 88, 100, 110, 122, 244])
def test_any_profile_and_several_pictures_sets(profile: int) -> None:
    parameters = replace(made_parameters(MadeSps(profile=profile)), pps=(pps_nal(0), pps_nal(1), pps_nal(2)))
    read = read_init(init_segment(parameters))
    assert read is not None
    assert (read.sps, read.pps) == (parameters.sps, parameters.pps)


def test_a_picture_is_read_with_its_presentation_time() -> None:
    parts = made_parts(0, 5)
    read = [read_fragment(part.octets) for part in parts[1:]]
    times = [sample.presentation for sample in read if sample is not None]
    assert len(times) == 5
    assert {after - before for before, after in itertools.pairwise(times)} == {3600}
    assert all(sample is not None and len(sample.nal_units) == 1 for sample in read)


def test_every_shortened_part_is_none_or_whole() -> None:
    init, media = made_parts(0, 1, size=60)
    for end in range(len(init.octets)):
        assert read_init(init.octets[:end]) is None
    for end in range(len(media.octets)):
        assert read_fragment(media.octets[:end]) is None


@given(st.binary(max_size=400), st.integers(0, 600), st.integers(0, 255))
def test_random_and_damaged_bytes_never_break_it(noise: bytes, at: int, octet: int) -> None:
    read_init(noise)
    read_fragment(noise)
    for part in made_parts(0, 1, size=60):
        damaged = bytearray(part.octets)
        damaged[at % len(damaged)] = octet
        read_init(bytes(damaged))
        read_fragment(bytes(damaged))
