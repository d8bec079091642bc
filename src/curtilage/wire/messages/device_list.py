"""The device list: which devices are a person's, numbered and signed by the person's identity key.

Contacts pin the identity key. The server carries the list and can neither add a device (a ghost that reads along) nor
bring an old list back: a list counts only with a higher number than the one before (phone/pin.py).
"""

import itertools
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.wire.messages.octet_reader import OctetReader
from curtilage.wire.messages.opaque import (
    NUMBER_MAX,
    OPAQUE_BYTES,
    PUBLIC_BYTES,
    SIGNATURE_BYTES,
    MessageAccount,
    PhoneId,
)
from curtilage.wire.messages.phone_public import PHONE_PUBLIC_BYTES, PhonePublic, signed_by

PHONES_COUNT_MAX = 8
"""Devices of one person; every message is encrypted for each of them."""
_VERSION = b"\x01"
_LABEL = b"curtilage device list v1\0"
_BYTES_MAX = 256 + PHONES_COUNT_MAX * PHONE_PUBLIC_BYTES


@dataclass(frozen=True, slots=True)
class DeviceList:
    """A person's devices as of ``number``."""

    account: MessageAccount
    identity_public: bytes
    """Ed25519: the person's identity key, which signs this."""
    number: int
    """From 1; strictly increasing."""
    made_ms: int
    """By the signing device's clock; shown, never compared."""
    phones: tuple[PhonePublic, ...]
    """In the order of their names; may be empty: a person who left."""
    signature: bytes

    def __post_init__(self) -> None:
        lengths = len(self.account), len(self.identity_public), len(self.signature)
        if lengths != (OPAQUE_BYTES, PUBLIC_BYTES, SIGNATURE_BYTES):
            raise ValueError("a device list of no account, without identity key or signature")
        if not (1 <= self.number <= NUMBER_MAX and 0 <= self.made_ms <= NUMBER_MAX):
            raise ValueError("a device list of an impossible number or time")
        names = [phone.phone for phone in self.phones]
        if len(names) > PHONES_COUNT_MAX or any(name >= after for name, after in itertools.pairwise(names)):
            raise ValueError("too many devices in a device list, one twice, or in another order")
        if len({phone.agreement_public for phone in self.phones}) != len(names):
            raise ValueError("two devices of one key in a device list")

    @staticmethod
    def sign(
        account: MessageAccount,
        number: int,
        made_ms: int,
        phones: tuple[PhonePublic, ...],
        identity: Ed25519PrivateKey,
    ) -> "DeviceList":
        """Signed by the person. Raises ValueError for what no list can hold."""
        ordered = tuple(sorted(phones, key=lambda phone: phone.phone))
        public = identity.public_key().public_bytes_raw()
        unsigned = DeviceList(account, public, number, made_ms, ordered, bytes(SIGNATURE_BYTES))
        signature = identity.sign(_LABEL + unsigned._signed())
        return DeviceList(account, public, number, made_ms, ordered, signature)

    def _signed(self) -> bytes:
        head = _VERSION + self.account + self.identity_public
        numbers = self.number.to_bytes(8, "big") + self.made_ms.to_bytes(8, "big")
        phones = b"".join(phone.encode() for phone in self.phones)
        return head + numbers + len(self.phones).to_bytes(1, "big") + phones

    def encode(self) -> bytes:
        """At most 770 bytes."""
        return self._signed() + self.signature

    @staticmethod
    def decode(octets: bytes) -> "DeviceList":
        """Raises ValueError when this is no device list. The signature is looked at by ``is_genuine``."""
        reader = OctetReader(octets, "a device list", _BYTES_MAX)
        reader.expect(_VERSION)
        account = MessageAccount(reader.take(OPAQUE_BYTES))
        identity = reader.take(PUBLIC_BYTES)
        number, made_ms = reader.number(8), reader.number(8)
        count = reader.number_up_to(1, PHONES_COUNT_MAX)
        phones = tuple(PhonePublic.read(reader) for _ in range(count))
        signature = reader.take(SIGNATURE_BYTES)
        reader.finish()
        return DeviceList(account, identity, number, made_ms, phones, signature)

    def is_genuine(self, account: MessageAccount) -> bool:
        """Is it that account's list, signed by the identity key it names? Whose key that is, a pin says."""
        return self.account == account and signed_by(self.identity_public, self.signature, _LABEL + self._signed())

    def find(self, phone: PhoneId) -> PhonePublic | None:
        """The device of this name, or None."""
        return next((item for item in self.phones if item.phone == phone), None)
