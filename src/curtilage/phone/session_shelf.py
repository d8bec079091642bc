"""The sessions with each device: which one to speak in, which one a message belongs to.

A pair of devices may have a few sessions (both began at once, or one was lost). The one that last received is spoken
in; so both sides soon agree on one. The least used goes when there are too many.

A fallback key lets the same first message begin its session again, so every session that was begun with us is
remembered until that key is gone: its message, replayed, opens nothing.

Called inside a transaction; what was loaded, used and saved in one that failed never happened.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from curtilage.phone.olm import Encrypted, NotOpened, OlmSession, session_id_of
from curtilage.phone.own_phone import OwnPhone
from curtilage.phone.phone_store import PhoneStore, Place
from curtilage.wire.messages.key_rules import week_of
from curtilage.wire.messages.opaque import MessageAccount
from curtilage.wire.messages.phone_public import PhonePublic


@dataclass(frozen=True, slots=True)
class Peer:
    """A device to speak with. Its keys are part of its name here: other keys, other sessions."""

    account: MessageAccount
    public: PhonePublic


class SessionShelf:
    """All sessions of this phone."""

    __slots__ = ("_count_max", "_own", "_store")

    def __init__(self, store: PhoneStore, own: OwnPhone, sessions_per_device_count_max: int) -> None:
        self._store = store
        self._own = own
        self._count_max = sessions_per_device_count_max

    def newest(self, peer: Peer) -> OlmSession | None:
        """The one to speak in, or None: begin one."""
        return next(self._load(self._name(peer), 1), None)

    def begin(self, peer: Peer, one_public: bytes) -> OlmSession:
        """A new one by a key of theirs; ``keep`` it once it has encrypted something. Raises BadPeerKey."""
        return self._own.load().begin(peer.public.agreement_public, one_public)

    def keep(self, peer: Peer, session: OlmSession) -> None:
        """Save it as the one that is spoken in."""
        name = self._name(peer)
        lookup = self._store.lookup("session", session.session_id)
        sealed = self._store.seal(_place(lookup), session.save(self._store.pickle_secret))
        top = self._store.rows("SELECT lookup, rank FROM sessions WHERE peer = ? ORDER BY rank DESC LIMIT 1", name)
        if top and top[0][0] == lookup:
            self._store.rows("UPDATE sessions SET sealed = ? WHERE lookup = ?", sealed, lookup)
            return
        rank = 1 + (top[0][1] if top else 0)
        sql = "INSERT OR REPLACE INTO sessions (lookup, peer, rank, sealed) VALUES (?, ?, ?, ?)"
        self._store.rows(sql, lookup, name, rank, sealed)
        self._store.rows(
            "DELETE FROM sessions WHERE peer = ?1 AND lookup NOT IN"
            " (SELECT lookup FROM sessions WHERE peer = ?1 ORDER BY rank DESC LIMIT ?2)",
            name,
            self._count_max,
        )

    def open(self, peer: Peer, message: Encrypted, now_ms: int) -> bytes | NotOpened:
        """What it says; the session it turned is saved."""
        for session in self._load(self._name(peer), self._count_max):
            clear = session.decrypt(message)
            if not isinstance(clear, NotOpened):
                self.keep(peer, session)
                return clear
        begun = session_id_of(message)
        return NotOpened.NO_SESSION if begun is None else self._answer(peer, message, begun, now_ms)

    def _answer(self, peer: Peer, message: Encrypted, begun: bytes, now_ms: int) -> bytes | NotOpened:
        lookup = self._store.lookup("begun session", begun)
        if self._store.rows("SELECT 1 FROM begun_sessions WHERE lookup = ?", lookup):
            return NotOpened.DOES_NOT_OPEN
        olm = self._own.load()
        answered = olm.answer(peer.public.agreement_public, message)
        if isinstance(answered, NotOpened):
            return answered
        session, clear = answered
        self._own.save(olm)
        # A clock that was set back makes no session forgotten before the fallback key it may have used.
        week = max(week_of(now_ms), self._store.own_number("fallback_week"))
        self._store.rows("INSERT INTO begun_sessions (lookup, week) VALUES (?, ?)", lookup, week)
        self.keep(peer, session)
        return clear

    def _load(self, name: bytes, count_max: int) -> Iterator[OlmSession]:
        found = self._store.rows(
            "SELECT lookup, sealed FROM sessions WHERE peer = ? ORDER BY rank DESC LIMIT ?", name, count_max
        )
        # One after the other: the first nearly always opens the message.
        for lookup, sealed in found:
            yield OlmSession.load(self._store.open_sealed(_place(lookup), sealed), self._store.pickle_secret)

    def _name(self, peer: Peer) -> bytes:
        return self._store.lookup("peer", peer.account, peer.public.encode())


def _place(lookup: bytes) -> Place:
    return Place("sessions", "sealed", lookup)
