"""Reads the mailbox, opens what is in it, and acknowledges after its own commit.

Rules it guards:
* one transaction holds session state, plaintext and position: a crash before it, and the server delivers again; a crash
  after it, and the position is ahead of what is delivered again;
* nothing outside an envelope is believed: the session says which device sent it, the content says what it is;
* what was opened once is never opened again: positions only rise, and names of opened envelopes are remembered;
* a device that the person has not been shown moves nothing: its texts are held, its receipts and requests ignored;
* what does not open is told, and asked for again in a fresh session.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from curtilage.phone.asking_again import AskingAgain
from curtilage.phone.contacts import Contacts
from curtilage.phone.olm import Encrypted, NotOpened
from curtilage.phone.own_phone import OwnPhone
from curtilage.phone.phone_store import PhoneStore
from curtilage.phone.pin import Verdict
from curtilage.phone.receipts import Receipts
from curtilage.phone.server_port import Delivery, MessageServer
from curtilage.phone.session_shelf import Peer, SessionShelf
from curtilage.phone.stored_message import Messages
from curtilage.phone.unopened import Unopened
from curtilage.wire.messages.content import Content
from curtilage.wire.messages.envelope import Envelope, MessageKind
from curtilage.wire.messages.opaque import MessageAccount, MessageId


class Outcome(enum.Enum):
    """What became of one envelope."""

    TEXT = "text"
    HELD_TEXT = "held_text"
    """Kept until the person has been shown the device it came from."""
    RECEIPT = "receipt"
    WANTED_AGAIN = "wanted_again"
    """The other side could not open messages of ours: they are queued again."""
    HAD_IT = "had_it"
    """A text that came by another way before, or a receipt that changes nothing."""
    REPLAYED = "replayed"
    """This very envelope was opened before."""
    FOREIGN = "foreign"
    """Not for this device, or from this device: the server erred or lies."""
    UNKNOWN_DEVICE = "unknown_device"
    """From a device that no list of the sender names."""
    NOT_OPENED = "not_opened"
    """Asked for again."""
    FALSE = "false"
    """It opened, and says inside what its envelope does not say outside, or what nobody may say."""
    IGNORED = "ignored"
    """Receipts and requests of a device that the person was not shown."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One envelope, dealt with."""

    position: int
    outcome: Outcome
    sender: MessageAccount
    message: MessageId


@dataclass(frozen=True, slots=True)
class Intake:
    """What one reading of the mailbox brought."""

    arrivals: tuple[Arrival, ...] = ()
    verdicts: tuple[tuple[MessageAccount, Verdict], ...] = ()
    """Of device lists that were fetched to know a sender."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that an envelope may be from."""

    peer: Peer
    held: bool
    """The person has not been shown it."""

    @property
    def held_by(self) -> Peer | None:
        """The device, if what it says is held."""
        return self.peer if self.held else None


class Receiving:
    """The way in."""

    def __init__(
        self,
        store: PhoneStore,
        own: OwnPhone,
        contacts: Contacts,
        sessions: SessionShelf,
        messages: Messages,
        unopened: Unopened,
        asking: AskingAgain,
        receipts: Receipts,
        server: MessageServer,
        batch_count_max: int,
        remembered_count_max: int,
    ) -> None:
        self._store = store
        self._own = own
        self._contacts = contacts
        self._sessions = sessions
        self._messages = messages
        self._unopened = unopened
        self._asking = asking
        self._receipts = receipts
        self._server = server
        self._batch_count_max = batch_count_max
        self._remembered_count_max = remembered_count_max

    @property
    def position(self) -> int:
        """Everything up to here is in this phone's database."""
        return self._store.own_number("position")

    async def take_in(self, now_ms: int) -> Intake:
        """One batch. Raises what the server raises: nothing was taken in then, or all of it and not acknowledged."""
        batch = self._rising(await self._server.read_mailbox(self.position, self._batch_count_max))
        if not batch:
            return Intake()
        verdicts = await self._know_senders(batch, now_ms)
        with self._store.transaction():
            arrivals = tuple(self._take(delivery, now_ms) for delivery in batch)
            self._confirm(batch, arrivals, now_ms)
            self._store.set_own_number("position", max(self.position, batch[-1].position))
            self._forget()
        await self._server.acknowledge(self.position)
        return Intake(arrivals, verdicts)

    def _confirm(self, batch: Sequence[Delivery], arrivals: Sequence[Arrival], now_ms: int) -> None:
        """Texts that came before are confirmed again: the receipt may be what was lost."""
        by_sender: dict[MessageAccount, list[MessageId]] = {}
        for delivery, arrival in zip(batch, arrivals, strict=True):
            is_text = delivery.envelope.kind is MessageKind.TEXT and arrival.sender != self._own.account
            if is_text and arrival.outcome in {Outcome.TEXT, Outcome.HAD_IT}:
                by_sender.setdefault(arrival.sender, []).append(arrival.message)
        for sender, messages in by_sender.items():
            self._receipts.confirm(sender, messages, now_ms)

    def _rising(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """A position that was there already is one that was acknowledged: it is passed over, whatever is in it."""
        position, rising = self.position, []
        for delivery in deliveries[: self._batch_count_max]:
            if delivery.position > position:
                position = delivery.position
                rising.append(delivery)
        return rising

    async def _know_senders(self, batch: Sequence[Delivery], now_ms: int) -> tuple[tuple[MessageAccount, Verdict], ...]:
        unknown = {
            delivery.envelope.sender
            for delivery in batch
            if self._is_ours(delivery.envelope) and not self._candidates(delivery.envelope)
        }
        verdicts = [(account, await self._contacts.learn(account, now_ms)) for account in sorted(unknown)]
        return tuple((account, verdict) for account, verdict in verdicts if verdict is not None)

    def _is_ours(self, envelope: Envelope) -> bool:
        own = self._own.account, self._own.public.phone
        to, sender = (envelope.receiver, envelope.receiver_phone), (envelope.sender, envelope.sender_phone)
        return to == own and sender != own

    def _candidates(self, envelope: Envelope) -> list[Candidate]:
        pin = self._contacts.pin(envelope.sender)
        if pin is None:
            return []
        found: list[Candidate] = []
        for devices, held in ((pin.shown, False), (pin.pending, True)):
            public = None if devices is None else devices.find(envelope.sender_phone)
            if public is not None and all(public != known.peer.public for known in found):
                found.append(Candidate(Peer(envelope.sender, public), held))
        return found

    def _take(self, delivery: Delivery, now_ms: int) -> Arrival:
        envelope = delivery.envelope

        def arrival(outcome: Outcome) -> Arrival:
            return Arrival(delivery.position, outcome, envelope.sender, envelope.message)

        if not self._is_ours(envelope):
            return arrival(Outcome.FOREIGN)
        candidates = self._candidates(envelope)
        if not candidates:
            return arrival(Outcome.UNKNOWN_DEVICE)
        # By device and its keys: what an invented device said under a name takes that name from nobody else.
        fresh = [candidate for candidate in candidates if not self._was_opened(candidate, envelope)]
        for candidate in fresh:
            clear = self._sessions.open(candidate.peer, Encrypted(envelope.olm_type, envelope.ciphertext), now_ms)
            if not isinstance(clear, NotOpened):
                return arrival(self._believe(candidate, envelope, clear, now_ms))
        if fresh != candidates:
            return arrival(Outcome.REPLAYED)
        self._unopened.note(candidates[0].peer, envelope.message)
        return arrival(Outcome.NOT_OPENED)

    def _believe(self, candidate: Candidate, envelope: Envelope, clear: bytes, now_ms: int) -> Outcome:
        self._remember(candidate, envelope)
        self._unopened.opened(candidate.peer, envelope.message)
        try:
            content = Content.decode(clear)
        except ValueError:
            return Outcome.FALSE
        is_own = content.sender == self._own.account
        to_us = content.conversation == self._own.account
        if not content.belongs_to(envelope) or not (to_us or (is_own and content.kind is MessageKind.TEXT)):
            return Outcome.FALSE
        if content.kind is MessageKind.TEXT:
            with_whom = content.conversation if is_own else content.sender
            kept = self._messages.keep(content, with_whom, now_ms, is_own=is_own, held_by=candidate.held_by)
            fresh = Outcome.HELD_TEXT if candidate.held else Outcome.TEXT
            self._claim(candidate, content)
            return fresh if kept else Outcome.HAD_IT
        if candidate.held:
            return Outcome.IGNORED
        self._claim(candidate, content)
        if content.kind is MessageKind.NOT_OPENED:
            self._asking.send_again(candidate.peer, content.messages, now_ms)
            return Outcome.WANTED_AGAIN
        noted = [
            self._messages.note_receipt(self._own.account, content.sender, message, content.kind, now_ms)
            for message in content.messages
        ]
        return Outcome.RECEIPT if any(noted) else Outcome.HAD_IT

    def _claim(self, candidate: Candidate, content: Content) -> None:
        pin = self._contacts.pin(candidate.peer.account)
        if pin is not None and not candidate.held:
            self._contacts.claim(pin, content.sender_list_number)

    def _was_opened(self, candidate: Candidate, envelope: Envelope) -> bool:
        name = self._name(candidate, envelope)
        return bool(self._store.rows("SELECT 1 FROM opened WHERE lookup = ?", name))

    def _remember(self, candidate: Candidate, envelope: Envelope) -> None:
        self._store.rows("INSERT OR IGNORE INTO opened (lookup) VALUES (?)", self._name(candidate, envelope))

    def _name(self, candidate: Candidate, envelope: Envelope) -> bytes:
        peer, kind = candidate.peer, bytes((envelope.kind,))
        return self._store.lookup("opened", peer.account, peer.public.encode(), kind, envelope.message)

    def _forget(self) -> None:
        # The oldest names may go: their message keys are gone from every session long before.
        self._store.rows(
            "DELETE FROM opened WHERE number <= (SELECT max(number) FROM opened) - ?", self._remembered_count_max
        )
