"""Work that was begun is finished."""

import asyncio

import pytest

from curtilage.consent.undisturbed import Undisturbed


def test_work_goes_on_when_its_caller_is_cancelled() -> None:
    async def run() -> list[str]:
        done: list[str] = []
        undisturbed, may_finish = Undisturbed(), asyncio.Event()

        async def work() -> None:
            await may_finish.wait()
            done.append("finished")

        caller = asyncio.create_task(undisturbed.run(work()))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert done == []
        may_finish.set()
        await undisturbed.close()
        return done

    assert asyncio.run(run()) == ["finished"]


def test_a_result_and_an_error_come_to_whoever_waits() -> None:
    async def run() -> int:
        undisturbed = Undisturbed()

        async def good() -> int:
            return 7

        async def bad() -> int:
            raise KeyError("nothing here")

        with pytest.raises(KeyError, match="nothing here"):
            await undisturbed.run(bad())
        return await undisturbed.run(good())

    assert asyncio.run(run()) == 7
