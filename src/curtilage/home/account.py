"""Accounts: what signs in. Setting up, joining, signing in by password or code.

Rules:
* an account begins with a one-time code, never with a default password;
* making it, using the code, joining the home and giving the consents ``account`` and ``home_membership`` are one write:
  nothing personal is stored before its consent, and a code that was used has led to something;
* names are found by a keyed look-up and stored sealed; password hashes are sealed too;
* a wrong name and a wrong password are one answer, as slow as each other; wrong ones are counted per account and per
  address (throttle.py). At an address that is paused each name still has a share of its own: on one machine everybody
  has one address, and somebody's wrong guesses at other names must not lock a person out;
* a right code is never refused because of others' wrong ones. Guessing is bounded by what a code is: one of 20^12, or
  4.1 * 10^15 (52 bits). At 10,000 guesses a second, more than a server of this kind answers, for the whole day that a
  code lives at most, one waiting code is met with a chance of 2 in 10 million, and codes_count_max of them, the most
  there can be, with 2 in 10,000. A wrong one is told to wait after some others, and pauses no password;
* an account is kept as long as it belongs to a home: it is closed by leaving every one (person.py).
"""

from dataclasses import dataclass, field

from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.consent.event import Event, EventKind
from curtilage.consent.ledger import Ledger
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import RefusalReason, Refused
from curtilage.home.actor import Actor
from curtilage.home.code import CodeKind, Codes, KnownCode
from curtilage.home.home import Home, Homes
from curtilage.home.name import BadName, NameTaken, canonical, clean_name
from curtilage.home.password import Passwords, check_new_password
from curtilage.home.person import Joining, Person, Persons
from curtilage.home.session import Session, Sessions
from curtilage.home.throttle import Throttle
from curtilage.store.store import Conflict, Statement, Store
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import AccountId, Entropy, new_identifier

_LOOKUP = "account name"
_ADDRESS = "sign-in address"
_NAME_AT_ADDRESS = "account name at sign-in address"
_INSERT = "INSERT INTO accounts (id, name, name_lookup, password) VALUES ($1, $2, $3, $4)"
_STANDS = "UPDATE accounts SET name = name WHERE id = $1"
_NO_SUCH_CODE = Refused(RefusalReason.UNKNOWN, "This code is not valid: mistyped, already used, or too old.")
_NO_ENTRY = Refused(RefusalReason.UNKNOWN, "The name or the password is wrong.")


@dataclass(frozen=True, slots=True)
class _Stored:
    id: AccountId
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Tried:
    """Look-ups of the name that somebody signs in with, of their address, and of both together."""

    name: bytes = field(repr=False)
    address: bytes = field(repr=False)
    name_at_address: bytes = field(repr=False)


class Accounts:
    """See the module's text."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        ledger: Ledger,
        homes: Homes,
        persons: Persons,
        sessions: Sessions,
        codes: Codes,
        passwords: Passwords,
        clock: Clock,
        config: Config,
        entropy: Entropy,
    ) -> None:
        self._store = store
        self._vault = vault
        self._ledger = ledger
        self._homes = homes
        self._persons = persons
        self._sessions = sessions
        self._codes = codes
        self._passwords = passwords
        self._clock = clock
        self._config = config
        self._entropy = entropy
        limits = (config.sign_in_failures_count_max, config.sign_in_pause_s, config.sign_in_entries_count_max)
        self._of_accounts = Throttle(*limits)
        self._of_addresses = Throttle(*limits)
        self._of_names_at_addresses = Throttle(config.sign_in_share_count_max, *limits[1:])
        self._wrong_codes = Throttle(*limits)
        self._undisturbed = Undisturbed()

    async def set_up(
        self, code: str, account_name: str, password: str, home_name: str | None, address: str = ""
    ) -> Session | Refused:
        """Use a set-up or joining code: makes the account, joins the home, signs in.

        ``home_name`` renames the home, with a set-up code only. ``address``: whose wrong codes are counted together.
        Refused: UNKNOWN (no such code), BUSY. Raises BadName, NameTaken, BadPassword and what the store raises.
        """
        known = await self._usable(code, address, CodeKind.SET_UP, CodeKind.JOIN)
        if isinstance(known, Refused):
            return known
        name = clean_name(account_name, self._config.name_length_max)
        check_new_password(password, name, self._config)
        home = self._renamed(known, home_name)
        encoded = await self._passwords.hash(password)
        if isinstance(encoded, Refused):
            return encoded
        account = AccountId(new_identifier(self._entropy))
        making = self._making(account, name, encoded)
        joined = await self._undisturbed.run(self._join(known, account, name, home, making))
        return joined if isinstance(joined, Refused) else await self._sessions.start(account, "password")

    async def join(self, account: AccountId, code: str, address: str = "") -> Person | Refused:
        """An account that exists uses a joining or set-up code for one more home. As ``set_up``."""
        known = await self._usable(code, address, CodeKind.SET_UP, CodeKind.JOIN)
        if isinstance(known, Refused):
            return known
        if any(person.home == known.home for person in self._persons.of_account(account)):
            return Refused(RefusalReason.UNKNOWN, "You are in this home already.")
        name = await self.name_of(account)
        if name is None:
            return Refused(RefusalReason.UNKNOWN)
        return await self._undisturbed.run(self._join(known, account, name, None, None))

    async def sign_in(self, account_name: str, password: str, address: str) -> Session | Refused:
        """By password. Refused: UNKNOWN (wrong name or password), BUSY (after too many wrong ones). Raises what the
        store raises.
        """
        now_ms, name = self._clock.now(), _typed_name(account_name, self._config)
        tried = _Tried(self._lookup(name), self._address(address), self._name_at(name, address))
        if paused := self._paused(now_ms, tried):
            return paused
        stored = await self._find(name, tried.name)
        fits = await self._passwords.verify(stored.password if stored is not None else None, password)
        if isinstance(fits, Refused):
            return fits
        if paused := self._paused(self._clock.now(), tried):
            return paused  # others failed while this one waited: many guesses at once learn no more than one by one
        if stored is None or not fits:
            await self._failed(stored, tried)
            return _NO_ENTRY
        self._of_accounts.succeeded(tried.name)
        self._of_names_at_addresses.succeeded(tried.name_at_address)
        rehashed = await self._rehashed(stored, password)
        try:
            return await self._sessions.start(stored.id, "password", _standing(stored.id), *rehashed)
        except Conflict:
            return _NO_ENTRY  # closed meanwhile

    async def sign_in_by_code(self, code: str, address: str) -> Session | Refused:
        """By a one-time sign-in code. Refused: UNKNOWN, BUSY. Raises what the store raises."""
        known = await self._usable(code, address, CodeKind.SIGN_IN)
        if isinstance(known, Refused):
            return known
        if known.account is None:
            return _NO_SUCH_CODE
        try:
            return await self._sessions.start(known.account, "code", self._codes.using(known))
        except Conflict:
            return _NO_SUCH_CODE

    async def sign_out_everywhere(self, account: AccountId) -> None:
        """End every session, and every code that could begin one. As Sessions.end."""
        mine = self._persons.of_account(account)
        await self._sessions.end_all(account, *(self._codes.voiding(person.home, person.id) for person in mine))

    async def close(self, account: AccountId, *, by_operator: bool = False) -> None:
        """Leave every home, and with the last one be gone: name, password, sessions and codes.

        Raises LastOwner before anything is done (the operator may leave a home without an owner), and what the store
        raises (some homes may be left then; try again).
        """
        while persons := self._persons.of_account(account):
            for person in () if by_operator else persons:
                self._persons.check_leaving(person)
            for person in persons:
                actor = Actor(person.home, None if by_operator else person.id, person.role)
                await self._persons.remove(person.home, person.id, actor, even_last_owner=by_operator)
        async with self._persons.changing, self._sessions.closing(account) as sessions:
            if not self._persons.of_account(account):  # of a version that kept accounts without a home
                gone = Statement("DELETE FROM accounts WHERE id = $1", (account,))
                await self._store.write_server(gone, *sessions)

    async def named(self, account_name: str) -> AccountId | None:
        """The account that signs in with this name. Raises what the store raises on reading."""
        name = _typed_name(account_name, self._config)
        stored = await self._find(name, self._lookup(name))
        return stored.id if stored is not None else None

    async def name_of(self, account: AccountId) -> str | None:
        """The name it signs in with. Raises what the store raises on reading."""
        rows = await self._store.read_server("SELECT name FROM accounts WHERE id = $1", account)
        return self._opened("name", account, rows[0][0]) if rows else None

    # Codes.

    async def _usable(self, text: str, address: str, *kinds: CodeKind) -> KnownCode | Refused:
        code = await self._codes.find(text)
        if code is not None and code.kind in kinds:
            return code
        source, now_ms = self._address(address), self._clock.now()
        if wait_ms := self._wrong_codes.pause_ms(source, now_ms):
            return _wait(wait_ms)
        self._wrong_codes.failed(source, now_ms)
        return _NO_SUCH_CODE

    def _renamed(self, code: KnownCode, home_name: str | None) -> Home | None:
        home = self._homes.get(code.home) if code.home is not None else None
        if home is None or not home_name or code.kind is not CodeKind.SET_UP:
            return None
        return Home(home.id, clean_name(home_name, self._config.name_length_max), home.made_ms)

    async def _join(
        self, code: KnownCode, account: AccountId, name: str, renamed: Home | None, making: Statement | None
    ) -> Person | Refused:
        if code.home is None:
            return _NO_SUCH_CODE
        naming = (self._homes.naming(renamed),) if renamed is not None else ()
        async with self._persons.changing:
            if code.kind is CodeKind.JOIN and not self._is_waiting(code):
                return _NO_SUCH_CODE
            joining = self._persons.joining(code.home, code.person, account, name)
            try:
                await self._ledger.record_all(
                    code.home,
                    joining.events,
                    *joining.statements,
                    *naming,
                    server=(self._codes.using(code), making or _standing(account), *joining.server),
                )
            except Conflict:
                return await self._why_not(code, joining)
            self._persons.adopt(joining)
        if renamed is not None:
            self._homes.adopt(renamed)
        return joining.person

    def _is_waiting(self, code: KnownCode) -> bool:
        if code.home is None or code.person is None:
            return False
        person = self._persons.get(code.home, code.person)
        return person is not None and person.account is None

    async def _why_not(self, code: KnownCode, joining: Joining) -> Refused:
        """The code was used meanwhile, or the account's name is taken: only who holds a good code may learn which."""
        sql = "SELECT uses_left FROM codes WHERE code_hash = $1 AND uses_left > 0"
        if joining.person.account is not None and await self._store.read_server(sql, code.digest):
            raise NameTaken("An account has this name.", do="Choose another.")
        return _NO_SUCH_CODE

    # Passwords.

    async def _find(self, name: str, lookup: bytes) -> _Stored | None:
        rows = await self._store.read_server("SELECT id, name, password FROM accounts WHERE name_lookup = $1", lookup)
        for row in rows:
            account = AccountId(str(row[0]))
            stored_name, encoded = self._opened("name", account, row[1]), self._opened("password", account, row[2])
            # A look-up that was moved to another account from outside does not sign in as that one.
            if stored_name is not None and encoded is not None and canonical(stored_name) == canonical(name):
                return _Stored(account, encoded)
        return None

    async def _failed(self, stored: _Stored | None, tried: _Tried) -> None:
        now_ms = self._clock.now()
        self._of_addresses.failed(tried.address, now_ms)
        self._of_names_at_addresses.failed(tried.name_at_address, now_ms)
        if self._of_accounts.failed(tried.name, now_ms) and stored is not None:
            count = str(self._config.sign_in_failures_count_max)
            facts = (("account", stored.id), ("failures", count))
            await self._ledger.record(None, Event(EventKind.SIGN_IN_PAUSED, None, facts))

    def _paused(self, now_ms: int, tried: _Tried) -> Refused | None:
        of_address = self._of_addresses.pause_ms(tried.address, now_ms)
        share = self._of_names_at_addresses.pause_ms(tried.name_at_address, now_ms)
        wait_ms = max(self._of_accounts.pause_ms(tried.name, now_ms), min(of_address, share))
        return _wait(wait_ms) if wait_ms else None

    async def _rehashed(self, stored: _Stored, password: str) -> list[Statement]:
        """Today's costs for a hash that was made with others."""
        if not self._passwords.outdated(stored.password):
            return []
        encoded = await self._passwords.hash(password)
        if isinstance(encoded, Refused):
            return []
        sealed = self._vault.seal(_field("password", stored.id), encoded.encode())
        return [Statement("UPDATE accounts SET password = $1 WHERE id = $2", (sealed, stored.id))]

    def _making(self, account: AccountId, name: str, encoded: str) -> Statement:
        sealed_name = self._vault.seal(_field("name", account), name.encode())
        sealed_password = self._vault.seal(_field("password", account), encoded.encode())
        return Statement(_INSERT, (account, sealed_name, self._lookup(name), sealed_password))

    def _lookup(self, name: str) -> bytes:
        return self._vault.lookup(_LOOKUP, canonical(name))

    def _address(self, address: str) -> bytes:
        return self._vault.lookup(_ADDRESS, address)

    def _name_at(self, name: str, address: str) -> bytes:
        return self._vault.lookup(_NAME_AT_ADDRESS, f"{address}\n{canonical(name)}")

    def _opened(self, column: str, account: AccountId, sealed: object) -> str | None:
        try:
            return self._vault.open(_field(column, account), sealed if isinstance(sealed, bytes) else b"").decode()
        except (SealBroken, ValueError):
            return None


def _wait(wait_ms: int) -> Refused:
    return Refused(RefusalReason.BUSY, f"Too many wrong tries. Wait {-(-wait_ms // MS_PER_SECOND)} seconds.")


def _typed_name(text: str, config: Config) -> str:
    """What was typed at sign-in; what is no name at all becomes one that nobody has."""
    try:
        return clean_name(text, config.name_length_max)
    except BadName:
        return ""


def _standing(account: AccountId) -> Statement:
    """Lets a write fail (Conflict) when the account was closed meanwhile."""
    return Statement(_STANDS, (account,), rows_expected=1)


def _field(column: str, account: AccountId) -> Field:
    return Field("accounts", column, account)
