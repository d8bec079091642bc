"""What a view is shown while its network is poor: falls that wait, rises that wait longer, never a flapping."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.views.quality import Level, Quality, Rules, Seen, quality_rules
from curtilage.config import Config

STEP_MS = 200
EASY, BETWEEN, POOR = Seen(), Seen(wait_ms=300), Seen(wait_ms=5_000)
RULES = Rules()
MINUTE = 60_000 // STEP_MS


def run(quality: Quality, seen: Seen, seconds: float, since_ms: int = 0, *, has_sub: bool = True) -> int:
    """Look as often as a server does; gives the time afterwards."""
    for _ in range(int(seconds * 1000) // STEP_MS):
        since_ms += STEP_MS
        quality.look(seen, since_ms, has_sub=has_sub)
    return since_ms


@pytest.mark.parametrize(
    ("seen", "seconds", "has_sub", "least", "expected"),
    [
        (EASY, 100, True, Level.LAST, Level.MAIN),
        (BETWEEN, 100, True, Level.LAST, Level.MAIN),
        (POOR, 0.2, True, Level.LAST, Level.MAIN),
        (POOR, 1, True, Level.LAST, Level.SUB),
        (POOR, 1, False, Level.LAST, Level.FEW),
        (POOR, 3, True, Level.LAST, Level.FEW),
        (POOR, 30, True, Level.LAST, Level.LAST),
        (POOR, 30, True, Level.FEW, Level.FEW),
        (Seen(unanswered_ms=3_000), 1, True, Level.LAST, Level.SUB),
        (Seen(loss=0.2), 1, True, Level.LAST, Level.SUB),
        (Seen(repair_share=0.2), 1, True, Level.LAST, Level.SUB),
        (Seen(loss=0.05, repair_share=0.05, round_trip_ms=200), 60, True, Level.LAST, Level.MAIN),
    ],
)
def test_it_falls_as_far_as_the_strain_lasts(
    seen: Seen, seconds: float, has_sub: bool, least: Level, expected: Level
) -> None:
    quality = Quality(Rules(least=least))
    run(quality, seen, seconds, has_sub=has_sub)
    assert quality.level is expected


@pytest.mark.parametrize(
    ("level", "has_sub", "seconds", "expected"),
    [
        (Level.LAST, True, 0.6, Level.SUB),
        (Level.LAST, False, 0.6, Level.FEW),
        (Level.FEW, True, 1.6, Level.FEW),
        (Level.FEW, True, 2.6, Level.SUB),
        (Level.SUB, True, 9, Level.SUB),
        (Level.SUB, True, 11, Level.MAIN),
        (Level.FEW, False, 11, Level.MAIN),
    ],
)
def test_it_rises_after_a_calm_as_long_as_the_level_asks(
    level: Level, has_sub: bool, seconds: float, expected: Level
) -> None:
    quality = Quality(RULES, level)
    run(quality, EASY, seconds, has_sub=has_sub)
    assert quality.level is expected


def test_after_each_rise_that_failed_it_waits_twice_as_long() -> None:
    quality, now_ms, waits = Quality(RULES, Level.SUB), 0, []
    for _ in range(4):
        began_ms = now_ms
        while quality.level is not Level.MAIN:
            now_ms = run(quality, EASY, STEP_MS / 1000, now_ms)
        waits.append(now_ms - began_ms)
        while quality.level is Level.MAIN:
            now_ms = run(quality, POOR, STEP_MS / 1000, now_ms)
    assert [round(later / one, 1) for one, later in pairwise(waits)] == [2.0, 2.0, 2.0]


def test_a_rise_that_lasted_is_forgiven_what_failed_before() -> None:
    quality = Quality(RULES, Level.SUB)
    now_ms = run(quality, EASY, 11)
    now_ms = run(quality, POOR, 2, now_ms)
    levels = []
    for seen, seconds in ((EASY, 25), (EASY, 61), (POOR, 1), (EASY, 11)):
        now_ms = run(quality, seen, seconds, now_ms)
        levels.append(quality.level)
    assert levels == [Level.MAIN, Level.MAIN, Level.SUB, Level.MAIN]


def test_without_pictures_of_the_sub_stream_it_does_not_stay_there() -> None:
    quality = Quality(RULES, Level.SUB)
    run(quality, BETWEEN, 1, has_sub=False)
    assert quality.level is Level.FEW


@given(
    st.lists(
        st.tuples(
            st.sampled_from([EASY, BETWEEN, POOR, Seen(loss=1.0), Seen(unanswered_ms=9_000)]),
            st.integers(1, 80),
            st.booleans(),
        ),
        max_size=60,
    ),
    st.sampled_from([6, 12, 20]),
)
def test_whatever_is_seen_it_changes_at_most_so_often_a_minute(seen: list[tuple[Seen, int, bool]], most: int) -> None:
    quality, now_ms, levels = Quality(Rules(changes_per_minute_max=most)), 0, [Level.MAIN]
    for item, count, has_sub in seen:
        for _ in range(count):
            now_ms += STEP_MS
            levels.append(quality.look(item, now_ms, has_sub=has_sub))
    changed = [at for at in range(1, len(levels)) if levels[at] is not levels[at - 1]]
    for at in changed:
        assert sum(at <= other < at + MINUTE for other in changed) <= most


@given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 1), st.booleans()), max_size=300))
def test_a_rise_leaves_room_for_a_fall_through_all_levels(seen: list[tuple[int, float, bool]]) -> None:
    quality, now_ms = Quality(RULES), 0
    for wait_ms, loss, has_sub in seen:
        now_ms += STEP_MS
        before = quality.level
        if quality.look(Seen(wait_ms=wait_ms, loss=loss), now_ms, has_sub=has_sub) < before:
            now_ms = run(quality, POOR, 8, now_ms)
            assert quality.level is Level.LAST


def test_the_limits_are_the_settings() -> None:
    rules = quality_rules(Config(quality_wait_ms=111, quality_loss_percent=7, quality_rise_ms=5_000), Level.FEW)
    assert (rules.wait_ms, rules.loss, rules.rise_main_ms, rules.least) == (111, 0.07, 5_000, Level.FEW)


@pytest.mark.parametrize(("wait_ms", "level"), [(900, Level.SUB), (1_100, Level.FEW)])
def test_over_tcp_the_sub_stream_is_waited_for(wait_ms: int, level: Level) -> None:
    quality = Quality(quality_rules(Config(), Level.LAST), Level.SUB)
    run(quality, Seen(wait_ms=wait_ms), 1)
    assert quality.level is level


@pytest.mark.parametrize(("seconds", "level"), [(50, Level.SUB), (61, Level.MAIN)])
def test_where_tcp_repairs_all_the_time_a_rise_waits_longer(seconds: float, level: Level) -> None:
    quality = Quality(RULES, Level.SUB)
    run(quality, Seen(lossy=True), seconds)
    assert quality.level is level
