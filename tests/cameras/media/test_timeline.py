"""The timeline, against the rules its module states."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.timeline import INTERVAL_FIRST, INTERVAL_MAX, INTERVAL_MIN, Timeline

FRAME = 3600
DAY = 24 * 3600 * 90_000


def placed(timestamps: list[int], *, reorder: bool = False) -> list[tuple[int, int, int]]:
    timeline = Timeline()
    timeline.restart(reorder=reorder)
    return [timeline.place(timestamp) for timestamp in timestamps]


def steps(timestamps: list[int], *, reorder: bool = False) -> list[int]:
    times = [time for time, _, _ in placed(timestamps, reorder=reorder)]
    return [after - before for before, after in pairwise(times)]


@pytest.mark.parametrize(
    ("name", "timestamps", "expected"),
    [
        ("steady", [0, 3600, 7200, 10800], [3600, 3600, 3600]),
        ("the camera's clock starts anywhere", [DAY, DAY + 3600, DAY + 7200], [3600, 3600]),
        ("one picture missing", [0, 3600, 10800, 14400], [3600, 7200, 3600]),
        ("jumps back a day", [DAY, DAY + 3600, 0, 3600], [3600, 3600, 3600]),
        ("jumps forward a day", [0, 3600, DAY, DAY + 3600], [3600, 3600, 3600]),
        ("jumps forward by three pictures: no hole", [0, 3600, 18000, 21600], [3600, 3600, 3600]),
        ("trembles back: half a step, repaid at once", [0, 3600, 3500, 10800], [3600, 1800, 5400]),
        ("30 pictures a second", [0, 3000, 6000, 9000], [3000, 3000, 3000]),
    ],
)
def test_each_picture_takes_its_place(name: str, timestamps: list[int], expected: list[int]) -> None:
    assert steps(timestamps) == expected, name


@pytest.mark.parametrize("reorder", [False, True])
@pytest.mark.parametrize("interval", [1500, 3000, 3600, 9000, 18_000, 90_000])
def test_any_pace_is_learned_within_two_seconds_worth_of_pictures(interval: int, *, reorder: bool) -> None:
    times = placed([number * interval for number in range(120)], reorder=reorder)
    shown = [time + offset for time, offset, _ in times]
    assert [after - before for before, after in pairwise(shown[-8:])] == [interval] * 7
    assert [time - before for (before, _, _), (time, _, _) in pairwise(times[-8:])] == [interval] * 7
    assert times[-1][2] == interval


def test_a_camera_whose_clock_stands_still_is_still_shown() -> None:
    times = placed([0] * 100)
    assert times[-1][0] - times[0][0] > 100 * FRAME / 2


def test_one_gap_teaches_little() -> None:
    durations = [duration for _, _, duration in placed([0, 3600, 7200, 7200 + 90_000, *range(100_800, 200_000, 3600)])]
    assert max(durations) <= 2 * FRAME
    assert durations[-1] == FRAME


def test_presentation_times_of_b_frames_are_kept_and_decode_times_are_even() -> None:
    order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11]
    times = placed([place * FRAME for place in order], reorder=True)
    shown = [time + offset for time, offset, _ in times]
    assert [value - shown[0] for value in shown] == [place * FRAME for place in order]
    assert [time for time, _, _ in times] == [place * FRAME for place in range(len(order))]
    assert all(offset > 0 for _, offset, _ in times)


def test_deeper_reordering_than_expected_gives_negative_offsets_and_no_step_back() -> None:
    order = [0, 16, *range(1, 16)]
    times = placed([place * FRAME for place in order], reorder=True)
    assert min(offset for _, offset, _ in times) < 0
    assert all(step > 0 for step in steps([place * FRAME for place in order], reorder=True))


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False), (True, True), (False, False)])
def test_a_new_init_part_leaves_no_hole(*, before: bool, after: bool) -> None:
    timeline = Timeline()
    timeline.restart(reorder=before)
    ends = max(time + offset for time, offset, _ in (timeline.place(number * FRAME) for number in range(20)))
    timeline.restart(reorder=after)
    time, offset, _ = timeline.place(DAY)
    assert time + offset == ends + FRAME


JUMPS = st.one_of(st.integers(-(2**63), 2**63), st.integers(-20_000, 20_000), st.just(FRAME))


@given(st.lists(JUMPS, max_size=200), st.booleans(), st.sets(st.integers(0, 200), max_size=3))
def test_whatever_the_camera_says_decode_times_rise_within_bounds(
    jumps: list[int], reorder: bool, inits: set[int]
) -> None:
    timeline = Timeline()
    timeline.restart(reorder=reorder)
    last, declared, timestamp = -1, INTERVAL_FIRST, 0
    for number, jump in enumerate(jumps):
        timestamp += jump
        renewed = number in inits
        if renewed:
            reorder = not reorder
            timeline.restart(reorder=reorder)
        time, offset, duration = timeline.place(timestamp)
        assert time > last
        assert renewed or number == 0 or time - last <= 2 * declared, "a player would wait for the next keyframe"
        assert INTERVAL_MIN <= duration <= INTERVAL_MAX
        assert -(2**31) <= offset < 2**31
        last, declared = time, duration
