"""Devices of a home; here its cameras. Its displays are in display.py.

Rules:
* a camera's address, with the password in it, is sealed and stays so in memory too; it is opened when a stream is
  fetched, and destroyed when the camera is removed;
* nothing of a camera is stored before the consent for receiving its picture is recorded;
* removing ends its grants first (in memory, at once). Its name stays, sealed, for the activity to speak of it;
* model and firmware stand in the open, so that one of them can be suspended.

Whether an address is one is for cameras/ to say, before it comes here.
"""

import enum
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.consent.consent import Consents
from curtilage.consent.event import Event, EventKind
from curtilage.consent.grants import Grants
from curtilage.consent.ledger import Ledger
from curtilage.consent.purpose import CAMERA_INPUT
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import PersonError, RefusalReason, Refused
from curtilage.home.actor import Actor
from curtilage.home.name import NameTaken, canonical, clean_name
from curtilage.home.roster import Roster
from curtilage.store.store import Conflict, Row, Statement, Store
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import ConsentId, DeviceId, Entropy, HomeId, PersonId, new_identifier

_LOOKUP = "device name"
_SELECT = (
    "SELECT d.id, d.kind, d.name, d.model, d.firmware, d.added_ms, d.removed_ms, c.address, s.address "
    "FROM devices d LEFT JOIN cameras c ON c.device = d.id LEFT JOIN sub_streams s ON s.device = d.id "
    "WHERE d.kind <> 'display' ORDER BY d.added_ms, d.id"
)
_INSERT = (
    "INSERT INTO devices (id, kind, name, name_lookup, model, firmware, added_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)"
)
_CONSENT_STANDS = (
    "UPDATE consents SET withdrawn_ms = NULL WHERE id = $1 AND purpose = 'camera_input' AND withdrawn_ms IS NULL"
)

_log = logging.getLogger("curtilage.home")


class BadAddress(PersonError):
    """No usable address of a camera."""


class DeviceKind(enum.Enum):
    """What a device is."""

    PHONE = "phone"
    CAMERA = "camera"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Device:
    """A device of a home."""

    id: DeviceId
    home: HomeId
    kind: DeviceKind
    name: str = field(repr=False)
    model: str
    """As the maker calls it; empty when not known."""
    firmware: str
    added_ms: int


class Devices:
    """See the module's text."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        ledger: Ledger,
        consents: Consents,
        grants: Grants,
        clock: Clock,
        config: Config,
        entropy: Entropy,
    ) -> None:
        self._store = store
        self._vault = vault
        self._ledger = ledger
        self._consents = consents
        self._grants = grants
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._devices: Roster[DeviceId, Device] = Roster()
        self._addresses: dict[DeviceId, bytes] = {}
        """Sealed."""
        self._sub_addresses: dict[DeviceId, bytes] = {}
        """Sealed; of cameras whose sub stream a person named."""
        self._undisturbed = Undisturbed()
        self.refused_count = 0
        """Stored devices that were changed from outside."""

    async def load(self, homes: Iterable[HomeId]) -> None:
        """Every device of these homes. Raises what the store raises on reading."""
        for home in homes:
            for row in await self._store.read(home, _SELECT):
                if not self._take(home, row):
                    self.refused_count += 1
                    _log.error("A stored device of %s was changed from outside and does not count", home)

    def of_home(self, home: HomeId) -> list[Device]:
        """Oldest first."""
        return self._devices.of_home(home)

    def get(self, home: HomeId, device: DeviceId) -> Device | None:
        """The device of this home."""
        return self._devices.get(home, device)

    def name_of(self, home: HomeId, device: DeviceId) -> str | None:
        """Also of a removed one; None: never one of this home."""
        return self._devices.name_of(home, device)

    def address_of(self, home: HomeId, device: DeviceId) -> str:
        """A camera's address, password included: for fetching its stream, never to be shown or kept.

        Raises KeyError: no camera of this home; SealBroken: changed from outside.
        """
        known = self._there(home, device)
        return self._vault.open(_address_field(home, known.id), self._addresses[known.id]).decode()

    def sub_address_of(self, home: HomeId, device: DeviceId) -> str:
        """As address_of, of its sub stream; empty when nobody named one. Raises as address_of does."""
        known = self._there(home, device)
        sealed = self._sub_addresses.get(known.id)
        return self._vault.open(_sub_field(home, known.id), sealed).decode() if sealed is not None else ""

    async def add_camera(
        self,
        home: HomeId,
        name: str,
        address: str,
        actor: Actor,
        model: str = "",
        firmware: str = "",
        sub_address: str = "",
    ) -> Device | Refused:
        """Add a camera (``sub_address`` empty: of one stream); gives the actor's consent for receiving its picture
        unless one stands.

        Refused(BUSY) at cameras_per_home_count_max. Raises BadName, NameTaken, BadAddress and what the store raises.
        """
        name = clean_name(name, self._config.name_length_max)
        self._check(home, name, address)
        if sub_address:
            self._check(home, name, sub_address)
        if self._devices.count(home) >= self._config.cameras_per_home_count_max:
            return Refused(RefusalReason.BUSY, "This home has too many cameras.")
        length_max = self._config.name_length_max
        made = [clean_name(text, length_max) if text.strip() else "" for text in (model, firmware)]
        device_id, now_ms = DeviceId(new_identifier(self._entropy)), self._clock.now()
        device = Device(device_id, home, DeviceKind.CAMERA, name, made[0], made[1], now_ms)
        self._devices.begin(device.id, device)
        return await self._undisturbed.run(self._add(device, address, sub_address, actor))

    async def _add(self, device: Device, address: str, sub_address: str, actor: Actor) -> Device:
        home = device.home
        sealed = self._vault.seal(_address_field(home, device.id), address.encode())
        sealed_sub = self._vault.seal(_sub_field(home, device.id), sub_address.encode()) if sub_address else None
        try:
            consent = await self._consents.give(home, actor.person, CAMERA_INPUT)
            await self._ledger.record(
                home,
                Event(EventKind.CAMERA_ADDED, actor.person, (("camera", device.id),)),
                *self._insert(device, sealed, sealed_sub, consent),
            )
        except Conflict:
            raise NameTaken("A camera of this home has this name.", do="Choose another.") from None
        finally:
            self._devices.end(device.id)
        self._devices.keep(device.id, device)
        self._addresses[device.id] = sealed
        if sealed_sub is not None:
            self._sub_addresses[device.id] = sealed_sub
        return device

    async def change_address(
        self,
        home: HomeId,
        device: DeviceId,
        address: str,
        person: PersonId | None,
        kind: EventKind,
        *,
        sub: bool = False,
    ) -> None:
        """Keep another address of a camera (``sub``: of its sub stream), and enter why.

        Raises KeyError: no camera of this home; and what the store raises: then the old address stays.
        """
        known = self._there(home, device)
        await self._undisturbed.run(self._change_address(known, address, person, kind, sub=sub))

    async def _change_address(
        self, device: Device, address: str, person: PersonId | None, kind: EventKind, *, sub: bool
    ) -> None:
        field_of, table = (_sub_field, "sub_streams") if sub else (_address_field, "cameras")
        sealed = self._vault.seal(field_of(device.home, device.id), address.encode())
        sql = f"UPDATE {table} SET address = $1 WHERE device = $2"  # noqa: S608 -- one of our own two names
        event = Event(kind, person, (("camera", device.id),))
        await self._ledger.record(device.home, event, Statement(sql, (sealed, device.id), rows_expected=1))
        held = self._sub_addresses if sub else self._addresses
        if device.id in held:
            held[device.id] = sealed

    async def describe(self, home: HomeId, device: DeviceId, model: str, firmware: str) -> None:
        """Keep a camera's model and firmware as it says them; nothing is written when they are known.

        Raises KeyError: no camera of this home; and what the store raises.
        """
        known = self._there(home, device)
        length_max = self._config.name_length_max
        said = [" ".join("".join(c if c.isprintable() else " " for c in text).split()) for text in (model, firmware)]
        made = replace(known, model=said[0][:length_max], firmware=said[1][:length_max])
        if made != known:
            await self._undisturbed.run(self._describe(made))

    async def _describe(self, made: Device) -> None:
        sql = "UPDATE devices SET model = $1, firmware = $2 WHERE id = $3 AND removed_ms IS NULL"
        statement = Statement(sql, (made.model, made.firmware, made.id), rows_expected=1)
        await self._store.write(made.home, statement)
        if self.get(made.home, made.id) is not None:
            self._devices.keep(made.id, made)

    async def remove(self, home: HomeId, device: DeviceId, actor: Actor) -> bool:
        """End its grants, then forget its address. False: no such device in this home.

        Raises what the store raises (the grants are over then, the device is still there).
        """
        known = self.get(home, device)
        return known is not None and await self._undisturbed.run(self._remove(known, actor))

    async def _remove(self, device: Device, actor: Actor) -> bool:
        home = device.home
        with self._grants.closing(device.id):
            await self._grants.end_of_camera(home, device.id, actor.person)
            # What could not be recorded earlier is recorded first: a removed camera has no page to unlock it from.
            await self._grants.unlock(home, device.id, actor.person)
            sql = "UPDATE devices SET removed_ms = $1 WHERE id = $2 AND removed_ms IS NULL"
            await self._ledger.record(
                home,
                Event(EventKind.CAMERA_REMOVED, actor.person, (("camera", device.id),)),
                Statement(sql, (self._clock.now(), device.id), rows_expected=1),
                Statement("DELETE FROM cameras WHERE device = $1", (device.id,)),
                Statement("DELETE FROM sub_streams WHERE device = $1", (device.id,)),
                Statement("DELETE FROM camera_sounds WHERE device = $1", (device.id,)),
            )
            self._devices.retire(home, device.id, device.name)
            del self._addresses[device.id]
            self._sub_addresses.pop(device.id, None)
        return True

    def _check(self, home: HomeId, name: str, address: str) -> None:
        if self._devices.has_name(home, name):
            raise NameTaken("A camera of this home has this name.", do="Choose another.")
        if not 0 < len(address) <= self._config.camera_address_length_max or not address.isprintable():
            raise BadAddress(
                "This is no address of a camera.", do="It looks like rtsp://name:password@192.0.2.10/path."
            )

    def _there(self, home: HomeId, device: DeviceId) -> Device:
        known = self.get(home, device)
        if known is None:
            raise KeyError(device)
        return known

    def _insert(
        self, device: Device, sealed_address: bytes, sealed_sub: bytes | None, consent: ConsentId
    ) -> tuple[Statement, ...]:
        name = self._vault.seal(_name_field(device.home, device.id), device.name.encode())
        lookup = self._vault.lookup(_LOOKUP, canonical(device.name), device.home)
        values = (device.id, device.kind.value, name, lookup, device.model, device.firmware, device.added_ms)
        sub = Statement("INSERT INTO sub_streams (device, address) VALUES ($1, $2)", (device.id, sealed_sub))
        return (
            Statement(_CONSENT_STANDS, (consent,), rows_expected=1),
            Statement(_INSERT, values),
            Statement("INSERT INTO cameras (device, address) VALUES ($1, $2)", (device.id, sealed_address)),
            *((sub,) if sealed_sub is not None else ()),
        )

    def _take(self, home: HomeId, row: Row) -> bool:
        match row:
            case (
                str(name),
                str(kind),
                bytes(seal),
                str(model),
                str(firmware),
                int(added_ms),
                int() | None as removed_ms,
                bytes() | None as address,
                bytes() | None as sub_address,
            ):
                device_id = DeviceId(name)
            case _:
                return False
        try:
            opened = self._vault.open(_name_field(home, device_id), seal).decode()
            device = Device(device_id, home, DeviceKind(kind), opened, model, firmware, added_ms)
            if address is not None:
                self._vault.open(_address_field(home, device_id), address)  # now, and not when its camera is started
            if sub_address is not None:
                self._vault.open(_sub_field(home, device_id), sub_address)
        except (SealBroken, ValueError):
            return False
        if removed_ms is not None:
            self._devices.retire(home, device_id, opened)
        elif address is not None:
            self._devices.keep(device_id, device)
            self._addresses[device_id] = address
            if sub_address is not None:
                self._sub_addresses[device_id] = sub_address
        return removed_ms is not None or address is not None


def _name_field(home: HomeId, device: DeviceId) -> Field:
    return Field("devices", "name", device, home)


def _address_field(home: HomeId, device: DeviceId) -> Field:
    return Field("cameras", "address", device, home)


def _sub_field(home: HomeId, device: DeviceId) -> Field:
    return Field("sub_streams", "address", device, home)
