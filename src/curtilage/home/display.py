"""Displays of a home: paired by a code, known again by a secret of their own, unpaired from either side.

Rules:
* a display is a device that is the grantee of grants; it is no person, acts in no home and sees nothing but by a grant;
* its secret is 256 random bits that only the display has. Here it is known by its SHA-256, and the store keeps even
  that sealed, bound to the home and the device: a row made up or moved from outside lets nobody in;
* nothing of it is stored before the consent for showing cameras is recorded;
* unpairing acts in memory first: the secret is forgotten, its grants end, and only then it is recorded. If the record
  fails, the display stays in the list to be unpaired again; its camera locks (consent/grants.py);
* wrong pairing codes are counted by who types them (throttle.py). A used, an expired and a made-up code are one answer.
"""

import base64
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.consent.consent import Consents
from curtilage.consent.event import Event, EventKind
from curtilage.consent.grants import Grants
from curtilage.consent.ledger import Ledger
from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import CurtilageError, RefusalReason, Refused
from curtilage.home.actor import Actor
from curtilage.home.device import DeviceKind
from curtilage.home.name import NameTaken, canonical, clean_name
from curtilage.home.pairing import Claim, Pairings
from curtilage.home.roster import Roster
from curtilage.home.throttle import Throttle
from curtilage.store.store import Conflict, Row, Statement, Store
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import AccountId, DeviceId, Entropy, HomeId, SessionDigest, handle_digest, new_identifier

NO_SUCH_CODE = Refused(RefusalReason.UNKNOWN, "No display waits with this code. Look at it again: codes change.")
"""Whether it was mistyped, is over, or was used."""
_SELECT = (
    "SELECT d.id, d.name, d.added_ms, d.removed_ms, p.sealed "
    "FROM devices d LEFT JOIN displays p ON p.device = d.id WHERE d.kind = 'display' ORDER BY d.added_ms, d.id"
)
_INSERT_DEVICE = (
    "INSERT INTO devices (id, kind, name, name_lookup, model, firmware, added_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)"
)
_INSERT = "INSERT INTO displays (device, sealed) VALUES ($1, $2)"
_REMOVE = "UPDATE devices SET removed_ms = $1 WHERE id = $2 AND kind = 'display' AND removed_ms IS NULL"
_CONSENT_STANDS = (
    "UPDATE consents SET withdrawn_ms = NULL WHERE id = $1 AND purpose = 'camera_view' AND withdrawn_ms IS NULL"
)
_NAME_LOOKUP = "device name"
_CSRF_LOOKUP = "display csrf"

_log = logging.getLogger("curtilage.home")


@dataclass(frozen=True, slots=True)
class Display:
    """A display that is paired."""

    id: DeviceId
    home: HomeId
    name: str = field(repr=False)
    added_ms: int
    digest: bytes = field(repr=False)
    """SHA-256 of its secret."""


@dataclass(frozen=True, slots=True)
class PairedDisplay:
    """A display that has shown its secret: what a session is to a person."""

    token: str = field(repr=False)
    csrf: str = field(repr=False)
    display: Display

    @property
    def digest(self) -> SessionDigest:
        """As a session's."""
        return SessionDigest(self.display.digest)

    @property
    def account(self) -> AccountId:
        """For whom its streams are counted: itself. No account has this id, both are random."""
        return AccountId(self.display.id)


class Displays:
    """See the module's text."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        ledger: Ledger,
        consents: Consents,
        grants: Grants,
        pairings: Pairings,
        clock: Clock,
        config: Config,
        entropy: Entropy,
    ) -> None:
        self._store = store
        self._vault = vault
        self._ledger = ledger
        self._consents = consents
        self._grants = grants
        self._pairings = pairings
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._displays: Roster[DeviceId, Display] = Roster()
        self._by_digest: dict[bytes, Display] = {}
        limits = (config.sign_in_failures_count_max, config.sign_in_pause_s, config.sign_in_entries_count_max)
        self._wrong_codes = Throttle(*limits)
        self._undisturbed = Undisturbed()
        self.refused_count = 0
        """Stored displays that were changed from outside."""

    async def load(self, homes: Iterable[HomeId]) -> None:
        """Every display of these homes. Raises what the store raises on reading."""
        for home in homes:
            for row in await self._store.read(home, _SELECT):
                if not self._take(home, row):
                    self.refused_count += 1
                    _log.error("A stored display of %s was changed from outside and does not count", home)

    def of_home(self, home: HomeId) -> list[Display]:
        """Oldest first."""
        return self._displays.of_home(home)

    def get(self, home: HomeId, display: DeviceId) -> Display | None:
        """The display of this home."""
        return self._displays.get(home, display)

    def name_of(self, home: HomeId, display: DeviceId) -> str | None:
        """Also of one that was unpaired; None: never one of this home."""
        return self._displays.name_of(home, display)

    def find(self, secret: str | None) -> PairedDisplay | None:
        """The display with this secret; None: none, or unpaired."""
        display = self._by_digest.get(handle_digest(secret)) if secret is not None else None
        if display is None or secret is None:
            return None
        csrf = base64.urlsafe_b64encode(self._vault.lookup(_CSRF_LOOKUP, secret)).rstrip(b"=").decode("ascii")
        return PairedDisplay(secret, csrf, display)

    async def pair(self, home: HomeId, code: str, name: str, actor: Actor) -> Display | Refused:
        """Let the display that shows ``code`` in. It may see nothing yet: grants are made after this.

        Refused: UNKNOWN (no display waits with this code), BUSY (too many displays, or too many wrong codes).
        Raises BadName, NameTaken and what the store raises; the code can then be used again.
        """
        name = clean_name(name, self._config.name_length_max)
        self._check_free(home, name)
        if self._displays.count(home) >= self._config.displays_per_home_count_max:
            return Refused(RefusalReason.BUSY, "This home has too many displays. Unpair one first.")
        now_ms, key = self._clock.now(), f"{home}|{actor.person or ''}".encode()
        if self._wrong_codes.pause_ms(key, now_ms):
            return Refused(RefusalReason.BUSY, "Too many wrong codes. Wait a minute and try again.")
        claim = self._pairings.claim(code)
        if claim is None:
            self._wrong_codes.failed(key, now_ms)
            return NO_SUCH_CODE
        self._wrong_codes.succeeded(key)
        display = Display(DeviceId(new_identifier(self._entropy)), home, name, now_ms, claim.digest)
        self._displays.begin(display.id, display)
        return await self._undisturbed.run(self._pair(display, claim, actor))

    async def _pair(self, display: Display, claim: Claim, actor: Actor) -> Display:
        home = display.home
        try:
            consent = await self._consents.give(home, actor.person, CAMERA_VIEW)
            await self._ledger.record(
                home,
                Event(EventKind.DISPLAY_PAIRED, actor.person, (("display", display.id),)),
                Statement(_CONSENT_STANDS, (consent,), rows_expected=1),
                *self._insert(display),
            )
        except Conflict:
            self._pairings.put_back(claim)
            raise NameTaken("A device of this home has this name.", do="Choose another.") from None
        except CurtilageError as error:
            if error.definite:
                self._pairings.put_back(claim)
            raise
        finally:
            self._displays.end(display.id)
        self._displays.keep(display.id, display)
        self._by_digest[display.digest] = display
        self._pairings.settle(claim)
        return display

    async def unpair(self, home: HomeId, display: DeviceId, actor: Actor | None) -> bool:
        """Forget its secret, end its grants, record it. ``actor`` None: by somebody at the display itself.

        False: no such display in this home. Raises what the store raises: it sees nothing any more, but is still there.
        """
        known = self.get(home, display)
        return known is not None and await self._undisturbed.run(self._unpair(known, actor))

    async def _unpair(self, display: Display, actor: Actor | None) -> bool:
        home, person = display.home, actor.person if actor is not None else None
        self._by_digest.pop(display.digest, None)
        with self._grants.closing(display.id):
            await self._grants.end_of_display(home, display.id, person)
            if self.get(home, display.id) is None:
                return False  # unpaired from the other side meanwhile
            kind = EventKind.DISPLAY_LEFT if actor is None else EventKind.DISPLAY_UNPAIRED
            await self._ledger.record(
                home,
                Event(kind, person, (("display", display.id),)),
                Statement(_REMOVE, (self._clock.now(), display.id), rows_expected=1),
                Statement("DELETE FROM displays WHERE device = $1", (display.id,)),
            )
            self._displays.retire(home, display.id, display.name)
        return True

    def _check_free(self, home: HomeId, name: str) -> None:
        if self._displays.has_name(home, name):
            raise NameTaken("A display of this home has this name.", do="Choose another.")

    def _insert(self, display: Display) -> tuple[Statement, ...]:
        name = self._vault.seal(_name_field(display.home, display.id), display.name.encode())
        lookup = self._vault.lookup(_NAME_LOOKUP, canonical(display.name), display.home)
        values = (display.id, DeviceKind.DISPLAY.value, name, lookup, "", "", display.added_ms)
        sealed = self._vault.seal(_secret_field(display.home, display.id), display.digest)
        return Statement(_INSERT_DEVICE, values), Statement(_INSERT, (display.id, sealed))

    def _take(self, home: HomeId, row: Row) -> bool:
        match row:
            case (str(name), bytes(seal), int(added_ms), int() | None as removed_ms, bytes() | None as sealed):
                device = DeviceId(name)
            case _:
                return False
        try:
            called = self._vault.open(_name_field(home, device), seal).decode()
            digest = self._vault.open(_secret_field(home, device), sealed) if sealed is not None else None
        except (SealBroken, ValueError):
            return False
        if removed_ms is not None:
            self._displays.retire(home, device, called)
        elif digest is not None and digest not in self._by_digest:
            display = Display(device, home, called, added_ms, digest)
            self._displays.keep(device, display)
            self._by_digest[digest] = display
        else:
            return False
        return True


def _name_field(home: HomeId, device: DeviceId) -> Field:
    return Field("devices", "name", device, home)


def _secret_field(home: HomeId, device: DeviceId) -> Field:
    return Field("displays", "sealed", device, home)
