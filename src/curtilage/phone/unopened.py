"""What came and did not open: which message, from which device, and whether it was asked for again."""

from dataclasses import dataclass

from curtilage.phone.phone_store import PhoneStore, Place
from curtilage.phone.session_shelf import Peer
from curtilage.wire.messages.content import MESSAGES_COUNT_MAX
from curtilage.wire.messages.octet_reader import OctetReader
from curtilage.wire.messages.opaque import OPAQUE_BYTES, MessageAccount, MessageId
from curtilage.wire.messages.phone_public import PHONE_PUBLIC_BYTES, PhonePublic

_ROW_BYTES = OPAQUE_BYTES + PHONE_PUBLIC_BYTES + OPAQUE_BYTES


@dataclass(frozen=True, slots=True)
class Missing:
    """Messages of one device that did not open."""

    peer: Peer
    messages: tuple[MessageId, ...]


class Unopened:
    """Methods that write are called inside a transaction."""

    __slots__ = ("_count_max", "_store")

    def __init__(self, store: PhoneStore, count_max: int) -> None:
        self._store = store
        self._count_max = count_max

    def note(self, peer: Peer, message: MessageId) -> None:
        """It is asked for once more even if it was asked for before: what was sent again did not open either."""
        lookup = self._lookup(peer, message)
        sealed = self._store.seal(_place(lookup), peer.account + peer.public.encode() + message)
        self._store.rows("INSERT OR REPLACE INTO unopened (lookup, sealed) VALUES (?, ?)", lookup, sealed)
        self._store.rows("DELETE FROM unopened WHERE number <= (SELECT max(number) FROM unopened) - ?", self._count_max)

    def opened(self, peer: Peer, message: MessageId) -> None:
        """It came again, and opened."""
        self._store.rows("DELETE FROM unopened WHERE lookup = ?", self._lookup(peer, message))

    def count(self) -> int:
        """How many messages the person is told of that could not be opened."""
        return int(self._store.rows("SELECT count(*) FROM unopened")[0][0])

    def to_ask(self) -> list[Missing]:
        """By device, those that were not asked for yet."""
        by_peer: dict[Peer, list[MessageId]] = {}
        for lookup, sealed in self._store.rows("SELECT lookup, sealed FROM unopened WHERE asked_ms IS NULL"):
            peer, message = _decode(self._store.open_sealed(_place(lookup), sealed))
            by_peer.setdefault(peer, []).append(message)
        return [Missing(peer, tuple(messages[:MESSAGES_COUNT_MAX])) for peer, messages in by_peer.items()]

    def may_ask(self, peer: Peer, now_ms: int, wait_ms: int) -> bool:
        """Fresh sessions cost keys: one for each device within ``wait_ms``."""
        found = self._store.rows("SELECT asked_ms FROM asked_devices WHERE peer = ?", self._peer(peer))
        return not found or not 0 <= now_ms - int(found[0][0]) < wait_ms

    def note_asked(self, missing: Missing, now_ms: int) -> None:
        """It is on its way."""
        for message in missing.messages:
            lookup = self._lookup(missing.peer, message)
            self._store.rows("UPDATE unopened SET asked_ms = ? WHERE lookup = ?", now_ms, lookup)
        self._store.rows(
            "INSERT OR REPLACE INTO asked_devices (peer, asked_ms) VALUES (?, ?)", self._peer(missing.peer), now_ms
        )

    def _lookup(self, peer: Peer, message: MessageId) -> bytes:
        return self._store.lookup("unopened", peer.account, peer.public.encode(), message)

    def _peer(self, peer: Peer) -> bytes:
        return self._store.lookup("asked device", peer.account, peer.public.encode())


def _decode(octets: bytes) -> tuple[Peer, MessageId]:
    reader = OctetReader(octets, "a row of what did not open", _ROW_BYTES)
    peer = Peer(MessageAccount(reader.take(OPAQUE_BYTES)), PhonePublic.read(reader))
    message = MessageId(reader.take(OPAQUE_BYTES))
    reader.finish()
    return peer, message


def _place(lookup: bytes) -> Place:
    return Place("unopened", "sealed", lookup)
