"""Consents: recorded decisions for a purpose, given and withdrawn.

It guards promise P2: nothing personal is stored before the consent for it is recorded; withdrawal returns to off.
Rules:
* everything is off until given; giving what stands gives the same consent again;
* for a purpose of the home one consent stands for all; for a purpose of persons each gives their own;
* a consent goes in memory first, with everything that rests on it (grants end, listeners are told), then in the store;
* which words were shown is kept with the consent (purpose.py);
* a stored consent stands only while it stands by the ledger's own entries (standing.py); ``settle`` records the others.

Consents of persons end with what they are for: home/person.py withdraws them when a person leaves.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from curtilage.clock import Clock
from curtilage.consent.event import Event, EventKind
from curtilage.consent.grants import Grants
from curtilage.consent.ledger import Ledger
from curtilage.consent.purpose import Whose, purpose
from curtilage.consent.refused_rows import RefusedRow, RefusedRows, shown
from curtilage.consent.standing import Doubt
from curtilage.consent.undisturbed import Undisturbed
from curtilage.store.store import Statement, Store
from curtilage.wire.identifier import ConsentId, Entropy, HomeId, PersonId, new_identifier

_WITHDRAW = "UPDATE consents SET withdrawn_ms = $1 WHERE id = $2 AND withdrawn_ms IS NULL"


@dataclass(frozen=True, slots=True)
class Consent:
    """A decision that stands."""

    id: ConsentId
    home: HomeId
    purpose: str
    person: PersonId | None
    """Who gave it; None: the operator."""
    given_ms: int


@dataclass(frozen=True, slots=True)
class Giving:
    """Consents to be recorded in another act's write (joining a home, for one), and then taken in by ``adopt``."""

    consents: tuple[Consent, ...]
    statements: tuple[Statement, ...]
    events: tuple[Event, ...]


class ConsentEndListener(Protocol):
    """Told in the same call in which a consent left memory; must not wait, must not raise."""

    def consent_withdrawn(self, consent: Consent) -> None:
        """Stop what rests on it."""
        ...


class Consents:
    """See the module's text."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        grants: Grants,
        clock: Clock,
        entropy: Entropy,
        listeners: Sequence[ConsentEndListener] = (),
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._grants = grants
        self._clock = clock
        self._entropy = entropy
        self._listeners = tuple(listeners)
        self._standing: dict[HomeId, dict[ConsentId, Consent]] = {}
        self._deciding = asyncio.Lock()
        self._refused = RefusedRows(ledger)
        self._undisturbed = Undisturbed()

    def tell(self, listener: ConsentEndListener) -> None:
        """One more listener: for what is made after this and needs it."""
        self._listeners += (listener,)

    async def load(self, homes: Iterable[HomeId]) -> None:
        """What stands in these homes, whose ledgers are loaded. Raises what the store raises on reading."""
        now_ms = self._clock.now()
        for home in homes:
            standing, refused = self._ledger.standing(home), list[RefusedRow]()
            sql = "SELECT id, purpose, person, given_ms FROM consents WHERE withdrawn_ms IS NULL ORDER BY given_ms, id"
            for row in await self._store.read(home, sql):
                match row:
                    case (str(name), str(purpose_id), str() | None as person, int(given_ms)):
                        giver = PersonId(person) if person is not None else None
                        doubt = standing.consent(name, purpose_id, giver)
                        if doubt is None:
                            self._add(Consent(ConsentId(name), home, purpose_id, giver, given_ms))
                        else:
                            refused.append(_refused(home, name, purpose_id, doubt, now_ms))
            self._refused.add(home, refused)

    async def settle(self) -> None:
        """Record what ``load`` refused. To be called after it and now and then; raises nothing of the store's."""
        await self._undisturbed.run(self._refused.settle())

    def of_home(self, home: HomeId) -> list[Consent]:
        """What stands, oldest first."""
        return list(self._standing.get(home, {}).values())

    def stands(self, home: HomeId, purpose_id: str, person: PersonId | None = None) -> ConsentId | None:
        """The consent for a purpose of the home, or ``person``'s own for a purpose of persons."""
        personal = purpose(purpose_id).whose is Whose.PERSON
        for consent in self.of_home(home):
            if consent.purpose == purpose_id and (not personal or consent.person == person):
                return consent.id
        return None

    async def give(self, home: HomeId, person: PersonId | None, purpose_id: str) -> ConsentId:
        """Record ``person``'s consent; the one that stands already when there is one. Raises what the store raises."""
        return await self._undisturbed.run(self._give(home, person, purpose_id))

    async def _give(self, home: HomeId, person: PersonId | None, purpose_id: str) -> ConsentId:
        async with self._deciding:
            standing = self.stands(home, purpose_id, person)
            if standing is not None:
                return standing
            giving = self.giving(home, person, purpose_id)
            await self._ledger.record_all(home, giving.events, *giving.statements)
            self.adopt(giving)
            return giving.consents[0].id

    def giving(self, home: HomeId, person: PersonId | None, *purpose_ids: str) -> Giving:
        """New consents of somebody who has none of these yet, for another act's write."""
        consents = tuple(self._new(home, person, purpose_id) for purpose_id in purpose_ids)
        return Giving(consents, tuple(map(_insert, consents)), tuple(map(_given_event, consents)))

    def adopt(self, giving: Giving) -> None:
        """``giving`` is written."""
        for consent in giving.consents:
            self._add(consent)

    async def withdraw(self, home: HomeId, consent: ConsentId, actor: PersonId | None) -> bool:
        """Back to off, with all that rests on it.

        False: no such consent stands here, or it is a person's own, which ends only with what it is for (leaving the
        home). Raises what the store raises: it is off now, but would be on again after a restart; try again.
        """
        standing = self._standing.get(home, {}).get(consent)
        if standing is None or purpose(standing.purpose).whose is Whose.PERSON:
            return False
        return await self._undisturbed.run(self._withdraw(standing, actor))

    async def _withdraw(self, consent: Consent, actor: PersonId | None) -> bool:
        async with self._deciding:
            if self._standing[consent.home].pop(consent.id, None) is None:
                return False
            try:
                with self._grants.closing(consent.id):
                    # Gone from memory before anybody is told: nothing that is begun now may rest on it.
                    for listener in self._listeners:
                        listener.consent_withdrawn(consent)
                    await self._grants.end_of_consent(consent.home, consent.id, actor)
                    withdrawing = self.withdrawing([consent], actor)
                    await self._ledger.record_all(consent.home, withdrawing.events, *withdrawing.statements)
            except BaseException:
                self._add(consent)  # so that it can be withdrawn again
                raise
        return True

    def withdrawing(self, consents: Sequence[Consent], actor: PersonId | None) -> Giving:
        """Statements and events of a withdrawal, for another act's write; then ``forget`` them."""
        now_ms = self._clock.now()
        statements = tuple(Statement(_WITHDRAW, (now_ms, consent.id), rows_expected=1) for consent in consents)
        events = tuple(
            Event(EventKind.CONSENT_WITHDRAWN, actor, (("purpose", consent.purpose), ("consent", consent.id)))
            for consent in consents
        )
        return Giving(tuple(consents), statements, events)

    def of_person(self, home: HomeId, person: PersonId) -> list[Consent]:
        """The person's own consents, not those given for the home."""
        return [
            consent
            for consent in self.of_home(home)
            if consent.person == person and purpose(consent.purpose).whose is Whose.PERSON
        ]

    def forget(self, withdrawing: Giving) -> None:
        """``withdrawing`` is written."""
        for consent in withdrawing.consents:
            self._standing[consent.home].pop(consent.id, None)

    def _new(self, home: HomeId, person: PersonId | None, purpose_id: str) -> Consent:
        known = purpose(purpose_id)
        return Consent(ConsentId(new_identifier(self._entropy)), home, known.id, person, self._clock.now())

    def _add(self, consent: Consent) -> None:
        self._standing.setdefault(consent.home, {})[consent.id] = consent


def _insert(consent: Consent) -> Statement:
    sql = "INSERT INTO consents (id, purpose, person, given_ms, words_version) VALUES ($1, $2, $3, $4, $5)"
    words = purpose(consent.purpose).words_version()
    return Statement(sql, (consent.id, consent.purpose, consent.person, consent.given_ms, words))


def _refused(home: HomeId, consent: str, purpose_id: str, doubt: Doubt, now_ms: int) -> RefusedRow:
    facts = (("purpose", shown(purpose_id)), ("why", doubt.value), ("consent", shown(consent)))
    event = Event(EventKind.CONSENT_REFUSED, None, facts)
    return RefusedRow(home, event, Statement(_WITHDRAW, (now_ms, consent)))


def _given_event(consent: Consent) -> Event:
    facts = (("purpose", consent.purpose), ("consent", consent.id))
    words = str(purpose(consent.purpose).words_version())
    return Event(EventKind.CONSENT_GIVEN, consent.person, (*facts, ("words_version", words)))
