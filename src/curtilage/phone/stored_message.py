"""Messages as the phone keeps them: each once, whatever came how often.

A message's name is its sender's account and its id: the copy that comes by another route, or once more, is found to be
there already. Messages from a device that the person has not been shown are *held*: kept, acknowledged, and shown when
that very device was. A held message never stands in the way of one of the same name from a device that was shown.
"""

from dataclasses import dataclass, field

from curtilage.phone.phone_store import PhoneStore, Place
from curtilage.phone.session_shelf import Peer
from curtilage.wire.messages.content import Content
from curtilage.wire.messages.envelope import MessageKind
from curtilage.wire.messages.opaque import MessageAccount, MessageId

_COLUMNS = "number, lookup, own, held_by, at_ms, delivered_ms, read_ms, sealed"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One text of a conversation."""

    number: int
    """In the order in which they came to this phone."""
    content: Content = field(repr=False)
    is_own: bool
    held: bool
    at_ms: int
    """When it came here, by this phone's clock."""
    delivered_ms: int | None
    read_ms: int | None


class Messages:
    """All texts on this phone. Methods that write are called inside a transaction."""

    __slots__ = ("_store",)

    def __init__(self, store: PhoneStore) -> None:
        self._store = store

    def keep(
        self, content: Content, with_whom: MessageAccount, at_ms: int, *, is_own: bool, held_by: Peer | None
    ) -> bool:
        """False when it was there already; then nothing changes."""
        lookup = self._lookup(content.sender, content.message)
        if held_by is None:
            self._store.rows("DELETE FROM messages WHERE lookup = ? AND held_by IS NOT NULL", lookup)
        if self._store.rows("SELECT 1 FROM messages WHERE lookup = ?", lookup):
            return False
        self._store.rows(
            "INSERT INTO messages (lookup, conversation, own, held_by, at_ms, sealed) VALUES (?, ?, ?, ?, ?, ?)",
            lookup,
            self._conversation(with_whom),
            is_own,
            None if held_by is None else self._device(held_by),
            at_ms,
            self._store.seal(_place(lookup), content.encode()),
        )
        return True

    def find(self, sender: MessageAccount, message: MessageId) -> StoredMessage | None:
        """By its name."""
        found = self._read("lookup = ? LIMIT 1", self._lookup(sender, message))
        return found[0] if found else None

    def of_conversation(
        self, with_whom: MessageAccount, count_max: int, before: int | None = None
    ) -> list[StoredMessage]:
        """The newest first; ``before`` goes on where the last page ended. Held ones are left out."""
        below = 2**63 - 1 if before is None else before
        where = "conversation = ? AND held_by IS NULL AND number < ? ORDER BY number DESC LIMIT ?"
        return self._read(where, self._conversation(with_whom), below, count_max)

    def latest_of(self, sender: MessageAccount, count_max: int) -> tuple[MessageId, ...]:
        """The newest texts that came from this account and are shown."""
        where = "conversation = ? AND own = 0 AND held_by IS NULL ORDER BY number DESC LIMIT ?"
        return tuple(item.content.message for item in self._read(where, self._conversation(sender), count_max))

    def held_count(self, with_whom: MessageAccount) -> int:
        """How many wait until the person has been shown a device."""
        sql = "SELECT count(*) FROM messages WHERE conversation = ? AND held_by IS NOT NULL"
        return int(self._store.rows(sql, self._conversation(with_whom))[0][0])

    def release(self, shown: Peer) -> None:
        """The person was shown this device: what it sent is a message like others."""
        self._store.rows("UPDATE messages SET held_by = NULL WHERE held_by = ?", self._device(shown))

    def note_receipt(
        self, own: MessageAccount, by_whom: MessageAccount, message: MessageId, kind: MessageKind, now_ms: int
    ) -> bool:
        """``by_whom`` says it has, or has read, a message. False: none that was sent to them. The first time counts."""
        column = "read_ms" if kind is MessageKind.READ else "delivered_ms"
        changed = self._store.rows(
            f"UPDATE messages SET {column} = coalesce({column}, ?)"  # noqa: S608 # one of the two words above
            " WHERE lookup = ? AND conversation = ? AND own = 1 RETURNING number",
            now_ms,
            self._lookup(own, message),
            self._conversation(by_whom),
        )
        return bool(changed)

    def _read(self, where: str, *values: object) -> list[StoredMessage]:
        found = self._store.rows(
            f"SELECT {_COLUMNS} FROM messages WHERE {where}",  # noqa: S608 # conditions of this file, values apart
            *values,
        )
        return [
            StoredMessage(
                number,
                Content.decode(self._store.open_sealed(_place(lookup), sealed)),
                bool(own),
                held_by is not None,
                at_ms,
                delivered_ms,
                read_ms,
            )
            for number, lookup, own, held_by, at_ms, delivered_ms, read_ms, sealed in found
        ]

    def _lookup(self, sender: MessageAccount, message: MessageId) -> bytes:
        return self._store.lookup("message", sender, message)

    def _device(self, peer: Peer) -> bytes:
        return self._store.lookup("device", peer.account, peer.public.encode())

    def _conversation(self, with_whom: MessageAccount) -> bytes:
        return self._store.lookup("conversation", with_whom)


def _place(lookup: bytes) -> Place:
    return Place("messages", "sealed", lookup)
