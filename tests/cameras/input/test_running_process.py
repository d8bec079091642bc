"""A process of ours from the server's side: its start keeps nobody waiting, and it is never left behind."""

import asyncio
import os
import time
from pathlib import Path

import pytest
import uvloop

from curtilage.cameras.input.running_process import RunningProcess
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.source_process import RecordMeter, run_process
from curtilage.clock import SystemClock
from curtilage.config import MIB, Config
from tests.cameras.recording_sink import RecordingSink
from tests.processes import children

pytestmark = pytest.mark.slow
ECHO, NO_MODULE = "this", "curtilage.there_is_none"
"""``python -m this`` writes a text of 21 lines and ends."""
KEPT = ("PYTHONPATH",)
STUBBORN = "tests.cameras.input.stubborn"
ENDLESS = "tests.cameras.input.endless_records"
LAG_S_MAX = 0.15
PROCESSES_COUNT, TRIES_COUNT = 8, 3


def test_what_it_writes_comes_and_nothing_is_left_behind() -> None:
    async def main() -> bytes:
        before = children()
        process = await RunningProcess.start(ECHO, KEPT)
        said = await process.reader.read()
        await process.end()
        await process.end()
        assert children() == before
        return said

    assert len(asyncio.run(main()).splitlines()) == 21


def test_it_runs_behind_the_server_and_sees_none_of_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> tuple[int, bytes]:
        monkeypatch.setenv("CURTILAGE_SECRET", "word")
        process = await RunningProcess.start(ENDLESS, steps_behind=3)
        assert process.pid in children()
        assert os.getpgid(process.pid) == process.pid, "Ctrl-C in a terminal is the server's"
        assert os.getsid(process.pid) == os.getsid(0), "between sessions priorities count for nothing"
        behind = os.getpriority(os.PRIO_PROCESS, process.pid) - os.getpriority(os.PRIO_PROCESS, 0)
        seen = Path(f"/proc/{process.pid}/environ").read_bytes()  # noqa: ASYNC240 a file of the kernel's
        process.kill()
        await process.end()
        return behind, seen

    behind, seen = asyncio.run(main())
    assert behind == 3, "a revocation does not wait behind decoders"
    assert b"CURTILAGE" not in seen


async def _longest_wait_s(work: "asyncio.Future[list[RunningProcess]]") -> float:
    """How long another task did not get its turn meanwhile."""
    longest_s, last_s = 0.0, time.monotonic()
    while not work.done():
        await asyncio.sleep(0)
        now_s = time.monotonic()
        longest_s, last_s = max(longest_s, now_s - last_s), now_s
    return longest_s


def test_starting_many_in_a_big_server_forks_it_never_and_leaves_others_their_turns() -> None:
    forks: list[None] = []
    os.register_at_fork(before=lambda: forks.append(None))
    ballast = bytearray(os.urandom(MIB)) * 256

    async def main() -> float:
        work = asyncio.gather(*(RunningProcess.start(ECHO, KEPT) for _ in range(PROCESSES_COUNT)))
        lag_s = await _longest_wait_s(work)
        await asyncio.gather(*(process.end() for process in await work))
        return lag_s

    assert min(uvloop.run(main()) for _ in range(TRIES_COUNT)) < LAG_S_MAX
    assert forks == []
    del ballast


def test_a_source_that_is_cancelled_while_its_pipe_is_full_ends_and_so_does_its_process() -> None:
    """asyncio's own subprocess waited for ever for a pipe that nobody read any more."""

    class Choked(RecordMeter):
        """Lets nothing on."""

        async def give_way(self, *, at_once: bool = False) -> None:
            del at_once
            await asyncio.sleep(60)

    async def main() -> None:
        before = children()
        meter = Choked(Config(), SystemClock())
        source = asyncio.create_task(run_process(ENDLESS, "", RecordingSink(), meter))
        async with asyncio.timeout(20):
            while len(children() - before) != 1:  # noqa: ASYNC110 - a process tells nobody that it began
                await asyncio.sleep(0.01)
            await asyncio.sleep(1)
            source.cancel()
            await asyncio.wait({source})
        assert children() == before

    asyncio.run(main())


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.02])
def test_who_goes_away_while_it_starts_leaves_none(after_s: float) -> None:
    async def main() -> None:
        before = children()
        starting = asyncio.create_task(RunningProcess.start(ECHO, KEPT))
        await asyncio.sleep(after_s)
        starting.cancel()
        (done,) = await asyncio.gather(starting, return_exceptions=True)
        if isinstance(done, RunningProcess):
            await done.end()
        assert children() == before

    uvloop.run(main())


def test_who_is_cancelled_again_while_it_goes_away_leaves_none_either() -> None:
    async def main() -> None:
        before = children()
        for after_s in (0.0, 0.002):
            starting = asyncio.create_task(RunningProcess.start(STUBBORN, KEPT))
            await asyncio.sleep(after_s)
            for _ in range(3):
                starting.cancel()
                await asyncio.sleep(0)
            (done,) = await asyncio.gather(starting, return_exceptions=True)
            if isinstance(done, RunningProcess):
                await done.end()
        async with asyncio.timeout(5):
            while children() != before:  # noqa: ASYNC110 - a process tells nobody that it ended
                await asyncio.sleep(0.01)

    uvloop.run(main())


def test_a_process_that_does_not_begin_is_a_camera_that_ended() -> None:
    async def main() -> SourceError:
        with pytest.raises(SourceError) as wrong:
            await run_process(NO_MODULE, "line", RecordingSink(), RecordMeter(Config(), SystemClock()))
        return wrong.value

    assert asyncio.run(main()).problem is SourceProblem.ENDED
