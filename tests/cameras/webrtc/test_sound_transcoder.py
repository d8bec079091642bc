"""What the views of one camera share, with the real process behind it: shared, watched, started again, ended."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import uvloop

from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.webrtc.sound_transcoder import SoundTranscoder
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.config import Config
from tests.cameras.aac_tone import AacTone, aac_tone, tone_in
from tests.cameras.whep_side import until, whole
from tests.processes import children

pytestmark = pytest.mark.slow
CONFIG = Config(transcoder_pause_first_s=0.05, transcoder_linger_s=0.3, transcode_s=0.5)
TONE = aac_tone(16_000, length_s=4)


class Shared:
    """One, and how often its views were woken."""

    def __init__(self, config: Config = CONFIG, tone: AacTone = TONE) -> None:
        self.tone = tone
        self.over = 0
        self.wakes = [0, 0]
        self.shared = SoundTranscoder(tone.opening, config, self._over)
        self.views: list[Callable[[], None]] = [lambda: self._wake(0), lambda: self._wake(1)]
        self.next = 0

    def _over(self, _ended: SoundTranscoder) -> None:
        self.over += 1

    def _wake(self, view: int) -> None:
        self.wakes[view] += 1

    def run(self) -> AudioRun:
        self.next += 1
        return self.tone.run(self.next)

    @property
    def newest(self) -> int:
        return max((packet.start for packet in self.shared.packets(-1)), default=-1)

    async def sounding(self, wait_s: float = 10) -> None:
        """Feeds until something new comes out."""
        before, end = self.newest, asyncio.get_running_loop().time() + wait_s
        while self.newest <= before:
            assert asyncio.get_running_loop().time() < end
            self.shared.feed(self.run())
            await asyncio.sleep(0.02)


@asynccontextmanager
async def shared(config: Config = CONFIG, tone: AacTone = TONE) -> AsyncIterator[Shared]:
    """Nothing is left of it."""
    before = children()
    made = Shared(config, tone)
    try:
        yield made
    finally:
        made.shared.end()
        await made.shared.settled()
        assert children() == before
        assert made.over == 1


def test_what_one_view_hands_in_wakes_both_and_what_the_other_hands_in_again_is_not_made_again() -> None:
    async def scenario() -> None:
        before = children()
        async with shared() as made:
            for view in made.views:
                made.shared.join(view)
            await made.sounding()
            assert len(children() - before) == 1
            first = made.newest
            fresh = made.run()
            made.shared.feed(fresh)
            made.shared.feed(fresh)
            await until(lambda: made.newest > first)
            await asyncio.sleep(0.1)
            starts = [packet.start for packet in made.shared.packets(-1)]
            assert starts == sorted(set(starts))
            assert made.wakes[0] == made.wakes[1] > 0

    whole(scenario)


def test_the_tone_comes_out_and_no_more_than_a_moment_of_it_is_kept() -> None:
    async def scenario() -> None:
        async with shared() as made:
            made.shared.join(made.views[0])
            await made.sounding()
            for _ in range(40):
                made.shared.feed(made.run())
                await until(lambda: not made.shared._given_s)  # what is not taken would be a hole in the tone
            kept = list(made.shared.packets(-1))
            assert len(kept) == 32
            assert abs(tone_in(kept) - 700) < 3
            assert repr(TONE.units[5]) not in repr(made.shared.__dict__)

    whole(scenario)


def test_another_run_for_the_same_time_and_an_older_one_are_not_taken() -> None:
    async def scenario() -> None:
        async with shared() as made:
            made.shared.join(made.views[0])
            await made.sounding()
            run = made.run()
            assert made.shared.feed(run)
            assert made.shared.feed(run)
            assert not made.shared.feed(replace(run, frames=((b"foreign", 1024),)))
            assert not made.shared.feed(replace(run, start=run.start - 1))
            assert not made.shared.feed(replace(run, start=run.start + 1, frames=((bytes(9_000), 1024),)))
            await made.sounding()

    whole(scenario)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("how", ["it dies", "it hangs"])
def test_a_process_that_fails_is_said_and_another_one_goes_on(how: str, loop: str) -> None:
    async def scenario() -> None:
        before = children()
        async with shared() as made:
            made.shared.join(made.views[0])
            await made.sounding()
            (process,) = children() - before
            os.kill(process, signal.SIGKILL if how == "it dies" else signal.SIGSTOP)
            made.shared.feed(made.run())
            await until(lambda: made.shared.trouble is SoundTrouble.ENDED)
            assert process not in children()
            await made.sounding()
            assert made.shared.trouble is None
            assert process not in children() - before

    if loop == "asyncio":
        whole(scenario)
    else:
        uvloop.run(scenario())


def test_what_is_handed_in_before_a_dead_process_was_noticed_is_left_out() -> None:
    """uvloop raises RuntimeError for what is written into a closed channel; no view has to do with that."""

    async def scenario() -> None:
        before = children()
        async with shared() as made:
            made.shared.join(made.views[0])
            await made.sounding()
            (process,) = children() - before
            os.kill(process, signal.SIGKILL)
            while children() != before:
                """It is a zombie in this very turn."""
            for _ in range(20):
                made.shared.feed(made.run())
                await asyncio.sleep(0)
            await made.sounding()

    uvloop.run(scenario())


def test_one_that_cannot_start_is_tried_less_and_less_often() -> None:
    async def scenario() -> None:
        started = set[int]()
        before = children()
        config = replace(CONFIG, transcoder_pause_first_s=0.4, transcoder_pause_last_s=0.8)
        wrong = replace(TONE, config=b"")
        async with shared(config, wrong) as made:
            end = asyncio.get_running_loop().time() + 6
            while asyncio.get_running_loop().time() < end and len(started) < 3:
                started |= children() - before
                made.shared.feed(made.run())
                await asyncio.sleep(0.01)
            assert made.shared.trouble is SoundTrouble.ENDED
            assert 2 <= len(started) <= 8

    whole(scenario)


def test_sound_that_cannot_be_decoded_is_said_to_be_the_cameras() -> None:
    async def scenario() -> None:
        async with shared() as made:
            made.shared.join(made.views[0])
            await made.sounding()
            for _ in range(20):
                made.shared.feed(replace(made.run(), frames=((b"\xff" * 50, 1024),)))
                await asyncio.sleep(0.01)
            await until(lambda: made.shared.trouble is SoundTrouble.NOT_DECODED)
            await made.sounding()
            assert made.shared.trouble is None

    whole(scenario)


def test_a_flood_is_bounded_and_what_comes_after_it_is_heard() -> None:
    async def scenario() -> None:
        config = replace(CONFIG, transcode_s=5.0)
        async with shared(config) as made:
            made.shared.join(made.views[0])
            await made.sounding()
            for _ in range(2_000):
                made.shared.feed(made.run())
            assert len(made.shared._given_s) == config.transcoder_waiting_count_max
            assert len(made.shared._runs) <= 32
            await until(lambda: not made.shared._given_s)
            await made.sounding()

    whole(scenario)


@pytest.mark.parametrize("at_once", [True, False])
def test_it_ends_with_its_last_view_and_keeps_nothing_meanwhile(at_once: bool) -> None:
    async def scenario() -> None:
        before = children()
        async with shared() as made:
            for view in made.views:
                made.shared.join(view)
            await made.sounding()
            made.shared.leave(made.views[0], at_once=True)
            assert (made.shared.over, made.shared.views_count) == (False, 1)
            made.shared.leave(made.views[1], at_once=at_once)
            assert made.shared.over == at_once
            assert list(made.shared.packets(-1)) == []
            if not at_once:
                assert len(children() - before) == 1
                await until(lambda: made.shared.over)
            await made.shared.settled()
            assert children() == before

    whole(scenario)


def test_who_comes_back_before_it_ends_finds_it_running() -> None:
    async def scenario() -> None:
        async with shared() as made:
            made.shared.join(made.views[0])
            await made.sounding()
            made.shared.leave(made.views[0], at_once=False)
            made.shared.join(made.views[1])
            await asyncio.sleep(0.5)
            assert not made.shared.over
            await made.sounding()

    whole(scenario)
