"""What could not be opened is asked for in a fresh session, and sent again to whoever asks.

After a crash, a lost one-time key or a gap too wide a session cannot be mended. The side that could not open begins a
new one and names the messages in it; the other side encrypts those messages again, for that device alone, in the
session in which it was asked. Both are bounded: one fresh session for each device within a time, a few attempts for
each message. A request moves nothing unless it came from a device that the person has been shown, and concerns a text
that was written to that very person.
"""

from collections.abc import Sequence

from curtilage.phone.own_phone import OwnPhone
from curtilage.phone.phone_store import PhoneStore
from curtilage.phone.receipts import Receipts
from curtilage.phone.sending import Draft, Sending
from curtilage.phone.session_shelf import Peer
from curtilage.phone.stored_message import Messages, StoredMessage
from curtilage.phone.unopened import Unopened
from curtilage.wire.identifier import Entropy
from curtilage.wire.messages.content import MESSAGES_COUNT_MAX
from curtilage.wire.messages.envelope import MessageKind
from curtilage.wire.messages.opaque import OPAQUE_BYTES, MessageId


class AskingAgain:
    """Called after every intake."""

    def __init__(
        self,
        store: PhoneStore,
        own: OwnPhone,
        messages: Messages,
        unopened: Unopened,
        sending: Sending,
        receipts: Receipts,
        entropy: Entropy,
        wait_ms: int,
        attempts_count_max: int,
    ) -> None:
        self._store = store
        self._own = own
        self._messages = messages
        self._unopened = unopened
        self._sending = sending
        self._receipts = receipts
        self._entropy = entropy
        self._wait_ms = wait_ms
        self._attempts_count_max = attempts_count_max

    async def ask(self, now_ms: int) -> int:
        """Ask for what did not open; for how many messages. Raises what the server raises."""
        asked = 0
        for missing in self._unopened.to_ask():
            if not self._unopened.may_ask(missing.peer, now_ms, self._wait_ms) or not self._sending.is_shown(
                missing.peer
            ):
                continue
            key = await self._sending.fetch_key(missing.peer)
            if key is None:
                continue
            name = MessageId(self._entropy(OPAQUE_BYTES))
            draft = Draft(name, MessageKind.NOT_OPENED, messages=missing.messages)
            with self._store.transaction():
                self._sending.ask_again(missing.peer, key.one_public, draft, now_ms)
                self._unopened.note_asked(missing, now_ms)
            asked += len(missing.messages)
        return asked

    def send_again(self, peer: Peer, wanted: Sequence[MessageId], now_ms: int) -> int:
        """Encrypt what a device asked for; how many envelopes are queued. In the transaction of its request.

        What is no text of ours was a receipt: those are not kept, and are made anew for what came last.
        """
        found = [(message, self._messages.find(self._own.account, message)) for message in wanted]
        if any(stored is None for _, stored in found):
            latest = self._messages.latest_of(peer.account, MESSAGES_COUNT_MAX)
            self._receipts.confirm(peer.account, latest, now_ms)
        return sum(self._once_more(peer, message, stored) for message, stored in found if stored is not None)

    def _once_more(self, peer: Peer, message: MessageId, stored: StoredMessage) -> bool:
        if not self._may_have(peer, stored) or not self._sending.is_shown(peer):
            return False
        attempt = self._attempt(peer, message)
        if attempt > self._attempts_count_max:
            return False
        return self._sending.again(peer, stored.content, attempt) is not None

    def _may_have(self, peer: Peer, stored: StoredMessage) -> bool:
        return stored.is_own and peer.account in {stored.content.conversation, self._own.account}

    def _attempt(self, peer: Peer, message: MessageId) -> int:
        lookup = self._store.lookup("sent again", peer.account, peer.public.encode(), message)
        sql = (
            "INSERT INTO sent_again (lookup, times) VALUES (?, 1)"
            " ON CONFLICT (lookup) DO UPDATE SET times = times + 1 RETURNING times"
        )
        return int(self._store.rows(sql, lookup)[0][0])
