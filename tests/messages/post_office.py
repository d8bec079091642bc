"""A real store with the phones of two homes, and a connection that writes down what it was offered."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from curtilage.config import Config
from curtilage.messages.mailbox import Listening, Mailboxes
from curtilage.messages.mailbox_copies import MailboxCopies
from curtilage.messages.mailbox_copy import KeptCopy
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import Statement
from curtilage.vault.root_key import RootKey
from curtilage.vault.vault import Vault
from curtilage.wire.identifier import DeviceId, HomeId, MessageId
from tests.consent.parts import HandClock, agreed, counted_entropy

BOS = HomeId("bos")
EVES = HomeId("eves")
PHONE = DeviceId("bos phone")
TABLET = DeviceId("bos tablet")
STRANGER = DeviceId("eves phone")
_PHONES = ((BOS, PHONE), (BOS, TABLET), (EVES, STRANGER))
_DEVICE = (
    "INSERT INTO devices (id, kind, name, name_lookup, model, firmware, added_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)"
)


def message(number: int) -> MessageId:
    return MessageId(f"message {number}")


@dataclass
class Connection:
    """A phone's."""

    offered: list[KeptCopy] = field(default_factory=list)
    is_replaced: bool = False
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, copy: KeptCopy) -> None:
        self.offered.append(copy)
        self.came.set()

    def replaced(self) -> None:
        self.is_replaced = True

    @property
    def messages(self) -> list[MessageId]:
        return [copy.message for copy in self.offered]

    async def until(self, count: int) -> None:
        """So many were offered."""
        async with asyncio.timeout(10):
            while len(self.offered) < count:
                self.came.clear()
                await self.came.wait()


class PostOffice:
    """One server's mailboxes."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.hands = HandClock()
        self.store = SqliteStore.open(folder / "data", config)
        entropy = counted_entropy("post")
        self.vault = Vault(RootKey.load_or_create(folder / "root.key", folder / "data", entropy), entropy)
        self.copies = MailboxCopies(self.store, self.vault)
        self.boxes = Mailboxes(self.store, self.copies, self.hands.clock(), config)

    async def settle_in(self) -> None:
        """Two homes with their phones; on another day only their keys and mailboxes are loaded."""
        known = {str(row[0]): bytes(row[1] or b"") for row in await self.store.read_server(_HOMES)}  # type: ignore[arg-type]  # a BLOB
        for home in (BOS, EVES):
            if home in known:
                self.vault.load_home(home, known[home])
            else:
                wrapped = self.vault.new_home(home)
                await self.store.write_server(Statement(_HOME, (home, wrapped, 1)))
        if not known:
            for home, phone in _PHONES:
                device = (phone, "phone", b"", phone.encode(), "", "", 1)
                await self.store.write(home, Statement(_DEVICE, device))
                await self.boxes.open(home, phone)
        else:
            await self.boxes.load((BOS, EVES))

    @contextlib.asynccontextmanager
    async def listening(self, phone: DeviceId = PHONE) -> AsyncIterator[tuple[Connection, Listening]]:
        """A connection of a phone of Bo's, for as long as the block lasts."""
        connection = Connection()
        listening = agreed(self.boxes.listen(BOS, phone, connection))
        running = asyncio.create_task(listening.run())
        try:
            yield connection, listening
        finally:
            listening.end()
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


_HOMES = "SELECT id, home_key FROM homes"
_HOME = "INSERT INTO homes (id, home_key, made_ms) VALUES ($1, $2, $3)"


def in_office(folder: Path, scene: Callable[[PostOffice], Awaitable[None]], **settings: int) -> None:
    """Run ``scene`` in a post office, and close it."""

    async def run() -> None:
        office = PostOffice(folder, replace(Config(), **settings))  # type: ignore[arg-type]  # settings by name; each is a number
        try:
            await office.settle_in()
            await scene(office)
        finally:
            await office.store.close()

    asyncio.run(run())
