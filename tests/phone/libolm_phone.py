"""A phone that shares nothing with ours but the formats: its Olm is libolm's (python-olm)."""

import base64
import os

import olm as libolm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.wire.messages.content import Content
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.envelope import Envelope, MessageKind, OlmType
from curtilage.wire.messages.key_bundle import KeyBundle, SignedKey, signed_text
from curtilage.wire.messages.opaque import MessageAccount, MessageId, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic
from tests.phone.people import NOON_MS
from tests.phone.relay import Relay


def unpadded(octets: bytes) -> str:
    """As libolm writes keys and messages."""
    return base64.b64encode(octets).decode().rstrip("=")


def octets(text: str) -> bytes:
    """Back."""
    return base64.b64decode(text + "=" * (-len(text) % 4))


class LibolmPhone:
    """One device, with as much of the rules as two people need who speak in turn."""

    def __init__(self, relay: Relay, account: MessageAccount) -> None:
        self.account = account
        self._olm = libolm.Account()
        keys = self._olm.identity_keys
        self.public = PhonePublic(PhoneId(os.urandom(16)), octets(keys["curve25519"]), octets(keys["ed25519"]))
        self._door = relay.door(account, self.public.phone)
        self._session: libolm.Session | None = None
        self._position = 0

    async def set_up(self) -> None:
        """Publish list and bundle."""
        identity = Ed25519PrivateKey.generate()
        await self._door.publish_devices(DeviceList.sign(self.account, 1, NOON_MS, (self.public,), identity))
        self._olm.generate_one_time_keys(5)
        self._olm.generate_fallback_key()
        one_time = tuple(self._signed(key, None) for key in self._olm.one_time_keys["curve25519"].values())
        (fallback,) = (self._signed(key, 1) for key in self._olm.fallback_key["curve25519"].values())
        self._olm.mark_keys_as_published()
        await self._door.publish_bundle(KeyBundle(self.account, self.public, 1, one_time, fallback))

    def _signed(self, key: str, week: int | None) -> SignedKey:
        text = signed_text(self.account, self.public, octets(key), week)
        return SignedKey(octets(key), octets(self._olm.sign(text)), week)

    async def begin(self, to: MessageAccount) -> PhonePublic:
        """A session with the one device of that account."""
        devices = await self._door.fetch_devices(to)
        assert devices is not None
        assert devices.is_genuine(to)
        (phone,) = devices.phones
        bundle = await self._door.fetch_bundle(to, phone.phone)
        assert bundle is not None
        assert bundle.is_genuine(to, phone)
        key = bundle.only_key()
        assert key is not None
        agreement, one = unpadded(phone.agreement_public), unpadded(key.one_public)
        self._session = libolm.OutboundSession(self._olm, agreement, one)
        return phone

    async def say(self, to: MessageAccount, phone: PhonePublic, text: str) -> None:
        """In the session there is."""
        assert self._session is not None
        message = MessageId(os.urandom(16))
        names = (self.account, self.public.phone, to, phone.phone)
        content = Content(MessageKind.TEXT, *names, to, message, 1, NOON_MS, text)
        said = self._session.encrypt(content.encode())
        olm_type = OlmType(said.message_type)
        await self._door.post((Envelope(MessageKind.TEXT, olm_type, *names, message, octets(said.ciphertext)),))

    async def listen(self, sender: PhonePublic) -> list[Content]:
        """Everything in the mailbox."""
        found = []
        for delivery in await self._door.read_mailbox(self._position, 100):
            self._position = delivery.position
            content = Content.decode(self._open(delivery.envelope, sender))
            assert content.belongs_to(delivery.envelope)
            found.append(content)
        await self._door.acknowledge(self._position)
        return found

    def _open(self, envelope: Envelope, sender: PhonePublic) -> bytes:
        text = unpadded(envelope.ciphertext)
        if envelope.olm_type is OlmType.PRE_KEY:
            message = libolm.OlmPreKeyMessage(text)
            if self._session is None:
                self._session = libolm.InboundSession(self._olm, message, unpadded(sender.agreement_public))
                self._olm.remove_one_time_keys(self._session)
        else:
            message = libolm.OlmMessage(text)
        assert self._session is not None
        # libolm's Python gives text where it was given bytes: this way no byte is lost.
        clear: str = self._session.decrypt(message, "surrogateescape")
        return clear.encode("utf-8", "surrogateescape")
