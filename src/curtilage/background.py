"""What goes on beside requests: grants expire, records are settled, alarms reach the ledger, the time is kept.

A failure is said and tried again: none of these may end silently, and none may hold up another.
"""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from curtilage.clock import Clock
from curtilage.consent.event import Event, EventKind
from curtilage.errors import CurtilageError
from curtilage.store.store import Statement, Store
from curtilage.web.parts import Parts

_TIME = "highest_ms"
"""Name in server_state."""
_TICK_S = 0.1
"""How often expiry is looked at: a grant's end is acted on well within the second that promise P1 allows."""
_AGAIN_S = 1.0
_ALARM_TRIES_COUNT_MAX = 10
_log = logging.getLogger("curtilage")


async def highest_ms(store: Store) -> int:
    """The highest time ever stored: setting the machine's clock back, even across a restart, revives nothing."""
    for row in await store.read_server("SELECT value FROM server_state WHERE name = $1", _TIME):
        return int(row[0] or 0)
    await store.write_server(Statement("INSERT INTO server_state (name, value) VALUES ($1, $2)", (_TIME, 0)))
    return 0


async def _persist_time(store: Store, clock: Clock) -> None:
    """Never lowers what is stored."""
    sql = "UPDATE server_state SET value = $1 WHERE name = $2 AND value < $1"
    await store.write_server(Statement(sql, (clock.now(), _TIME)))


async def persist_at_end(store: Store, clock: Clock) -> None:
    """A full disk must not make stopping fail: then the time stored last counts, at most clock_persist_s old."""
    try:
        await _persist_time(store, clock)
    except CurtilageError as error:
        _log.warning("%s", error)


@contextlib.asynccontextmanager
async def in_background(parts: Parts, store: Store, clock: Clock) -> AsyncIterator[None]:
    """What goes on beside requests. A failure is said and tried again: none of these may end silently."""

    async def persist() -> None:
        await _persist_time(store, clock)
        await asyncio.sleep(parts.config.clock_persist_s)

    ended = asyncio.Event()

    async def expire() -> None:
        # Does not wait for the record: a slow disk must not delay the end of the next grant.
        if parts.grants.expire():
            ended.set()
        parts.hls.rest()
        await asyncio.sleep(_TICK_S)

    async def settle() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), parts.config.store_wait_s)
        ended.clear()
        await parts.grants.settle()
        await parts.consents.settle()
        await parts.sessions.settle()
        await parts.persons.settle()

    async def record_alarm() -> None:
        await _record_alarm(parts)

    jobs: list[Callable[[], Awaitable[None]]] = [persist, expire, settle, record_alarm]
    if parts.certificates is not None:
        jobs.append(parts.certificates.look_after)
    tasks = [asyncio.create_task(_for_ever(job), name=job.__name__) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _for_ever(job: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await job()
        except CurtilageError as error:
            _log.warning("%s", error)
            await asyncio.sleep(_AGAIN_S)
        except Exception as error:  # noqa: BLE001 -- a bug in one job must not end the others; it is said aloud
            _log.error("A background job failed with %s at %s", type(error).__qualname__, _where(error))
            await asyncio.sleep(_AGAIN_S)


async def _record_alarm(parts: Parts) -> None:
    """A view that met a part of somebody else, in the home's ledger.

    Tried again for a while, and then said in the server's messages: one home's broken ledger must not hold up the
    alarms of all others.
    """
    alarm = await parts.views.next_alarm()
    facts = (("grantee", alarm.grantee), ("camera", alarm.camera), ("cause", alarm.cause.value), ("count", "1"))
    for _ in range(_ALARM_TRIES_COUNT_MAX):
        try:
            await parts.ledger.record(alarm.home, Event(EventKind.VIEW_CUT, None, facts))
        except CurtilageError as error:
            _log.warning("An alarm could not be recorded yet: %s", error)
            await asyncio.sleep(_AGAIN_S)
        else:
            return
    parts.views.alarms_unrecorded_count += 1
    _log.error("An alarm could not be recorded in its home's ledger; %d so far", parts.views.alarms_unrecorded_count)


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-3:])
