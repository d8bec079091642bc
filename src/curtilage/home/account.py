"""Accounts: what signs in. Setting up, joining, signing in by password or code.

Rules:
* an account begins with a one-time code, never with a default password;
* making it, using the code, joining the home and giving the consents ``account`` and ``home_membership`` are one write:
  nothing personal is stored before its consent, and a code that was used has led to something;
* names are found by a keyed look-up and stored sealed; password hashes are sealed too;
* a wrong name and a wrong password are one answer, as slow as each other; wrong ones are counted per account and per
  address (throttle.py), and so are wrong codes.
"""

from dataclasses import dataclass, field

from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.consent.event import Event, EventKind
from curtilage.consent.ledger import Ledger
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import RefusalReason, Refused
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
_INSERT = "INSERT INTO accounts (id, name, name_lookup, password) VALUES ($1, $2, $3, $4)"
_NO_SUCH_CODE = Refused(RefusalReason.UNKNOWN, "This code is not valid: mistyped, already used, or too old.")
_NO_ENTRY = Refused(RefusalReason.UNKNOWN, "The name or the password is wrong.")


@dataclass(frozen=True, slots=True)
class _Stored:
    id: AccountId
    password: str = field(repr=False)


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
        lookup, source = self._lookup(name), self._address(address)
        if paused := self._paused(now_ms, lookup, source):
            return paused
        stored = await self._find(name, lookup)
        fits = await self._passwords.verify(stored.password if stored is not None else None, password)
        if isinstance(fits, Refused):
            return fits
        if paused := self._paused(self._clock.now(), lookup, source):
            return paused  # others failed while this one waited: many guesses at once learn no more than one by one
        if stored is None or not fits:
            await self._failed(stored, lookup, source)
            return _NO_ENTRY
        self._of_accounts.succeeded(lookup)
        return await self._sessions.start(stored.id, "password", *await self._rehashed(stored, password))

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

    async def name_of(self, account: AccountId) -> str | None:
        """The name it signs in with. Raises what the store raises on reading."""
        rows = await self._store.read_server("SELECT name FROM accounts WHERE id = $1", account)
        return self._opened("name", account, rows[0][0]) if rows else None

    # Codes.

    async def _usable(self, text: str, address: str, *kinds: CodeKind) -> KnownCode | Refused:
        source = self._address(address)
        if paused := self._paused(self._clock.now(), source):
            return paused
        code = await self._codes.find(text)
        if code is None or code.kind not in kinds:
            self._of_addresses.failed(source, self._clock.now())
            return _NO_SUCH_CODE
        return code

    def _renamed(self, code: KnownCode, home_name: str | None) -> Home | None:
        home = self._homes.get(code.home) if code.home is not None else None
        if home is None or not home_name or code.kind is not CodeKind.SET_UP:
            return None
        return Home(home.id, clean_name(home_name, self._config.name_length_max), home.made_ms)

    async def _join(
        self, code: KnownCode, account: AccountId, name: str, renamed: Home | None, making: Statement | None
    ) -> Person | Refused:
        if code.home is None or (code.kind is CodeKind.JOIN and not self._is_waiting(code)):
            return _NO_SUCH_CODE
        joining = self._persons.joining(code.home, code.person, account, name, new=making is not None)
        naming = (self._homes.naming(renamed),) if renamed is not None else ()
        try:
            await self._ledger.record_all(
                code.home,
                joining.events,
                *joining.statements,
                *naming,
                server=(self._codes.using(code), *((making,) if making is not None else ()), *joining.server),
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

    async def _failed(self, stored: _Stored | None, lookup: bytes, source: bytes) -> None:
        now_ms = self._clock.now()
        self._of_addresses.failed(source, now_ms)
        if self._of_accounts.failed(lookup, now_ms) and stored is not None:
            count = str(self._config.sign_in_failures_count_max)
            facts = (("account", stored.id), ("failures", count))
            await self._ledger.record(None, Event(EventKind.SIGN_IN_PAUSED, None, facts))

    def _paused(self, now_ms: int, *keys: bytes) -> Refused | None:
        wait_ms = max(table.pause_ms(key, now_ms) for table in (self._of_accounts, self._of_addresses) for key in keys)
        if not wait_ms:
            return None
        seconds = -(-wait_ms // MS_PER_SECOND)
        return Refused(RefusalReason.BUSY, f"Too many wrong tries. Wait {seconds} seconds.")

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

    def _opened(self, column: str, account: AccountId, sealed: object) -> str | None:
        try:
            return self._vault.open(_field(column, account), sealed if isinstance(sealed, bytes) else b"").decode()
        except (SealBroken, ValueError):
            return None


def _typed_name(text: str, config: Config) -> str:
    """What was typed at sign-in; what is no name at all becomes one that nobody has."""
    try:
        return clean_name(text, config.name_length_max)
    except BadName:
        return ""


def _field(column: str, account: AccountId) -> Field:
    return Field("accounts", column, account)
