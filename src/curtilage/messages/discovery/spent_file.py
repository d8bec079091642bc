"""What accounts have taken of their allowance, in a database file of the evaluator's own, so that it survives restarts.

Rules: synced to the disk before anything is evaluated. Accounts stand in it as keyed digests, so that the file tells
nobody who looked up how much. Bounded: who has everything back is forgotten, and when it is full, new ones must wait.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw

from curtilage.errors import OurError
from curtilage.messages.discovery.allowance import Allowance, Later

_TABLE = "CREATE TABLE IF NOT EXISTS spent (who BLOB PRIMARY KEY, whole_again_ms INTEGER NOT NULL) WITHOUT ROWID"
_INDEX = "CREATE INDEX IF NOT EXISTS spent_by_time ON spent (whole_again_ms)"
_CLOCK = b"clock"
_DIGEST_BYTES = 16
_FORGOTTEN_AT_ONCE = 64
FULL_WAIT_MS = 60_000


class SpentNotKept(OurError):
    """The file cannot be read or written: nothing is given until it can."""


@dataclass(frozen=True, slots=True)
class Charge:
    """So many for somebody."""

    who: bytes
    count: int
    allowance: Allowance


class SpentFile:
    """Made once, by the evaluator. Every call is one transaction."""

    __slots__ = ("_count", "_count_max", "_key", "_path", "_rows")

    def __init__(self, path: Path, key: bytes, count_max: int) -> None:
        """Raises SpentNotKept."""
        self._path, self._key, self._count_max = path, key, count_max
        try:
            self._rows = apsw.Connection(str(path))
            for sql in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _TABLE, _INDEX):
                self._rows.execute(sql)
            self._count = self._value("SELECT count(*) FROM spent WHERE who != ?", _CLOCK)
        except apsw.Error as error:
            raise self._not_kept(error) from error

    def close(self) -> None:
        """Nothing can be charged afterwards."""
        self._rows.close()

    def highest_ms(self) -> int:
        """The latest time anything was charged at: the clock never goes behind it."""
        return self._value("SELECT max(whole_again_ms) FROM spent WHERE who = ?", _CLOCK)

    def take(self, charges: Sequence[Charge], now_ms: int) -> Later | None:
        """All of them or none. None: they are taken, and synced. Raises SpentNotKept: none was."""
        count_before = self._count
        try:
            with self._rows:
                later = self._take(charges, now_ms)
        except apsw.Error as error:
            self._count = count_before
            raise self._not_kept(error) from error
        return later

    def _take(self, charges: Sequence[Charge], now_ms: int) -> Later | None:
        if self._count >= self._count_max:
            self._forget(now_ms)
        taken, new_count = [(_CLOCK, max(now_ms, self.highest_ms()))], 0
        for charge in charges:
            who = hashlib.blake2b(charge.who, key=self._key, digest_size=_DIGEST_BYTES).digest()
            before = self._value("SELECT max(whole_again_ms) FROM spent WHERE who = ?", who)
            after = charge.allowance.take(charge.count, before, now_ms)
            if isinstance(after, Later):
                return after
            new_count += not before
            taken.append((who, after.whole_again_ms))
        if new_count and self._count + new_count > self._count_max:
            return Later(FULL_WAIT_MS)
        self._rows.executemany("INSERT OR REPLACE INTO spent VALUES (?, ?)", taken)
        self._count += new_count
        self._forget(now_ms)
        return None

    def _forget(self, now_ms: int) -> None:
        """Some of those who have everything back: with each charge more than one can have been added."""
        self._rows.execute(
            "DELETE FROM spent WHERE who IN (SELECT who FROM spent WHERE whole_again_ms <= ? AND who != ? LIMIT ?)",
            (now_ms, _CLOCK, _FORGOTTEN_AT_ONCE),
        )
        self._count -= self._rows.changes()

    def _value(self, sql: str, *bindings: bytes) -> int:
        return int(self._rows.execute(sql, bindings).get or 0)

    def _not_kept(self, error: apsw.Error) -> SpentNotKept:
        return SpentNotKept(
            f"What discovery has given to whom cannot be kept in {self._path}: {error}.",
            do="Make room on the disk, or see who may write there.",
        )
