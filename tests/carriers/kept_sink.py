"""A sink that keeps what it is told, as an outbox would in its database."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from curtilage.carriers.carrier import CarrierEvent

_WAIT_S = 20.0
_E = TypeVar("_E")


class KeptSink:
    """Implements CarrierSink. ``full`` makes it fail, as a full disk does."""

    def __init__(self) -> None:
        self.events: list[CarrierEvent] = []
        self.full = False
        self.refused_count = 0

    async def take(self, event: CarrierEvent) -> None:
        """See CarrierSink."""
        if self.full:
            self.refused_count += 1
            raise OSError(28, "No space left on device")
        self.events.append(event)

    def of(self, kind: type[_E]) -> list[_E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[_E], count: int = 1) -> list[_E]:
        """Until so many are there."""
        await wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)


async def wait_for(condition: Callable[[], bool]) -> None:
    """Looks again and again, within bounds."""
    async with asyncio.timeout(_WAIT_S):
        while not condition():  # noqa: ASYNC110 - any condition, not one that could tell
            await asyncio.sleep(0.01)
