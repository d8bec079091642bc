"""Persons: accounts' memberships in homes, and the joining and leaving.

Rules:
* a person's name is sealed under a key of their own, which is destroyed when they leave: the ledger's sentences then
  say "somebody who left", and no backup made later can say more;
* role and account are sealed together with the name: a row changed from outside is no person. Beside it stands a
  look-up of the account, keyed by home: an account joins a home once, and no row tells of which account it is;
* who leaves loses every grant first (in memory, at once), then the membership;
* a home keeps at least one owner, unless the operator closes the account of the last one;
* with its last membership an account is closed, in the same write: its name, password and sessions are kept for nothing
  else (closing it by its person is leaving every home: account.py);
* who was invited and did not come is forgotten with the code: then nothing stands for which the name was kept.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.consent.consent import Consents, Giving
from curtilage.consent.event import Event, EventKind
from curtilage.consent.grants import Grants
from curtilage.consent.ledger import Ledger
from curtilage.consent.purpose import ACCOUNT, HOME_MEMBERSHIP
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import PersonError, RefusalReason, Refused
from curtilage.home.actor import Actor, Role
from curtilage.home.code import CodeKind, Codes
from curtilage.home.membership import beginning, ending
from curtilage.home.name import NameTaken, clean_name
from curtilage.home.roster import Roster
from curtilage.home.session import Sessions
from curtilage.store.store import Row, Statement, Store
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import AccountId, Entropy, HomeId, PersonId, new_identifier

_COLUMNS = "id, account_lookup, name, role, person_key, joined_ms"
_SELECT = f"SELECT {_COLUMNS} FROM persons WHERE left_ms IS NULL ORDER BY joined_ms, id"  # noqa: S608  a constant
_INSERT = f"INSERT INTO persons ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)"  # noqa: S608  a constant
_JOIN = (
    "UPDATE persons SET account_lookup = $1, name = $2, joined_ms = $3 "
    "WHERE id = $4 AND account_lookup IS NULL AND left_ms IS NULL"
)
_LEAVE = (
    "UPDATE persons SET account_lookup = NULL, name = $1, person_key = NULL, left_ms = $2 "
    "WHERE id = $3 AND left_ms IS NULL"
)
_CLOSE = "DELETE FROM accounts WHERE id = $1"
_LOOKUP = "account"

_log = logging.getLogger("curtilage.home")


class LastOwner(PersonError):
    """The home would be left without an owner."""


@dataclass(frozen=True, slots=True)
class Person:
    """A membership that stands."""

    id: PersonId
    home: HomeId
    account: AccountId | None
    """None: added, not yet joined."""
    name: str = field(repr=False)
    role: Role
    joined_ms: int
    """When they joined; until then, when they were added."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person just added, and the code to give them."""

    person: Person
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Joining:
    """What joining writes, for the write in which the code is used; then ``adopt`` it."""

    person: Person
    giving: Giving
    statements: tuple[Statement, ...]
    server: tuple[Statement, ...]
    events: tuple[Event, ...]


class Persons:
    """See the module's text."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        ledger: Ledger,
        consents: Consents,
        grants: Grants,
        codes: Codes,
        sessions: Sessions,
        clock: Clock,
        config: Config,
        entropy: Entropy,
    ) -> None:
        self._store = store
        self._vault = vault
        self._ledger = ledger
        self._consents = consents
        self._grants = grants
        self._codes = codes
        self._sessions = sessions
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._persons: Roster[PersonId, Person] = Roster()
        self._undisturbed = Undisturbed()
        self.changing = asyncio.Lock()
        """Held while a membership begins or ends, so that it is certain which one is an account's last."""
        self.refused_count = 0
        """Stored persons that were changed from outside."""

    async def load(self, homes: Iterable[HomeId]) -> None:
        """Everybody in these homes. Raises what the store raises on reading."""
        for home in homes:
            for row in await self._store.read(home, _SELECT):
                person = self._opened(home, row)
                if person is None:
                    self.refused_count += 1
                    _log.error("A stored person of %s was changed from outside and does not count", home)
                else:
                    self._keep(person)

    def of_home(self, home: HomeId) -> list[Person]:
        """By name."""
        return sorted(self._persons.of_home(home), key=lambda person: person.name)

    def get(self, home: HomeId, person: PersonId) -> Person | None:
        """The person of this home."""
        return self._persons.get(home, person)

    def of_account(self, account: AccountId) -> list[Person]:
        """The account's persons, the first joined first."""
        mine = [person for person in self._persons.of_all() if person.account == account]
        return sorted(mine, key=lambda person: person.joined_ms)

    async def add(self, home: HomeId, name: str, role: Role, actor: Actor) -> NewPerson | Refused:
        """Add somebody who is to join with the code returned. Refused(BUSY) at persons_per_home_count_max.

        Raises BadName, NameTaken, TooManyCodes and what the store raises.
        """
        name = clean_name(name, self._config.name_length_max)
        self._check_free(home, name)
        if self._persons.count(home) >= self._config.persons_per_home_count_max:
            return Refused(RefusalReason.BUSY, "This home has too many persons.")
        person = Person(PersonId(new_identifier(self._entropy)), home, None, name, role, self._clock.now())
        self._persons.begin(person.id, person)
        return await self._undisturbed.run(self._add(person, actor))

    async def _add(self, person: Person, actor: Actor) -> NewPerson:
        home = person.home
        event = Event(EventKind.PERSON_ADDED, actor.person, (("person", person.id), ("role", person.role.value)))
        try:
            code, code_statement = await self._codes.making(CodeKind.JOIN, home, person.id)
            await self._ledger.record(home, event, self._insert(person), server=(code_statement,))
        finally:
            self._persons.end(person.id)
        self._keep(person)
        return NewPerson(person, code)

    def joining(self, home: HomeId, added: PersonId | None, account: AccountId, name: str) -> Joining:
        """``account`` joins as the person that was ``added``, or, with None, as a new owner called ``name``.

        The consents for both purposes of persons are given with it, in every home: an account is kept as long as one
        of them stands. Raises NameTaken, KeyError.
        """
        now_ms = self._clock.now()
        if added is None:
            self._check_free(home, name)
            person = Person(PersonId(new_identifier(self._entropy)), home, account, name, Role.OWNER, now_ms)
            statement = self._insert(person)
        else:
            known = self.get(home, added)
            if known is None:
                raise KeyError(added)
            person = Person(added, home, account, known.name, known.role, now_ms)
            seal = self._vault.seal(_field(home, added), _sealed_form(person))
            statement = Statement(_JOIN, (self._lookup(person), seal, now_ms, added), rows_expected=1)
        giving = self._consents.giving(home, person.id, ACCOUNT, HOME_MEMBERSHIP)
        server = (beginning(self._vault, account, home, person.id),)
        event = Event(EventKind.PERSON_JOINED, person.id, (("person", person.id), ("role", person.role.value)))
        return Joining(person, giving, (statement, *giving.statements), server, (event, *giving.events))

    def adopt(self, joining: Joining) -> None:
        """``joining`` is written."""
        self._keep(joining.person)
        self._consents.adopt(joining.giving)

    async def remove(self, home: HomeId, person: PersonId, actor: Actor, *, even_last_owner: bool = False) -> bool:
        """End a membership: grants first, then the person's key, name and consents; with the last one the account.

        False: no such person here. Raises LastOwner, and what the store raises (the grants are over then, the
        membership is not).
        """
        known = self.get(home, person)
        if known is None:
            return False
        if not even_last_owner:
            self.check_leaving(known)
        return await self._undisturbed.run(self._remove(known, actor.person, EventKind.PERSON_REMOVED))

    def check_leaving(self, person: Person) -> None:
        """Raises LastOwner."""
        home = self.of_home(person.home)
        if [other for other in home if other.role is Role.OWNER and other.account is not None] == [person]:
            raise LastOwner(
                "A home keeps at least one owner.", do="Add another owner first, or ask whoever runs this server."
            )

    async def settle(self) -> None:
        """Forget who was invited and can no longer come. To be called now and then. Raises what the store raises."""
        over_ms = self._clock.now() - self._config.code_age_s_max * MS_PER_SECOND
        for person in [one for one in self._persons.of_all() if one.account is None and one.joined_ms <= over_ms]:
            if not await self._codes.waits_for(person.home, person.id):
                await self._undisturbed.run(self._remove(person, None, EventKind.INVITATION_ENDED))

    async def _remove(self, person: Person, actor: PersonId | None, kind: EventKind) -> bool:
        home = person.home
        with self._grants.closing(person.id):
            await self._grants.end_of_grantee(home, person.id, actor)
            async with self.changing, self._closing(person) as closing:
                if self.get(home, person.id) != person:
                    return False  # left, or joined, meanwhile
                withdrawing = self._consents.withdrawing(self._consents.of_person(home, person.id), actor)
                await self._ledger.record_all(
                    home,
                    (Event(kind, actor, (("person", person.id),)), *withdrawing.events),
                    Statement(_LEAVE, (b"", self._clock.now(), person.id), rows_expected=1),
                    *withdrawing.statements,
                    server=(ending(self._vault, home, person.id), self._codes.voiding(home, person.id), *closing),
                )
                self._consents.forget(withdrawing)
                self._persons.forget(home, person.id)
                self._vault.forget_person(home, person.id)
        if closing:
            await self._ledger.record(None, Event(EventKind.ACCOUNT_CLOSED, None, (("account", person.account or ""),)))
        return True

    @contextlib.asynccontextmanager
    async def _closing(self, person: Person) -> AsyncIterator[tuple[Statement, ...]]:
        """What ends an account together with its last membership; nothing while it has others."""
        if person.account is None or self.of_account(person.account) != [person]:
            yield ()
            return
        async with self._sessions.closing(person.account) as sessions:
            yield (Statement(_CLOSE, (person.account,)), *sessions)

    def _check_free(self, home: HomeId, name: str) -> None:
        if self._persons.has_name(home, name):
            raise NameTaken("Somebody in this home has this name.", do="Choose another.")

    def _insert(self, person: Person) -> Statement:
        key = self._vault.new_person(person.home, person.id)
        seal = self._vault.seal(_field(person.home, person.id), _sealed_form(person))
        values = (person.id, self._lookup(person), seal, person.role.value, key, person.joined_ms)
        return Statement(_INSERT, values)

    def _lookup(self, person: Person) -> bytes | None:
        return self._vault.lookup(_LOOKUP, person.account, person.home) if person.account is not None else None

    def _keep(self, person: Person) -> None:
        self._persons.keep(person.id, person)

    def _opened(self, home: HomeId, row: Row) -> Person | None:
        match row:
            case (str(name), bytes() | None as lookup, bytes(seal), str(role), bytes(key), int(joined_ms)):
                person_id = PersonId(name)
            case _:
                return None
        try:
            self._vault.load_person(home, person_id, key)
            sealed = self._vault.open(_field(home, person_id), seal)
            _, account, called = sealed.decode().split("\n", 2)
            known = AccountId(account) if account else None
            person = Person(person_id, home, known, called, Role(role), joined_ms)
        except (SealBroken, ValueError):
            return None
        return person if _sealed_form(person) == sealed and self._lookup(person) == lookup else None


def _sealed_form(person: Person) -> bytes:
    return f"{person.role.value}\n{person.account or ''}\n{person.name}".encode()


def _field(home: HomeId, person: PersonId) -> Field:
    return Field("persons", "name", person, home, person)
