"""Encrypts for every device of a contact, and for the person's own others.

First ``prepare`` asks the server for what is missing (device lists, keys for new sessions) and refuses when something
changed that the person has not been shown; then ``encrypt`` does everything in one transaction: sessions turned, the
message stored, its envelopes queued (outgoing.py). Between the two nothing is assumed to have stayed the same.
"""

import enum
from dataclasses import dataclass, field, replace

from curtilage.phone.contacts import Contacts
from curtilage.phone.olm import BadPeerKey, Encrypted, OlmSession
from curtilage.phone.outgoing import Outgoing
from curtilage.phone.own_phone import OwnPhone
from curtilage.phone.phone_store import PhoneStore
from curtilage.phone.pin import Pin, Verdict
from curtilage.phone.server_port import MessageServer
from curtilage.phone.session_shelf import Peer, SessionShelf
from curtilage.phone.stored_message import Messages
from curtilage.wire.messages.content import Content
from curtilage.wire.messages.envelope import Envelope, MessageKind
from curtilage.wire.messages.key_bundle import SignedKey
from curtilage.wire.messages.opaque import OPAQUE_BYTES, MessageAccount, MessageId, PhoneId

_NO_PHONE = PhoneId(bytes(OPAQUE_BYTES))
"""In the stored copy of an own text, which is for several devices."""


class BlockedBy(enum.Enum):
    """Why nothing was encrypted. Nothing left the phone, and nothing goes another way by itself."""

    UNKNOWN_ACCOUNT = "unknown_account"
    NO_DEVICES = "no_devices"
    """The contact left: no device is listed any more."""
    DEVICES_CHANGED = "devices_changed"
    """Show the person the new devices first (Contacts.show)."""
    IDENTITY_CHANGED = "identity_changed"
    """Show the person that this may be somebody else first."""
    LIST_WITHHELD = "list_withheld"
    """The contact spoke of a newer device list than the server gives."""
    NO_KEYS = "no_keys"
    """The server gave no genuine key for any device; later it may."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A refusal."""

    by: BlockedBy
    verdict: Verdict | None = None
    """What the server's device list was, when it was asked."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A device without a session, and the key to begin one."""

    peer: Peer
    one_public: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """What ``encrypt`` needs besides the database."""

    account: MessageAccount
    verdict: Verdict | None
    """Of the device list, when the server was asked: a refusal tells the person that somebody lies."""
    fetched: tuple[Fetched, ...]
    keyless: tuple[PhoneId, ...]
    """Shown devices that cannot be reached now."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said."""

    message: MessageId
    kind: MessageKind = MessageKind.TEXT
    text: str = field(default="", repr=False)
    messages: tuple[MessageId, ...] = ()


class Sending:
    """All encryption of this phone."""

    def __init__(
        self,
        store: PhoneStore,
        own: OwnPhone,
        contacts: Contacts,
        sessions: SessionShelf,
        messages: Messages,
        outgoing: Outgoing,
        server: MessageServer,
        list_age_ms_max: int,
    ) -> None:
        self._store = store
        self._own = own
        self._contacts = contacts
        self._sessions = sessions
        self._messages = messages
        self._outgoing = outgoing
        self._server = server
        self._list_age_ms_max = list_age_ms_max

    async def prepare(self, account: MessageAccount, now_ms: int) -> Prepared | Blocked:
        """Look at the contact's and the person's own device lists, and fetch keys. Raises what the server raises."""
        verdict = await self._learn(account, now_ms)
        blocked = self._blocked(account)
        if blocked is not None:
            return Blocked(blocked, verdict)
        fetched, missing = [], []
        for peer in (*self._phones(account), *self._others(account)):
            if self._sessions.newest(peer) is None:
                key = await self.fetch_key(peer)
                if key is None:
                    missing.append(peer)
                else:
                    fetched.append(Fetched(peer, key.one_public))
        if len([peer for peer in missing if peer.account == account]) == len(self._phones(account)):
            return Blocked(BlockedBy.NO_KEYS, verdict)
        return Prepared(account, verdict, tuple(fetched), tuple(peer.public.phone for peer in missing))

    async def _learn(self, account: MessageAccount, now_ms: int) -> Verdict | None:
        verdicts = [
            await self._contacts.learn(whose, now_ms)
            for whose in (account, self._own.account)
            if not self._contacts.is_fresh(whose, now_ms, self._list_age_ms_max)
        ]
        refusals = [verdict for verdict in verdicts if verdict is not None and verdict.is_refusal]
        return next(iter((*refusals, *verdicts)), None)

    async def fetch_key(self, peer: Peer) -> SignedKey | None:
        """A key to begin a session, signed by the very device; None when the server has none or gives another's."""
        bundle = await self._server.fetch_bundle(peer.account, peer.public.phone)
        if bundle is None or not bundle.is_genuine(peer.account, peer.public):
            return None
        return bundle.only_key()

    def encrypt(self, prepared: Prepared, draft: Draft, now_ms: int) -> tuple[Envelope, ...] | Blocked:
        """One transaction: sessions, the stored message (of a text), queued envelopes.

        A message that was encrypted before gives no envelopes: it is on its way already.
        """
        with self._store.transaction():
            blocked = self._blocked(prepared.account)
            if blocked is not None:
                return Blocked(blocked, prepared.verdict)
            is_text = draft.kind is MessageKind.TEXT
            if is_text and self._messages.find(self._own.account, draft.message) is not None:
                return ()
            content = self._content(prepared.account, draft, now_ms)
            keys = {item.peer: item.one_public for item in prepared.fetched}
            made = self._encrypt_all(self._phones(prepared.account), content, keys)
            if not made:
                return Blocked(BlockedBy.NO_KEYS, prepared.verdict)
            if is_text:
                self._messages.keep(content, prepared.account, now_ms, is_own=True, held_by=None)
                made += self._encrypt_all(self._others(prepared.account), content, keys)
            return made

    def _encrypt_all(self, peers: tuple[Peer, ...], content: Content, keys: dict[Peer, bytes]) -> tuple[Envelope, ...]:
        made = [self._encrypt_for(peer, content, keys.get(peer)) for peer in peers]
        return tuple(envelope for envelope in made if envelope is not None)

    def again(self, peer: Peer, content: Content, attempt: int) -> Envelope | None:
        """The same message once more, for a device that could not open it. In a transaction; None without session."""
        return self._encrypt_for(peer, content, None, attempt)

    def ask_again(self, peer: Peer, one_public: bytes, draft: Draft, now_ms: int) -> Envelope | None:
        """Begin a fresh session with a device and say in it what could not be opened. In a transaction."""
        session = self._sessions.begin(peer, one_public)
        return self._seal(peer, session, self._content(peer.account, draft, now_ms), 0)

    def answer(self, account: MessageAccount, draft: Draft, now_ms: int) -> tuple[Envelope, ...]:
        """Receipts for whoever has just spoken, in the sessions there are: asks no server. In a transaction.

        To shown devices alone, and none where something waits to be shown: nobody else learns that this phone listens.
        """
        if self._blocked(account) is not None:
            return ()
        return self._encrypt_all(self._phones(account), self._content(account, draft, now_ms), {})

    def is_shown(self, peer: Peer) -> bool:
        """Has the person been shown this very device?"""
        pin = self._contacts.pin(peer.account)
        return pin is not None and not pin.identity_changed and peer.public in pin.shown.phones

    def _blocked(self, account: MessageAccount) -> BlockedBy | None:
        for whose in (account, self._own.account):
            blocked = _blocked_by(self._contacts.pin(whose))
            if blocked is not None:
                return blocked
        return None

    def _phones(self, account: MessageAccount) -> tuple[Peer, ...]:
        pin = self._contacts.pin(account)
        phones = () if pin is None else pin.shown.phones
        return tuple(Peer(account, phone) for phone in phones if phone.phone != self._own.public.phone)

    def _others(self, account: MessageAccount) -> tuple[Peer, ...]:
        return () if account == self._own.account else self._phones(self._own.account)

    def _content(self, account: MessageAccount, draft: Draft, now_ms: int) -> Content:
        pin = self._contacts.pin(self._own.account)
        return Content(
            draft.kind,
            self._own.account,
            self._own.public.phone,
            account,
            _NO_PHONE,
            account,
            draft.message,
            0 if pin is None else pin.shown.number,
            now_ms,
            draft.text,
            draft.messages,
        )

    def _encrypt_for(self, peer: Peer, content: Content, one_public: bytes | None, attempt: int = 0) -> Envelope | None:
        session = self._sessions.newest(peer)
        if session is None:
            if one_public is None:
                return None
            try:
                session = self._sessions.begin(peer, one_public)
            except BadPeerKey:
                return None
        return self._seal(peer, session, content, attempt)

    def _seal(self, peer: Peer, session: OlmSession, content: Content, attempt: int) -> Envelope:
        own = self._own.public.phone
        inside = replace(content, receiver=peer.account, receiver_phone=peer.public.phone, sender_phone=own)
        encrypted: Encrypted = session.encrypt(inside.encode())
        self._sessions.keep(peer, session)
        envelope = Envelope(
            content.kind,
            encrypted.olm_type,
            content.sender,
            own,
            peer.account,
            peer.public.phone,
            content.message,
            encrypted.ciphertext,
            attempt,
        )
        self._outgoing.put(envelope)
        return envelope


def _blocked_by(pin: Pin | None) -> BlockedBy | None:
    if pin is None:
        return BlockedBy.UNKNOWN_ACCOUNT
    if pin.identity_changed:
        return BlockedBy.IDENTITY_CHANGED
    if pin.blocked:
        return BlockedBy.DEVICES_CHANGED
    if pin.withheld:
        return BlockedBy.LIST_WITHHELD
    return None if pin.shown.phones else BlockedBy.NO_DEVICES
