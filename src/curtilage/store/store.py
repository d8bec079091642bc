"""The store as rooms see it: one home at a time.

A read or write names the home in whose context it runs; inside it, tables are views that show that home's rows only,
and an insert gets that home whatever it says. Outside any home stand only accounts, sessions, handles, registrations,
codes and jobs: ``read_server`` and the ``server`` statements of a write reach those and nothing else.

Writes are *values*: a tuple of statements that succeeds or fails as a whole. So a caller that is cancelled cannot leave
half of one behind, an embedded engine can put many callers' writes into one commit, and PostgreSQL can run the same in
one transaction. A statement that must touch a certain number of rows says so (``rows_expected``): that is how a write
depends on what is there ("use this code if it is unused") without a transaction that waits for a caller.

SQL is written by hand in the common subset of SQLite and PostgreSQL. Placeholders are ``$1``, ``$2``, … and must first
appear in that order. Tables carry no ``home`` column here: the wall adds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from curtilage.errors import OurError, PersonError
from curtilage.wire.identifier import HomeId

Value = int | str | bytes | None
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement of a write."""

    sql: str
    parameters: tuple[Value, ...] = field(default=(), repr=False)
    rows_expected: int | None = None
    """Roll the whole write back with Conflict unless exactly so many rows were changed."""


class Conflict(PersonError):
    """A unique key is taken, or ``rows_expected`` was not met. Nothing was written."""


class StoreFull(OurError):
    """The disk is full. Nothing was written."""


class StoreBusy(OurError):
    """Too many writes wait. Nothing was written."""


class StoreBroken(OurError):
    """The database cannot be used: damaged, newer than this program, or closed."""


class StoreRefused(OurError):
    """The statement itself cannot run: it reaches for what is beyond the wall, or is no SQL. A bug in the room that
    wrote it. Nothing was written.
    """


class StoreInUse(PersonError):
    """Another Curtilage server has this data folder open. Talk to it, or stop it."""


class StoreUnknown(OurError):
    """The wait ended before the outcome was known: it may have been written (``definite`` is False)."""


class Store(Protocol):
    """Embedded (store/sqlite.py) today, PostgreSQL later. Rooms know only this."""

    async def read(self, home: HomeId, sql: str, *parameters: Value) -> list[Row]:
        """Rows of one home. Raises StoreBusy, StoreRefused, StoreBroken, StoreUnknown."""
        ...

    async def write(self, home: HomeId, *statements: Statement, server: Sequence[Statement] = ()) -> None:
        """All statements, and those of ``server`` outside the home, or none; durable on return.

        Cancelling the caller does not undo it: the outcome is then not known to the caller.
        Raises Conflict, StoreFull, StoreBusy, StoreRefused, StoreBroken, StoreUnknown.
        """
        ...

    async def read_server(self, sql: str, *parameters: Value) -> list[Row]:
        """Rows of the tables that stand outside any home."""
        ...

    async def write_server(self, *statements: Statement) -> None:
        """As write, outside any home."""
        ...

    async def close(self) -> None:
        """Commit what waits, then close. Idempotent."""
        ...
