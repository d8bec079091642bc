"""Copies in the database: each step of one is one write, and what a step rests on is part of the write.

The rule on which the sender's choice of route rests: a cancel wins only while the copies of *all* phones are queued,
and what was cancelled is never accepted afterwards. Both are one write with the number of rows it expects, so no order
of requests, crashes or two askers can break it. Both may be asked again at any time, a post with the same copies.

Envelopes are encrypted end to end; they are sealed here once more, because their outer bytes tell which session they
belong to, and so who writes to whom.
"""

from collections.abc import Mapping, Sequence

from curtilage.messages.mailbox_copy import CopySaid, CopyState, KeptCopy, NewCopy, PostAnswer
from curtilage.store.store import Conflict, Row, Statement, Store, StoreBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import DeviceId, HomeId, MessageId

_INSERT = (
    "INSERT INTO mailbox_copies (message, phone, position, state, at_ms, envelope) VALUES ($1, $2, $3, $4, $5, $6)"
)
_OFFER = "UPDATE mailbox_copies SET state = 1 WHERE message = $1 AND phone = $2 AND state = 0"
_TAKE = (
    "UPDATE mailbox_copies SET state = 2, at_ms = $1, envelope = $2 "
    "WHERE message = $3 AND phone = $4 AND state IN (0, 1)"
)
_CANCEL = (
    "UPDATE mailbox_copies SET state = 3, at_ms = $1, envelope = NULL WHERE message = $2 AND phone = $3 AND state = 0"
)
_OF_MESSAGE = "SELECT phone, state, envelope FROM mailbox_copies WHERE message = $1 ORDER BY phone"
_WAITING = (
    "SELECT message, position, state, envelope FROM mailbox_copies "
    "WHERE phone = $1 AND state IN (0, 1) ORDER BY position LIMIT $2"
)
_OLD = "SELECT message, phone, state FROM mailbox_copies WHERE at_ms < $1 AND state IN (0, 1) ORDER BY at_ms LIMIT $2"
_OVER = "SELECT message, phone FROM mailbox_copies WHERE at_ms < $1 AND state > 1 ORDER BY at_ms LIMIT $2"
_RETURN = (
    "UPDATE mailbox_copies SET state = $1, envelope = NULL, at_ms = $2 WHERE message = $3 AND phone = $4 AND state = $5"
)
_FORGET = "DELETE FROM mailbox_copies WHERE message = $1 AND phone = $2"
_ROWS_AT_ONCE_COUNT = 100
_CANCEL_TRIES_COUNT_MAX = 3
"""A post may come between looking and writing; twice already means two phones' posts of one message."""

_RETURNED_FROM: Mapping[CopyState, CopyState] = {
    CopyState.QUEUED: CopyState.RETURNED,
    CopyState.OFFERED: CopyState.UNCONFIRMED,
}


class MailboxCopies:
    """See the module's text. What the store raises passes through: the outcome is then unknown, and asked again."""

    __slots__ = ("_store", "_vault")

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def post(self, home: HomeId, message: MessageId, copies: Sequence[NewCopy], now_ms: int) -> PostAnswer:
        """All copies, or none. Their phones must have mailboxes of this home. Raises Conflict if one has none."""
        inserts = [self._insert(home, message, copy, now_ms) for copy in copies]
        try:
            await self._store.write(home, *inserts)
        except Conflict:
            known = await self.said(home, message)
            if not known:
                raise
            return PostAnswer.CANCELLED if any(said.state.unseen for said in known) else PostAnswer.KNOWN
        return PostAnswer.ACCEPTED

    async def cancel(
        self, home: HomeId, message: MessageId, phones: Sequence[tuple[DeviceId, int]], now_ms: int
    ) -> bool:
        """True: it won; no phone was offered the message, and none ever will be.

        ``phones``: those it was, or would have been, posted to, each with a free position: where nothing came yet, what
        may still come must be refused.
        """
        for _ in range(_CANCEL_TRIES_COUNT_MAX):
            known = await self.said(home, message)
            if known and all(said.state.unseen for said in known):
                return True
            if any(said.state is not CopyState.QUEUED for said in known):
                return False
            try:
                await self._store.write(home, *_cancels(message, phones, known, now_ms))
            except Conflict:
                continue
            return True
        return False

    async def offer(self, home: HomeId, phone: DeviceId, messages: Sequence[MessageId]) -> bool:
        """Write down that their bytes leave now. False: one was cancelled meanwhile; look again."""
        try:
            await self._store.write(home, *(Statement(_OFFER, (message, phone), 1) for message in messages))
        except Conflict:
            return False
        return True

    async def take(self, home: HomeId, phone: DeviceId, message: MessageId, receipt: bytes, now_ms: int) -> None:
        """Its phone has committed it. Idempotent."""
        sealed = self._vault.seal(_receipt_field(home, message, phone), receipt)
        await self._store.write(home, Statement(_TAKE, (now_ms, sealed, message, phone)))

    async def waiting(self, home: HomeId, phone: DeviceId, count_max: int) -> list[KeptCopy]:
        """The first that were not taken, in order. Raises SealBroken for what was changed from outside."""
        rows = await self._store.read(home, _WAITING, phone, count_max)
        return [self._kept(home, phone, row) for row in rows]

    async def said(self, home: HomeId, message: MessageId) -> list[CopySaid]:
        """How its copies stand; empty: it never came, or that was long ago."""
        return [self._said(home, message, row) for row in await self._store.read(home, _OF_MESSAGE, message)]

    async def return_old(self, home: HomeId, before_ms: int, now_ms: int) -> list[MessageId]:
        """Drop some of what came before then and was not taken: which. Fewer than the most at once: that was all."""
        rows = await self._store.read(home, _OLD, before_ms, _ROWS_AT_ONCE_COUNT)
        returns = [
            Statement(_RETURN, (_RETURNED_FROM[CopyState(int(state or 0))], now_ms, message, phone, state))
            for message, phone, state in rows
        ]
        if returns:
            await self._store.write(home, *returns)
        return [MessageId(str(message)) for message, _, _ in rows]

    async def forget_over(self, home: HomeId, before_ms: int) -> int:
        """Forget some of what was over before then: how many."""
        rows = await self._store.read(home, _OVER, before_ms, _ROWS_AT_ONCE_COUNT)
        if rows:
            await self._store.write(home, *(Statement(_FORGET, (message, phone)) for message, phone in rows))
        return len(rows)

    def _insert(self, home: HomeId, message: MessageId, copy: NewCopy, now_ms: int) -> Statement:
        sealed = self._vault.seal(_envelope_field(home, message, copy.phone), copy.envelope)
        return Statement(_INSERT, (message, copy.phone, copy.position, copy.state, now_ms, sealed))

    def _kept(self, home: HomeId, phone: DeviceId, row: Row) -> KeptCopy:
        match row:
            case (str(message), int(position), int(state), bytes(sealed)):
                found = MessageId(message)
                envelope = self._vault.open(_envelope_field(home, found, phone), sealed)
                return KeptCopy(found, position, CopyState(state), envelope)
        raise StoreBroken("A mailbox holds a row of another form.")

    def _said(self, home: HomeId, message: MessageId, row: Row) -> CopySaid:
        match row:
            case (str(phone), int(state), bytes(sealed)) if state == CopyState.TAKEN:
                found = DeviceId(phone)
                receipt = self._vault.open(_receipt_field(home, message, found), sealed)
                return CopySaid(found, CopyState.TAKEN, receipt)
            case (str(phone), int(state), _):
                return CopySaid(DeviceId(phone), CopyState(state))
        raise StoreBroken("A mailbox holds a row of another form.")


def _cancels(
    message: MessageId, phones: Sequence[tuple[DeviceId, int]], known: Sequence[CopySaid], now_ms: int
) -> list[Statement]:
    """Of the queued ones, and tombstones for those that did not come; each touches one row or the write is nothing."""
    queued = [Statement(_CANCEL, (now_ms, message, said.phone), 1) for said in known]
    there = {said.phone for said in known}
    return queued + [
        Statement(_INSERT, (message, phone, position, CopyState.CANCELLED, now_ms, None), 1)
        for phone, position in phones
        if phone not in there
    ]


def _envelope_field(home: HomeId, message: MessageId, phone: DeviceId) -> Field:
    return Field("mailbox_copies", "envelope", f"{message}|{phone}", home=home)


def _receipt_field(home: HomeId, message: MessageId, phone: DeviceId) -> Field:
    """Of the same column, but a receipt must never open as an envelope."""
    return Field("mailbox_copies", "receipt", f"{message}|{phone}", home=home)
