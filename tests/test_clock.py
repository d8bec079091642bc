"""Time that never goes back: not with the wall clock, not across a restart."""

from hypothesis import given
from hypothesis import strategies as st

from curtilage.clock import SystemClock


class Machine:
    """A wall clock that can be set, and a monotonic one that cannot."""

    def __init__(self, wall_ms: int) -> None:
        self.wall_ms = wall_ms
        self.monotonic_s = 100.0

    def clock(self, highest_persisted_ms: int = 0) -> SystemClock:
        """A Curtilage started on this machine now."""
        return SystemClock(highest_persisted_ms, lambda: self.wall_ms, lambda: self.monotonic_s)

    def pass_ms(self, ms: int, *, wall_ms: int | None = None) -> None:
        """Let time pass; the wall clock moves otherwise when it is being set."""
        self.monotonic_s += ms / 1000
        self.wall_ms += ms if wall_ms is None else wall_ms


def test_a_clock_set_back_does_not_set_time_back() -> None:
    machine = Machine(1_000_000)
    clock = machine.clock()
    machine.pass_ms(5_000, wall_ms=-900_000)
    assert clock.now() == 1_005_000


def test_a_restart_with_the_clock_set_back_goes_on_from_the_highest_time_known() -> None:
    machine = Machine(1_000)
    clock = machine.clock(highest_persisted_ms=2_000_000)
    machine.pass_ms(3_000)
    assert clock.now() == 2_003_000


def test_a_clock_that_jumps_forward_takes_time_along_for_good() -> None:
    machine = Machine(1_000_000)
    clock = machine.clock()
    machine.pass_ms(0, wall_ms=500_000)
    assert clock.now() == 1_500_000
    machine.pass_ms(0, wall_ms=-500_000)
    assert clock.now() == 1_500_000


def test_a_floor_raises_but_never_lowers() -> None:
    machine = Machine(1_000_000)
    clock = machine.clock()
    clock.raise_floor(3_000_000)
    machine.pass_ms(10)
    assert clock.now() == 3_000_010
    clock.raise_floor(2_000_000)
    assert clock.now() == 3_000_010


def test_the_monotonic_clock_is_the_machines() -> None:
    machine = Machine(0)
    clock = machine.clock()
    machine.pass_ms(1_500, wall_ms=-10)
    assert clock.monotonic() == 101.5


def test_the_real_clock_runs() -> None:
    clock = SystemClock()
    first = clock.now()
    assert first > 1_700_000_000_000
    assert clock.now() >= first


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(-(10**9), 10**9), st.integers(0, 10**10))))
def test_nothing_makes_time_go_back(steps: list[tuple[int, int, int]]) -> None:
    machine = Machine(10**9)
    clock = machine.clock()
    before = clock.now()
    for passed_ms, wall_ms, floor_ms in steps:
        machine.pass_ms(passed_ms, wall_ms=wall_ms)
        clock.raise_floor(floor_ms)
        now = clock.now()
        assert now >= before
        assert now >= floor_ms
        before = now
