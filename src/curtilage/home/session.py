"""Sessions: who has signed in, for how long, in memory and in the store.

Rules:
* a token is 256 random bits, given out once; here and in the store it is known by its SHA-256 only;
* a session ends when unused for session_idle_s, at session_age_s_max, or at sign-out: at that moment in memory, for
  good by the clock that never goes back;
* each has a CSRF token of its own, sealed in the store *together with the account*: a row made up or moved to another
  account by somebody who can write to the database opens no door, and who reads it learns of no account;
* sign-in and sign-out are recorded in the server's ledger;
* a sign-in that is under way while the account is signed out everywhere, or closed, is signed out with the others.

When a session was last used is stored now and then (``settle``): after a crash it may seem idle for longer than it was.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.consent.event import Event, EventKind
from curtilage.consent.ledger import Ledger
from curtilage.consent.undisturbed import Undisturbed
from curtilage.store.store import Row, Statement, Store
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import AccountId, Entropy, SessionDigest, handle_digest, new_handle

_SAVE_AFTER_MS = 3600 * MS_PER_SECOND
"""A use later than the stored one by this much is stored again."""
_SELECT = "SELECT token_hash, sealed, made_ms, used_ms FROM sessions"
_INSERT = "INSERT INTO sessions (token_hash, sealed, made_ms, used_ms) VALUES ($1, $2, $3, $4)"
_DELETE = "DELETE FROM sessions WHERE token_hash = $1"
_USED = "UPDATE sessions SET used_ms = $1 WHERE token_hash = $2"


@dataclass(frozen=True, slots=True)
class Session:
    """An account signed in."""

    token: str = field(repr=False)
    account: AccountId
    csrf: str = field(repr=False)
    made_ms: int
    used_ms: int

    @property
    def digest(self) -> SessionDigest:
        """What is opened by this session is known by it."""
        return SessionDigest(handle_digest(self.token))


@dataclass(slots=True)
class _Held:
    """A session without its token: that is the visitor's to show."""

    digest: bytes = field(repr=False)
    account: AccountId
    csrf: str = field(repr=False)
    made_ms: int
    used_ms: int
    saved_ms: int


class Sessions:
    """See the module's text."""

    def __init__(
        self, store: Store, vault: Vault, ledger: Ledger, clock: Clock, config: Config, entropy: Entropy
    ) -> None:
        self._store = store
        self._vault = vault
        self._ledger = ledger
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._held: dict[bytes, _Held] = {}
        self._over: set[bytes] = set()
        """Ended in memory by their time, not yet deleted from the store."""
        self._undisturbed = Undisturbed()
        self._starting = asyncio.Lock()
        """From before a session is written until it is in memory: otherwise one could slip past the end of all."""

    async def load(self) -> None:
        """All that have not ended. Raises what the store raises on reading."""
        now_ms = self._clock.now()
        for row in await self._store.read_server(_SELECT):
            held = self._opened(row)
            if held is None or self._ended(held, now_ms):
                self._over.add(bytes(row[0]) if isinstance(row[0], bytes) else b"")
            else:
                self._held[held.digest] = held

    async def start(self, account: AccountId, how: str, *statements: Statement) -> Session:
        """A new session, recorded; ``how`` is "password" or "code". ``statements`` (outside any home) go with it.

        The account's oldest one ends when there are too many. Raises what the store raises.
        """
        return await self._undisturbed.run(self._start_alone(account, how, statements))

    async def _start_alone(self, account: AccountId, how: str, statements: tuple[Statement, ...]) -> Session:
        async with self._starting:
            return await self._start(account, how, statements)

    async def _start(self, account: AccountId, how: str, statements: tuple[Statement, ...]) -> Session:
        now_ms, token, csrf = self._clock.now(), new_handle(self._entropy), new_handle(self._entropy)
        held = _Held(handle_digest(token), account, csrf, now_ms, now_ms, now_ms)
        seal = self._vault.seal(_field(held.digest), f"{account}\n{csrf}\n{now_ms}".encode())
        too_many = self._oldest_beyond(account, self._config.sessions_per_account_count_max - 1)
        for old in too_many:
            self._held.pop(old, None)
        await self._ledger.record(
            None,
            Event(EventKind.SIGNED_IN, None, (("account", account), ("how", how))),
            *statements,
            *(Statement(_DELETE, (old,)) for old in too_many),
            Statement(_INSERT, (held.digest, seal, now_ms, now_ms)),
        )
        self._held[held.digest] = held
        return Session(token, account, csrf, now_ms, now_ms)

    def find(self, token: str) -> Session | None:
        """The session of this token, which thereby is in use; None: none, or over."""
        held = self._held.get(handle_digest(token))
        if held is None:
            return None
        now_ms = self._clock.now()
        if self._ended(held, now_ms):
            del self._held[held.digest]
            self._over.add(held.digest)
            return None
        held.used_ms = now_ms
        return Session(token, held.account, held.csrf, held.made_ms, now_ms)

    async def end(self, token: str) -> None:
        """Sign out: in memory at once, then in the store.

        Raises what the store raises: signed out now, but a restart may bring the session back.
        """
        held = self._held.pop(handle_digest(token), None)
        if held is not None:
            await self._undisturbed.run(self._record_end(held.account, [held.digest]))

    async def end_all(self, account: AccountId, *statements: Statement) -> None:
        """Sign the account out everywhere; ``statements`` (outside any home) go with it. As ``end``."""
        mine = self._taken_out(account)
        await self._undisturbed.run(self._end_all(account, mine, statements))

    async def _end_all(self, account: AccountId, mine: list[bytes], statements: tuple[Statement, ...]) -> None:
        async with self._starting:
            mine += self._taken_out(account)
            if mine:
                await self._record_end(account, mine, *statements)
            elif statements:
                await self._store.write_server(*statements)

    @contextlib.asynccontextmanager
    async def closing(self, account: AccountId) -> AsyncIterator[tuple[Statement, ...]]:
        """The account ends: its sessions in memory at once, and in the write that the statements are for."""
        mine = self._taken_out(account)
        async with self._starting:
            mine += self._taken_out(account)
            yield tuple(Statement(_DELETE, (digest,)) for digest in mine)

    def _taken_out(self, account: AccountId) -> list[bytes]:
        mine = [held.digest for held in self._held.values() if held.account == account]
        for digest in mine:
            del self._held[digest]
        return mine

    async def settle(self) -> None:
        """Store uses, delete what is over. To be called now and then. Raises what the store raises."""
        now_ms = self._clock.now()
        self._over |= {held.digest for held in self._held.values() if self._ended(held, now_ms)}
        for digest in self._over:
            self._held.pop(digest, None)
        over = list(self._over)
        used = [held for held in self._held.values() if held.used_ms - held.saved_ms > _SAVE_AFTER_MS]
        uses = [(held, held.used_ms) for held in used]
        deletes = [Statement(_DELETE, (digest,)) for digest in over]
        updates = [Statement(_USED, (used_ms, held.digest)) for held, used_ms in uses]
        if deletes or updates:
            await self._store.write_server(*deletes, *updates)
        self._over.difference_update(over)
        for held, used_ms in uses:
            held.saved_ms = used_ms

    async def _record_end(self, account: AccountId, digests: list[bytes], *statements: Statement) -> None:
        event = Event(EventKind.SIGNED_OUT, None, (("account", account),))
        await self._ledger.record(None, event, *(Statement(_DELETE, (digest,)) for digest in digests), *statements)

    def _oldest_beyond(self, account: AccountId, count: int) -> list[bytes]:
        mine = sorted((held for held in self._held.values() if held.account == account), key=lambda held: held.made_ms)
        return [held.digest for held in mine[: max(0, len(mine) - count)]]

    def _ended(self, held: _Held, now_ms: int) -> bool:
        idle_over_ms = held.used_ms + self._config.session_idle_s * MS_PER_SECOND
        age_over_ms = held.made_ms + self._config.session_age_s_max * MS_PER_SECOND
        return now_ms >= min(idle_over_ms, age_over_ms)

    def _opened(self, row: Row) -> _Held | None:
        match row:
            case (bytes(digest), bytes(seal), int(made_ms), int(used_ms)):
                pass
            case _:
                return None
        try:
            account, csrf, sealed_ms = self._vault.open(_field(digest), seal).decode().split("\n")
        except (SealBroken, ValueError):
            return None
        if sealed_ms != str(made_ms):  # changed from outside, so as to outlive session_age_s_max
            return None
        return _Held(digest, AccountId(account), csrf, made_ms, used_ms, used_ms)


def _field(digest: bytes) -> Field:
    return Field("sessions", "sealed", digest.hex())
