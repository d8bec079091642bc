"""What is sent next: with a real decoding process, real pictures, and a clock that the test moves."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from curtilage.cameras.stills.still_drawing import StillDrawing, age_words
from curtilage.cameras.stills.still_process import StillFailed, StillProcess
from curtilage.cameras.stills.still_view import Keyframe
from curtilage.config import Config
from tests.cameras.keyframes import MARK, MARK_KEY, brightness, mark_in, marked_keyframe
from tests.held_clock import HeldClock
from tests.processes import children

CONFIG = Config(view_stale_ms=2_000, view_neutral_ms=10_000, mjpeg_redraw_s=2.0, still_decode_s=2.0)


def run(test: Callable[[StillDrawing, HeldClock], Awaitable[None]], config: Config = CONFIG) -> None:
    async def main() -> None:
        clock = HeldClock()
        async with StillProcess(config) as process:
            await test(StillDrawing(process, config, clock), clock)

    asyncio.run(main())


def now(clock: HeldClock) -> Keyframe:
    """A good keyframe that came this moment."""
    return replace(marked_keyframe(), time_ms=clock.now())


def broken(clock: HeldClock) -> Keyframe:
    """One that no decoder makes a picture of."""
    return Keyframe(marked_keyframe().init, b"\0\0\0\x08free", clock.now())


def has_words(jpeg: bytes) -> bool:
    _, brightest = brightness(jpeg, 59 / 60, 1)
    return brightest < 40


@pytest.mark.slow
def test_keyframes_that_do_not_decode_leave_the_last_good_one_to_get_old_and_give_way_to_the_card() -> None:
    async def test(drawing: StillDrawing, clock: HeldClock) -> None:
        first = await drawing.next(now(clock))
        assert first is not None
        assert (first.age_ms, has_words(first.jpeg)) == (0, False)
        said: list[int | None] = []
        for _ in range(24):
            clock.pass_s(0.5)
            drawn = await drawing.next(broken(clock))
            if drawn is None:
                continue
            said.append(drawn.age_ms)
            assert has_words(drawn.jpeg)
            assert mark_in(drawn.jpeg, MARK_KEY) == (None if drawn.age_ms is None else MARK)
        assert said == [2_000, 4_000, 6_000, 8_000, None, None], "no oftener than redrawn pictures are"
        again = await drawing.next(now(clock))
        assert again is not None
        assert (again.age_ms, mark_in(again.jpeg, MARK_KEY)) == (0, MARK)

    run(test)


@pytest.mark.slow
def test_a_picture_whose_process_is_gone_gets_old_all_the_same() -> None:
    async def test(drawing: StillDrawing, clock: HeldClock) -> None:
        before = children()
        await drawing.next(now(clock))
        (process,) = children() - before
        os.kill(process, signal.SIGSTOP)
        clock.pass_s(3)
        drawn = await drawing.next(None)
        assert drawn is not None
        assert (drawn.age_ms, mark_in(drawn.jpeg, MARK_KEY), has_words(drawn.jpeg)) == (3_000, MARK, True)

    run(test)


@pytest.mark.slow
def test_when_not_even_the_card_can_be_drawn_it_says_so() -> None:
    async def test(drawing: StillDrawing, clock: HeldClock) -> None:
        with pytest.raises(StillFailed):
            await drawing.next(now(clock))

    run(test, replace(CONFIG, still_bytes_max=1_000))


@pytest.mark.parametrize(
    ("age_ms", "words"),
    [(2_500, "2 s ago"), (119_000, "119 s ago"), (120_000, "2 min ago"), (7_200_000, "2 h ago")],
)
def test_an_age_is_told_in_the_unit_that_fits(age_ms: int, words: str) -> None:
    assert age_words(age_ms) == words
