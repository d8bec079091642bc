"""Olm by vodozemac: an account (one device's keys) and sessions (one with each device it speaks to).

Bytes in, bytes out; no text of base64 and no exception of the library leaves this file. vodozemac draws its randomness
itself and can be given none. Objects change as they are used, so callers load one, use it, and save it in the same
transaction as what came of it; an object whose transaction failed is thrown away.

Limits of vodozemac that its callers keep in mind: 40 skipped messages for each chain, 5 receiving chains, a gap of at
most 2,000; fallback keys answer the same message again, so begun sessions are remembered (session_shelf.py).
"""

import base64
import enum
from dataclasses import dataclass, field

from vodozemac import Account, AnyOlmMessage, Curve25519PublicKey, PreKeyMessage, Session

from curtilage.errors import OurError, PeerError
from curtilage.wire.messages.envelope import OlmType

_LAST_BYTES_OF_KEYS = (34, 68, 102)


class BadPeerKey(PeerError):
    """A key of the other side with which no session can begin."""


class PickleBroken(OurError):
    """What was stored of an account or a session does not load."""


class NotOpened(enum.Enum):
    """Why a message did not open."""

    UNKNOWN_KEY = "unknown_key"
    """It begins a session by a one-time key that was used before or was lost."""
    NO_SESSION = "no_session"
    """It goes on with a session that is not known here."""
    DOES_NOT_OPEN = "does_not_open"
    """Changed, out of order beyond what is kept, or opened before."""


@dataclass(frozen=True, slots=True)
class Encrypted:
    """One Olm message."""

    olm_type: OlmType
    ciphertext: bytes = field(repr=False)


class OlmSession:
    """With one device. No repr shows it."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    @staticmethod
    def load(pickle: bytes, secret: bytes) -> "OlmSession":
        """Raises PickleBroken."""
        try:
            return OlmSession(Session.from_pickle(pickle.decode(), secret))
        except ValueError as error:
            raise PickleBroken(
                "A session of the phone does not load.", do="Reset the phone, and link it anew."
            ) from error

    def save(self, secret: bytes) -> bytes:
        """About 3 kB, encrypted."""
        return self._session.pickle(secret).encode()

    @property
    def session_id(self) -> bytes:
        """The same on both sides."""
        return self._session.session_id.encode()

    def encrypt(self, clear: bytes) -> Encrypted:
        """Turns the ratchet on."""
        olm_type, ciphertext = self._session.encrypt(clear).to_parts()
        return Encrypted(OlmType(olm_type), bytes(ciphertext))

    def decrypt(self, message: Encrypted) -> bytes | NotOpened:
        """Turns the ratchet on when it opens."""
        try:
            return bytes(self._session.decrypt(AnyOlmMessage.from_parts(message.olm_type, message.ciphertext)))
        except ValueError:
            return NotOpened.DOES_NOT_OPEN


class OlmAccount:
    """One device's keys. No repr shows them."""

    __slots__ = ("_account",)

    def __init__(self, account: Account) -> None:
        self._account = account

    @staticmethod
    def make() -> "OlmAccount":
        """With new identity keys and no one-time keys."""
        return OlmAccount(Account())

    @staticmethod
    def load(pickle: bytes, secret: bytes) -> "OlmAccount":
        """Raises PickleBroken."""
        try:
            return OlmAccount(Account.from_pickle(pickle.decode(), secret))
        except ValueError as error:
            raise PickleBroken("The phone's keys do not load.", do="Reset the phone, and link it anew.") from error

    def save(self, secret: bytes) -> bytes:
        """About 250 bytes for each one-time key that nobody used yet, and encrypted."""
        return self._account.pickle(secret).encode()

    @property
    def agreement_public(self) -> bytes:
        """X25519."""
        return self._account.curve25519_key.to_bytes()

    @property
    def signing_public(self) -> bytes:
        """Ed25519."""
        return _octets(self._account.ed25519_key.to_base64())

    def sign(self, text: bytes) -> bytes:
        """64 bytes, by the Ed25519 key."""
        return _octets(self._account.sign(text).to_base64())

    def make_one_time_keys(self, count: int) -> tuple[bytes, ...]:
        """New ones, given out by this call and by no other: save the account before anybody sees them."""
        self._account.generate_one_time_keys(count)
        made = tuple(key.to_bytes() for key in self._account.one_time_keys.values())
        self._account.mark_keys_as_published()
        return made

    def make_fallback_key(self) -> bytes:
        """A new one; the one before stays good until the next is made."""
        self._account.generate_fallback_key()  # type: ignore[attr-defined] # its stubs leave it out
        (made,) = self._account.fallback_key.values()  # type: ignore[attr-defined] # its stubs leave it out
        self._account.mark_keys_as_published()
        return bytes(made.to_bytes())

    def begin(self, agreement_public: bytes, one_public: bytes) -> OlmSession:
        """A session with a device, by one of its one-time keys or its fallback key. Raises BadPeerKey."""
        try:
            peer, one = Curve25519PublicKey.from_bytes(agreement_public), Curve25519PublicKey.from_bytes(one_public)
            return OlmSession(self._account.create_outbound_session(peer, one))
        except ValueError as error:
            raise BadPeerKey("No session can begin with the keys of that device.") from error

    def answer(self, agreement_public: bytes, message: Encrypted) -> tuple[OlmSession, bytes] | NotOpened:
        """The session that a device began with us, and what its first message says. Uses up the one-time key."""
        pre_key = _pre_key(message)
        if pre_key is None:
            return NotOpened.DOES_NOT_OPEN
        try:
            session, clear = self._account.create_inbound_session(
                Curve25519PublicKey.from_bytes(agreement_public), pre_key
            )
        except ValueError as error:
            return NotOpened.UNKNOWN_KEY if "one-time key" in str(error) else NotOpened.DOES_NOT_OPEN
        return OlmSession(session), bytes(clear)


def session_id_of(message: Encrypted) -> bytes | None:
    """Which session a pre-key message begins or belongs to; None for other messages and for garbage."""
    pre_key = _pre_key(message) if message.olm_type is OlmType.PRE_KEY else None
    return None if pre_key is None else pre_key.session_id().encode()


def _pre_key(message: Encrypted) -> PreKeyMessage | None:
    """None for what is none, and for keys that are written in another way than everybody writes them.

    "Implementations MUST mask the most significant bit in the final byte" of a received key (RFC 7748 §5): turned, it
    gives a message that opens all the same, but a session of another name, which nobody remembers to have been begun.
    """
    try:
        pre_key = AnyOlmMessage.pre_key(message.ciphertext).to_pre_key()
        if pre_key is None:
            return None
        # Written anew by the library: version; one-time, base and identity key, each after two bytes; the rest.
        _, encoded = pre_key.to_any().to_parts()
    except ValueError:
        return None
    return None if any(encoded[at] & 0x80 for at in _LAST_BYTES_OF_KEYS) else pre_key


def _octets(unpadded: str) -> bytes:
    return base64.b64decode(unpadded + "=" * (-len(unpadded) % 4))
