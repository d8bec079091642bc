"""The real parts that the tests of consent/ and home/ run against: a store and a vault in a folder of their own.

``House`` is main.py's joining in small: open, load, close, and open again as after a restart.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

from curtilage.clock import SystemClock
from curtilage.config import MIB, Config
from curtilage.consent.camera_lock import CameraLockFile
from curtilage.consent.consent import Consents
from curtilage.consent.grant import Grant, GranteeKind, GrantEnd
from curtilage.consent.grants import Grants
from curtilage.consent.ledger import Ledger
from curtilage.errors import Refused
from curtilage.home.account import Accounts
from curtilage.home.activity import Activity
from curtilage.home.actor import Actor, Role
from curtilage.home.code import Codes
from curtilage.home.device import Device, Devices
from curtilage.home.display import Displays
from curtilage.home.home import Homes
from curtilage.home.pairing import Pairings
from curtilage.home.password import Passwords
from curtilage.home.person import Person, Persons
from curtilage.home.session import Session, Sessions
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import Statement, StoreFull
from curtilage.vault.root_key import RootKey
from curtilage.vault.vault import Vault
from curtilage.wire.identifier import DeviceId, Entropy, HomeId
from tests.costs import CHEAP_PASSWORDS

T = TypeVar("T")
NOON_MS = 1_795_262_400_000
"""21 November 2026, 12:00 UTC."""
PASSWORD = "a lamp in the window"
_SHORT_LOCK_FILE: dict[str, Any] = {"unrecorded_ends_count_max": 64}
"""Every slot is written at the first start and read at each."""


def counted_entropy(seed: str = "curtilage") -> Entropy:
    """Bytes that look random and are the same in every run."""
    count = 0

    def entropy(length: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(f"{seed} {count}".encode()).digest(length)

    return entropy


@dataclass
class HandClock:
    """The machine's wall clock and monotonic clock, moved by hand; the clock under test is the real SystemClock."""

    wall_ms: int = NOON_MS
    steady_s: float = 0.0

    def clock(self, highest_persisted_ms: int = 0) -> SystemClock:
        """As main.py makes it."""
        return SystemClock(highest_persisted_ms, lambda: self.wall_ms, lambda: self.steady_s)

    def pass_s(self, seconds: float) -> None:
        """Time passes."""
        self.wall_ms += int(seconds * 1000)
        self.steady_s += seconds


@dataclass
class Listener:
    """Writes down what it was told, and what was in the store's ledger at that moment."""

    told: list[tuple[str, str]] = field(default_factory=list)
    when_told: Callable[[], None] = lambda: None

    def grant_ended(self, grant: Grant, end: GrantEnd) -> None:
        """See GrantEndListener."""
        self.told.append((end.value, grant.id))
        self.when_told()

    def camera_locked(self, camera: DeviceId) -> None:
        """See GrantEndListener."""
        self.told.append(("locked", camera))


class House:
    """All services over one data folder."""

    def __init__(
        self,
        folder: Path,
        *,
        hands: HandClock | None = None,
        seed: str = "curtilage",
        highest_ms: int = 0,
        **settings: Any,
    ) -> None:
        self.folder = folder
        self.hands = hands or HandClock()
        self.config = replace(
            Config(data_folder=folder / "data", root_key_file=folder / "root.key"),
            **(CHEAP_PASSWORDS | _SHORT_LOCK_FILE | settings),
        )
        self.clock = self.hands.clock(highest_ms)
        self.entropy = counted_entropy(seed)
        self.listener = Listener()
        self.store = SqliteStore.open(self.config.data_folder, self.config)
        root = RootKey.load_or_create(self.config.root_key_file, self.config.data_folder, self.entropy)
        self.vault = Vault(root, self.entropy)
        last = (self.clock, self.config, self.entropy)
        self.lock_file = CameraLockFile(self.config.data_folder / "camera.lock", self.config.unrecorded_ends_count_max)
        self.ledger = Ledger(self.store, self.vault, *last)
        self.grants = Grants(self.store, self.vault, self.ledger, *last, [self.listener], self.lock_file)
        self.consents = Consents(self.store, self.ledger, self.grants, self.clock, self.entropy)
        self.codes = Codes(self.store, self.vault, self.ledger, *last)
        self.sessions = Sessions(self.store, self.vault, self.ledger, *last)
        self.homes = Homes(self.store, self.vault, self.ledger, self.consents, self.codes, *last)
        ground = (self.store, self.vault, self.ledger)
        self.persons = Persons(*ground, self.consents, self.grants, self.codes, self.sessions, *last)
        self.devices = Devices(*ground, self.consents, self.grants, *last)
        self.pairings = Pairings(self.vault, *last)
        self.displays = Displays(*ground, self.consents, self.grants, self.pairings, *last)
        self.passwords = Passwords(self.config, self.entropy)
        self.accounts = Accounts(*ground, self.homes, self.persons, self.sessions, self.codes, self.passwords, *last)
        self.activity = Activity(self.persons, self.devices, self.displays, UTC)

    async def load(self) -> None:
        """In the order ARCHITECTURE.md says."""
        await self.homes.load()
        homes = [home.id for home in self.homes.all()]
        await self.ledger.load(homes)
        self.clock.raise_floor(self.ledger.newest_ms())
        await self.grants.load(homes)
        await self.consents.load(homes)
        await self.persons.load(homes)
        await self.devices.load(homes)
        await self.displays.load(homes)
        await self.sessions.load()

    async def close(self) -> None:
        """As main.py at the end."""
        await self.grants.close()
        await self.ledger.close()
        self.passwords.close()
        await self.store.close()

    async def sentences(self, home: HomeId) -> list[str]:
        """The home's activity, oldest first."""
        entries = await self.ledger.entries(home, None, 200)
        return [self.activity.words(home, entry) for entry in reversed(entries)]


@dataclass(frozen=True)
class Family:
    """A home that is set up: Ana owns it, Ben is a member, and there is a camera called Porch."""

    home: HomeId
    ana: Person
    ben: Person
    porch: Device
    session: Session = field(repr=False)

    @property
    def owner(self) -> Actor:
        """Ana, acting."""
        return Actor(self.home, self.ana.id, Role.OWNER)


async def settle_in(house: House, prefix: str = "") -> Family:
    """Make a family by the real steps."""
    made = agreed(await house.homes.create(f"{prefix}Mill Lane"))
    home = made.home.id
    session = agreed(await house.accounts.set_up(made.code, f"{prefix}Ana", PASSWORD, None))
    ana = house.persons.of_account(session.account)[0]
    added = agreed(await house.persons.add(home, "Ben", Role.MEMBER, Actor(home, ana.id, Role.OWNER)))
    agreed(await house.accounts.set_up(added.code, f"{prefix}Ben", PASSWORD, None))
    ben = house.persons.get(home, added.person.id)
    assert ben is not None
    owner = Actor(home, ana.id, Role.OWNER)
    porch = agreed(await house.devices.add_camera(home, "Porch", "rtsp://u:secret@192.0.2.10/1", owner))
    return Family(home, ana, ben, porch, session)


async def let_see(
    house: House,
    family: Family,
    person: Person | None = None,
    until_ms: int | None = None,
    camera: Device | None = None,
) -> Grant:
    """A grant for Porch, to Ben unless said otherwise, made by Ana."""
    consent = await house.consents.give(family.home, family.ana.id, "camera_view")
    grantee, device = person or family.ben, camera or family.porch
    return agreed(
        await house.grants.make(
            family.ana.id, family.home, device.id, GranteeKind.PERSON, grantee.id, until_ms, consent
        )
    )


def agreed(result: T | Refused) -> T:
    """What was asked for; a refusal fails the test."""
    assert not isinstance(result, Refused), result
    return result


def in_house(folder: Path, test: Callable[[House], Awaitable[T]], **settings: Any) -> T:
    """Run ``test`` in a loaded house, and close it."""

    async def run() -> T:
        house = House(folder, **settings)
        await house.load()
        try:
            return await test(house)
        finally:
            await house.close()

    return asyncio.run(run())


SMALL_DISK: dict[str, Any] = {"store_bytes_max": MIB}
"""A disk that can be filled."""
_BALLAST = "INSERT INTO server_state (name, value) VALUES ($1, $2)"


async def fill_disk(house: House, write: Callable[[], Awaitable[object]]) -> None:
    """Write ballast until there is no free page, then ``write`` until that fails for want of space too."""
    size, number = 64 * 1024, 0
    while size >= 1:
        number += 1
        try:
            await house.store.write_server(Statement(_BALLAST, (f"ballast {number}", bytes(size))))
        except StoreFull:
            size //= 2
    with contextlib.suppress(StoreFull):
        for _ in range(1000):
            await write()
        raise AssertionError("the disk never got full")


async def free_disk(house: House) -> None:
    """Take the ballast out again."""
    await house.store.write_server(Statement("DELETE FROM server_state WHERE name LIKE $1", ("ballast %",)))
