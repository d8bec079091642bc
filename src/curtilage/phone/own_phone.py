"""This device: its name, its account's name, the person's identity key and its own Olm keys.

All of it lies sealed in the phone's database. The Olm account is loaded anew for each use and saved in the transaction
of what it was used for; so what a crash interrupts never happened.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.errors import PersonError
from curtilage.phone.olm import OlmAccount
from curtilage.phone.phone_store import PhoneStore
from curtilage.wire.identifier import Entropy
from curtilage.wire.messages.opaque import OPAQUE_BYTES, MessageAccount, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic

IDENTITY_BYTES = 32
"""An Ed25519 private key (RFC 8032 §5.1.5)."""


class PhoneNotSetUp(PersonError):
    """There are no keys yet."""


class OwnPhone:
    """Set up by ``begin`` (any device), then ``join`` (it has its person's identity key)."""

    __slots__ = ("_account", "_public", "_store")

    def __init__(self, store: PhoneStore) -> None:
        self._store = store
        self._public: PhonePublic | None = None
        self._account: MessageAccount | None = None

    @property
    def is_set_up(self) -> bool:
        """Has this phone its keys and its person's identity key?"""
        return self._store.own("identity") is not None

    def begin(self, entropy: Entropy) -> PhonePublic:
        """Make this device's name and keys, once: a second call finds them."""
        if self._store.own("public") is None:
            olm = OlmAccount.make()
            public = PhonePublic(PhoneId(entropy(OPAQUE_BYTES)), olm.agreement_public, olm.signing_public)
            with self._store.transaction():
                self._store.set_own("public", public.phone + public.agreement_public + public.signing_public)
                self.save(olm)
        return self.public

    def join(self, account: MessageAccount, identity: bytes) -> None:
        """This device is one of ``account``'s, and signs its device lists. Inside a transaction or on its own."""
        Ed25519PrivateKey.from_private_bytes(identity)
        with self._store.transaction():
            self._store.set_own("account", account)
            self._store.set_own("identity", identity)

    @property
    def account(self) -> MessageAccount:
        """Whose device this is. Raises PhoneNotSetUp."""
        if self._account is None:
            self._account = MessageAccount(self._own("account"))
        return self._account

    @property
    def public(self) -> PhonePublic:
        """What others know of this device. Raises PhoneNotSetUp."""
        if self._public is None:
            octets = self._own("public")
            self._public = PhonePublic(PhoneId(octets[:16]), octets[16:48], octets[48:])
        return self._public

    def identity(self) -> Ed25519PrivateKey:
        """The person's identity key. Raises PhoneNotSetUp."""
        return Ed25519PrivateKey.from_private_bytes(self._own("identity"))

    def identity_octets(self) -> bytes:
        """The same, to be handed to a linked device inside an Olm message and nowhere else. Raises PhoneNotSetUp."""
        return self._own("identity")

    def load(self) -> OlmAccount:
        """As last saved. Raises PhoneNotSetUp, PickleBroken."""
        return OlmAccount.load(self._own("olm"), self._store.pickle_secret)

    def save(self, olm: OlmAccount) -> None:
        """Inside the transaction of what it was used for."""
        self._store.set_own("olm", olm.save(self._store.pickle_secret))

    def _own(self, name: str) -> bytes:
        value = self._store.own(name)
        if value is None:
            raise PhoneNotSetUp("Messages are not switched on here.", do="Run: curtilage phone on")
        return value
