"""Which account stands behind which person of a home: the one place outside the homes that says so.

What it guards: who steals the database must not learn which homes one account belongs to, nor which accounts share a
home. So a row is a keyed look-up of home and person, and a value that opens only with the server's key.

Its rule: nothing of a row is in the clear, and no two rows have a value in common.
What it does not do: decide who may join (account.py), or answer while the server runs who is in a home (person.py).
"""

from curtilage.store.store import Statement, Store
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import AccountId, HomeId, PersonId

_LOOKUP = "account of person"
_INSERT = "INSERT INTO account_homes (lookup, sealed) VALUES ($1, $2)"
_DELETE = "DELETE FROM account_homes WHERE lookup = $1"
_SELECT = "SELECT sealed FROM account_homes WHERE lookup = $1"


def beginning(vault: Vault, account: AccountId, home: HomeId, person: PersonId) -> Statement:
    """Stores the membership (outside any home); a Conflict when the person has an account already."""
    lookup = _lookup(vault, home, person)
    return Statement(_INSERT, (lookup, vault.seal(_field(lookup), f"{account}\n{home}\n{person}".encode())))


def ending(vault: Vault, home: HomeId, person: PersonId) -> Statement:
    """Forgets it (outside any home); nothing happens when there is none."""
    return Statement(_DELETE, (_lookup(vault, home, person),))


async def account_of(store: Store, vault: Vault, home: HomeId, person: PersonId) -> AccountId | None:
    """The person's account; None: not joined, left, or a row changed from outside. Raises what the store raises."""
    lookup = _lookup(vault, home, person)
    for (sealed,) in await store.read_server(_SELECT, lookup):
        try:
            opened = vault.open(_field(lookup), sealed if isinstance(sealed, bytes) else b"")
        except SealBroken:
            return None
        return AccountId(opened.decode().partition("\n")[0])
    return None


def _lookup(vault: Vault, home: HomeId, person: PersonId) -> bytes:
    return vault.lookup(_LOOKUP, f"{home}|{person}")


def _field(lookup: bytes) -> Field:
    return Field("account_homes", "sealed", lookup.hex())
