"""Packets of sound made frames: what must be known comes first, and nothing a camera sends surprises."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.ffmpeg.ffmpeg_sound import FfmpegSound, Found
from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters

MS = Fraction(1, 1000)
AAC, OPUS, PCMA = AudioCodec.AAC, AudioCodec.OPUS, AudioCodec.PCMA
MONO, STEREO = b"\x14\x08", b"\x11\x90"
"""Configurations: 16 kHz, one channel; 48 kHz, two."""
IN_MONO, IN_STEREO = AudioParameters(AAC, 16_000, 1, MONO), AudioParameters(AAC, 48_000, 2, STEREO)


def frames(found: list[Found]) -> list[AudioFrame]:
    """Of what came, the sound."""
    return [one for one in found if isinstance(one, AudioFrame)]


def told(found: list[Found]) -> list[AudioParameters | None]:
    """Of what came, what a decoder must know."""
    return [one for one in found if not isinstance(one, AudioFrame)]


def adts(rate_index: int, channels: int, frame: bytes) -> bytes:
    """One frame with its head."""
    head = 0xFFF << 44 | 1 << 40 | 1 << 38 | rate_index << 34 | channels << 30 | (7 + len(frame)) << 13
    return head.to_bytes(7) + frame


@pytest.mark.parametrize(
    ("codec", "rate_hz", "channels", "config", "known"),
    [
        (AAC, 16_000, 1, MONO, IN_MONO),
        (AAC, 1, 9, STEREO, IN_STEREO),  # the configuration is what counts
        (AAC, 16_000, 1, b"\xff\xff", None),
        (AAC, 16_000, 1, MONO + bytes(80), None),
        (OPUS, 48_000, 1, b"OpusHead", AudioParameters(OPUS, 48_000, 2)),
        (OPUS, 48_000, 6, b"", None),
        (PCMA, 8_000, 1, b"", AudioParameters(PCMA, 8_000, 1)),
        (PCMA, 8_000, 2, b"", None),
        (PCMA, 44_100, 1, b"", None),
    ],
)
def test_what_is_known_before_the_first_packet_is_told_before_it(
    codec: AudioCodec, rate_hz: int, channels: int, config: bytes, known: AudioParameters | None
) -> None:
    sound = FfmpegSound(codec, rate_hz, channels, config)
    assert list(sound.begin()) == [known]
    found = list(sound.packet(b"\xf8sound", 20, MS))
    assert (told(found), len(frames(found))) == ([], 0 if known is None else 1)


def test_stamps_count_in_the_rate_of_the_sound() -> None:
    sound = FfmpegSound(AAC, 16_000, 1, MONO)
    came = [frames(list(sound.packet(b"x", ticks, MS)))[0] for ticks in (0, 64, None, 192, -64)]
    begin = came[0].timestamp
    assert [frame.timestamp - begin for frame in came] == [0, 1024, 2048, 3072, -1024]
    assert {frame.duration for frame in came} == {1024}


@pytest.mark.parametrize("ticks", [-(1 << 63), (1 << 63) - 1])
def test_stamps_beyond_all_sense_stay_within_a_record(ticks: int) -> None:
    (frame,) = frames(list(FfmpegSound(OPUS, 48_000, 2, b"").packet(b"\xf8", ticks, Fraction(1, 1))))
    assert 0 <= frame.timestamp < 1 << 64


def test_without_a_configuration_it_is_none_until_one_comes() -> None:
    sound = FfmpegSound(AAC, 16_000, 1, b"")
    assert list(sound.begin()) == []
    assert list(sound.packet(b"bare", 0, MS)) == [None]
    assert list(sound.packet(b"bare", 64, MS)) == []
    found = list(sound.packet(b"bare", 128, MS, MONO))
    assert told(found) == [IN_MONO]
    assert [frame.octets for frame in frames(found)] == [b"bare"]


def test_a_configuration_that_changes_is_told_once_and_one_that_makes_no_sense_is_none() -> None:
    sound = FfmpegSound(AAC, 16_000, 1, MONO)
    assert list(sound.begin()) == [IN_MONO]
    assert told([*sound.packet(b"x", 0, MS, STEREO), *sound.packet(b"x", 21, MS, STEREO)]) == [IN_STEREO]
    assert list(sound.packet(b"x", 43, MS, b"\xff")) == [None]
    assert told(list(sound.packet(b"x", 64, MS, MONO))) == [IN_MONO]


def test_heads_before_each_frame_say_it_too() -> None:
    sound = FfmpegSound(AAC, 0, 0, b"")
    found = list(sound.packet(adts(8, 1, b"one") + adts(8, 1, b"two"), 64, MS))
    assert told(found) == [IN_MONO]
    first, second = frames(found)
    assert (first.octets, second.octets, second.timestamp - first.timestamp) == (b"one", b"two", 1024)
    changed = list(sound.packet(adts(3, 2, b"three"), 192, MS))
    assert [(one.rate_hz, one.channels) for one in told(changed) if one] == [(48_000, 2)]


def test_a_frame_longer_than_any_or_of_no_length_is_left_out() -> None:
    sound = FfmpegSound(PCMA, 8_000, 1, b"")
    assert not frames(list(sound.packet(bytes(65_536), 0, MS)))
    assert not frames(list(sound.packet(b"", 0, MS)))
    assert len(frames(list(sound.packet(bytes(65_535), 0, MS)))) == 1


@given(
    st.sampled_from(list(AudioCodec)),
    st.integers(0, 1 << 31),
    st.integers(0, 64),
    st.binary(max_size=8),
    st.lists(st.tuples(st.binary(max_size=40), st.none() | st.integers(-(1 << 63), 1 << 63), st.binary(max_size=6))),
)
def test_any_packets_do_no_harm(
    codec: AudioCodec, rate_hz: int, channels: int, config: bytes, packets: list[tuple[bytes, int | None, bytes]]
) -> None:
    sound = FfmpegSound(codec, rate_hz, channels, config)
    found = [*sound.begin()]
    for octets, ticks, changed in packets:
        found += sound.packet(octets, ticks, MS, changed)
    known: AudioParameters | None = None
    for one in found:
        if isinstance(one, AudioFrame):
            assert known is not None, "what decodes it came before"
            assert one.duration > 0
            assert 0 <= one.timestamp < 1 << 64
        else:
            known = one
