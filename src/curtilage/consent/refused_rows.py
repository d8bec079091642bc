"""Stored grants and consents that do not count, until the ledger says so too.

They were found at start (standing.py), when nothing can be written yet. ``settle`` ends each row in one write with its
entry, so that an owner reads of it and the next start finds nothing. A row refused and not yet recorded is refused at
every start; nothing rests on the record.
"""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from curtilage.consent.event import Event
from curtilage.consent.ledger import Ledger
from curtilage.errors import CurtilageError
from curtilage.store.store import Statement
from curtilage.wire.identifier import HomeId

ROWS_PER_WRITE_COUNT_MAX = 100
_NAME_LENGTH_MAX = 64
_log = logging.getLogger("curtilage.consent")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One, with what is to be written about it."""

    home: HomeId
    event: Event
    ending: Statement


def shown(value: object) -> str:
    """What a row that is not to be trusted says, short enough for an entry."""
    return value[:_NAME_LENGTH_MAX] if isinstance(value, str) else ""


class RefusedRows:
    """See the module's text. Bounded by what was stored."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[RefusedRow] = []

    def add(self, home: HomeId, rows: Sequence[RefusedRow]) -> None:
        """Found at start; said in the server's messages at once."""
        for kind, why in sorted({(row.event.kind.value, row.event.fact("why")) for row in rows}):
            _log.error("Rows in the database of %s do not count, because of its ledger: %s (%s)", home, kind, why)
        self._waiting += rows

    async def settle(self) -> None:
        """Record what can be recorded; the rest at the next call. Raises nothing of the store's."""
        for home in {row.home for row in self._waiting}:
            with contextlib.suppress(CurtilageError):  # one home's trouble is not the others'
                await self._settle_home(home)

    async def _settle_home(self, home: HomeId) -> None:
        mine = [row for row in self._waiting if row.home == home]
        for start in range(0, len(mine), ROWS_PER_WRITE_COUNT_MAX):
            some = mine[start : start + ROWS_PER_WRITE_COUNT_MAX]
            await self._ledger.record_all(home, [row.event for row in some], *(row.ending for row in some))
            self._waiting = [row for row in self._waiting if row not in some]
