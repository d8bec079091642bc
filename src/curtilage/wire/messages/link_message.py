"""What two devices of one person say to each other while the second is linked (phone/linking.py has the rules).

    1  START    new → old   commitment: a hash of what REVEAL will say
    2  ANSWER   old → new   the old device's ephemeral key, the account, its identity key and the device itself
    3  REVEAL   new → old   the new device's ephemeral key, the device itself, one one-time key
    4  MAC      both ways   over the sender's identity and device keys, under what the two ephemeral keys agree on
    5  GRANT    old → new   the new device list, and the identity key encrypted to the new device

The server carries them and is the man in the middle whom the short code shown on both screens finds out.
"""

import enum
from dataclasses import dataclass, field
from hashlib import sha256

from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.octet_reader import OctetReader
from curtilage.wire.messages.opaque import OPAQUE_BYTES, PUBLIC_BYTES, LinkId, MessageAccount
from curtilage.wire.messages.phone_public import PhonePublic

LINK_BYTES_MAX = 8 * 1024
HASH_BYTES = 32
MAC_BYTES = 32
_LABEL = b"curtilage link commitment v1\0"
_VERSION = b"\x01"
_SEALED_BYTES_MAX = 4 * 1024
_LIST_BYTES_MAX = 2 * 1024


class LinkKind(enum.IntEnum):
    """Which of the five."""

    START = 1
    ANSWER = 2
    REVEAL = 3
    MAC = 4
    GRANT = 5


@dataclass(frozen=True, slots=True)
class LinkStart:
    """The new device binds itself before it has seen the other's key."""

    link: LinkId
    commitment: bytes

    def body(self) -> bytes:
        """32 bytes."""
        return self.commitment


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """The old device shows its keys."""

    link: LinkId
    ephemeral_public: bytes
    account: MessageAccount
    identity_public: bytes
    phone: PhonePublic

    def body(self) -> bytes:
        """160 bytes."""
        return self.ephemeral_public + self.account + self.identity_public + self.phone.encode()


@dataclass(frozen=True, slots=True)
class LinkReveal:
    """The new device shows what it bound itself to."""

    link: LinkId
    ephemeral_public: bytes
    phone: PhonePublic
    one_time_public: bytes
    """For the session in which the identity key comes."""

    def body(self) -> bytes:
        """144 bytes."""
        return self.ephemeral_public + self.phone.encode() + self.one_time_public

    def commitment(self) -> bytes:
        """SHA-256 of a label, the attempt and the body. The ephemeral key is random: the hash gives nothing away."""
        return sha256(_LABEL + self.link + self.body()).digest()


@dataclass(frozen=True, slots=True)
class LinkMac:
    """One device proves that the keys it showed are its own."""

    link: LinkId
    identity_mac: bytes = field(repr=False)
    phone_mac: bytes = field(repr=False)

    def body(self) -> bytes:
        """64 bytes."""
        return self.identity_mac + self.phone_mac


@dataclass(frozen=True, slots=True)
class LinkGrant:
    """The old device lets the new one in."""

    link: LinkId
    devices: DeviceList
    sealed_identity: bytes = field(repr=False)
    """An Olm pre-key message to the new device; in it the identity key's 32 secret bytes."""

    def body(self) -> bytes:
        """The list and the pre-key message, each with its length before it."""
        encoded = self.devices.encode()
        lengths = len(encoded).to_bytes(2, "big"), len(self.sealed_identity).to_bytes(2, "big")
        return lengths[0] + encoded + lengths[1] + self.sealed_identity


LinkMessage = LinkStart | LinkAnswer | LinkReveal | LinkMac | LinkGrant


def encode_link(message: LinkMessage) -> bytes:
    """Version, kind, attempt, body."""
    return _VERSION + bytes((_kind_of(message),)) + message.link + message.body()


def _kind_of(message: LinkMessage) -> LinkKind:
    match message:
        case LinkStart():
            return LinkKind.START
        case LinkAnswer():
            return LinkKind.ANSWER
        case LinkReveal():
            return LinkKind.REVEAL
        case LinkMac():
            return LinkKind.MAC
        case LinkGrant():
            return LinkKind.GRANT


def decode_link(octets: bytes) -> LinkMessage:
    """Raises ValueError when this is no message of a linking."""
    reader = OctetReader(octets, "a message of a linking", LINK_BYTES_MAX)
    reader.expect(_VERSION)
    kind = LinkKind(reader.number(1))
    message = _read(kind, LinkId(reader.take(OPAQUE_BYTES)), reader)
    reader.finish()
    return message


def _read(kind: LinkKind, link: LinkId, reader: OctetReader) -> LinkMessage:
    match kind:
        case LinkKind.START:
            return LinkStart(link, reader.take(HASH_BYTES))
        case LinkKind.ANSWER:
            ephemeral, account = reader.take(PUBLIC_BYTES), MessageAccount(reader.take(OPAQUE_BYTES))
            return LinkAnswer(link, ephemeral, account, reader.take(PUBLIC_BYTES), PhonePublic.read(reader))
        case LinkKind.REVEAL:
            return LinkReveal(link, reader.take(PUBLIC_BYTES), PhonePublic.read(reader), reader.take(PUBLIC_BYTES))
        case LinkKind.MAC:
            return LinkMac(link, reader.take(MAC_BYTES), reader.take(MAC_BYTES))
        case LinkKind.GRANT:
            devices = DeviceList.decode(reader.take(reader.number_up_to(2, _LIST_BYTES_MAX)))
            return LinkGrant(link, devices, reader.take(reader.number_up_to(2, _SEALED_BYTES_MAX)))
