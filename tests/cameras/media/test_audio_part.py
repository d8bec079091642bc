"""Frames into parts: several at once, none over a hole, one in about a second to begin with."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters
from curtilage.cameras.media.audio_part import AudioMuxer
from curtilage.cameras.media.flac import g711_of
from curtilage.cameras.media.part import Part
from curtilage.wire.sealed_part import Kind

NOW = 1_700_000_000_000
OPUS = AudioParameters(AudioCodec.OPUS, 48_000, 2)
PCMA = AudioParameters(AudioCodec.PCMA, 8_000, 1)


def muxed(parameters: AudioParameters, count: int, duration: int, gaps: frozenset[int] = frozenset()) -> list[Part]:
    """Parts of ``count`` frames, those in ``gaps`` left out."""
    muxer, parts = AudioMuxer(parameters, 60), list[Part]()
    for number in range(count):
        if number in gaps:
            continue
        frame = AudioFrame(bytes((number % 256,)) * 20, number * duration, duration)
        parts += muxer.frame(frame, NOW + number * duration * 1000 // parameters.rate_hz)
    return parts


def times(parts: list[Part]) -> list[int]:
    """Decode times, from the tfdt boxes."""
    return [struct.unpack_from(">Q", part.octets, part.octets.index(b"tfdt") + 8)[0] for part in parts]


def test_three_frames_of_20_ms_make_a_part() -> None:
    parts = muxed(OPUS, 9, 960)
    assert len(parts) == 3
    first = times(parts)[0]
    assert [time - first for time in times(parts)] == [0, 2_880, 5_760]
    assert all(part.octets.count(bytes((number,)) * 20) == 1 for part in parts[:1] for number in range(3))


def test_no_part_reaches_over_a_hole() -> None:
    parts = muxed(OPUS, 9, 960, frozenset({1, 2}))
    first = times(parts)[0]
    assert [time - first for time in times(parts)] == [0, 3 * 960, 6 * 960]


def test_about_one_part_in_a_second_is_where_newcomers_begin() -> None:
    parts = muxed(OPUS, 300, 960)
    begins = [number for number, part in enumerate(parts) if part.keyframe]
    assert begins == [0, 17, 34, 51, 68, 85]


def test_an_init_part_comes_first() -> None:
    part = AudioMuxer(OPUS, 60).init(NOW)
    assert (part.kind, part.keyframe, part.time_ms) == (Kind.INIT, True, NOW)
    assert b"Opus" in part.octets


def test_g711_becomes_one_frame_of_flac_that_gives_it_back() -> None:
    muxer, parts = AudioMuxer(PCMA, 60), list[Part]()
    for number in range(3):
        parts += muxer.frame(AudioFrame(bytes((number,)) * 160, number * 160, 160), NOW + 20 * number)
    (part,) = parts
    flac = part.octets[part.octets.index(b"mdat") + 4 :]
    assert g711_of(AudioCodec.PCMA, flac) == b"\0" * 160 + b"\1" * 160 + b"\2" * 160


def test_another_connection_begins_without_what_was_left_of_the_one_before() -> None:
    muxer = AudioMuxer(OPUS, 60)
    assert muxer.frame(AudioFrame(b"old", 5, 960), NOW) == []
    muxer.restart()
    parts = [part for n in range(3) for part in muxer.frame(AudioFrame(b"new", 9 + n * 960, 960), NOW + 500 + 20 * n)]
    assert len(parts) == 1
    assert b"old" not in parts[0].octets


FRAMES = st.tuples(st.binary(min_size=1, max_size=80), st.integers(0, 2**34), st.integers(0, 3_000))


@given(st.sampled_from([OPUS, PCMA]), st.lists(FRAMES, max_size=30))
def test_any_frames_make_parts_whose_times_rise(
    parameters: AudioParameters, frames: list[tuple[bytes, int, int]]
) -> None:
    muxer, parts, now_ms = AudioMuxer(parameters, 60), list[Part](), NOW
    for octets, timestamp, step in frames:
        now_ms += step
        duration = len(octets) if parameters.is_g711 else 960
        parts += muxer.frame(AudioFrame(octets, timestamp, duration), now_ms)
    assert times(parts) == sorted(set(times(parts)))
