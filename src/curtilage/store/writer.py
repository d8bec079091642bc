"""The one writer: a thread that puts the writes of many callers into one commit.

Each write runs in a savepoint of its own, so one that fails takes nothing else with it; one commit then makes all of
the group durable, and only after it are the callers told. A caller that was cancelled meanwhile is not told; its write
stands all the same.

Bounds: the queue (``store_queue_count_max``), the group (``store_group_count_max``) and each write's time: its
deadline, inside a statement too. What this file does not do: decide what a statement may (``wall.py``).
"""

import asyncio
import contextlib
import math
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import apsw

from curtilage.config import Config
from curtilage.errors import CurtilageError
from curtilage.store.sqlite_error import conflict, damages_the_file, in_our_words, is_full
from curtilage.store.store import Statement, StoreBroken, StoreBusy, StoreUnknown
from curtilage.store.wall import Wall
from curtilage.wire.identifier import HomeId

STEPS_BETWEEN_LOOKS = 10_000
"""SQLite's instructions between two looks at the deadline; about 0.1 ms."""


@dataclass(slots=True, eq=False)
class Write:
    """One caller's write on its way."""

    home: HomeId | None
    """None: outside any home; ``statements`` is then empty."""
    statements: Sequence[Statement] = field(repr=False)
    server: Sequence[Statement] = field(repr=False)
    deadline_s: float
    """On the monotonic clock; not begun after it."""
    told: asyncio.Future[None]
    error: CurtilageError | None = None

    def steps(self) -> Iterator[tuple[HomeId | None, Statement]]:
        """Each statement with the home it runs in."""
        for statement in self.statements:
            yield self.home, statement
        for statement in self.server:
            yield None, statement


class Writer:
    """Owns the writing connection from its making on."""

    __slots__ = (
        "_broken",
        "_closed",
        "_connection",
        "_deadline_s",
        "_group_count_max",
        "_idle_s",
        "_lock",
        "_queue",
        "_thread",
        "_wall",
    )

    def __init__(self, connection: apsw.Connection, wall: Wall, config: Config) -> None:
        self._connection = connection
        self._wall = wall
        self._queue: queue.Queue[Write | None] = queue.Queue(config.store_queue_count_max)
        self._group_count_max = config.store_group_count_max
        self._idle_s = config.store_checkpoint_s
        self._deadline_s = math.inf
        self._lock = threading.Lock()
        self._closed = False
        self._broken: StoreBroken | None = None
        connection.set_progress_handler(self._is_late, STEPS_BETWEEN_LOOKS)
        self._thread = threading.Thread(target=self._work, name="curtilage-writer", daemon=True)
        self._thread.start()

    def put(self, write: Write) -> None:
        """Queue it; never waits. Raises StoreBusy, StoreBroken."""
        with self._lock:
            if self._closed:
                raise StoreBroken("The database is closed.")
            if self._broken is not None:
                raise self._broken
            try:
                self._queue.put_nowait(write)
            except queue.Full:
                raise StoreBusy("Too many changes wait to be written.", do="Try again in a moment.") from None

    def close(self) -> None:
        """Commit what waits, close the connection. Blocks; idempotent."""
        with self._lock:
            first, self._closed = not self._closed, True
        if first:
            self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        open_for_more = True
        while open_for_more:
            group, open_for_more = self._next_group()
            self._commit(group)
            _tell(group)
        self._connection.close()

    def _next_group(self) -> tuple[list[Write], bool]:
        """What waits, up to a group; False when the end was reached."""
        group: list[Write] = []
        item = self._next_item()
        while item is not None:
            group.append(item)
            if len(group) == self._group_count_max or self._queue.empty():
                return group, True
            item = self._queue.get_nowait()
        return group, False

    def _next_item(self) -> Write | None:
        try:
            return self._queue.get(timeout=self._idle_s)
        except queue.Empty:
            # What was erased still stands in the write-ahead log; with nothing else to do, empty it.
            with contextlib.suppress(apsw.Error):
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            return self._queue.get()

    def _commit(self, group: list[Write]) -> None:
        for write in group:
            if time.monotonic() > write.deadline_s:
                write.error = StoreUnknown("The database took too long.", do="Try again.", definite=True)
        waiting = [write for write in group if write.error is None]
        # Each round but the last loses at least one write, so this ends.
        while waiting and not self._commit_whole(waiting):
            waiting = [write for write in waiting if write.error is None]

    def _commit_whole(self, writes: list[Write]) -> bool:
        """False when one write took the transaction with it: the rest must run again without it."""
        try:
            self._wall.control("BEGIN IMMEDIATE")
            if not all(self._apply(write) for write in writes):
                return False
        except Exception as error:  # noqa: BLE001 - whatever happens, no caller may wait for ever
            self._fail(writes, in_our_words(error, self._connection))
            return True
        try:
            self._wall.control("COMMIT")
        except Exception as error:  # noqa: BLE001 - as above
            self._commit_failed(writes, error)
        return True

    def _apply(self, write: Write) -> bool:
        """Run one write in its savepoint; False when the whole transaction is gone. Raises when the disk is full."""
        try:
            self._wall.control("SAVEPOINT one")
            self._run(write)
            self._wall.control("RELEASE one")
        except Exception as error:
            if is_full(error, self._connection):
                raise
            write.error = in_our_words(error, self._connection)
            if not self._connection.in_transaction:
                return False
            self._wall.control("ROLLBACK TO one")
            self._wall.control("RELEASE one")
        return True

    def _run(self, write: Write) -> None:
        self._deadline_s = write.deadline_s
        try:
            for home, statement in write.steps():
                # Not changes(): rows that a trigger writes in place of a view's are counted in the total only.
                before = self._connection.total_changes()
                if home is None:
                    self._wall.outside(statement.sql, statement.parameters)
                else:
                    self._wall.inside(home, statement.sql, statement.parameters)
                changed = self._connection.total_changes() - before
                if statement.rows_expected is not None and changed != statement.rows_expected:
                    raise conflict()
        finally:
            self._deadline_s = math.inf
        # Keys are checked here, at the end of this write, and not by the commit, which is other callers' too.
        if self._connection.status(apsw.SQLITE_DBSTATUS_DEFERRED_FKS)[0]:
            raise conflict()

    def _commit_failed(self, writes: list[Write], error: Exception) -> None:
        ours = in_our_words(error, self._connection)
        if isinstance(ours, StoreBroken):
            # The last sync may have failed after the log was written: a restart may find the group there.
            ours = StoreUnknown(ours.what, do="Restart Curtilage and look.", definite=False)
        if damages_the_file(error):
            self._broken = StoreBroken(f"The disk failed: {error}.", do="Check the disk, then restart Curtilage.")
        self._fail(writes, ours)

    def _fail(self, writes: list[Write], error: CurtilageError) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(apsw.Error):
                self._wall.control("ROLLBACK")
        for write in writes:
            write.error = write.error or error

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline_s


def _tell(group: list[Write]) -> None:
    loops = {write.told.get_loop() for write in group}
    for loop in loops:
        theirs = [write for write in group if write.told.get_loop() is loop]
        # A loop that is closed has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, theirs)


def _settle(writes: list[Write]) -> None:
    for write in writes:
        if write.told.done():
            continue
        if write.error is None:
            write.told.set_result(None)
        else:
            write.told.set_exception(write.error)
