"""Reads, on a read-only connection in a thread of its own: neither the event loop nor the writer ever waits for one.

Bounds: the queue (``store_queue_count_max``) and each read's time: its deadline, inside a statement too.
"""

import asyncio
import contextlib
import math
import queue
import threading
import time
from dataclasses import dataclass, field

import apsw

from curtilage.config import Config
from curtilage.errors import CurtilageError
from curtilage.store.sqlite_error import in_our_words
from curtilage.store.store import Row, StoreBroken, StoreBusy, Value
from curtilage.store.wall import Wall
from curtilage.wire.identifier import HomeId

STEPS_BETWEEN_LOOKS = 10_000
"""As in writer.py."""


@dataclass(slots=True, eq=False)
class Read:
    """One caller's read on its way."""

    home: HomeId | None
    """None: outside any home."""
    sql: str
    parameters: tuple[Value, ...] = field(repr=False)
    deadline_s: float
    told: asyncio.Future[list[Row]] = field(repr=False)


class Reader:
    """Owns the reading connection from its making on."""

    __slots__ = ("_closed", "_connection", "_deadline_s", "_lock", "_queue", "_thread", "_wall")

    def __init__(self, connection: apsw.Connection, wall: Wall, config: Config) -> None:
        self._connection = connection
        self._wall = wall
        self._queue: queue.Queue[Read | None] = queue.Queue(config.store_queue_count_max)
        self._deadline_s = math.inf
        self._lock = threading.Lock()
        self._closed = False
        connection.set_progress_handler(self._is_late, STEPS_BETWEEN_LOOKS)
        self._thread = threading.Thread(target=self._work, name="curtilage-reader", daemon=True)
        self._thread.start()

    def put(self, read: Read) -> None:
        """Queue it; never waits. Raises StoreBusy, StoreBroken."""
        with self._lock:
            if self._closed:
                raise StoreBroken("The database is closed.")
            try:
                self._queue.put_nowait(read)
            except queue.Full:
                raise StoreBusy("Too many reads wait.", do="Try again in a moment.") from None

    def close(self) -> None:
        """Finish what waits, close the connection. Blocks; idempotent."""
        with self._lock:
            first, self._closed = not self._closed, True
        if first:
            self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (read := self._queue.get()) is not None:
            if read.told.cancelled():
                continue
            outcome = self._run(read)
            # A loop that is closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                read.told.get_loop().call_soon_threadsafe(_settle, read.told, outcome)
        self._connection.close()

    def _run(self, read: Read) -> list[Row] | CurtilageError:
        self._deadline_s = read.deadline_s
        try:
            if read.home is None:
                return self._wall.outside(read.sql, read.parameters)
            return self._wall.inside(read.home, read.sql, read.parameters)
        except Exception as error:  # noqa: BLE001 - whatever happens, no caller may wait for ever
            return in_our_words(error, self._connection)
        finally:
            self._deadline_s = math.inf

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline_s


def _settle(told: asyncio.Future[list[Row]], outcome: list[Row] | CurtilageError) -> None:
    if told.done():
        return
    if isinstance(outcome, CurtilageError):
        told.set_exception(outcome)
    else:
        told.set_result(outcome)
