"""How long the event loop is kept from others: in processor time, so that a busy machine changes nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Turns:
    """What another task sees that always wants a turn."""

    longest_s: float = 0.0
    """Most processor time between two of its turns."""
    count: int = 0


@asynccontextmanager
async def counted_turns() -> AsyncIterator[Turns]:
    """Counts while the context is open."""
    turns = Turns()

    async def turn() -> None:
        last_s = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now_s = time.thread_time()
            turns.longest_s, last_s = max(turns.longest_s, now_s - last_s), now_s
            turns.count += 1

    counting = asyncio.create_task(turn())
    try:
        yield turns
    finally:
        counting.cancel()
