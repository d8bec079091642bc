"""What the phone's encryption needs of the server. Nothing that comes back is believed before it is checked.

Every call may raise a CurtilageError when the server cannot be asked; then it is asked again later, with the same.
"""

from dataclasses import dataclass
from typing import Protocol

from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.envelope import Envelope
from curtilage.wire.messages.key_bundle import KeyBundle
from curtilage.wire.messages.opaque import MessageAccount, PhoneId


@dataclass(frozen=True, slots=True)
class Delivery:
    """One envelope in a device's mailbox."""

    position: int
    """Rises; a mailbox is read from a position on."""
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class KeyStock:
    """What the server has of this device."""

    one_time_count: int
    bundle_number: int
    """Of the newest bundle it took; 0: none."""


class MessageServer(Protocol):
    """The server, as one signed-in device sees it."""

    async def key_stock(self) -> KeyStock:
        """How many keys are left."""
        ...

    async def publish_bundle(self, bundle: KeyBundle) -> None:
        """Adds its one-time keys and replaces the fallback key. A number that was taken before adds nothing."""
        ...

    async def publish_devices(self, devices: DeviceList) -> None:
        """Replaces the account's list by one of a higher number."""
        ...

    async def fetch_devices(self, account: MessageAccount) -> DeviceList | None:
        """The newest list; None: no such account."""
        ...

    async def fetch_bundle(self, account: MessageAccount, phone: PhoneId) -> KeyBundle | None:
        """With one key in it, which costs the device one (key_rules.py); None: it has none left, or does not exist."""
        ...

    async def post(self, envelopes: tuple[Envelope, ...]) -> None:
        """Returns when all are durable. One that was posted before (same message, same device) adds nothing."""
        ...

    async def read_mailbox(self, after: int, count_max: int) -> tuple[Delivery, ...]:
        """This device's envelopes at positions above ``after``, in order."""
        ...

    async def acknowledge(self, position: int) -> None:
        """Everything up to here is in the device's own database."""
        ...
