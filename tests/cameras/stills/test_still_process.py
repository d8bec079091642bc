"""The decoding process from outside: started when needed, never left behind."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.cameras.stills.still_process import StillFailed, StillProcess, can_make_stills
from curtilage.cameras.stills.still_view import Keyframe
from curtilage.config import Config
from tests.cameras.keyframes import MARK, MARK_KEY, mark_in, marked_keyframe

pytestmark = pytest.mark.slow
CONFIG = Config()


def _children() -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
        except OSError:  # it ended meanwhile
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.add(int(stat.parent.name))
    return found


def test_a_still_is_the_views_own_picture_and_nothing_is_left_behind() -> None:
    async def main() -> None:
        before = _children()
        async with StillProcess(CONFIG) as process:
            assert mark_in(await process.jpeg(marked_keyframe()), MARK_KEY) == MARK
            (child,) = _children() - before
            behind = os.getpriority(os.PRIO_PROCESS, child) - os.getpriority(os.PRIO_PROCESS, 0)
            assert behind > 0, "a revocation does not wait behind decoders"
            assert mark_in(await process.again("12 s ago"), MARK_KEY) == MARK
            assert mark_in(await process.neutral("No picture."), MARK_KEY) is None
        assert _children() == before

    assert can_make_stills()
    asyncio.run(main())


def test_what_cannot_be_decoded_is_said_and_the_next_picture_comes() -> None:
    async def main() -> None:
        async with StillProcess(CONFIG) as process:
            with pytest.raises(StillFailed):
                await process.jpeg(Keyframe(b"no", b"picture", 0))
            assert mark_in(await process.jpeg(marked_keyframe()), MARK_KEY) == MARK

    asyncio.run(main())


def test_a_process_that_hangs_is_ended_and_another_one_does_the_next_picture() -> None:
    async def main() -> None:
        before = _children()
        async with StillProcess(replace(CONFIG, still_decode_s=2.0)) as process:
            await process.jpeg(marked_keyframe())
            (hanging,) = _children() - before
            os.kill(hanging, signal.SIGSTOP)
            with pytest.raises(StillFailed):
                await process.again("12 s ago")
            assert hanging not in _children()
            assert mark_in(await process.jpeg(marked_keyframe()), MARK_KEY) == MARK

    asyncio.run(main())


def test_a_cancelled_request_ends_its_process() -> None:
    async def main() -> None:
        before = _children()

        async def ask() -> None:
            async with StillProcess(CONFIG) as process:
                await process.jpeg(marked_keyframe())
                await asyncio.sleep(60)

        task = asyncio.create_task(ask())
        await asyncio.sleep(0.5)
        assert len(_children() - before) == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert _children() == before

    asyncio.run(main())


def test_a_still_larger_than_the_limit_is_refused() -> None:
    async def main() -> None:
        async with StillProcess(replace(CONFIG, still_bytes_max=1000)) as process:
            with pytest.raises(StillFailed):
                await process.jpeg(marked_keyframe())

    asyncio.run(main())
