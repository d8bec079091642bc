"""How long parts and segments become, of pictures and of sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.hls.hls_fragment import InitWords, Times
from curtilage.cameras.hls.hls_pace import Pace

PICTURES = Pace.of(InitWords("avc1.64001f", 640, 360))
SOUND = Pace.of(InitWords("Opus", 0, 0, 48_000, sound=True))
CASES = [
    (PICTURES, 3_600, 18_900),
    (PICTURES, 90_000, 94_500),
    (SOUND, 2_880, 9_072),
    (SOUND, 3_072, 9_677),
    (SOUND, 19_200, 20_160),
]


@pytest.mark.parametrize(("pace", "each", "target"), CASES)
def test_a_part_holds_as_many_as_come_closest_to_what_is_wanted(pace: Pace, each: int, target: int) -> None:
    assert pace.part_ticks(200, Times(0, each)) == target


def test_a_picture_lasts_as_the_one_before_and_sound_as_it_says() -> None:
    times, last = Times(5_000, 3_600), Times(3_200, 3_600)
    assert PICTURES.step(times, last) == 1_800
    assert PICTURES.step(times, None) == 3_600
    assert SOUND.step(times, last) == 3_600
    assert SOUND.step(Times(0, 0), None) == 1


def test_a_segment_of_sound_is_full_when_it_is_as_long_as_the_target() -> None:
    assert not SOUND.is_full(1.8, 0.189, 2, between_parts=True)
    assert SOUND.is_full(1.98, 0.189, 2, between_parts=True)
    assert not SOUND.is_full(1.98, 0.189, 2, between_parts=False)
    assert SOUND.is_full(2.3, 0.189, 2, between_parts=False), "after a hole"
    assert not PICTURES.is_full(1.98, 0.21, 2, between_parts=True)
    assert PICTURES.is_full(2.4, 0.21, 2, between_parts=True)


@given(st.integers(1, 12_000), st.integers(1, 10))
def test_no_segment_of_sound_is_longer_than_announced_where_none_is_missing(each: int, target_s: int) -> None:
    part_s = SOUND.part_ticks(200, Times(0, each)) / 48_000
    duration_s = 0.0
    while not SOUND.is_full(duration_s, part_s, target_s, between_parts=True):
        duration_s += part_s
    assert round(duration_s) <= target_s
    assert duration_s > target_s / 2


def test_sound_began_before_it_came() -> None:
    assert PICTURES.begun_ms(1_000, Times(0, 3_600)) == 1_000
    assert SOUND.begun_ms(1_000, Times(0, 2_880)) == 940
