"""Which sound an offer receives, and which of it the camera's can go out in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.webrtc.sdp_sound import OfferedSound, SoundCodec, choose_sound, read_sound_codecs
from tests.cameras.sounding import AAC, OPUS, PCMA, PCMU

BROWSER = read_sound_codecs(
    ["111", "63", "9", "0", "8", "13", "110"],
    ["111 opus/48000/2", "63 red/48000/2", "9 G722/8000", "0 PCMU/8000", "8 PCMA/8000", "110 telephone-event/48000"],
    ["111 minptime=10;useinbandfec=1", "63 111/111"],
)
WIDE = AudioParameters(AudioCodec.PCMA, 16_000, 1)


def test_a_browsers_codecs() -> None:
    assert (
        SoundCodec(111, AudioCodec.OPUS, "minptime=10;useinbandfec=1"),
        SoundCodec(0, AudioCodec.PCMU),
        SoundCodec(8, AudioCodec.PCMA),
    ) == BROWSER
    assert [codec.name for codec in BROWSER] == ["opus/48000/2", "PCMU/8000", "PCMA/8000"]


@pytest.mark.parametrize(
    ("formats", "names", "found"),
    [
        (["0", "8"], [], [(0, "PCMU"), (8, "PCMA")]),  # static ones need no name
        (["96"], ["96 OPUS/48000/2"], [(96, "OPUS")]),
        (["0"], ["0 G722/8000"], []),  # a name counts, also where it should not be
        (["96"], ["97 opus/48000/2"], []),  # not among the section's formats
        (["96"], ["96 opus/48000"], []),  # RFC 7587 §4.1: always two channels
        (["96"], ["96 PCMA/16000"], []),
        (
            ["128", "x", "-1", "0001"],
            ["128 opus/48000/2", "x opus/48000/2", "-1 opus/48000/2", "0001 opus/48000/2"],
            [],
        ),
        (["96", "96"], ["96 opus/48000/2"], [(96, "OPUS")]),
    ],
)
def test_what_is_read(formats: list[str], names: list[str], found: list[tuple[int, str]]) -> None:
    read = read_sound_codecs(formats, names, [])
    assert [(codec.payload_type, codec.codec.value) for codec in read] == found


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        ("minptime=10; stereo=1", "minptime=10;stereo=1"),
        ("odd=1;usedtx=1", "usedtx=1"),
        ("stereo=yes;cbr=1;maxplaybackrate=12345678", "cbr=1"),
        ("", ""),
    ],
)
def test_of_its_parameters_the_known_ones_are_repeated(said: str, repeated: str) -> None:
    (codec,) = read_sound_codecs(["96"], ["96 opus/48000/2"], [f"96 {said}"])
    assert codec.parameters == repeated


@pytest.mark.parametrize(
    ("camera", "payload_type"), [(OPUS, 111), (PCMU, 0), (PCMA, 8), (AAC, 111), (WIDE, None), (None, None)]
)
def test_the_cameras_sound_goes_out_as_it_is_as_opus_or_not_at_all(
    camera: AudioParameters | None, payload_type: int | None
) -> None:
    chosen = choose_sound(OfferedSound(1, BROWSER), camera)
    assert (chosen.payload_type if chosen is not None else None) == payload_type
    assert choose_sound(None, camera) is None


def test_a_viewer_without_the_cameras_codec_gets_none() -> None:
    assert choose_sound(OfferedSound(1, BROWSER[:1]), PCMU) is None


TEXT = st.text("0189 opusPCMA/=;\u0663\r\n", max_size=30)


@given(st.lists(TEXT), st.lists(TEXT), st.lists(TEXT))
def test_noise_gives_nothing_that_could_break_an_answer(formats: list[str], names: list[str], said: list[str]) -> None:
    for codec in read_sound_codecs(formats, names, said):
        assert 0 <= codec.payload_type <= 127
        assert re.fullmatch(r"([a-z-]+=[0-9]{1,6}(;|$))*", codec.parameters)
