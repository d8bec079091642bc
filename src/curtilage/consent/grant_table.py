"""The live grants in memory: the one table that answers "may this be seen?".

Pure: no store, no waiting. Every request and every running view asks here, so ``check`` is short and orders its
questions by what is cheapest: most refusals never read the clock.

Rules:
* handles are looked up by their SHA-256 (see grant.py);
* a wrong grantee, another home's grant and no grant at all are one answer, UNKNOWN;
* an end in the past refuses at that very millisecond, whether or not ``due`` has been asked yet;
* a locked camera refuses every check.
"""

import heapq
from collections.abc import Callable

from curtilage.clock import Clock
from curtilage.consent.grant import Grant
from curtilage.errors import RefusalReason, Refused
from curtilage.wire.identifier import DeviceId, GrantId, HomeId, PersonId, handle_digest

_UNKNOWN = Refused(RefusalReason.UNKNOWN)
_EXPIRED = Refused(RefusalReason.EXPIRED)
_LOCKED = Refused(RefusalReason.LOCKED)


class GrantTable:
    """See the module's text."""

    __slots__ = ("_by_handle", "_by_home", "_by_id", "_ends", "_locked", "_now")

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now
        self._by_handle: dict[bytes, Grant] = {}
        self._by_id: dict[GrantId, Grant] = {}
        self._by_home: dict[HomeId, dict[GrantId, Grant]] = {}
        self._ends: list[tuple[int, GrantId]] = []
        """A heap; grants that ended otherwise stay in it until their time comes."""
        self._locked: set[DeviceId] = set()

    def __len__(self) -> int:
        return len(self._by_id)

    def check(self, handle: str, grantee: PersonId | DeviceId) -> Grant | Refused:
        """See GrantCheck."""
        grant = self._by_handle.get(handle_digest(handle))
        if grant is None or grant.grantee != grantee:
            return _UNKNOWN
        if grant.until_ms is not None and grant.until_ms <= self._now():
            return _EXPIRED
        if grant.camera in self._locked:
            return _LOCKED
        return grant

    def still(self, grant: Grant) -> bool:
        """See GrantCheck."""
        return (
            self._by_id.get(grant.id) is grant
            and grant.camera not in self._locked
            and (grant.until_ms is None or grant.until_ms > self._now())
        )

    def add(self, grant: Grant) -> None:
        """It is live from now on."""
        self._by_handle[handle_digest(grant.handle)] = grant
        self._by_id[grant.id] = grant
        self._by_home.setdefault(grant.home, {})[grant.id] = grant
        if grant.until_ms is not None:
            heapq.heappush(self._ends, (grant.until_ms, grant.id))

    def remove(self, grant: Grant) -> None:
        """It is over."""
        del self._by_handle[handle_digest(grant.handle)]
        del self._by_id[grant.id]
        del self._by_home[grant.home][grant.id]

    def get(self, home: HomeId, grant: GrantId) -> Grant | None:
        """The live grant of this home."""
        return self._by_home.get(home, {}).get(grant)

    def of_home(self, home: HomeId) -> list[Grant]:
        """Oldest first."""
        return list(self._by_home.get(home, {}).values())

    def where(self, home: HomeId, matches: Callable[[Grant], bool]) -> list[Grant]:
        """The home's live grants that match."""
        return [grant for grant in self.of_home(home) if matches(grant)]

    def due(self) -> list[Grant]:
        """Those whose end has come; they stay until removed."""
        due, now_ms = [], self._now()
        while self._ends and self._ends[0][0] <= now_ms:
            grant = self._by_id.get(heapq.heappop(self._ends)[1])
            if grant is not None:
                due.append(grant)
        return due

    def next_end_ms(self) -> int | None:
        """When ``due`` will next have something."""
        while self._ends and self._ends[0][1] not in self._by_id:
            heapq.heappop(self._ends)
        return self._ends[0][0] if self._ends else None

    def lock(self, camera: DeviceId) -> bool:
        """Nobody sees it. False: it was locked already."""
        if camera in self._locked:
            return False
        self._locked.add(camera)
        return True

    def unlock(self, camera: DeviceId) -> None:
        """Its grants count again."""
        self._locked.discard(camera)

    def locked(self, camera: DeviceId) -> bool:
        """Is it locked?"""
        return camera in self._locked
