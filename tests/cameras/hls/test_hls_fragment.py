"""Times of fragments and words of init parts, as our muxer and FFmpeg's write them; anything else is an error."""

import io
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.hls.hls_fragment import InitWords, Times, fragment_times, init_words, with_decode_time
from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.media.fmp4 import FragmentWriter, init_segment
from curtilage.cameras.media.fmp4_audio import audio_fragment, audio_init_segment
from tests.cameras.hls_side import muxed
from tests.cameras.pictures import film, h265_parameters_of, packet_times
from tests.origin.clip import IN_H265, SMALL, clip_file, read_clip


def test_our_own_fragments_are_read_as_ffmpeg_reads_them(clips: Path) -> None:
    parts = muxed(film(clips, SMALL))
    read = [fragment_times(part.octets) for part in parts[1:]]
    told = packet_times(parts)
    assert [(times.decode, times.duration) for times in read] == [(dts, duration) for dts, _, duration in told]


def test_the_init_part_says_codec_and_size(clips: Path) -> None:
    taken = film(clips, SMALL)
    said = init_words(muxed(taken)[0].octets)
    assert said == InitWords(taken.parameters.codec, SMALL.width, SMALL.height)


def test_the_init_part_of_h265_says_codec_and_size(clips: Path) -> None:
    parameters = h265_parameters_of(next(read_clip(clip_file(clips, IN_H265))).annex_b)
    assert init_words(init_segment(parameters)) == InitWords(parameters.codec, IN_H265.width, IN_H265.height)


SOUND = [
    (AudioParameters(AudioCodec.AAC, 16_000, 1, b"\x14\x08"), "mp4a.40.2"),
    (AudioParameters(AudioCodec.AAC, 24_000, 1, b"\x2b\x11\x88\x00"), "mp4a.40.5"),
    (AudioParameters(AudioCodec.AAC, 24_000, 1, b"\xf8\xe8\x50\x00"), "mp4a.40.39"),
    (AudioParameters(AudioCodec.OPUS, 48_000, 2), "Opus"),
    (AudioParameters(AudioCodec.PCMU, 8_000, 1), "fLaC"),
]


@pytest.mark.parametrize(("parameters", "codec"), SOUND)
def test_the_init_part_of_sound_says_codec_and_rate(parameters: AudioParameters, codec: str) -> None:
    octets = audio_init_segment(parameters)
    assert init_words(octets) == InitWords(codec, 0, 0, parameters.rate_hz, sound=True)
    assert fragment_times(audio_fragment([(b"a", 960), (b"b", 480)], 1, 77)) == Times(77, 1_440)


@given(st.integers(0, 700), st.binary(max_size=4))
def test_a_broken_init_part_of_sound_raises_nothing_else(at: int, other: bytes) -> None:
    octets = audio_init_segment(SOUND[0][0])
    try:
        said = init_words(octets[:at] + other + octets[at + len(other) :])
    except ValueError:
        return
    assert said.ticks_per_s > 0


def test_another_muxers_sound_is_read_too() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4", options={"movflags": "empty_moov+default_base_moof"}) as file:
        stream = file.add_stream("aac", rate=44_100)
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.sample_rate = 44_100
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert init_words(out.getvalue()) == InitWords("mp4a.40.2", 0, 0, 44_100, sound=True)


def test_fragments_of_another_muxer_are_read_too() -> None:
    out = io.BytesIO()
    options = {"movflags": "empty_moov+default_base_moof+frag_every_frame"}
    with av.open(out, "w", format="mp4", options=options) as file:
        stream = file.add_stream("mpeg4", rate=25)
        stream.width, stream.height = 64, 48
        for _ in range(3):
            for packet in stream.encode(av.VideoFrame(64, 48, "yuv420p")):
                file.mux(packet)
        file.mux(stream.encode(None))
    octets = out.getvalue()
    first = octets.index(b"moof") - 4
    said = init_words(octets[:first])
    assert (said.codec, said.width, said.height) == ("", 64, 48)
    second = octets.index(b"moof", first + 8) - 4
    assert fragment_times(octets[second:]).decode > fragment_times(octets[first:]).decode == 0
    assert fragment_times(octets[first:]).duration > 0


TFDT_SHORT = bytes.fromhex("00000010 74666474 00000000 00000007".replace(" ", ""))
"""tfdt of version 0: a 32-bit time of 7."""
TFHD_DEFAULT = bytes.fromhex("00000014 74666864 00020008 00000001 00000e10".replace(" ", ""))
TRUN_BARE = bytes.fromhex("00000010 7472756e 00000000 00000003".replace(" ", ""))


def boxed(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


def test_short_times_and_default_durations_are_understood() -> None:
    octets = boxed(b"moof", boxed(b"traf", TFHD_DEFAULT + TFDT_SHORT + TRUN_BARE))
    assert fragment_times(octets) == Times(7, 3 * 3600)


BROKEN = {
    "nothing": b"",
    "no moof": boxed(b"mdat", b""),
    "no track": boxed(b"moof", b""),
    "no decode time": boxed(b"moof", boxed(b"traf", TFHD_DEFAULT)),
    "a box of size zero": boxed(b"moof", bytes(8)),
    "a box beyond the end": b"\x00\x00\xff\xffmoof",
    "more samples than bytes": boxed(
        b"moof", boxed(b"traf", TFDT_SHORT + boxed(b"trun", bytes.fromhex("00000100ffffffff")))
    ),
}


@pytest.mark.parametrize("octets", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_fragment_is_an_error(octets: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        fragment_times(octets)
    with pytest.raises(ValueError, match=r"."):
        init_words(octets)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(octets: bytes) -> None:
    for read in (fragment_times, init_words):
        for made in (octets, boxed(b"moof", boxed(b"traf", octets)), boxed(b"moov", octets)):
            try:
                read(made)
            except ValueError:
                continue


def test_another_decode_time_changes_nothing_else(clips: Path) -> None:
    part = muxed(film(clips, SMALL))[5]
    moved = with_decode_time(part.octets, 2**40)
    assert fragment_times(moved) == Times(2**40, fragment_times(part.octets).duration)
    assert with_decode_time(moved, fragment_times(part.octets).decode) == part.octets


@pytest.mark.parametrize("decode", [-1, 2**64])
def test_a_decode_time_that_does_not_fit_is_an_error(clips: Path, decode: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        with_decode_time(muxed(film(clips, SMALL))[1].octets, decode)


@given(octets=st.binary(max_size=200), at=st.integers(0, 199))
def test_any_bytes_are_moved_or_refused(octets: bytes, at: int) -> None:
    fragment = bytearray(_FRAGMENT)
    place = at % len(fragment)
    fragment[place : place + len(octets)] = octets
    for candidate in (octets, bytes(fragment), _FRAGMENT[:at]):
        try:
            assert len(with_decode_time(candidate, 9)) == len(candidate)
        except ValueError:
            continue


_FRAGMENT = FragmentWriter().write([b"\x65" * 9], 1, (7, 0, 3600), keyframe=True)
