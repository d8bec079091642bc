"""The server's half in one process, for the phone's tests: it keeps the rules, until a test makes it lie.

What it is told to do wrong it does where a real server could: to lists, bundles and envelopes as it hands them on. It
never sees inside an envelope; ``seen`` holds every byte that passed, to be searched.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from curtilage.config import Config
from curtilage.errors import PeerError
from curtilage.phone.encryption import EncryptionLimits
from curtilage.phone.server_port import Delivery, KeyStock
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.envelope import Envelope
from curtilage.wire.messages.key_bundle import KeyBundle, SignedKey
from curtilage.wire.messages.key_rules import HandOut, KeyRules, hand_out
from curtilage.wire.messages.opaque import MessageAccount, PhoneId

Device = tuple[MessageAccount, PhoneId]
Deliveries = tuple[Delivery, ...]


class ServerAway(PeerError):
    """It cannot be asked."""


@dataclass
class Relay:
    """All accounts."""

    rules: KeyRules = field(default_factory=lambda: EncryptionLimits.of(Config()).key_rules)
    now_ms: int = 0
    away: bool = False
    devices: dict[MessageAccount, list[DeviceList]] = field(default_factory=lambda: defaultdict(list))
    bundles: dict[Device, KeyBundle] = field(default_factory=dict)
    stock: dict[Device, list[SignedKey]] = field(default_factory=lambda: defaultdict(list))
    fallback: dict[Device, SignedKey] = field(default_factory=dict)
    fetches: dict[tuple[MessageAccount, Device], list[int]] = field(default_factory=lambda: defaultdict(list))
    mailboxes: dict[Device, list[Delivery]] = field(default_factory=lambda: defaultdict(list))
    acknowledged: dict[Device, int] = field(default_factory=lambda: defaultdict(int))
    taken: set[tuple[object, ...]] = field(default_factory=set)
    seen: list[bytes] = field(default_factory=list)
    change_devices: Callable[[DeviceList | None], DeviceList | None] = lambda devices: devices
    change_bundle: Callable[[KeyBundle | None], KeyBundle | None] = lambda bundle: bundle
    change_mailbox: Callable[[Deliveries], Deliveries] = lambda deliveries: deliveries

    def put(self, to: Device, envelope: Envelope) -> None:
        """Into a mailbox, whatever stands on the envelope."""
        mailbox = self.mailboxes[to]
        position = 1 + (mailbox[-1].position if mailbox else self.acknowledged[to])
        mailbox.append(Delivery(position, envelope))

    def door(self, account: MessageAccount, phone: PhoneId) -> "Door":
        """As one signed-in device sees it."""
        return Door(self, account, phone)


@dataclass
class Door:
    """The MessageServer of one device."""

    relay: Relay
    account: MessageAccount
    phone: PhoneId

    @property
    def _me(self) -> Device:
        return self.account, self.phone

    def _ask(self) -> Relay:
        if self.relay.away:
            raise ServerAway("The relay is away.")
        return self.relay

    async def key_stock(self) -> KeyStock:
        relay = self._ask()
        bundle = relay.bundles.get(self._me)
        return KeyStock(len(relay.stock[self._me]), bundle.number if bundle else 0)

    async def publish_bundle(self, bundle: KeyBundle) -> None:
        relay, me = self._ask(), self._me
        before = relay.bundles.get(me)
        relay.seen.append(bundle.encode())
        if before is not None and bundle.number <= before.number:
            return
        assert bundle.is_genuine(self.account, bundle.owner)
        relay.bundles[me] = bundle
        relay.stock[me].extend(bundle.one_time)
        if bundle.fallback is not None:
            relay.fallback[me] = bundle.fallback

    async def publish_devices(self, devices: DeviceList) -> None:
        relay = self._ask()
        relay.seen.append(devices.encode())
        lists = relay.devices[self.account]
        if not lists or devices.number > lists[-1].number or devices.identity_public != lists[-1].identity_public:
            lists.append(devices)

    async def fetch_devices(self, account: MessageAccount) -> DeviceList | None:
        lists = self._ask().devices.get(account)
        return self.relay.change_devices(lists[-1] if lists else None)

    async def fetch_bundle(self, account: MessageAccount, phone: PhoneId) -> KeyBundle | None:
        relay, of = self._ask(), (account, phone)
        bundle, times = relay.bundles.get(of), relay.fetches[self.account, of]
        which = hand_out(times, relay.now_ms, len(relay.stock[of]), of in relay.fallback, relay.rules)
        if bundle is None or which is HandOut.NOTHING:
            return relay.change_bundle(None)
        if which is HandOut.FALLBACK:
            return relay.change_bundle(bundle.handed_out(relay.fallback[of]))
        times.append(relay.now_ms)
        return relay.change_bundle(bundle.handed_out(relay.stock[of].pop(0)))

    async def post(self, envelopes: tuple[Envelope, ...]) -> None:
        relay = self._ask()
        for envelope in envelopes:
            relay.seen.append(envelope.encode())
            assert (envelope.sender, envelope.sender_phone) == self._me
            name = (envelope.message, envelope.receiver_phone, envelope.attempt, envelope.kind)
            if name not in relay.taken:
                relay.taken.add(name)
                relay.put((envelope.receiver, envelope.receiver_phone), envelope)

    async def read_mailbox(self, after: int, count_max: int) -> tuple[Delivery, ...]:
        relay = self._ask()
        waiting = tuple(item for item in relay.mailboxes[self._me] if item.position > after)
        return relay.change_mailbox(waiting)[:count_max]

    async def acknowledge(self, position: int) -> None:
        relay, me = self._ask(), self._me
        relay.acknowledged[me] = max(position, relay.acknowledged[me])
        relay.mailboxes[me] = [item for item in relay.mailboxes[me] if item.position > position]
