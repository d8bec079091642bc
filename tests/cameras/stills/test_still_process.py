"""The decoding process from outside: started when needed, never left behind."""

import asyncio
import io
import os
import re
import resource
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop
from PIL import Image

from curtilage.cameras.stills.still_decoder import MEMORY_BYTES_MAX
from curtilage.cameras.stills.still_process import StillFailed, StillProcess, can_make_stills
from curtilage.cameras.stills.still_view import Keyframe
from curtilage.config import Config
from tests.cameras.keyframes import MARK, MARK_KEY, mark_in, marked_keyframe, plain_keyframe
from tests.processes import children

pytestmark = pytest.mark.slow
CONFIG = Config()
_LARGEST_BYTES_MAX = 256 << 20
"""Of memory, while the largest picture is made a still; before it was made smaller first it was 540 MB."""


def _peak_bytes(process: int) -> int:
    """The most memory it had."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) << 10


def test_a_still_is_the_views_own_picture_and_nothing_is_left_behind() -> None:
    async def main() -> None:
        before = children()
        async with StillProcess(CONFIG) as process:
            assert mark_in(await process.jpeg(marked_keyframe()), MARK_KEY) == MARK
            (child,) = children() - before
            behind = os.getpriority(os.PRIO_PROCESS, child) - os.getpriority(os.PRIO_PROCESS, 0)
            assert behind > 0, "a revocation does not wait behind decoders"
            assert mark_in(await process.again("12 s ago"), MARK_KEY) == MARK
            assert mark_in(await process.neutral("No picture."), MARK_KEY) is None
        assert children() == before

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
        before = children()
        async with StillProcess(replace(CONFIG, still_decode_s=2.0)) as process:
            await process.jpeg(marked_keyframe())
            (hanging,) = children() - before
            os.kill(hanging, signal.SIGSTOP)
            with pytest.raises(StillFailed):
                await process.again("12 s ago")
            assert hanging not in children()
            assert mark_in(await process.jpeg(marked_keyframe()), MARK_KEY) == MARK

    asyncio.run(main())


def test_the_largest_picture_is_made_smaller_and_memory_is_bounded() -> None:
    async def main() -> None:
        before = children()
        async with StillProcess(CONFIG) as process:
            jpeg = await process.jpeg(plain_keyframe(7680, 4320), "5 s ago")
            assert Image.open(io.BytesIO(jpeg)).size == (2560, 1440)
            (child,) = children() - before
            assert _peak_bytes(child) < _LARGEST_BYTES_MAX
            assert resource.prlimit(child, resource.RLIMIT_AS) == (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX)
            assert MEMORY_BYTES_MAX <= 512 << 20
            assert mark_in(await process.jpeg(marked_keyframe()), MARK_KEY) == MARK

    asyncio.run(main())


def test_a_cancelled_request_ends_its_process() -> None:
    async def main() -> None:
        before = children()

        async def ask() -> None:
            async with StillProcess(CONFIG) as process:
                await process.jpeg(marked_keyframe())
                await asyncio.sleep(60)

        task = asyncio.create_task(ask())
        await asyncio.sleep(0.5)
        assert len(children() - before) == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert children() == before

    asyncio.run(main())


def test_starting_it_does_not_fork_the_server() -> None:
    """uvloop's own way of starting processes does, and the loop stands still meanwhile: for seconds if many start."""
    forks: list[None] = []
    os.register_at_fork(before=lambda: forks.append(None))

    async def main() -> None:
        async with StillProcess(CONFIG) as process:
            assert mark_in(await process.jpeg(marked_keyframe()), MARK_KEY) == MARK

    uvloop.run(main())
    assert forks == []


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.02])
def test_a_request_that_ends_while_its_process_starts_leaves_none(after_s: float) -> None:
    async def main() -> None:
        before = children()

        async def ask() -> None:
            async with StillProcess(CONFIG) as process:
                await process.jpeg(marked_keyframe())

        task = asyncio.create_task(ask())
        await asyncio.sleep(after_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert children() == before

    uvloop.run(main())


def test_a_still_larger_than_the_limit_is_refused() -> None:
    async def main() -> None:
        async with StillProcess(replace(CONFIG, still_bytes_max=1000)) as process:
            with pytest.raises(StillFailed):
                await process.jpeg(marked_keyframe())

    asyncio.run(main())
