"""What was begun is finished, even when whoever asked for it goes away.

A change is memory *and* store. A caller may be cancelled between the two (a browser closes its connection); then the
store would say one thing and memory another. So such work runs as a task of its own, and callers only wait for it.

It does not repeat anything and swallows nothing: who is still waiting gets the result or the error.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


class Undisturbed:
    """Work under way. One for each service; bounded by the callers, since each waits for its own."""

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """The result of ``work``; cancelling this call does not cancel it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for all that is under way; their errors went to those who asked."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
