"""The input against sources that do everything a camera may do. The last test runs a real one."""

import asyncio
import contextlib
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from curtilage.cameras.input.camera_state import CameraState, Condition, Ending
from curtilage.cameras.input.input import Backoff, CameraInput
from curtilage.cameras.input.source import Sink, SourceError, SourceProblem
from curtilage.cameras.media.access_unit import CodecParameters
from curtilage.cameras.media.part import Part
from curtilage.cameras.source_kind import make_source
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.errors import PersonError
from curtilage.wire.sealed_part import Kind
from tests.cameras.pictures import Film, film
from tests.origin.clip import OTHER_SIZE, SMALL

QUICK = Config(reconnect_first_s=0.001, reconnect_last_s=0.002, freeze_s=1, rtsp_connect_s=1, rtsp_reply_s=1)
Script = Callable[[Sink], Awaitable[None]]


@dataclass
class Source:
    """Does what its script says."""

    script: Script

    async def run(self, sink: Sink) -> None:
        await self.script(sink)


@dataclass
class Received:
    """What the sealer was given, and which states were told."""

    parts: list[Part] = field(default_factory=list)
    states: list[CameraState] = field(default_factory=list)
    refuse: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def part(self, part: Part) -> None:
        if self.refuse:
            raise RuntimeError("the sealer has a bug")
        self.parts.append(part)
        self.news.set()

    def changed(self, state: CameraState) -> None:
        self.states.append(state)
        self.news.set()

    async def until(self, done: Callable[["Received"], bool]) -> None:
        async with asyncio.timeout(20):
            while not done(self):
                self.news.clear()
                await self.news.wait()


class Least:
    """Jitter that always takes the ceiling."""

    def uniform(self, a: float, b: float) -> float:
        return max(a, b)


def run(
    scripts: list[Script], until: Callable[[Received], bool], config: Config = QUICK, *, refuse: bool = False
) -> Received:
    """Run an input whose connections follow ``scripts`` (the last for ever) until ``until``; then cancel it."""
    received = Received(refuse=refuse)
    rest = list(scripts)

    def make_source() -> Source:
        return Source(rest.pop(0) if len(rest) > 1 else rest[0])

    async def main() -> None:
        camera_input = CameraInput(make_source, received, SystemClock(), config, received.changed, Least())
        task = asyncio.create_task(camera_input.run())
        await received.until(until)
        assert not task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 0.2)
        assert camera_input.state.condition is Condition.STOPPED
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    return received


def plays(taken: Film, *, then: Exception | None = None, forever: bool = False) -> Script:
    async def script(sink: Sink) -> None:
        sink.codec_changed(taken.parameters)
        for unit in taken.units:
            sink.access_unit(unit)
        if then is not None:
            raise then
        if forever:
            await asyncio.Event().wait()

    return script


def raises(error: Exception) -> Script:
    async def script(sink: Sink) -> None:
        raise error

    return script


async def waits(sink: Sink) -> None:
    await asyncio.Event().wait()


def has(problem: SourceProblem | None) -> Callable[[Received], bool]:
    return lambda received: any(state.ending is not None and state.problem is problem for state in received.states)


@pytest.fixture(scope="session")
def small(clips: Path) -> Film:
    return film(clips, SMALL)


def test_pictures_become_parts_in_order(small: Film) -> None:
    received = run([plays(small, forever=True)], lambda got: len(got.parts) == 101)
    assert [part.kind for part in received.parts] == [Kind.INIT, *[Kind.MEDIA] * 100]
    assert [state.condition for state in received.states] == [Condition.LIVE, Condition.STOPPED]


@pytest.mark.parametrize("problem", list(SourceProblem))
def test_each_problem_becomes_a_state_and_the_camera_is_tried_again(problem: SourceProblem, small: Film) -> None:
    received = run([raises(SourceError(problem)), plays(small, forever=True)], lambda got: len(got.parts) == 101)
    assert [state.condition for state in received.states[:2]] == [Condition.RECONNECTING, Condition.LIVE]
    assert received.states[0].problem is problem


@pytest.mark.parametrize(
    "error", [RuntimeError("rtsp://user:secret@h"), ZeroDivisionError(), TimeoutError(), OSError(5)]
)
def test_an_unexpected_error_is_a_state_and_logs_no_address(
    error: Exception, small: Film, caplog: pytest.LogCaptureFixture
) -> None:
    received = run([raises(error), plays(small, forever=True)], lambda got: len(got.parts) == 101)
    assert received.states[0].ending == Ending(None, type(error).__name__)
    assert "the error is in Curtilage" in received.states[0].words("Porch")
    assert type(error).__name__ in caplog.text
    assert "secret" not in caplog.text


def test_an_address_that_became_unusable_is_said_so() -> None:
    received = run([raises(PersonError("This address is too long."))], has(SourceProblem.UNSUPPORTED))
    assert received.states[0].words("Porch") == "Porch cannot be shown. This address is too long."


def test_a_stream_that_ends_is_asked_again_and_goes_on_without_a_new_init_part(small: Film) -> None:
    received = run([plays(small)], lambda got: len(got.parts) > 250)
    assert [part.kind for part in received.parts[:250]].count(Kind.INIT) == 1
    assert has(SourceProblem.ENDED)(received)
    ended = next(state for state in received.states if state.problem is SourceProblem.ENDED)
    assert ended.last_picture_ms is not None


def test_what_is_asked_for_otherwise_is_asked_anew_without_a_pause(small: Film) -> None:
    async def main() -> None:
        received, slow = Received(), replace(QUICK, reconnect_first_s=600, reconnect_last_s=600)
        camera_input = CameraInput(
            lambda: Source(plays(small, forever=True)), received, SystemClock(), slow, received.changed, Least()
        )
        camera_input.reconnect()  # before there is a connection it changes nothing
        task = asyncio.create_task(camera_input.run())
        await received.until(lambda got: len(got.parts) == 101)
        camera_input.reconnect()
        await received.until(lambda got: len(got.parts) == 201)
        assert [part.kind for part in received.parts].count(Kind.INIT) == 1
        task.cancel()
        await asyncio.wait({task})

    asyncio.run(main())


def test_a_new_size_is_a_new_init_part(small: Film, clips: Path) -> None:
    other = film(clips, OTHER_SIZE)

    async def changes(sink: Sink) -> None:
        await plays(small)(sink)
        await plays(other, forever=True)(sink)

    received = run([changes], lambda got: len(got.parts) == 202)
    assert [place for place, part in enumerate(received.parts) if part.kind is Kind.INIT] == [0, 101]


def test_a_source_that_falls_silent_is_cut(small: Film) -> None:
    received = run([plays(small, forever=True)], has(SourceProblem.FROZEN))
    assert received.states[1].problem is SourceProblem.FROZEN


@pytest.mark.slow
def test_a_source_that_never_shows_anything_is_cut() -> None:
    received = run([waits], has(SourceProblem.FROZEN))
    assert received.states[0].last_picture_ms is None


def test_a_source_that_shows_pictures_is_left_alone(small: Film) -> None:
    async def slowly(sink: Sink) -> None:
        sink.codec_changed(small.parameters)
        for unit in small.units[:9]:
            sink.access_unit(unit)
            await asyncio.sleep(0.15)
        await asyncio.Event().wait()

    received = run([slowly], lambda got: len(got.parts) == 10)
    assert [state.condition for state in received.states] == [Condition.LIVE, Condition.STOPPED]


@pytest.mark.parametrize(("width", "height"), [(640, 400), (65_536, 1)])
def test_a_picture_larger_than_allowed_ends_the_connection(width: int, height: int, small: Film) -> None:
    large = Film(replace(small.parameters, width=width, height=height), small.units)
    config = replace(QUICK, picture_pixels_max=640 * 360)
    received = run([plays(large, forever=True)], has(SourceProblem.UNSUPPORTED), config)
    assert received.parts == []
    assert f"{width} by {height}" in received.states[0].words("Porch")


def test_parameters_that_fit_no_track_end_the_connection(small: Film) -> None:
    broken = Film(CodecParameters(b"\x67", (), 320, 180, "avc1.000000"), small.units)
    received = run([plays(broken, forever=True)], has(SourceProblem.GARBAGE))
    assert received.parts == []


def test_pictures_before_their_parameters_are_dropped(small: Film) -> None:
    async def early(sink: Sink) -> None:
        sink.access_unit(small.units[0])
        await plays(small, forever=True)(sink)

    received = run([early], lambda got: len(got.parts) == 101)
    assert received.parts[0].kind is Kind.INIT


def test_an_error_in_the_sealer_is_ours_and_the_source_never_sees_it(small: Film) -> None:
    seen: list[bool] = []

    async def watches(sink: Sink) -> None:
        sink.codec_changed(small.parameters)
        sink.access_unit(small.units[0])
        seen.append(True)
        await asyncio.Event().wait()

    received = run([watches], has(None), refuse=True)
    assert seen
    assert received.states[0].ending == Ending(None, "RuntimeError")


def test_after_its_connection_was_cut_a_source_can_push_nothing_more(small: Film) -> None:
    large = replace(small.parameters, width=9000, height=9000)

    async def pushes_on(sink: Sink) -> None:
        await plays(small)(sink)
        sink.codec_changed(large)
        for unit in small.units:
            sink.access_unit(unit)
        await asyncio.Event().wait()

    received = run([pushes_on, waits], has(SourceProblem.UNSUPPORTED))
    assert len(received.parts) == 101


@pytest.mark.parametrize(
    ("problem", "live_s", "expected"),
    [
        (SourceProblem.UNREACHABLE, 0.0, [0.5, 1, 2, 4, 8, 16, 30, 30]),
        (SourceProblem.ENDED, 59.0, [0.5, 1, 2, 4, 8, 16, 30, 30]),
        (SourceProblem.ENDED, 60.0, [0.5] * 8),
        (None, 0.0, [0.5, 1, 2, 4, 8, 16, 30, 30]),
        (SourceProblem.REFUSED_PASSWORD, 0.0, [30] * 8),
    ],
)
def test_pauses_double_until_a_good_minute(problem: SourceProblem | None, live_s: float, expected: list[float]) -> None:
    backoff = Backoff(Config(), Least())
    assert [backoff.pause_s(Ending(problem), live_s) for _ in expected] == expected


def test_jitter_is_full_and_never_hurries_a_refused_password() -> None:
    jitter = random.Random(7)
    backoff = Backoff(Config(), jitter)
    unreachable = [backoff.pause_s(Ending(SourceProblem.UNREACHABLE), 0) for _ in range(500)]
    refused = [backoff.pause_s(Ending(SourceProblem.REFUSED_PASSWORD), 0) for _ in range(500)]
    assert min(unreachable) < 1
    assert 29 < max(unreachable) <= 30
    assert 15 <= min(refused) <= max(refused) <= 30


def test_a_day_of_failures_overflows_nothing() -> None:
    backoff = Backoff(Config(), Least())
    assert {backoff.pause_s(Ending(SourceProblem.ENDED), 0) for _ in range(100_000)} == {0.5, 1, 2, 4, 8, 16, 30}


def test_a_simulated_camera_runs_through_the_input() -> None:
    received = Received()

    async def main() -> None:
        config, clock = Config(), SystemClock()
        camera_input = CameraInput(
            lambda: make_source("sim:Rose%20house", config, clock, secrets.token_bytes),
            received, clock, config, received.changed, Least(),
        )  # fmt: skip
        task = asyncio.create_task(camera_input.run())
        await received.until(lambda got: len(got.parts) >= 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert received.states[0].condition is Condition.LIVE
    assert [part.kind for part in received.parts[:2]] == [Kind.INIT, Kind.MEDIA]
