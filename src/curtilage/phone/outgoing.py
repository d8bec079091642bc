"""Envelopes that are encrypted and wait to be posted, in the order in which they were encrypted.

An envelope is committed together with the session that made it, and posted as those very bytes until the server has
it: what was encrypted once is never encrypted again for the same attempt, whatever crashes between.
"""

from curtilage.phone.phone_store import PhoneStore, Place
from curtilage.phone.server_port import MessageServer
from curtilage.wire.messages.envelope import Envelope
from curtilage.wire.messages.opaque import MessageId


class Outgoing:
    """The queue. It needs no bound of its own: whoever encrypts a text has stored it first."""

    __slots__ = ("_batch_count_max", "_server", "_store")

    def __init__(self, store: PhoneStore, server: MessageServer, batch_count_max: int) -> None:
        self._store = store
        self._server = server
        self._batch_count_max = batch_count_max

    def put(self, envelope: Envelope) -> None:
        """Behind all others. Inside the transaction of its session."""
        lookup = self._store.lookup("outgoing", envelope.message)
        sealed = self._store.seal(_place(lookup), envelope.encode())
        self._store.rows("INSERT INTO outgoing (message, sealed) VALUES (?, ?)", lookup, sealed)

    def waiting(self, message: MessageId) -> int:
        """How many envelopes of this message the server has not taken yet."""
        lookup = self._store.lookup("outgoing", message)
        return int(self._store.rows("SELECT count(*) FROM outgoing WHERE message = ?", lookup)[0][0])

    def drop(self, message: MessageId) -> int:
        """Take back what was not posted; the receiver sees a gap that its session passes over. In a transaction."""
        lookup = self._store.lookup("outgoing", message)
        return len(self._store.rows("DELETE FROM outgoing WHERE message = ? RETURNING number", lookup))

    async def post(self) -> int:
        """Post what waits; how many the server took. Raises what the server raises: the rest waits on."""
        posted = 0
        while batch := self._oldest():
            await self._server.post(tuple(envelope for _, envelope in batch))
            with self._store.transaction():
                for number, _ in batch:
                    self._store.rows("DELETE FROM outgoing WHERE number = ?", number)
            posted += len(batch)
        return posted

    def _oldest(self) -> list[tuple[int, Envelope]]:
        found = self._store.rows(
            "SELECT number, message, sealed FROM outgoing ORDER BY number LIMIT ?", self._batch_count_max
        )
        return [
            (number, Envelope.decode(self._store.open_sealed(_place(lookup), sealed)))
            for number, lookup, sealed in found
        ]


def _place(lookup: bytes) -> Place:
    return Place("outgoing", "sealed", lookup)
