"""Whom a phone takes for a contact: the identity key it saw first, and the devices the person has been shown.

Pure. ``judge`` looks at a device list from the server and says what has become of the pin. No message is encrypted for
a device that the person was not shown: a server that adds a device to read along, or replaces the person, can do so
only before everybody's eyes.

* The first list is believed (nothing else can be), and its identity key pinned.
* A list counts only when signed by the identity key it names, for this account, with a higher number than the one
  before. A lower number (rollback) and another list of the same number are refused.
* A device less: sending goes on, to fewer. A device more, or other keys: blocked until shown.
* Another identity key: blocked until shown. Until then the old pin stands, and its rules.
"""

import enum
from dataclasses import dataclass, replace

from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.opaque import MessageAccount


class Verdict(enum.Enum):
    """What a device list from the server was."""

    FIRST = "first"
    SAME = "same"
    RENEWED = "renewed"
    """A newer number, the same devices."""
    DEVICE_LEFT = "device_left"
    DEVICE_CAME = "device_came"
    """Blocked until shown."""
    IDENTITY_CHANGED = "identity_changed"
    """Blocked until shown."""
    FORGED = "forged"
    """Refused: not signed by the key it names, or another account's."""
    ROLLED_BACK = "rolled_back"
    """Refused: older than what was seen."""
    CONTRADICTED = "contradicted"
    """Refused: another list of the same number."""

    @property
    def is_refusal(self) -> bool:
        """The list was not taken; somebody is lying, or a backup was put back."""
        return self in {Verdict.FORGED, Verdict.ROLLED_BACK, Verdict.CONTRADICTED}


@dataclass(frozen=True, slots=True)
class Pin:
    """What a phone holds of one account."""

    shown: DeviceList
    """What the person knows: messages are encrypted for these devices."""
    pending: DeviceList | None = None
    """What the person has not been shown yet."""
    number_max: int = 0
    """The highest number seen under the pinned identity key, pending ones included."""
    number_claimed: int = 0
    """The highest number that one of the person's own devices spoke of, inside an encrypted message."""

    @property
    def account(self) -> MessageAccount:
        """Whose it is."""
        return self.shown.account

    @property
    def blocked(self) -> bool:
        """Nothing is sent until the person has been shown what changed."""
        return self.pending is not None

    @property
    def identity_changed(self) -> bool:
        """It is the person's identity key that waits to be shown."""
        return self.pending is not None and self.pending.identity_public != self.shown.identity_public

    @property
    def withheld(self) -> bool:
        """There is a newer list, and the server does not give it: a device was removed, and it is hidden from us."""
        return self.number_claimed > self.number_max

    def claim(self, number: int) -> "Pin":
        """A shown device says that its person's newest list has this number."""
        return self if number <= self.number_claimed else replace(self, number_claimed=number)

    def show(self, devices: DeviceList) -> "Pin":
        """The person has been shown this very list and goes on. Any other than the pending one changes nothing."""
        if devices != self.pending:
            return self
        claimed = 0 if self.identity_changed else self.number_claimed
        return Pin(devices, None, devices.number, claimed)


def judge(pin: Pin | None, devices: DeviceList, account: MessageAccount) -> tuple[Pin | None, Verdict]:
    """What the server says are ``account``'s devices, against what is known. The pin is unchanged by a refusal."""
    if not devices.is_genuine(account):
        return pin, Verdict.FORGED
    if pin is None:
        return Pin(devices, None, devices.number), Verdict.FIRST
    if devices.identity_public != pin.shown.identity_public:
        return _other_identity(pin, devices)
    if devices.number < pin.number_max:
        return pin, Verdict.ROLLED_BACK
    if devices.number == pin.number_max:
        return _same_number(pin, devices)
    return _newer(replace(pin, number_max=devices.number), devices)


def _other_identity(pin: Pin, devices: DeviceList) -> tuple[Pin, Verdict]:
    pending = pin.pending
    if pending is not None and pending.identity_public == devices.identity_public:
        if devices.number < pending.number:
            return pin, Verdict.ROLLED_BACK
        if devices.number == pending.number:
            return pin, Verdict.SAME if devices == pending else Verdict.CONTRADICTED
    return replace(pin, pending=devices), Verdict.IDENTITY_CHANGED


def _same_number(pin: Pin, devices: DeviceList) -> tuple[Pin, Verdict]:
    if pin.pending is not None and devices == pin.pending:
        return pin, Verdict.SAME
    if devices == pin.shown:
        # Also when another identity was pending: the server is back at the one the person knows.
        return replace(pin, pending=None), Verdict.SAME
    known = pin.shown if pin.shown.number == devices.number else pin.pending
    if known is not None and known.identity_public == devices.identity_public:
        return pin, Verdict.CONTRADICTED
    # The list of this number was pending, and another identity took its place: it comes back.
    return _newer(pin, devices)


def _newer(pin: Pin, devices: DeviceList) -> tuple[Pin, Verdict]:
    before, after = set(pin.shown.phones), set(devices.phones)
    if after - before:
        return replace(pin, pending=devices), Verdict.DEVICE_CAME
    verdict = Verdict.DEVICE_LEFT if before - after else Verdict.RENEWED
    return replace(pin, shown=devices, pending=None), verdict
