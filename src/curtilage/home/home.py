"""Homes: the people and devices that belong together; made by the operator.

A home begins with its key (everything private of it is sealed under that), its ledger, and a set-up code for its first
owner: there is no default account and no default password.
"""

from dataclasses import dataclass, field

from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.consent.consent import Consents
from curtilage.consent.event import Event, EventKind
from curtilage.consent.ledger import Ledger
from curtilage.consent.purpose import HOME_MEMBERSHIP
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import RefusalReason, Refused
from curtilage.home.actor import Actor
from curtilage.home.code import CodeKind, Codes
from curtilage.home.name import clean_name
from curtilage.store.store import Statement, Store
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import Entropy, HomeId, new_identifier


@dataclass(frozen=True, slots=True)
class Home:
    """One of this server's homes."""

    id: HomeId
    name: str = field(repr=False)
    made_ms: int


@dataclass(frozen=True, slots=True)
class NewHome:
    """A home just made, and the code that sets it up."""

    home: Home
    code: str = field(repr=False)


class Homes:
    """See the module's text."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        ledger: Ledger,
        consents: Consents,
        codes: Codes,
        clock: Clock,
        config: Config,
        entropy: Entropy,
    ) -> None:
        self._store = store
        self._vault = vault
        self._ledger = ledger
        self._consents = consents
        self._codes = codes
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._homes: dict[HomeId, Home] = {}
        self._creating: set[HomeId] = set()
        self._undisturbed = Undisturbed()

    async def load(self) -> None:
        """Every home and its key: the first to be loaded, for all else is sealed under it.

        Raises SealBroken: another root key, or a home changed from outside; and what the store raises.
        """
        for row in await self._store.read_server("SELECT id, home_key, made_ms FROM homes ORDER BY made_ms, id"):
            match row:
                case (str(name), bytes(key), int(made_ms)):
                    home = HomeId(name)
                    self._vault.load_home(home, key)
                    self._homes[home] = Home(home, await self._name_of(home), made_ms)

    def all(self) -> list[Home]:
        """Oldest first."""
        return list(self._homes.values())

    def get(self, home: HomeId) -> Home | None:
        """The home of that id."""
        return self._homes.get(home)

    async def create(self, name: str) -> NewHome | Refused:
        """A new home and the set-up code for its first owner. Refused(BUSY) at homes_count_max.

        Raises BadName, TooManyCodes and what the store raises.
        """
        name = clean_name(name, self._config.name_length_max)
        if len(self._homes) + len(self._creating) >= self._config.homes_count_max:
            return Refused(RefusalReason.BUSY, "This server has too many homes.")
        home = Home(HomeId(new_identifier(self._entropy)), name, self._clock.now())
        self._creating.add(home.id)  # at once: the next call must count it
        return await self._undisturbed.run(self._create(home))

    async def _create(self, home: Home) -> NewHome:
        try:
            code = await self._store_new(home)
        finally:
            self._creating.discard(home.id)
        return NewHome(home, code)

    async def _store_new(self, home: Home) -> str:
        code, code_statement = await self._codes.making(CodeKind.SET_UP, home.id, None)
        key = self._vault.new_home(home.id)
        self._ledger.begin(home.id)
        giving = self._consents.giving(home.id, None, HOME_MEMBERSHIP)
        try:
            await self._ledger.record_all(
                home.id,
                (Event(EventKind.HOME_CREATED, None), *giving.events),
                Statement("INSERT INTO homes_settings (id, name) VALUES ($1, $2)", (home.id, self._sealed(home))),
                *giving.statements,
                server=(
                    Statement(
                        "INSERT INTO homes (id, home_key, made_ms) VALUES ($1, $2, $3)", (home.id, key, home.made_ms)
                    ),
                    code_statement,
                ),
            )
        except BaseException:
            self._ledger.forget(home.id)
            self._vault.forget_home(home.id)
            raise
        self._homes[home.id] = home
        self._consents.adopt(giving)
        return code

    async def rename(self, home: HomeId, name: str, actor: Actor) -> Home | None:
        """Give it another name. None: no such home. Raises BadName and what the store raises."""
        known = self._homes.get(home)
        if known is None:
            return None
        renamed = Home(known.id, clean_name(name, self._config.name_length_max), known.made_ms)
        return await self._undisturbed.run(self._rename(renamed, actor))

    async def _rename(self, home: Home, actor: Actor) -> Home:
        await self._ledger.record(home.id, Event(EventKind.HOME_RENAMED, actor.person), self.naming(home))
        self._homes[home.id] = home
        return home

    def naming(self, home: Home) -> Statement:
        """Stores the home's name, for another act's write; then ``adopt`` it."""
        sql = "UPDATE homes_settings SET name = $1 WHERE id = $2"
        return Statement(sql, (self._sealed(home), home.id), rows_expected=1)

    def adopt(self, home: Home) -> None:
        """``naming`` is written."""
        self._homes[home.id] = home

    def _sealed(self, home: Home) -> bytes:
        return self._vault.seal(_field(home.id), home.name.encode())

    async def _name_of(self, home: HomeId) -> str:
        rows = await self._store.read(home, "SELECT name FROM homes_settings WHERE id = $1", home)
        sealed = rows[0][0] if rows else None
        return self._vault.open(_field(home), sealed if isinstance(sealed, bytes) else b"").decode()


def _field(home: HomeId) -> Field:
    return Field("homes_settings", "name", home, home)
