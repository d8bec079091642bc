"""The parts of end-to-end encryption, joined: what the rest of the phone holds.

A loop around it calls ``come_and_go`` whenever the server has something, or the person wrote something.
"""

from dataclasses import dataclass

from curtilage.clock import MS_PER_SECOND
from curtilage.config import Config
from curtilage.phone.asking_again import AskingAgain
from curtilage.phone.contacts import Contacts
from curtilage.phone.key_upkeep import KeyUpkeep
from curtilage.phone.outgoing import Outgoing
from curtilage.phone.own_devices import OwnDevices
from curtilage.phone.own_phone import OwnPhone
from curtilage.phone.phone_store import PhoneStore
from curtilage.phone.pin import Pin
from curtilage.phone.receipts import IsAccepted, Receipts
from curtilage.phone.receiving import Intake, Receiving
from curtilage.phone.sending import Blocked, Draft, Sending
from curtilage.phone.server_port import MessageServer
from curtilage.phone.session_shelf import Peer, SessionShelf
from curtilage.phone.stored_message import Messages
from curtilage.phone.unopened import Unopened
from curtilage.wire.identifier import Entropy
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.key_rules import KeyRules
from curtilage.wire.messages.opaque import MessageAccount


@dataclass(frozen=True, slots=True)
class EncryptionLimits:
    """From config.py, in this room's units."""

    key_rules: KeyRules
    sessions_per_device_count_max: int
    batch_count_max: int
    list_age_ms_max: int
    fresh_session_wait_ms: int
    attempts_count_max: int
    unopened_count_max: int
    remembered_count_max: int
    contacts_count_max: int

    @staticmethod
    def of(config: Config) -> "EncryptionLimits":
        """What the settings say."""
        return EncryptionLimits(
            KeyRules(
                config.one_time_key_fetches_per_hour_max,
                config.one_time_keys_count_min,
                config.one_time_keys_count,
            ),
            config.phone_sessions_per_device_count_max,
            config.phone_batch_count_max,
            config.phone_device_list_age_s * MS_PER_SECOND,
            config.phone_fresh_session_wait_s * MS_PER_SECOND,
            config.phone_attempts_count_max,
            config.phone_unopened_count_max,
            config.phone_remembered_count_max,
            config.phone_contacts_count_max,
        )


class Encryption:
    """Of one phone."""

    def __init__(
        self,
        store: PhoneStore,
        server: MessageServer,
        entropy: Entropy,
        limits: EncryptionLimits,
        is_accepted: IsAccepted,
    ) -> None:
        self.store = store
        self.own = OwnPhone(store)
        self.contacts = Contacts(store, server, limits.contacts_count_max)
        self.sessions = SessionShelf(store, self.own, limits.sessions_per_device_count_max)
        self.devices = OwnDevices(store, self.own, self.contacts, self.sessions)
        self.messages = Messages(store)
        self.outgoing = Outgoing(store, server, limits.batch_count_max)
        self.unopened = Unopened(store, limits.unopened_count_max)
        self.upkeep = KeyUpkeep(store, self.own, server, limits.key_rules)
        self.sending = Sending(
            store,
            self.own,
            self.contacts,
            self.sessions,
            self.messages,
            self.outgoing,
            server,
            limits.list_age_ms_max,
        )
        self.receipts = Receipts(self.sending, is_accepted, entropy)
        self.asking = AskingAgain(
            store,
            self.own,
            self.messages,
            self.unopened,
            self.sending,
            self.receipts,
            entropy,
            limits.fresh_session_wait_ms,
            limits.attempts_count_max,
        )
        self.receiving = Receiving(
            store,
            self.own,
            self.contacts,
            self.sessions,
            self.messages,
            self.unopened,
            self.asking,
            self.receipts,
            server,
            limits.batch_count_max,
            limits.remembered_count_max,
        )
        self._server = server
        self._entropy = entropy

    async def set_up(self, account: MessageAccount, now_ms: int) -> None:
        """A person's first device: make its keys and the person's identity key, publish list and bundle.

        Called again after a crash, it goes on where it stopped.
        """
        public = self.own.begin(self._entropy)
        if not self.own.is_set_up:
            with self.store.transaction():
                self.own.join(account, self._entropy(32))
                devices = DeviceList.sign(account, 1, now_ms, (public,), self.own.identity())
                self.contacts.put(Pin(devices, None, 1), now_ms)
        pin = self.contacts.pin(account)
        assert pin is not None, "a phone that is set up knows its own list"
        await self._server.publish_devices(pin.shown)
        await self.upkeep.keep_up(now_ms)

    async def send(self, account: MessageAccount, draft: Draft, now_ms: int) -> Blocked | None:
        """Encrypt, commit, post. None: it is on its way, and stays so until the server has it.

        Raises what the server raises; when ``outgoing.waiting`` says that envelopes wait, they are posted next time.
        """
        prepared = await self.sending.prepare(account, now_ms)
        if isinstance(prepared, Blocked):
            return prepared
        made = self.sending.encrypt(prepared, draft, now_ms)
        if isinstance(made, Blocked):
            return made
        await self.outgoing.post()
        return None

    async def come_and_go(self, now_ms: int) -> Intake:
        """Take in one batch, answer what was asked, ask for what did not open, post what waits."""
        intake = await self.receiving.take_in(now_ms)
        await self.asking.ask(now_ms)
        await self.outgoing.post()
        return intake

    def show(self, account: MessageAccount, devices: DeviceList) -> Pin | None:
        """The person has been shown this pending list and goes on: sending is free again, held texts are shown."""
        with self.store.transaction():
            pin = self.contacts.show(account, devices)
            if pin is not None and pin.shown == devices:
                for public in devices.phones:
                    self.messages.release(Peer(account, public))
        return pin
