"""Sound beside pictures on the common time line: by the time of day, moved to where pictures stand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.hls.hls_fragment import fragment_times
from curtilage.cameras.hls.hls_sound_time import APART_MS, SoundTime
from curtilage.cameras.hls.hls_tracks import TracksTime
from curtilage.cameras.media.part import Part
from curtilage.wire.sealed_part import Kind, Track
from tests.cameras.hls.test_hls_tracks import INIT, STEP, picture
from tests.cameras.sound_parts import PCMA, SoundParts

BEGIN_MS = 1_790_000_000_000
RATE = 8_000


def begun(time: SoundTime) -> SoundParts:
    sound = SoundParts(BEGIN_MS, PCMA)
    assert time.placed(sound.init, 0) is sound.init
    return sound


def spans(placed: list[Part | None]) -> list[tuple[int, int]]:
    """Begin and end of each that has a place, in samples."""
    times = [fragment_times(part.octets) for part in placed if part is not None]
    return [(item.decode, item.decode + item.duration) for item in times]


def test_it_stands_where_it_was_made_and_follows_itself_without_a_hole() -> None:
    time = SoundTime(BEGIN_MS - 1_000)
    found = spans([time.placed(part, 7) for part in begun(time).pass_ms(1_200)])
    assert found[0][0] == (1_000 + 7) * RATE // 1000
    assert all(before[1] == after[0] for before, after in itertools.pairwise(found))
    assert len(found) == 20


def test_it_stays_though_pictures_tremble_and_follows_them_once_they_are_far() -> None:
    time = SoundTime(BEGIN_MS - 1_000)
    sound = begun(time)
    calm = spans([time.placed(part, ahead) for ahead in (0, 40, -40, APART_MS, 0) for part in sound.pass_ms(120)])
    assert all(before[1] == after[0] for before, after in itertools.pairwise(calm))
    far = spans([time.placed(part, APART_MS + 1) for part in sound.pass_ms(120)])
    assert far[0][0] - calm[-1][1] == (APART_MS + 1) * RATE // 1000


@given(st.lists(st.integers(-2_000, 2_000), max_size=20))
def test_its_time_never_goes_back(aheads: list[int]) -> None:
    time = SoundTime(BEGIN_MS - 10_000)
    sound = begun(time)
    found = spans([time.placed(part, ahead) for ahead in aheads for part in sound.pass_ms(300)])
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))


def test_an_init_part_that_was_sealed_anew_changes_nothing_until_the_next_run() -> None:
    time = SoundTime(BEGIN_MS - 1_000)
    sound = begun(time)
    before = spans([time.placed(part, 0) for part in sound.pass_ms(60)])
    assert time.placed(sound.init, 0) is None
    assert spans([time.placed(part, 0) for part in sound.pass_ms(60)])[0][0] == before[-1][1]
    time.forget()
    assert time.placed(sound.init, 0) is sound.init


def test_without_its_init_part_it_has_no_place_and_what_is_no_sound_is_an_error() -> None:
    time = SoundTime(BEGIN_MS)
    (first, *_) = SoundParts(BEGIN_MS, PCMA).pass_ms(60)
    assert time.placed(first, 0) is None
    begun(time)
    for kind in Kind:
        with pytest.raises(ValueError, match=r"."):
            time.placed(Part(kind, keyframe=True, time_ms=BEGIN_MS, octets=b"nothing"), 0)


def test_sound_and_picture_of_one_moment_have_one_time_though_the_cameras_clock_is_slow() -> None:
    time = TracksTime(BEGIN_MS)
    time.placed(Track.MAIN, INIT)
    main = [fragment_times(time.placed(Track.MAIN, picture(STEP * n, 41 * n)).octets).decode for n in range(1_000)]
    sound = SoundParts(BEGIN_MS + 41 * 999, PCMA)
    time.placed_sound(sound.init)
    ((start, _), *_) = spans([time.placed_sound(part) for part in sound.pass_ms(60)])
    assert abs(start / RATE - main[999] / 90_000) < 0.1
