"""A camera's second, smaller track: an input, a sealer and a shelf of its own, running while somebody watches.

Not always: a second connection would cost every camera that nobody looks at as much as its first, and many cameras
serve no more than two to four. Not only when a view is about to fall: connecting and the wait for a keyframe take up to
some seconds, just when the network is poor. So it begins with the camera's first view, is ready before a fall needs it,
and ends ``sub_linger_s`` after the last view. Its sealer lives as long as its camera runs: stream id, sequences and
epochs go on over its pauses.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from curtilage.cameras.input.input import CameraInput
from curtilage.cameras.sealed.cache import Shelf
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.config import Config


@dataclass(slots=True, eq=False)
class SubStream:
    """See the module's text."""

    sealer: Sealer
    shelf: Shelf
    config: Config
    make_input: Callable[[], CameraInput] = field(repr=False)
    """For one run."""
    watched: Callable[[], bool] = field(repr=False)
    """Does the camera have a view, or does somebody ask for this stream by LL-HLS?"""
    _task: asyncio.Task[None] | None = None
    _stopped: bool = False

    @property
    def running(self) -> bool:
        """The camera is asked for it."""
        return self._task is not None

    def want(self) -> None:
        """A view of the camera opened, or a player asks for this stream."""
        if self._task is None and not self._stopped:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="sub stream")

    def stop(self) -> "asyncio.Task[None] | None":
        """For good: the camera was removed or switched off. Gives what may still be ending."""
        self._stopped = True
        self.sealer.stop()
        self.shelf.clear()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        return task

    async def _run(self) -> None:
        try:
            reading = asyncio.create_task(self.make_input().run(), name="sub stream's input")
            try:
                await self._until_unwatched()
            finally:
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading
        finally:
            # What is old would be a newcomer's first picture; the next run begins with an init part of its own.
            self.shelf.clear()
            if not self._stopped:
                self._task = None

    async def _until_unwatched(self) -> None:
        linger_s = self.config.sub_linger_s
        while True:
            await asyncio.sleep(linger_s)
            if not self.watched():
                return
