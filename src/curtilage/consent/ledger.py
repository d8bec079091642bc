"""The ledgers: one Merkle tree per home and one for the server, so that no proof of one home shows another's entries.

Guards promise P7. Rules:
* an entry and the statements it is about are one write: neither can stand without the other;
* positions are dense. A ledger appends one write at a time, in the order asked for. What a caller began goes through
  even when the caller is cancelled; a write that failed leaves the tree in memory as it was; after a write of unknown
  outcome the stored head is read again before anything is appended;
* salt and payload are sealed under the home's key and bound to their position. Both: with the salt in clear, whoever
  holds the leaf could try out payloads;
* at start every leaf is hashed up to the signed checkpoint and every entry is opened and compared with its leaf. What
  does not fit is said in ``problems`` and to readers by ``alarm``; to a ledger whose tree does not fit, nothing is
  appended (LedgerBroken), and no grant of it stands (``standing``).

It does not notice somebody who puts back an *older* database whole, checkpoint included: for that, somebody outside
must keep a checkpoint (docs/spec/ledger.md).
"""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field

from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.consent import event as events_format
from curtilage.consent.checkpoint import Consistency
from curtilage.consent.event import Event, EventKind
from curtilage.consent.ledger_problem import LedgerProblem, alarm_words
from curtilage.consent.merkle import Frontier, consistency_proof, inclusion_proof
from curtilage.consent.note import NoteKey
from curtilage.consent.receipt import SALT_BYTES, Receipt, entry_leaf
from curtilage.consent.standing import Standing
from curtilage.consent.tree import Head, fits, head_of, origin, state_name
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import CurtilageError, OurError
from curtilage.store.store import Conflict, Row, Statement, Store
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import Entropy, HomeId

_ATTEMPTS_COUNT_MAX = 3
"""Of one append whose position turned out to be taken by an earlier one of unknown outcome."""
_LOAD_ROWS_COUNT = 1000
_SAID_COUNT_MAX = 100
"""Problems said in the server's messages."""
_POSITION_MAX = 2**53
"""Beyond every entry."""
_HOME_TABLE = "ledger_entries"
_SERVER_TABLE = "server_ledger_entries"
_log = logging.getLogger("curtilage.consent")


class LedgerBroken(OurError):
    """The stored ledger does not match its signed checkpoint; nothing can be recorded in it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, opened."""

    position: int
    at_ms: int
    event: Event


@dataclass(slots=True)
class _Tree:
    home: HomeId | None
    key_name: str
    head: Head
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    certain: bool = True
    """False: the stored head may be further than ours."""
    broken: str = ""
    standing: Standing = field(default_factory=Standing)

    @property
    def table(self) -> str:
        return _SERVER_TABLE if self.home is None else _HOME_TABLE


@dataclass(frozen=True, slots=True)
class _Append:
    """One caller's write: entries and what they are about."""

    events: tuple[Event, ...]
    statements: tuple[Statement, ...]
    server: tuple[Statement, ...]


class Ledger:
    """See the module's text."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, config: Config, entropy: Entropy) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._key = vault.ledger_key()
        self._trees: dict[HomeId | None, _Tree] = {}
        self._appending = Undisturbed()
        self._newest_ms = 0
        self.problems: list[LedgerProblem] = []
        """What ``load`` found wrong; also said in the server's messages."""

    async def load(self, homes: Iterable[HomeId]) -> None:
        """Read and check the server's ledger and those of ``homes``. Raises what the store raises on reading."""
        for home in (None, *homes):
            self.begin(home)
            tree = self._trees[home]
            await self._grow(tree)
            if home is not None and tree.head.size == 0 and not tree.broken:
                self._break(tree, "all its entries are missing")  # a home is made together with its first entry

    def begin(self, home: HomeId | None) -> None:
        """A new home's ledger, empty: to be called before its first ``record``."""
        name = origin(home, self._key)
        self._trees[home] = _Tree(home, name, head_of(Frontier(), name, self._key))

    def forget(self, home: HomeId) -> None:
        """The home could not be made after all."""
        self._trees.pop(home, None)

    def newest_ms(self) -> int:
        """The largest time in any loaded ledger: a floor for the clock, as good as one persisted."""
        return self._newest_ms

    def alarm(self, home: HomeId | None) -> str:
        """What was found wrong in this ledger, in words for its readers; empty when nothing was."""
        return alarm_words(problem for problem in self.problems if problem.home == home)

    def broken(self, home: HomeId | None) -> bool:
        """Its tree does not fit: there is no checkpoint, no receipt and no new entry."""
        return bool(self._trees[home].broken)

    def standing(self, home: HomeId) -> Standing:
        """Which grants and consents stand by the home's entries."""
        return self._trees[home].standing

    def key(self, home: HomeId | None) -> NoteKey:
        """With which checkpoints and receipts of this ledger are verified."""
        return self._note_key(self._trees[home])

    def checkpoint(self, home: HomeId | None) -> str:
        """The newest checkpoint: a C2SP signed note. Raises LedgerBroken, KeyError for a home that was not loaded."""
        tree = self._trees[home]
        _raise_if_broken(tree)
        return tree.head.note

    async def record(
        self, home: HomeId | None, event: Event, *statements: Statement, server: Sequence[Statement] = ()
    ) -> int:
        """Append ``event`` and run the statements in one write; returns the entry's position.

        ``home`` None: the server's own ledger; the statements then run outside any home. Raises what the store raises
        (then nothing was written, unless the error is not ``definite``), and LedgerBroken.
        """
        return await self.record_all(home, (event,), *statements, server=server)

    async def record_all(
        self, home: HomeId | None, events: Sequence[Event], *statements: Statement, server: Sequence[Statement] = ()
    ) -> int:
        """As ``record``, for acts that are several events at once; returns the first one's position."""
        tree = self._trees[home]
        append = _Append(tuple(events), statements, tuple(server))
        await tree.lock.acquire()
        return await self._appending.run(self._append_and_release(tree, append))

    async def entries(self, home: HomeId | None, before: int | None, count: int) -> list[Entry]:
        """At most ``count`` (and activity_page_count_max) entries with a position below ``before``, newest first.

        One that does not open comes as EventKind.UNREADABLE. Of a ledger whose tree does not fit: whatever is left
        (``alarm`` says so).
        """
        tree = self._trees[home]
        end = _POSITION_MAX if tree.broken else tree.head.size
        highest = end if before is None else min(before, end)
        rows = await self._read(
            tree,
            f"SELECT position, at_ms, salt, payload, leaf FROM {tree.table} "  # noqa: S608  one of two constants
            "WHERE position < $1 ORDER BY position DESC LIMIT $2",
            highest,
            min(max(count, 0), self._config.activity_page_count_max),
        )
        return [self._entry(tree, row) for row in rows]

    async def receipt(self, home: HomeId | None, position: int) -> str | None:
        """The proof that the entry stands in this ledger (C2SP tlog-proof); None: no such entry, or erased."""
        tree = self._trees[home]
        _raise_if_broken(tree)
        head = tree.head
        leaves = await self._leaves(tree, head.size)
        if not 0 <= position < len(leaves):
            return None
        rows = await self._read(
            tree,
            f"SELECT salt, payload FROM {tree.table} WHERE position = $1",  # noqa: S608  one of two constants
            position,
        )
        opened = self._open(tree, position, *rows[0]) if rows else None
        if opened is None or entry_leaf(*opened) != leaves[position]:
            return None
        return Receipt(position, *opened, tuple(inclusion_proof(leaves, position)), head.note).encode()

    async def consistency(self, home: HomeId | None, old_size: int) -> Consistency | None:
        """The proof that the ledger of ``old_size`` entries is the beginning of this one. None: it has fewer, or 0.

        Raises LedgerBroken.
        """
        tree = self._trees[home]
        _raise_if_broken(tree)
        head = tree.head
        leaves = await self._leaves(tree, head.size)
        if not 0 < old_size <= head.size == len(leaves):
            return None
        return Consistency(old_size, head.size, tuple(consistency_proof(leaves, old_size)), head.note)

    async def close(self) -> None:
        """Wait for the appends that are under way."""
        await self._appending.close()

    # Appending.

    async def _append_and_release(self, tree: _Tree, append: _Append) -> int:
        try:
            for _ in range(_ATTEMPTS_COUNT_MAX - 1):
                if not tree.certain:
                    await self._grow(tree)
                size = tree.head.size
                try:
                    return await self._append(tree, append)
                except Conflict:
                    # Ours (the position is taken after all) or the caller's own? The stored head tells.
                    await self._grow(tree)
                    if tree.head.size == size:
                        raise
            return await self._append(tree, append)
        finally:
            tree.lock.release()

    async def _append(self, tree: _Tree, append: _Append) -> int:
        _raise_if_broken(tree)
        first, at_ms = tree.head.size, self._clock.now()
        inserts, leaves = [], []
        for position, event in enumerate(append.events, first):
            insert, leaf = self._insert(tree, position, at_ms, event)
            inserts.append(insert)
            leaves.append(leaf)
        head = tree.head.grown(leaves, tree.key_name, self._key)
        try:
            await self._write(tree, append, inserts, tree.head.replacing(state_name(tree.home), head.note))
        except CurtilageError as error:
            tree.certain = tree.certain and error.definite
            raise
        except BaseException:
            tree.certain = False
            raise
        tree.head, self._newest_ms = head, max(self._newest_ms, at_ms)
        for position, event in enumerate(append.events, first):
            tree.standing.take(position, event)
        return first

    def _insert(self, tree: _Tree, position: int, at_ms: int, event: Event) -> tuple[Statement, bytes]:
        salt, payload = self._entropy(SALT_BYTES), event.encode(at_ms)
        leaf = entry_leaf(salt, payload)
        values = (
            position,
            at_ms,
            self._vault.seal(_field(tree, "salt", position), salt),
            self._vault.seal(_field(tree, "payload", position), payload),
            leaf,
        )
        columns = "position, at_ms, salt, payload, leaf"
        sql = f"INSERT INTO {tree.table} ({columns}) VALUES ($1, $2, $3, $4, $5)"  # noqa: S608  one of two constants
        return Statement(sql, values), leaf

    async def _write(self, tree: _Tree, append: _Append, inserts: list[Statement], note: Statement) -> None:
        if tree.home is None:
            await self._store.write_server(*inserts, note, *append.statements, *append.server)
        else:
            await self._store.write(tree.home, *inserts, *append.statements, server=(note, *append.server))

    # Reading what is stored.

    async def _grow(self, tree: _Tree) -> None:
        """Take in stored entries beyond our head, opening each. Says what does not fit."""
        why = ""
        for _ in range(_ATTEMPTS_COUNT_MAX):
            # An earlier append of unknown outcome may land between our two reads: then it fits when read again.
            frontier, why = await self._stored_frontier(tree)
            sql = "SELECT value FROM server_state WHERE name = $1"
            stored = await self._store.read_server(sql, state_name(tree.home))
            why = why or fits(frontier, str(stored[0][0]) if stored else None, self._note_key(tree))
            if not why:
                if frontier.size != tree.head.size:
                    tree.head = head_of(frontier, tree.key_name, self._key)
                tree.certain = True
                return
        self._break(tree, why)

    def _break(self, tree: _Tree, why: str) -> None:
        known, tree.broken = tree.broken, why
        tree.standing.doubt()
        if why != known:
            self._say(LedgerProblem(tree.home, None, why))

    async def _stored_frontier(self, tree: _Tree) -> tuple[Frontier, str]:
        """The frontier after all stored entries, or how far it goes and why no further."""
        frontier, row_count = tree.head.frontier, _LOAD_ROWS_COUNT
        while row_count == _LOAD_ROWS_COUNT:
            rows = await self._read(
                tree,
                f"SELECT position, at_ms, salt, payload, leaf FROM {tree.table} "  # noqa: S608  one of two constants
                "WHERE position >= $1 ORDER BY position LIMIT $2",
                frontier.size,
                _LOAD_ROWS_COUNT,
            )
            row_count = len(rows)
            for row in rows:
                if row[0] != frontier.size:
                    return frontier, f"entry {frontier.size} is missing"
                self._check_entry(tree, row)
                frontier = frontier.append(_octets(row[4]))
        return frontier, ""

    def _note_key(self, tree: _Tree) -> NoteKey:
        return NoteKey(tree.key_name, self._key.public_key())

    def _check_entry(self, tree: _Tree, row: Row) -> None:
        entry = self._entry(tree, row)
        first = tree.standing.take(entry.position, entry.event)
        if entry.event.kind is not EventKind.UNREADABLE:
            self._newest_ms = max(self._newest_ms, entry.at_ms)
        elif first:
            erased = row[2] is None and row[3] is None  # nothing of ours ever erases an entry
            self._say(LedgerProblem(tree.home, entry.position, f"the entry was {'erased' if erased else 'changed'}"))

    def _say(self, problem: LedgerProblem) -> None:
        self.problems.append(problem)
        if len(self.problems) > _SAID_COUNT_MAX:  # the activity shows them all
            return
        _log.error(
            "The ledger of %s was changed from outside: %s (entry %s)",
            problem.home or "the server",
            problem.why,
            problem.position,
        )

    def _entry(self, tree: _Tree, row: Row) -> Entry:
        position, at_ms = int(row[0] or 0), int(row[1] or 0)
        opened = self._open(tree, position, row[2], row[3])
        if opened is not None and entry_leaf(*opened) == row[4]:
            try:
                return Entry(position, *events_format.decode(opened[1]))
            except ValueError:
                pass
        # The column beside an entry that does not open proves nothing: only a time that a page can show.
        return Entry(position, min(max(at_ms, 0), self._clock.now()), Event(EventKind.UNREADABLE, None))

    def _open(self, tree: _Tree, position: int, *sealed: object) -> tuple[bytes, bytes] | None:
        """Salt and payload, or None when erased or tampered with."""
        try:
            salt, payload = (
                self._vault.open(_field(tree, column, position), _octets(value))
                for column, value in zip(("salt", "payload"), sealed, strict=True)
            )
        except SealBroken:
            return None
        return (salt, payload) if len(salt) == SALT_BYTES else None

    async def _leaves(self, tree: _Tree, size: int) -> list[bytes]:
        rows = await self._read(
            tree,
            f"SELECT leaf FROM {tree.table} WHERE position < $1 ORDER BY position",  # noqa: S608  one of two constants
            size,
        )
        return [_octets(row[0]) for row in rows]

    def _read(self, tree: _Tree, sql: str, *parameters: int) -> Awaitable[list[Row]]:
        if tree.home is None:
            return self._store.read_server(sql, *parameters)
        return self._store.read(tree.home, sql, *parameters)


def _raise_if_broken(tree: _Tree) -> None:
    if tree.broken:
        raise LedgerBroken(
            f"The activity does not match its signed checkpoint: {tree.broken}.",
            do="Nothing can be recorded in it. Restore a backup.",
        )


def _field(tree: _Tree, column: str, position: int) -> Field:
    return Field(tree.table, column, str(position), tree.home)


def _octets(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
