"""Boxes of sound read back: what the muxer wrote comes out, and anything else is None."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.media.audio_fragment_reader import AudioRun, is_init_of, read_audio_fragment
from curtilage.cameras.media.fmp4_audio import audio_fragment, audio_init_segment
from tests.cameras.sounding import AAC, OPUS, PCMA, PCMU
from tests.cameras.whep_side import made_parts

FRAMES = st.lists(st.tuples(st.binary(max_size=50), st.integers(1, 5_760)), min_size=1, max_size=64)


@given(frames=FRAMES, start=st.integers(0, 2**63))
def test_every_frame_comes_out_as_it_went_in(frames: list[tuple[bytes, int]], start: int) -> None:
    assert read_audio_fragment(audio_fragment(frames, 7, start)) == AudioRun(start, tuple(frames))


@pytest.mark.parametrize(
    ("parameters", "codecs"),
    [
        (AAC, {AudioCodec.AAC}),
        (OPUS, {AudioCodec.OPUS}),
        (PCMU, {AudioCodec.PCMU, AudioCodec.PCMA}),
        (PCMA, {AudioCodec.PCMU, AudioCodec.PCMA}),
    ],
)
def test_an_init_part_is_of_its_own_codec_alone(parameters: AudioParameters, codecs: set[AudioCodec]) -> None:
    octets = audio_init_segment(parameters)
    assert {codec for codec in AudioCodec if is_init_of(octets, codec)} == codecs
    assert not any(is_init_of(octets[:-1], codec) for codec in AudioCodec)


def test_a_picture_is_no_sound() -> None:
    init, picture = made_parts(0)
    assert not any(is_init_of(init.octets, codec) for codec in AudioCodec)
    assert read_audio_fragment(picture.octets) is None


WHOLE = audio_fragment([(b"abc", 960), (b"de", 480)], 1, 5)


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_what_is_cut_off_is_none(length: int) -> None:
    assert read_audio_fragment(WHOLE[:length]) is None


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_changed_octet_breaks_nothing(place: int, octet: int) -> None:
    read = read_audio_fragment(WHOLE[:place] + bytes((octet,)) + WHOLE[place + 1 :])
    assert read is None or sum(len(octets) for octets, _ in read.frames) == 5


@given(st.binary(max_size=200))
def test_noise_breaks_nothing(octets: bytes) -> None:
    assert read_audio_fragment(octets) is None
    assert not is_init_of(octets, AudioCodec.OPUS)
