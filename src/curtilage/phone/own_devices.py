"""The person's own devices: letting one in, becoming one, taking one off the list.

Every device of a person holds the identity key, so that none is the one that must not be lost. A device that is taken
off the list is encrypted for no more; but whoever has it in hand has the identity key too: the person who lost it
resets and begins with a new identity, which contacts are shown.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.errors import PeerError, PersonError
from curtilage.phone.contacts import Contacts
from curtilage.phone.linking import Join
from curtilage.phone.olm import Encrypted, NotOpened
from curtilage.phone.own_phone import IDENTITY_BYTES, OwnPhone
from curtilage.phone.phone_store import PhoneStore
from curtilage.phone.pin import Pin
from curtilage.phone.session_shelf import Peer, SessionShelf
from curtilage.wire.messages.device_list import PHONES_COUNT_MAX, DeviceList
from curtilage.wire.messages.envelope import OlmType
from curtilage.wire.messages.link_message import LinkGrant, LinkReveal
from curtilage.wire.messages.opaque import PhoneId
from curtilage.wire.messages.phone_public import PhonePublic


class TooManyDevices(PersonError):
    """The list is full."""


class DevicesNotShown(PersonError):
    """Another of the person's devices changed the list, and this one has not shown it yet."""


class BadGrant(PeerError):
    """What let this device in does not fit what the two screens agreed on."""


class OwnDevices:
    """Changes of one's own list. Each is committed here before it is published."""

    __slots__ = ("_contacts", "_own", "_sessions", "_store")

    def __init__(self, store: PhoneStore, own: OwnPhone, contacts: Contacts, sessions: SessionShelf) -> None:
        self._store = store
        self._own = own
        self._contacts = contacts
        self._sessions = sessions

    def let_in(self, reveal: LinkReveal, now_ms: int) -> LinkGrant:
        """A new list with the device, and its grant. Raises TooManyDevices, DevicesNotShown, BadPeerKey."""
        with self._store.transaction():
            peer = Peer(self._own.account, reveal.phone)
            session = self._sessions.begin(peer, reveal.one_time_public)
            devices = self._sign((*self._others(reveal.phone.phone), reveal.phone), now_ms)
            encrypted = session.encrypt(self._own.identity_octets())
            self._sessions.keep(peer, session)
        return LinkGrant(reveal.link, devices, encrypted.ciphertext)

    def prepare(self) -> bytes:
        """On the new device: one one-time key for the session in which the identity key comes."""
        with self._store.transaction():
            olm = self._own.load()
            (one_public,) = olm.make_one_time_keys(1)
            self._own.save(olm)
        return one_public

    def join(self, join: Join, now_ms: int) -> None:
        """On the new device: open the grant and become one of the account's. Raises BadGrant: then nothing changed."""
        answer, devices = join.answer, join.grant.devices
        listed = devices.is_genuine(answer.account) and devices.identity_public == answer.identity_public
        if not listed or not {self._own.public, answer.phone} <= set(devices.phones):
            raise _bad_grant()
        peer = Peer(answer.account, answer.phone)
        with self._store.transaction():
            identity = self._sessions.open(peer, Encrypted(OlmType.PRE_KEY, join.grant.sealed_identity), now_ms)
            if isinstance(identity, NotOpened) or not _is_identity(identity, answer.identity_public):
                raise _bad_grant()
            self._own.join(answer.account, identity)
            self._contacts.put(Pin(devices, None, devices.number), 0)

    def remove(self, phone: PhoneId, now_ms: int) -> DeviceList:
        """A new list without that device. Raises DevicesNotShown."""
        with self._store.transaction():
            return self._sign(self._others(phone), now_ms)

    def _others(self, phone: PhoneId) -> tuple[PhonePublic, ...]:
        return tuple(public for public in self._pin().shown.phones if public.phone != phone)

    def _pin(self) -> Pin:
        pin = self._contacts.pin(self._own.account)
        assert pin is not None, "a phone that is set up knows its own list"
        return pin

    def _sign(self, phones: tuple[PhonePublic, ...], now_ms: int) -> DeviceList:
        if len(phones) > PHONES_COUNT_MAX:
            raise TooManyDevices(
                f"A person has at most {PHONES_COUNT_MAX} devices.", do="Remove one that is not used any more."
            )
        pin = self._pin()
        if pin.blocked or pin.withheld:
            # A list signed now would leave out, or bring back, what another device decided.
            raise DevicesNotShown("Your devices changed.", do="Look at them first: curtilage phone status")
        number = pin.number_max + 1
        devices = DeviceList.sign(self._own.account, number, now_ms, phones, self._own.identity())
        self._contacts.put(Pin(devices, None, number), now_ms)
        return devices


def _is_identity(identity: bytes, public: bytes) -> bool:
    if len(identity) != IDENTITY_BYTES:
        return False
    return Ed25519PrivateKey.from_private_bytes(identity).public_key().public_bytes_raw() == public


def _bad_grant() -> BadGrant:
    return BadGrant(
        "The other device let this one in with something that does not fit.", do="Link again from the start."
    )
