"""One-time codes: to set up a home, to join one, to sign in.

Rules:
* 12 letters of RFC 8628's alphabet (§6.1: no vowels, so no words; no letters that look alike), 52 bits, from
  unbiased randomness; typed in any case and grouping;
* only a keyed hash is stored: the database alone yields no code, not even by guessing; whom it is for and until when
  is sealed, and bound to that hash: a row changed from outside is no code;
* a use is counted down by a guarded statement in the very write that the code is used for: a code works as often as it
  says and not once more, whoever hurries;
* a new code for a person takes the place of the one before: a lost one is worthless, and nobody can use up all there
  may be;
* codes expire, and wrong ones are counted by throttle.py.
"""

import enum
from dataclasses import dataclass, field

from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.consent.event import Event, EventKind
from curtilage.consent.ledger import Ledger
from curtilage.errors import PersonError
from curtilage.home.membership import account_of
from curtilage.store.store import Row, Statement, Store
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import AccountId, Entropy, HomeId, PersonId

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LETTERS_COUNT = 12
_GROUP = 4
_UNBIASED_BELOW = 256 - 256 % len(ALPHABET)
_LOOKUP = "code"
_LOOKUP_PERSON = "code of"
_DELETE_BEFORE = "DELETE FROM codes WHERE person_lookup = $1 AND kind = $2"
_DELETE_ALL = "DELETE FROM codes WHERE person_lookup = $1"
_USE = (
    "UPDATE codes SET sealed = CASE WHEN uses_left = 1 THEN $1 ELSE sealed END, uses_left = uses_left - 1 "
    "WHERE code_hash = $2 AND uses_left > 0 AND until_ms > $3"
)


class CodeKind(enum.Enum):
    """What a code is for."""

    SET_UP = "set_up"
    """The first owner of a new home."""
    JOIN = "join"
    """A person that an owner added."""
    SIGN_IN = "sign_in"
    """An account that exists."""


class TooManyCodes(PersonError):
    """codes_count_max wait to be used."""


@dataclass(frozen=True, slots=True)
class KnownCode:
    """A code that can be used now."""

    kind: CodeKind
    home: HomeId | None
    person: PersonId | None
    account: AccountId | None
    digest: bytes = field(repr=False)


def new_code(entropy: Entropy) -> str:
    """Three groups of four letters."""
    letters = letters_of(entropy, LETTERS_COUNT)
    return "-".join(letters[start : start + _GROUP] for start in range(0, LETTERS_COUNT, _GROUP))


def letters_of(entropy: Entropy, count: int) -> str:
    """Random letters of the alphabet. Bytes that would favour some of them are drawn again."""
    letters = ""
    while len(letters) < count:
        letters += "".join(ALPHABET[octet % len(ALPHABET)] for octet in entropy(16) if octet < _UNBIASED_BELOW)
    return letters[:count]


def typed_code(text: str) -> str | None:
    """The letters of a code as a person typed it; None when it cannot be one. "Any characters outside the alphabet"
    that people type between groups (spaces, dashes) do not count (RFC 8628 §6.1).
    """
    return typed_letters(text, LETTERS_COUNT)


def typed_letters(text: str, count: int) -> str | None:
    """``count`` letters of the alphabet, as typed in any case and grouping."""
    if len(text) > 4 * count:
        return None
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return letters if len(letters) == count and set(letters) <= set(ALPHABET) else None


class Codes:
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

    async def make(
        self,
        kind: CodeKind,
        home: HomeId,
        person: PersonId | None,
        uses: int,
        age_s: int,
        actor: PersonId | None = None,
    ) -> str:
        """A new code; a sign-in code is for the person's account. ``age_s`` is cut to code_age_s_max.

        Raises TooManyCodes, PersonError when the person has no account to sign in to, and what the store raises.
        """
        account = await self._account_of(home, person) if kind is CodeKind.SIGN_IN else None
        code, statement = await self.making(kind, home, person, uses=uses, age_s=age_s, account=account)
        facts = (("how", kind.value), ("person", person or ""))
        before = Statement(_DELETE_BEFORE, (self._of_person(home, person), kind.value))
        await self._ledger.record(home, Event(EventKind.CODE_MADE, actor, facts), server=(before, statement))
        return code

    async def making(
        self,
        kind: CodeKind,
        home: HomeId,
        person: PersonId | None,
        *,
        uses: int = 1,
        age_s: int | None = None,
        account: AccountId | None = None,
    ) -> tuple[str, Statement]:
        """A new code and the statement (outside any home) that stores it, for another act's write."""
        await self._sweep()
        code, now_ms = new_code(self._entropy), self._clock.now()
        age_ms = min(age_s or self._config.code_age_s_max, self._config.code_age_s_max) * MS_PER_SECOND
        known = KnownCode(kind, home, person, account, self._digest(code))
        sealed = self._vault.seal(_field(known.digest), _sealed_form(known, now_ms + age_ms))
        lookup = self._of_person(home, person)
        values = (known.digest, kind.value, lookup, sealed, now_ms, now_ms + age_ms, uses)
        columns = "code_hash, kind, person_lookup, sealed, made_ms, until_ms, uses_left"
        sql = f"INSERT INTO codes ({columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608  constants
        return code, Statement(sql, values)

    def voiding(self, home: HomeId, person: PersonId) -> Statement:
        """Forgets every code of a person (outside any home), for the write in which they leave, or sign out
        everywhere."""
        return Statement(_DELETE_ALL, (self._of_person(home, person),))

    async def waits_for(self, home: HomeId, person: PersonId) -> bool:
        """Is there a code of this person that can be used now? Raises what the store raises on reading."""
        sql = "SELECT 1 FROM codes WHERE person_lookup = $1 AND uses_left > 0 AND until_ms > $2"
        return bool(await self._store.read_server(sql, self._of_person(home, person), self._clock.now()))

    async def find(self, text: str) -> KnownCode | None:
        """The code, if it can be used now. Using it is ``using``, in the write it is for."""
        digest = self._digest(text)
        sql = "SELECT kind, sealed, until_ms FROM codes WHERE code_hash = $1 AND uses_left > 0 AND until_ms > $2"
        for row in await self._store.read_server(sql, digest, self._clock.now()):
            return self._opened(digest, row)
        return None

    def using(self, code: KnownCode) -> Statement:
        """Counts one use down, or lets the whole write fail (Conflict) when none is left or its time is over.

        The last use destroys the seal: counted up again in the database, the row opens nothing.
        """
        return Statement(_USE, (b"", code.digest, self._clock.now()), rows_expected=1)

    def _digest(self, text: str) -> bytes:
        return self._vault.lookup(_LOOKUP, typed_code(text) or "")

    async def _account_of(self, home: HomeId, person: PersonId | None) -> AccountId:
        account = await account_of(self._store, self._vault, home, person) if person is not None else None
        if account is None:
            raise PersonError("This person has no account yet.", do="Give them a joining code.")
        return account

    def _of_person(self, home: HomeId, person: PersonId | None) -> bytes | None:
        return self._vault.lookup(_LOOKUP_PERSON, f"{home}|{person}") if person is not None else None

    def _opened(self, digest: bytes, row: Row) -> KnownCode | None:
        kind, sealed, until_ms = row
        try:
            opened = self._vault.open(_field(digest), sealed if isinstance(sealed, bytes) else b"")
        except SealBroken:
            return None
        try:
            sealed_kind, home, person, account, sealed_ms = opened.decode().split("\n")
        except ValueError:  # of an earlier version
            return None
        if (sealed_kind, sealed_ms) != (kind, str(until_ms)):
            return None
        return KnownCode(
            CodeKind(sealed_kind),
            HomeId(home) if home else None,
            PersonId(person) if person else None,
            AccountId(account) if account else None,
            digest,
        )

    async def _sweep(self) -> None:
        """Forget used and expired codes. Raises TooManyCodes."""
        sql = "DELETE FROM codes WHERE uses_left <= 0 OR until_ms <= $1"
        await self._store.write_server(Statement(sql, (self._clock.now(),)))
        rows = await self._store.read_server("SELECT count(code_hash) FROM codes")
        if int(rows[0][0] or 0) >= self._config.codes_count_max:
            raise TooManyCodes("Too many codes wait to be used.", do="Wait until some are used or expire.")


def _sealed_form(code: KnownCode, until_ms: int) -> bytes:
    return f"{code.kind.value}\n{code.home or ''}\n{code.person or ''}\n{code.account or ''}\n{until_ms}".encode()


def _field(digest: bytes) -> Field:
    return Field("codes", "sealed", digest.hex())
