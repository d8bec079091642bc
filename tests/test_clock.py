"""Setting the clock back revives nothing."""

import asyncio
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from curtilage.clock import Clock, SystemClock
from curtilage.config import Config
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import Statement

NOON_MS = 1_790_000_000_000
HOUR_MS = 3_600_000


class Machine:
    """A machine whose wall clock anybody may set; its monotonic clock begins anew with each start."""

    def __init__(self) -> None:
        self.wall_ms = NOON_MS
        self.up_s = 5.0

    def clock(self, highest_persisted_ms: int = 0) -> SystemClock:
        return SystemClock(highest_persisted_ms, lambda: self.wall_ms, lambda: self.up_s)

    def pass_ms(self, ms: int) -> None:
        self.wall_ms += ms
        self.up_s += ms / 1000

    def restart(self) -> None:
        self.up_s = 1.0


def test_it_shows_the_wall_clock_while_nobody_touches_it() -> None:
    machine = Machine()
    clock = machine.clock()
    assert clock.now() == NOON_MS
    machine.pass_ms(1234)
    assert abs(clock.now() - (NOON_MS + 1234)) <= 1
    assert clock.monotonic() == machine.up_s


def test_setting_the_clock_back_revives_nothing() -> None:
    machine = Machine()
    clock = machine.clock()
    until_ms = NOON_MS + HOUR_MS
    machine.pass_ms(HOUR_MS)
    assert clock.now() >= until_ms
    machine.wall_ms -= 24 * HOUR_MS
    assert clock.now() >= until_ms


def test_time_goes_on_after_the_clock_was_set_back() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall_ms -= 24 * HOUR_MS
    until_ms = clock.now() + HOUR_MS
    machine.pass_ms(HOUR_MS + 1)
    assert clock.now() >= until_ms


def test_time_goes_on_after_the_clock_was_ahead_for_a_moment() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall_ms += 365 * 24 * HOUR_MS
    ahead_ms = clock.now()
    machine.wall_ms -= 365 * 24 * HOUR_MS
    until_ms = clock.now() + HOUR_MS
    assert until_ms >= ahead_ms + HOUR_MS
    machine.pass_ms(HOUR_MS + 1)
    # Were time to stand still until the wall clock has caught up, this grant would live a year instead of an hour.
    assert clock.now() >= until_ms


def test_a_restart_with_the_clock_set_back_revives_nothing() -> None:
    machine = Machine()
    before = machine.clock()
    machine.pass_ms(HOUR_MS)
    persisted_ms = before.now()
    machine.restart()
    machine.wall_ms = 0
    after = machine.clock(persisted_ms)
    assert after.now() >= persisted_ms
    machine.pass_ms(HOUR_MS)
    assert after.now() >= persisted_ms + HOUR_MS - 1


def test_the_highest_time_may_be_told_later() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.raise_floor(NOON_MS + HOUR_MS)
    assert clock.now() == NOON_MS + HOUR_MS
    clock.raise_floor(NOON_MS)
    machine.pass_ms(1000)
    assert clock.now() >= NOON_MS + HOUR_MS + 999


def test_the_highest_time_survives_in_the_store(tmp_path: Path) -> None:
    machine = Machine()

    async def first() -> int:
        store = SqliteStore.open(tmp_path / "data", Config())
        clock = machine.clock()
        machine.pass_ms(HOUR_MS)
        highest_ms = clock.now()
        insert = "INSERT INTO server_state (name, value) VALUES ('highest_ms', $1)"
        await store.write_server(Statement(insert, (highest_ms,), 1))
        await store.close()
        return highest_ms

    async def second() -> int:
        store = SqliteStore.open(tmp_path / "data", Config())
        ((value,),) = await store.read_server("SELECT value FROM server_state WHERE name = 'highest_ms'")
        await store.close()
        assert isinstance(value, int)
        return value

    highest_ms = asyncio.run(first())
    machine.restart()
    machine.wall_ms -= 30 * 24 * HOUR_MS
    clock = machine.clock(asyncio.run(second()))
    assert clock.now() >= highest_ms


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(0, 10 * HOUR_MS)),
        st.tuples(st.just("set"), st.integers(-(10**10), 10**10)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=30,
)


@given(MOVES)
def test_whatever_is_done_to_the_clock_time_only_goes_forward_and_at_full_pace(moves: list[tuple[str, int]]) -> None:
    machine = Machine()
    clock = machine.clock()
    last_ms = clock.now()
    for move, ms in moves:
        if move == "pass":
            machine.pass_ms(ms)
        elif move == "set":
            machine.wall_ms += ms
        else:
            machine.restart()
            clock = machine.clock(last_ms)
        now_ms = clock.now()
        assert now_ms >= last_ms + (ms - 1 if move == "pass" else 0)
        assert now_ms >= machine.wall_ms
        last_ms = now_ms


def test_the_real_clock_is_near_the_real_time() -> None:
    clock: Clock = SystemClock()
    assert abs(clock.now() - time.time() * 1000) < 1000
    assert clock.monotonic() <= clock.monotonic()
