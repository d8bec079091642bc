"""Mailboxes: one for each phone, in which order things came, and who listens now.

Rules:
* accepted means durable: an answer follows the commit;
* OFFERED is committed before bytes leave. Where the phone listens and has room, the post's own commit says so;
* a phone is offered what it has not taken, in the order it came, at most ``mailbox_window_count`` at once; after a
  break all of that again, for only the phone knows what it has. It collapses them by the message's id.

One server has a mailbox. Of two connections of one phone the newer one gets everything, and the older is told so.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import RefusalReason, Refused
from curtilage.messages.mailbox_copies import MailboxCopies
from curtilage.messages.mailbox_copy import CopyState, KeptCopy, NewCopy, PostAnswer
from curtilage.store.store import Statement, Store
from curtilage.wire.identifier import DeviceId, HomeId, MessageId

_SELECT = (
    "SELECT m.phone, max(c.position) FROM mailboxes m LEFT JOIN mailbox_copies c ON c.phone = m.phone GROUP BY m.phone"
)
_OPEN = "INSERT INTO mailboxes (phone, opened_ms) VALUES ($1, $2)"


class Listener(Protocol):
    """A phone's connection. Neither waits nor raises."""

    def offer(self, copy: KeptCopy) -> None:
        """Its bytes leave now."""
        ...

    def replaced(self) -> None:
        """Another connection of the phone listens from now on."""
        ...


class Listening:
    """One connection's turn at its mailbox. ``run`` it until the connection ends; then ``end``."""

    __slots__ = (
        "_caught_up",
        "_listener",
        "_mailbox",
        "_news",
        "_promised",
        "_taken",
        "_untaken",
        "_window",
        "_woken",
    )

    def __init__(self, mailbox: "Mailbox", listener: Listener, window: int) -> None:
        self._mailbox = mailbox
        self._listener = listener
        self._window = window
        self._promised: set[MessageId] = set()
        """Of posts that were begun as OFFERED."""
        self._untaken: set[MessageId] = set()
        """Offered on this connection."""
        self._taken: set[MessageId] = set()
        """Since the store was last asked: its answer may be older."""
        self._caught_up = False
        """Nothing stands in the store that was not offered here. Only then may a post go past the store."""
        self._news = True
        self._woken = asyncio.Event()
        self._woken.set()

    @property
    def _stands(self) -> bool:
        return self._mailbox.listening is self

    @property
    def takes_at_once(self) -> bool:
        """A post of this moment may be offered with its own commit: nothing waits before it, and there is room."""
        return self._caught_up and len(self._untaken) + len(self._promised) < self._window

    async def run(self) -> None:
        """Offer what waits, until it is cancelled or replaced. Raises what the store raises, and SealBroken."""
        while self._stands:
            await self._woken.wait()
            self._woken.clear()
            while self._stands and not self._caught_up and len(self._untaken) < self._window:
                await self._offer_some()

    def end(self) -> None:
        """The connection is gone. Idempotent."""
        self._mailbox.left(self)

    def replaced(self) -> None:
        """See Listener. ``run`` ends."""
        self._caught_up = False
        self._woken.set()
        self._listener.replaced()

    def promised(self, message: MessageId) -> None:
        """A post was begun as OFFERED: it has a place in the window. ``settled`` follows."""
        self._promised.add(message)

    def settled(self, copy: KeptCopy | None, message: MessageId, *, in_order: bool) -> None:
        """A post is durable, and offered now if it was promised so and nothing stands before it, else from the store.

        ``copy`` None: it failed, or that is not known.
        """
        promised = message in self._promised
        self._promised.discard(message)
        if message in self._untaken:  # the store was looked at in between
            return
        if copy is not None and promised and in_order and self._caught_up:
            self._push(copy)
            return
        self._caught_up, self._news = False, True
        self._woken.set()

    def taken(self, message: MessageId) -> None:
        """There is room again."""
        self._untaken.discard(message)
        if not self._caught_up:
            self._taken.add(message)
            self._woken.set()

    async def _offer_some(self) -> None:
        self._news = False  # a post that comes while we look says so again
        self._taken.clear()
        waiting = await self._mailbox.waiting(self._window)
        if not self._stands:
            return
        for copy in waiting:
            if copy.message not in self._untaken and copy.message not in self._taken:
                self._push(copy)
        self._caught_up = len(waiting) < self._window and not self._news

    def _push(self, copy: KeptCopy) -> None:
        self._untaken.add(copy.message)
        self._listener.offer(copy)


class Mailbox:
    """One phone's, in memory."""

    __slots__ = ("_begun", "_copies", "_next", "home", "listening", "phone")

    def __init__(self, home: HomeId, phone: DeviceId, last: int, copies: MailboxCopies) -> None:
        self.home = home
        self.phone = phone
        self.listening: Listening | None = None
        self._next = last + 1
        self._begun: dict[int, None] = {}
        """Positions whose posts are not settled, in order."""
        self._copies = copies

    def begin(self, message: MessageId, envelope: bytes) -> NewCopy:
        """A copy with the next position. ``settle`` must follow."""
        at_once = self.listening is not None and self.listening.takes_at_once
        if self.listening is not None and at_once:
            self.listening.promised(message)
        position = self.spare()
        self._begun[position] = None
        return NewCopy(self.phone, position, CopyState.OFFERED if at_once else CopyState.QUEUED, envelope)

    def settle(self, message: MessageId, copy: NewCopy, *, durable: bool) -> None:
        """Its write is done. Not durable: it failed, was there before, or that is not known."""
        in_order = next(iter(self._begun)) == copy.position
        del self._begun[copy.position]
        if self.listening is not None:
            kept = KeptCopy(message, copy.position, copy.state, copy.envelope) if durable else None
            self.listening.settled(kept, message, in_order=in_order)

    def spare(self) -> int:
        """The next position."""
        position, self._next = self._next, self._next + 1
        return position

    async def waiting(self, count_max: int) -> list[KeptCopy]:
        """The first that were not taken; written down as offered."""
        while True:
            waiting = await self._copies.waiting(self.home, self.phone, count_max)
            queued = [copy.message for copy in waiting if copy.state is CopyState.QUEUED]
            if not queued or await self._copies.offer(self.home, self.phone, queued):
                return waiting

    def left(self, listening: Listening) -> None:
        """See Listening.end."""
        if self.listening is listening:
            self.listening = None


class Mailboxes:
    """All of them. See the module's text."""

    def __init__(self, store: Store, copies: MailboxCopies, clock: Clock, config: Config) -> None:
        self._store = store
        self._copies = copies
        self._clock = clock
        self._config = config
        self._mailboxes: dict[DeviceId, Mailbox] = {}

    async def load(self, homes: Iterable[HomeId]) -> None:
        """All that are there."""
        for home in homes:
            for phone, last in await self._store.read(home, _SELECT):
                self._keep(home, DeviceId(str(phone)), int(last or 0))

    async def open(self, home: HomeId, phone: DeviceId) -> None:
        """For a phone that was registered. Raises Conflict: it has one."""
        await self._store.write(home, Statement(_OPEN, (phone, self._clock.now())))
        self._keep(home, phone, 0)

    async def post(
        self, home: HomeId, message: MessageId, envelopes: Sequence[tuple[DeviceId, bytes]]
    ) -> PostAnswer | Refused:
        """A copy for each of one person's phones, all durable or none. Refused(UNKNOWN): one has no mailbox there.

        Raises what the store raises: whether it was taken is then unknown; post it again.
        """
        mailboxes = [self._of(home, phone) for phone, _ in envelopes]
        if not all(mailboxes):
            return Refused(RefusalReason.UNKNOWN)
        begun = [
            (mailbox, mailbox.begin(message, envelope))
            for mailbox, (_, envelope) in zip(mailboxes, envelopes, strict=True)
            if mailbox is not None
        ]
        answer: PostAnswer | None = None
        try:
            answer = await self._copies.post(home, message, [copy for _, copy in begun], self._clock.now())
        finally:
            for mailbox, copy in begun:
                mailbox.settle(message, copy, durable=answer is PostAnswer.ACCEPTED)
        return answer

    async def cancel(self, home: HomeId, message: MessageId, phones: Sequence[DeviceId]) -> bool | Refused:
        """See MailboxCopies.cancel."""
        mailboxes = [self._of(home, phone) for phone in phones]
        spare = [(mailbox.phone, mailbox.spare()) for mailbox in mailboxes if mailbox is not None]
        if len(spare) != len(mailboxes):
            return Refused(RefusalReason.UNKNOWN)
        return await self._copies.cancel(home, message, spare, self._clock.now())

    def listen(self, home: HomeId, phone: DeviceId, listener: Listener) -> Listening | Refused:
        """From now on ``listener`` is offered what waits and what comes."""
        mailbox = self._of(home, phone)
        if mailbox is None:
            return Refused(RefusalReason.UNKNOWN)
        before = mailbox.listening
        mailbox.listening = Listening(mailbox, listener, self._config.mailbox_window_count)
        if before is not None:
            before.replaced()
        return mailbox.listening

    async def take(self, home: HomeId, phone: DeviceId, message: MessageId, receipt: bytes) -> None:
        """The phone has committed it; ``receipt`` is for its sender. Idempotent."""
        await self._copies.take(home, phone, message, receipt, self._clock.now())
        mailbox = self._of(home, phone)
        if mailbox is not None and mailbox.listening is not None:
            mailbox.listening.taken(message)

    def listens(self, home: HomeId, phone: DeviceId) -> bool:
        """Is one of its connections here?"""
        mailbox = self._of(home, phone)
        return mailbox is not None and mailbox.listening is not None

    def _of(self, home: HomeId, phone: DeviceId) -> Mailbox | None:
        mailbox = self._mailboxes.get(phone)
        return mailbox if mailbox is not None and mailbox.home == home else None

    def _keep(self, home: HomeId, phone: DeviceId, last: int) -> None:
        self._mailboxes[phone] = Mailbox(home, phone, last, self._copies)
