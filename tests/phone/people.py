"""People with phones, for tests: real keys, real databases, one relay."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from curtilage.config import Config
from curtilage.phone.encryption import Encryption, EncryptionLimits
from curtilage.phone.own_phone import OwnPhone
from curtilage.phone.phone_store import PhoneStore
from curtilage.phone.receiving import Outcome
from curtilage.phone.sending import Blocked, Draft
from curtilage.wire.messages.opaque import MessageAccount, MessageId
from tests.phone.relay import Relay

BYTES_MAX = 64 * 1024 * 1024
LIMITS = EncryptionLimits.of(Config())
NOON_MS = 1_795_000_000_000


def new_message() -> MessageId:
    """A name for one."""
    return MessageId(os.urandom(16))


@dataclass
class Phone:
    """One device of a person."""

    folder: Path
    relay: Relay
    account: MessageAccount
    store: PhoneStore
    encryption: Encryption
    now_ms: int = NOON_MS

    @property
    def device(self) -> tuple[MessageAccount, bytes]:
        """Its mailbox's name."""
        return self.account, self.encryption.own.public.phone

    async def say(self, to: "Phone", text: str, message: MessageId | None = None) -> Blocked | None:
        """A text to that phone's person."""
        return await self.encryption.send(to.account, Draft(message or new_message(), text=text), self.now_ms)

    async def listen(self) -> list[Outcome]:
        """What came of everything in the mailbox."""
        outcomes: list[Outcome] = []
        while arrivals := (await self.encryption.come_and_go(self.now_ms)).arrivals:
            outcomes += [arrival.outcome for arrival in arrivals]
        return outcomes

    def texts(self, of: "Phone") -> list[str]:
        """The conversation, oldest first."""
        found = self.encryption.messages.of_conversation(of.account, 1000)
        return [message.content.text for message in reversed(found)]


def open_phone(
    folder: Path,
    relay: Relay,
    account: MessageAccount,
    limits: EncryptionLimits = LIMITS,
    accepts: bool = False,
) -> Phone:
    """Open or make the database; what is in it decides which device this is. ``accepts``: gives everybody receipts."""
    store = PhoneStore.open(folder, os.urandom, BYTES_MAX)
    public = OwnPhone(store).begin(os.urandom)
    door = relay.door(account, public.phone)
    return Phone(folder, relay, account, store, Encryption(store, door, os.urandom, limits, lambda _: accepts))


@dataclass
class People:
    """Those of one test."""

    folder: Path
    relay: Relay = field(default_factory=Relay)
    phones: list[Phone] = field(default_factory=list)

    async def person(self, name: str, limits: EncryptionLimits = LIMITS, accepts: bool = False) -> Phone:
        """With a first device, set up."""
        account = MessageAccount(name.encode().ljust(16, b"."))
        phone = open_phone(self.folder / name, self.relay, account, limits, accepts)
        self.phones.append(phone)
        await phone.encryption.set_up(account, NOON_MS)
        return phone

    def again(self, phone: Phone) -> Phone:
        """The same phone after its process ended."""
        phone.store.close()
        self.phones.remove(phone)
        self.phones.append(open_phone(phone.folder, self.relay, phone.account))
        return self.phones[-1]


@contextmanager
def people(folder: Path) -> Iterator[People]:
    """Everybody's database is closed in the end."""
    everybody = People(folder)
    try:
        yield everybody
    finally:
        for phone in everybody.phones:
            phone.store.close()
