"""The key bundle: with what somebody may begin a session with a device that is not there.

A device publishes one with many one-time keys and its fallback key. The server hands one on with exactly one key in
it: a one-time key, which it then forgets, or the fallback key (key_rules.py says which).

Rules it guards:
* every key is signed by the device's own Ed25519 key, together with whose it is and of what kind: a bundle of another
  device, a fallback key posing as a one-time key and a key of another week are refused;
* ``number`` rises with every bundle a device publishes, so that one sent twice (after a crash, or by whoever copied
  it) adds nothing. A server that took the keys of one bundle twice would hand one key to two people.

Whether the device belongs to the person is not said here but in the signed device list.
"""

from dataclasses import dataclass

from curtilage.wire.messages.octet_reader import OctetReader
from curtilage.wire.messages.opaque import (
    NUMBER_MAX,
    OPAQUE_BYTES,
    PUBLIC_BYTES,
    SIGNATURE_BYTES,
    MessageAccount,
)
from curtilage.wire.messages.phone_public import PhonePublic, signed_by

ONE_TIME_KEYS_COUNT_MAX = 50
"""In one bundle; what vodozemac and libolm take for the most a server keeps."""
WEEK_MAX = 2**32 - 1
_VERSION = b"\x01"
_ONE_TIME_LABEL = b"curtilage one-time key v1\0"
_FALLBACK_LABEL = b"curtilage fallback key v1\0"
_KEY_BYTES = PUBLIC_BYTES + SIGNATURE_BYTES
_BYTES_MAX = 256 + ONE_TIME_KEYS_COUNT_MAX * _KEY_BYTES


@dataclass(frozen=True, slots=True)
class SignedKey:
    """A one-time key, or a fallback key when it has a week."""

    one_public: bytes
    """X25519."""
    signature: bytes
    """Of ``signed_text``, by the device."""
    week: int | None = None
    """Of a fallback key: whole weeks since 1970-01-01 (a Thursday) when it was made."""

    def __post_init__(self) -> None:
        if len(self.one_public) != PUBLIC_BYTES or len(self.signature) != SIGNATURE_BYTES:
            raise ValueError("a signed key has 32 bytes, its signature 64")


def signed_text(account: MessageAccount, owner: PhonePublic, one_public: bytes, week: int | None) -> bytes:
    """What a device signs for one key. A label of its own for each kind; every field has a fixed length."""
    label = _ONE_TIME_LABEL if week is None else _FALLBACK_LABEL + week.to_bytes(4, "big")
    return label + account + owner.encode() + one_public


@dataclass(frozen=True, slots=True)
class KeyBundle:
    """Keys of one device."""

    account: MessageAccount
    owner: PhonePublic
    number: int
    """Rises with every bundle the device publishes, from 1."""
    one_time: tuple[SignedKey, ...]
    fallback: SignedKey | None

    def __post_init__(self) -> None:
        if len(self.account) != OPAQUE_BYTES or not 1 <= self.number <= NUMBER_MAX:
            raise ValueError("a key bundle of no account, or of an impossible number")
        if len(self.one_time) > ONE_TIME_KEYS_COUNT_MAX or any(key.week is not None for key in self.one_time):
            raise ValueError("too many one-time keys in a key bundle, or one with a week")
        if self.fallback is not None and (self.fallback.week is None or not 0 <= self.fallback.week <= WEEK_MAX):
            raise ValueError("a fallback key without its week")

    def encode(self) -> bytes:
        """At most 5 kB."""
        keys = b"".join(key.one_public + key.signature for key in self.one_time)
        last = b"\0" if self.fallback is None else b"\1" + _encode_fallback(self.fallback)
        head = _VERSION + self.account + self.owner.encode() + self.number.to_bytes(8, "big")
        return head + len(self.one_time).to_bytes(1, "big") + keys + last

    @staticmethod
    def decode(octets: bytes) -> "KeyBundle":
        """Raises ValueError when this is no key bundle. Signatures are looked at by ``is_genuine``."""
        reader = OctetReader(octets, "a key bundle", _BYTES_MAX)
        reader.expect(_VERSION)
        account = MessageAccount(reader.take(OPAQUE_BYTES))
        owner = PhonePublic.read(reader)
        number = reader.number_up_to(8, NUMBER_MAX)
        count = reader.number_up_to(1, ONE_TIME_KEYS_COUNT_MAX)
        one_time = tuple(SignedKey(reader.take(PUBLIC_BYTES), reader.take(SIGNATURE_BYTES)) for _ in range(count))
        fallback = _read_fallback(reader) if reader.number_up_to(1, 1) else None
        reader.finish()
        return KeyBundle(account, owner, number, one_time, fallback)

    def is_genuine(self, account: MessageAccount, owner: PhonePublic) -> bool:
        """Are these keys of that device, as the device list has it, and all signed by it?"""
        if self.account != account or self.owner != owner:
            return False
        keys = self.one_time if self.fallback is None else (*self.one_time, self.fallback)
        return all(
            signed_by(owner.signing_public, key.signature, signed_text(account, owner, key.one_public, key.week))
            for key in keys
        )

    def handed_out(self, key: SignedKey) -> "KeyBundle":
        """The same with this key alone: what the server gives one who asks."""
        if key.week is None:
            return KeyBundle(self.account, self.owner, self.number, (key,), None)
        return KeyBundle(self.account, self.owner, self.number, (), key)

    def only_key(self) -> SignedKey | None:
        """The key of a bundle that was handed out; None when there is not exactly one."""
        keys = self.one_time if self.fallback is None else (*self.one_time, self.fallback)
        return keys[0] if len(keys) == 1 else None


def _encode_fallback(key: SignedKey) -> bytes:
    assert key.week is not None, "a fallback key has a week"
    return key.week.to_bytes(4, "big") + key.one_public + key.signature


def _read_fallback(reader: OctetReader) -> SignedKey:
    week = reader.number(4)
    return SignedKey(reader.take(PUBLIC_BYTES), reader.take(SIGNATURE_BYTES), week)
