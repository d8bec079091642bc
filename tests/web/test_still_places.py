"""Places for stills: shares of homes, turns in order, and nothing lost when somebody leaves the queue."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from curtilage.config import Config
from curtilage.web.problem import Stopped
from curtilage.web.still_places import StillPlaces
from curtilage.wire.identifier import HomeId

ROSE, BIRCH = HomeId("rose"), HomeId("birch")
CONFIG = Config(
    stills_at_once_count_max=3,
    stills_at_once_per_home_count_max=2,
    stills_wait_s=0.3,
    stills_waiting_count_max=8,
    stills_waiting_per_home_count_max=6,
)
PATIENT = replace(CONFIG, stills_wait_s=30)
"""Where the end of the wait is not the question: a busy machine may be away for a third of a second."""


async def one(places: StillPlaces, home: HomeId, done: list[int], number: int, takes_s: float = 0.02) -> None:
    async with places.place(home, waits=True):
        await asyncio.sleep(takes_s)
        done.append(number)


def test_a_burst_of_one_home_takes_turns_in_order_and_none_is_refused() -> None:
    async def main() -> None:
        places, done = StillPlaces(PATIENT), list[int]()
        await asyncio.gather(*(one(places, ROSE, done, number) for number in range(8)))
        assert done == list(range(8))

    asyncio.run(main())


def test_another_home_has_its_share_while_one_fills_its_own() -> None:
    async def main() -> None:
        places = StillPlaces(CONFIG)
        async with places.place(ROSE, waits=False), places.place(ROSE, waits=False):
            with pytest.raises(Stopped):
                async with places.place(ROSE, waits=False):
                    pass
            async with asyncio.timeout(0.1), places.place(BIRCH, waits=False):
                pass

    asyncio.run(main())


def test_the_wait_ends_and_so_do_the_places_to_wait_in() -> None:
    async def main() -> None:
        places = StillPlaces(CONFIG)
        async with places.place(ROSE, waits=False), places.place(ROSE, waits=False):
            began = asyncio.get_running_loop().time()
            found = await asyncio.gather(*(one(places, ROSE, [], 0) for _ in range(7)), return_exceptions=True)
            assert [type(answer) for answer in found] == [Stopped] * 7
            assert asyncio.get_running_loop().time() - began < 2 * CONFIG.stills_wait_s
        done: list[int] = []
        await asyncio.gather(*(one(places, ROSE, done, number) for number in range(7)))
        assert len(done) == 7, "no place was lost to those who left"

    asyncio.run(main())


def test_whoever_leaves_in_the_moment_of_its_turn_gives_the_place_on() -> None:
    async def main() -> None:
        places, done = StillPlaces(PATIENT), list[int]()
        for _ in range(5):
            async with contextlib.AsyncExitStack() as stack:
                await stack.enter_async_context(places.place(ROSE, waits=False))
                await stack.enter_async_context(places.place(ROSE, waits=False))
                waiting = asyncio.create_task(one(places, ROSE, done, 1))
                await asyncio.sleep(0)
            waiting.cancel()  # its place was given by the leaving above
            with contextlib.suppress(asyncio.CancelledError):
                await waiting
        await asyncio.gather(*(one(places, ROSE, done, number) for number in range(4)))
        assert len(done) == 4

    asyncio.run(main())
