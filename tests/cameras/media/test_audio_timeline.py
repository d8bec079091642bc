"""Sound keeps its own time, follows a clock that is slow or fast, and a gap stays a gap."""

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_timeline import DRIFT_MS, AudioTimeline

RATE = 8_000
FRAME = 160
NOW = 1_700_000_000_000


def placed(stamps: list[tuple[int, int]]) -> list[int | None]:
    """Where frames of 20 ms with these (timestamp, now_ms) are put, relative to NOW, in samples."""
    timeline = AudioTimeline(RATE)
    starts = [timeline.place(timestamp, FRAME, now_ms) for timestamp, now_ms in stamps]
    return [start - NOW * RATE // 1000 if start is not None else None for start in starts]


def test_frames_follow_each_other_however_late_they_come() -> None:
    jitter = (0, 70, 3, 120, 0, 45)
    starts = placed([(9 + n * FRAME, NOW + 20 * n + late) for n, late in enumerate(jitter)])
    assert starts == [n * FRAME - FRAME for n in range(len(jitter))]


def test_the_time_is_the_time_of_day_at_which_it_was_made() -> None:
    assert placed([(5, NOW)]) == [-FRAME]


def test_a_gap_is_a_jump_in_time_and_not_a_shift() -> None:
    starts = placed([(0, NOW), (FRAME, NOW + 20), (4 * FRAME, NOW + 80), (5 * FRAME, NOW + 100)])
    assert starts == [-FRAME, 0, 3 * FRAME, 4 * FRAME]


def test_stamps_that_are_rounded_make_no_hole() -> None:
    starts = placed([(0, NOW), (FRAME + 3, NOW + 20), (2 * FRAME - 3, NOW + 40)])
    assert starts == [-FRAME, 0, FRAME]


def test_a_clock_that_jumps_is_tied_anew() -> None:
    timeline = AudioTimeline(RATE)
    first = timeline.place(0, FRAME, NOW)
    second = timeline.place(10**9, FRAME, NOW + 20)
    third = timeline.place(3, FRAME, NOW + 40)
    assert first is not None
    assert (second, third) == (first + FRAME, first + 2 * FRAME)


def test_a_burst_is_not_heard_ahead_of_its_time() -> None:
    timeline = AudioTimeline(RATE)
    starts = [timeline.place(n * FRAME, FRAME, NOW) for n in range(100)]
    heard = [start for start in starts if start is not None]
    assert len(heard) * 20 <= DRIFT_MS + 20
    later = [timeline.place(n * FRAME, FRAME, NOW + (n - 99) * 20) for n in range(100, 150)]
    assert None not in later[20:]


def drifted(parts_per_million: int, hours: int) -> int:
    """How far a clock's sound is from ours after so long, at most, in ms."""
    timeline, worst = AudioTimeline(RATE), 0
    step = FRAME * 50  # a second at once: an hour is 3,600 calls
    for second in range(hours * 3600):
        start = timeline.place(step * second, step, NOW + second * 1000 * (1_000_000 - parts_per_million) // 1_000_000)
        if start is not None and second > 60:
            made = (NOW + second * 1000 * (1_000_000 - parts_per_million) // 1_000_000) * RATE // 1000 - step
            worst = max(worst, abs(made - start) * 1000 // RATE)
    return worst


def test_drift_does_not_add_up() -> None:
    for parts_per_million in (-500, -100, 100, 500):
        assert drifted(parts_per_million, 3) <= DRIFT_MS + 10


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(1, 6_000), st.integers(0, 5_000)), max_size=40))
def test_decode_times_never_go_back_and_frames_never_overlap(frames: list[tuple[int, int, int]]) -> None:
    timeline, end, now_ms = AudioTimeline(RATE), 0, NOW
    for timestamp, duration, step in frames:
        now_ms += step
        start = timeline.place(timestamp, duration, now_ms)
        if start is not None:
            assert start >= end
            end = start + duration
