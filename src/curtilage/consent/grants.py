"""Grants: made, checked, ended and recorded. Implements GrantCheck.

It guards promise P1's law: no picture without a live grant. Rules:
* a grant is made in one write with its entry in the ledger, and only if camera, grantee and consent stand *in that
  write*; it is live only after the write is durable;
* it ends in memory first, and the listeners are told in the same call, before anything waits (views are cut, epochs
  turn); only then is it recorded;
* an end that cannot be recorded locks the camera, durably (camera_lock.py): nobody sees it until ``unlock`` has
  recorded what is missing. Otherwise a restart would bring the grant back to life. An expiry needs no such lock: its
  time stands in the stored grant; ``settle`` records it when it can;
* a stored grant whose seal does not fit its columns, or that does not stand by the ledger's own entries, is no grant;
  ``refused_count`` counts them, and ``settle`` records them.

Who may make or revoke one is for home/permission.py.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.consent import grant_record
from curtilage.consent.camera_lock import CameraLockFile, UnrecordedEnd, end_of
from curtilage.consent.event import Event, EventKind
from curtilage.consent.grant import Grant, GranteeKind, GrantEnd, GrantEndListener
from curtilage.consent.grant_table import GrantTable
from curtilage.consent.ledger import Ledger
from curtilage.consent.refused_rows import RefusedRows
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import CurtilageError, PersonError, RefusalReason, Refused
from curtilage.store.store import Conflict, Store
from curtilage.vault.vault import Vault
from curtilage.wire.identifier import (
    ConsentId,
    DeviceId,
    Entropy,
    GrantId,
    HomeId,
    PersonId,
    new_handle,
    new_identifier,
)

_log = logging.getLogger("curtilage.consent")


class BadGrantEnd(PersonError):
    """The end asked for is past, or too far away."""


class Grants:
    """See the module's text."""

    check: Callable[[str, PersonId | DeviceId], Grant | Refused]
    """See GrantCheck. The table's own method: one call less in the hottest path of all."""
    still: Callable[[Grant], bool]
    """See GrantCheck."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        ledger: Ledger,
        clock: Clock,
        config: Config,
        entropy: Entropy,
        listeners: Sequence[GrantEndListener],
        lock_file: CameraLockFile,
    ) -> None:
        self._store = store
        self._vault = vault
        self._ledger = ledger
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._listeners = tuple(listeners)
        self._lock_file = lock_file
        self._table = GrantTable(clock)
        self.check = self._table.check
        self.still = self._table.still
        self._making: dict[GrantId, Grant] = {}
        """On their way to the store; an end of what they (and ``_unknown``) rest on is noted in ``_doomed``."""
        self._doomed: dict[GrantId, UnrecordedEnd] = {}
        self._closing: set[str] = set()
        """Cameras, persons and consents that are about to go: no new grant may rest on them."""
        self._unrecorded: dict[GrantId, tuple[Grant, UnrecordedEnd]] = {}
        """Ends that a locked camera waits for."""
        self._expired: dict[GrantId, tuple[Grant, UnrecordedEnd]] = {}
        self._unknown: dict[GrantId, Grant] = {}
        """Made in a write of unknown outcome."""
        self._undisturbed = Undisturbed()
        self._unlocking = asyncio.Lock()
        self._writing_lock_file = asyncio.Lock()
        self._refused = RefusedRows(ledger)
        self.refused_count = 0
        """Stored grants that were changed from outside."""

    # Reading.

    def of_home(self, home: HomeId) -> list[Grant]:
        """The home's live grants, oldest first."""
        return self._table.of_home(home)

    def of_grantee(self, home: HomeId, grantee: PersonId | DeviceId) -> list[Grant]:
        """The grants this person or display has in this home."""
        return self._table.where(home, lambda grant: grant.grantee == grantee)

    def next_expiry_ms(self) -> int | None:
        """When ``expire`` will next have something to do."""
        return self._table.next_end_ms()

    def locked(self, camera: DeviceId) -> bool:
        """Locked until ``unlock``: an end of one of its grants could not be recorded."""
        return self._table.locked(camera)

    async def load(self, homes: Iterable[HomeId]) -> None:
        """Every live grant of these homes, whose ledgers are loaded; locks what the lock file says.

        Raises what the store raises on reading.
        """
        missing = {end.grant: end for end in self._lock_file.ends()}
        for unrecorded in missing.values():
            self._table.lock(unrecorded.camera)
        now_ms = self._clock.now()
        for home in homes:
            rows = await self._store.read(home, grant_record.SELECT_LIVE)
            standing = self._ledger.standing(home)
            grants, refused = grant_record.grants_of_rows(home, rows, self._vault, standing, now_ms)
            self.refused_count += len(refused)
            self._refused.add(home, refused)
            for grant in grants:
                end = missing.get(grant.id)
                if end is None and self._lock_file.everything:
                    end = end_of(grant, GrantEnd.REVOKED, None, now_ms)
                self._loaded(grant, end, now_ms)

    def _loaded(self, grant: Grant, end: UnrecordedEnd | None, now_ms: int) -> None:
        if end is not None:
            self._table.lock(grant.camera)
            self._unrecorded[grant.id] = (grant, end)
        elif grant.until_ms is not None and grant.until_ms <= now_ms:
            self._expired[grant.id] = (grant, end_of(grant, GrantEnd.EXPIRED, None, grant.until_ms))
        else:
            self._table.add(grant)

    # Making.

    async def make(
        self,
        actor: PersonId | None,
        home: HomeId,
        camera: DeviceId,
        kind: GranteeKind,
        grantee: PersonId | DeviceId,
        until_ms: int | None,
        consent: ConsentId,
    ) -> Grant | Refused:
        """Let ``grantee`` see ``camera``. Refused: UNKNOWN (no such camera, grantee or standing consent), LOCKED, BUSY.

        Raises BadGrantEnd, and what the store raises (after an error that is not ``definite`` the grant may appear).
        """
        now_ms = self._clock.now()
        self._check_end(until_ms, now_ms)
        if self._table.locked(camera):
            return Refused(RefusalReason.LOCKED, "The camera is locked. Unlock it first.")
        making_count = sum(grant.home == home for grant in self._making.values())
        if len(self._table.of_home(home)) + making_count >= self._config.grants_per_home_count_max:
            return Refused(RefusalReason.BUSY, "There are too many grants. Revoke some first.")
        if self._closing.intersection((camera, grantee, consent)):
            return Refused(RefusalReason.UNKNOWN)
        grant_id, handle = GrantId(new_identifier(self._entropy)), new_handle(self._entropy)
        grant = Grant(grant_id, home, camera, kind, grantee, until_ms, now_ms, actor, consent, handle)
        self._making[grant.id] = grant  # at once: the next call must see it in its count
        return await self._undisturbed.run(self._make(grant))

    def check_end(self, until_ms: int | None) -> None:
        """Before something else is done that a grant is to follow. Raises BadGrantEnd."""
        self._check_end(until_ms, self._clock.now())

    def _check_end(self, until_ms: int | None, now_ms: int) -> None:
        if until_ms is None:
            return
        if until_ms <= now_ms:
            raise BadGrantEnd("This end is already past.", do="Choose a later one.")
        if until_ms > now_ms + self._config.grant_age_s_max * MS_PER_SECOND:
            raise BadGrantEnd("This end is too far away.", do="Choose an earlier one, or none.")

    async def _make(self, grant: Grant) -> Grant | Refused:
        try:
            statements = grant_record.making(grant, self._vault)
            await self._ledger.record(grant.home, grant_record.made_event(grant), *statements)
        except Conflict:
            self._doomed.pop(grant.id, None)
            return Refused(RefusalReason.UNKNOWN)
        except CurtilageError as error:
            if error.definite:
                self._doomed.pop(grant.id, None)
            else:
                self._unknown[grant.id] = grant  # still doomed if it was: _find_out looks
            raise
        finally:
            del self._making[grant.id]
        end = self._doomed.pop(grant.id, None)
        if end is not None:
            await self._record_or_lock(grant.home, [(grant, end)])
            return Refused(RefusalReason.UNKNOWN)
        self._table.add(grant)
        return grant

    # Ending.

    async def revoke(
        self, home: HomeId, grant: GrantId, actor: PersonId | None, why: GrantEnd = GrantEnd.REVOKED
    ) -> Grant | None:
        """End one grant, now. None: no such live grant in this home. Look at ``locked`` afterwards.

        Raises LockFileBroken: it ended and the camera is locked, but a restart may forget that.
        """
        live = self._table.get(home, grant)
        if live is None:
            return None
        await self._end_now(home, [live], why, actor)
        return live

    async def end_of_camera(self, home: HomeId, camera: DeviceId, actor: PersonId | None) -> int:
        """The camera is removed: all its grants end. Returns how many did."""
        return await self._end_where(home, lambda grant: grant.camera == camera, GrantEnd.CAMERA_REMOVED, actor)

    async def end_of_grantee(self, home: HomeId, grantee: PersonId | DeviceId, actor: PersonId | None) -> int:
        """The person left: all their grants end. Returns how many did."""
        return await self._end_where(home, lambda grant: grant.grantee == grantee, GrantEnd.PERSON_LEFT, actor)

    async def end_of_display(self, home: HomeId, display: DeviceId, actor: PersonId | None) -> int:
        """The display was unpaired: all its grants end. Returns how many did."""
        return await self._end_where(home, lambda grant: grant.grantee == display, GrantEnd.DISPLAY_UNPAIRED, actor)

    async def end_of_consent(self, home: HomeId, consent: ConsentId, actor: PersonId | None) -> int:
        """The consent was withdrawn: all grants under it end. Returns how many did."""
        return await self._end_where(home, lambda grant: grant.consent == consent, GrantEnd.CONSENT_WITHDRAWN, actor)

    @contextlib.contextmanager
    def closing(self, name: DeviceId | PersonId | ConsentId) -> Iterator[None]:
        """While a camera, person or consent is being removed: no new grant may rest on it."""
        self._closing.add(name)
        try:
            yield
        finally:
            self._closing.discard(name)

    async def _end_where(
        self, home: HomeId, matches: Callable[[Grant], bool], why: GrantEnd, actor: PersonId | None
    ) -> int:
        now_ms = self._clock.now()
        for grant in (*self._making.values(), *self._unknown.values()):
            if grant.home == home and matches(grant):
                self._doomed[grant.id] = end_of(grant, why, actor, now_ms)
        grants = self._table.where(home, matches)
        if grants:
            await self._end_now(home, grants, why, actor)
        return len(grants)

    async def _end_now(self, home: HomeId, grants: Sequence[Grant], why: GrantEnd, actor: PersonId | None) -> None:
        now_ms = self._clock.now()
        ended = [(grant, end_of(grant, why, actor, now_ms)) for grant in grants]
        try:
            self._forget(grants, why)
        finally:
            await self._undisturbed.run(self._record_or_lock(home, ended))

    def _forget(self, grants: Sequence[Grant], why: GrantEnd) -> None:
        """Out of memory, listeners told: all before anybody waits."""
        for grant in grants:
            self._table.remove(grant)
        with contextlib.ExitStack() as telling:  # calls every one, even when one breaks its promise not to raise
            for grant in grants:
                for listener in self._listeners:
                    telling.callback(listener.grant_ended, grant, why)

    async def _record_or_lock(self, home: HomeId, ended: Sequence[tuple[Grant, UnrecordedEnd]]) -> None:
        recorded = False
        try:
            await self._record(home, ended)
            recorded = True
        except CurtilageError:
            pass  # whatever the reason (full, broken, unknown): not recorded means locked, below
        finally:
            if not recorded:  # also for an error that is none of ours, which goes on upwards
                await self._lock(ended)

    async def _record(self, home: HomeId, ended: Sequence[tuple[Grant, UnrecordedEnd]], *events: Event) -> None:
        endings = [grant_record.ending(end) for _, end in ended]
        events = (*(grant_record.ended_event(grant, end) for grant, end in ended), *events)
        if events:
            await self._ledger.record_all(home, events, *endings)

    async def _lock(self, ended: Sequence[tuple[Grant, UnrecordedEnd]]) -> None:
        self._unrecorded |= {grant.id: (grant, end) for grant, end in ended}
        locked = [camera for camera in {grant.camera for grant, _ in ended} if self._table.lock(camera)]
        _log.error("%d ended grants could not be recorded: %d cameras are locked", len(ended), len(locked))
        try:
            with contextlib.ExitStack() as telling:
                for camera in locked:
                    for listener in self._listeners:
                        telling.callback(listener.camera_locked, camera)
        finally:
            async with self._writing_lock_file:
                for _, end in ended:
                    await asyncio.to_thread(self._lock_file.add, end)

    # Recording what is missing.

    async def unlock(self, home: HomeId, camera: DeviceId, actor: PersonId | None) -> bool:
        """Record what could not be recorded, then unlock. False while it still cannot, or not this home's camera."""
        return await self._undisturbed.run(self._unlock(home, camera, actor))

    async def _unlock(self, home: HomeId, camera: DeviceId, actor: PersonId | None) -> bool:
        async with self._unlocking:
            if not self._table.locked(camera):
                return True
            ends = {end.grant: end for end in self._lock_file.ends() if end.camera == camera}
            ends |= {name: end for name, (_, end) in self._unrecorded.items() if end.camera == camera}
            if not ends or any(end.home != home for end in ends.values()):
                return False
            since_ms = min(end.ended_ms for end in ends.values())
            event = Event(EventKind.CAMERA_UNLOCKED, actor, (("camera", camera), ("since", str(since_ms))))
            missing = [self._unrecorded[name] for name in ends if name in self._unrecorded]
            try:
                await self._record(home, await self._still_live(home, missing), event)
                async with self._writing_lock_file:
                    await asyncio.to_thread(self._lock_file.remove, frozenset(ends))
            except CurtilageError:
                return False
            for name in ends:
                self._unrecorded.pop(name, None)
            return await self._unlocked(camera)

    async def _unlocked(self, camera: DeviceId) -> bool:
        if any(end.camera == camera for _, end in self._unrecorded.values()):
            return False  # another one ended, unrecorded, while we wrote
        if not self._unrecorded:
            async with self._writing_lock_file:
                await asyncio.to_thread(self._lock_file.remove_everything)
        self._table.unlock(camera)
        return True

    async def _still_live(
        self, home: HomeId, ended: Sequence[tuple[Grant, UnrecordedEnd]]
    ) -> list[tuple[Grant, UnrecordedEnd]]:
        """Without those whose end was recorded after all, in a write of unknown outcome."""
        live = {row[0] for row in await self._store.read(home, grant_record.SELECT_LIVE_IDS)}
        return [(grant, end) for grant, end in ended if grant.id in live]

    def expire(self) -> int:
        """End what is due and tell the listeners; ``settle`` records it. Returns how many ended."""
        due = self._table.due()
        for grant in due:
            self._expired[grant.id] = (grant, end_of(grant, GrantEnd.EXPIRED, None, self._clock.now()))
        self._forget(due, GrantEnd.EXPIRED)
        return len(due)

    async def settle(self) -> None:
        """Record expiries, and find out about writes of unknown outcome. To be called now and then; raises nothing of
        the store's: what could not be done now is done at the next call.
        """
        await self._undisturbed.run(self._settle())

    async def _settle(self) -> None:
        await self._refused.settle()
        for home in {grant.home for grant, _ in self._expired.values()}:
            with contextlib.suppress(CurtilageError):  # one home's trouble is not the others'
                await self._settle_expired(home)
        for grant in list(self._unknown.values()):
            with contextlib.suppress(CurtilageError):
                await self._find_out(grant)

    async def _settle_expired(self, home: HomeId) -> None:
        expired = [pair for pair in self._expired.values() if pair[0].home == home]
        await self._record(home, await self._still_live(home, expired))
        for grant, _ in expired:
            self._expired.pop(grant.id, None)

    async def _find_out(self, grant: Grant) -> None:
        """Was it made? If so it lives: the ledger says so, and an owner must be able to see and revoke it."""
        rows = await self._store.read(grant.home, grant_record.SELECT_LIVE_IDS)
        if (grant.id,) in rows and self._unknown.pop(grant.id, None) is not None:
            end = self._doomed.pop(grant.id, None)
            if end is None:
                self._table.add(grant)
            else:
                await self._record_or_lock(grant.home, [(grant, end)])
        elif self._clock.now() > grant.made_ms + 2 * self._config.store_wait_s * MS_PER_SECOND:
            self._unknown.pop(grant.id, None)
            self._doomed.pop(grant.id, None)

    async def close(self) -> None:
        """Wait for what is under way."""
        await self._undisturbed.close()
        self._lock_file.close()
