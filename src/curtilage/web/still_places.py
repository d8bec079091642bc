"""How many stills are made at once: a share for each home, so that no home can take the pictures from all others, nor
learn that they look.

An old display asks for all its cameras in the same moment, so a single still waits a little for its turn, in order;
Motion JPEG, which would hold its place for ever, does not.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from curtilage.config import Config
from curtilage.web.problem import Kind, Problem, Stopped
from curtilage.wire.identifier import HomeId

_TOO_MANY = "Too many stills at once."


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    home: HomeId
    given: asyncio.Future[None] = field(repr=False)


class StillPlaces:
    """See the module's text."""

    __slots__ = ("_config", "_running", "_waiting")

    def __init__(self, config: Config) -> None:
        self._config = config
        self._running: Counter[HomeId] = Counter()
        self._waiting: list[_Waiting] = []
        """In the order they came. Nobody waits here who could have a place."""

    @contextlib.asynccontextmanager
    async def place(self, home: HomeId, *, waits: bool) -> AsyncIterator[None]:
        """One of the home's places; ``waits``: for at most ``stills_wait_s``. Raises Stopped when there is none."""
        if self._free(home):
            self._running[home] += 1
        elif waits and self._may_wait(home):
            await self._turn(home)
        else:
            raise Stopped(Problem(Kind.BUSY, _TOO_MANY))
        try:
            yield
        finally:
            self._leave(home)

    def _free(self, home: HomeId) -> bool:
        running, config = self._running, self._config
        share = config.stills_at_once_per_home_count_max
        return running.total() < config.stills_at_once_count_max and running[home] < share

    def _may_wait(self, home: HomeId) -> bool:
        own = sum(waiting.home == home for waiting in self._waiting)
        return (
            len(self._waiting) < self._config.stills_waiting_count_max
            and own < self._config.stills_waiting_per_home_count_max
        )

    async def _turn(self, home: HomeId) -> None:
        waiting = _Waiting(home, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(self._config.stills_wait_s):
                await waiting.given
        except (TimeoutError, asyncio.CancelledError) as left:
            if not waiting.given.cancelled():
                self._leave(home)  # it was given in the very moment
            if isinstance(left, TimeoutError):
                raise Stopped(Problem(Kind.BUSY, _TOO_MANY)) from None
            raise
        finally:
            self._waiting.remove(waiting)

    def _leave(self, home: HomeId) -> None:
        self._running[home] -= 1
        if not self._running[home]:
            del self._running[home]
        for waiting in self._waiting:
            if not waiting.given.done() and self._free(waiting.home):
                self._running[waiting.home] += 1
                waiting.given.set_result(None)
