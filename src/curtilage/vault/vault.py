"""The vault: keys in memory, and the sealing of private fields under them.

    root key -> wrap key -> home keys (random) -> person keys (random)

What it guards: a value that was sealed for one table, column, home, person, row and version opens nowhere else; so a
row that the store hands out for the wrong home is noise, whatever went wrong there. Erasing a home or a person is
destroying its key. Values to be found again are looked up by a keyed digest, never by themselves or a bare hash.

Its rules: home and person keys are stored only wrapped, bound to whom they belong; each key has one use (sealing,
wrapping, looking up are derived apart); nothing here waits, logs or talks to the store.
What it does not do: hide that two equal values are equal to who sees their look-ups, hide lengths, or wipe memory
(Python cannot); backups keep wrapped keys for as long as they are kept.
"""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from curtilage.vault.root_key import RootKey
from curtilage.vault.sealing import KEY_BYTES, SealingKey, broken, encode_place
from curtilage.wire.identifier import Entropy, HomeId, PersonId

KEY_VERSION = 1
"""Of a wrapped home or person key; part of what it is bound to."""


@dataclass(frozen=True, slots=True)
class Field:
    """The place of one private value. Every part of it is bound into the seal."""

    table: str
    column: str
    row: str
    home: HomeId | None = None
    """None: sealed under the server's own key."""
    person: PersonId | None = None
    """Given: sealed under this person's key, and gone with it. Needs ``home``."""
    version: int = 1

    def place(self) -> bytes:
        """Unambiguous: a row called "a|b" is not row "b" of something called "a"."""
        return encode_place("field", self.table, self.column, self.home, self.person, self.row, self.version)


@dataclass(frozen=True, slots=True, repr=False)
class _Keys:
    """What follows from one home's or person's random key."""

    seals: SealingKey
    wraps: SealingKey
    looks_up: bytes

    @staticmethod
    def of(secret: bytes) -> "_Keys":
        return _Keys(
            SealingKey(_expand(secret, "seal")), SealingKey(_expand(secret, "wrap")), _expand(secret, "lookup")
        )


class Vault:
    """Holds the keys of the homes that were loaded. No repr shows one. Used from one thread."""

    __slots__ = ("_entropy", "_homes", "_ledger", "_lookup", "_persons", "_server", "_wrap")

    def __init__(self, root: RootKey, entropy: Entropy) -> None:
        self._entropy = entropy
        self._wrap = SealingKey(root.derive("wrap"))
        self._lookup = root.derive("lookup")
        self._server = SealingKey(root.derive("server-fields"))
        self._ledger = root.derive("ledger")
        self._homes: dict[HomeId, _Keys] = {}
        self._persons: dict[HomeId, dict[PersonId, _Keys]] = {}

    def __repr__(self) -> str:
        return f"Vault({len(self._homes)} homes, keys …)"

    def __reduce__(self) -> str:
        raise TypeError("a vault is never pickled")

    def new_home(self, home: HomeId) -> bytes:
        """Make and load a home's key; returns it wrapped, to be stored."""
        secret = self._entropy(KEY_BYTES)
        self._homes[home], self._persons[home] = _Keys.of(secret), {}
        return self._wrap.seal(_home_place(home), secret, self._entropy)

    def load_home(self, home: HomeId, wrapped: bytes) -> None:
        """Raises SealBroken: not this home's key, or another root key."""
        self._homes[home] = _Keys.of(self._wrap.open(_home_place(home), wrapped))
        self._persons.setdefault(home, {})

    def forget_home(self, home: HomeId) -> None:
        """With its persons. What was sealed for it opens no more, unless it is loaded again."""
        self._homes.pop(home, None)
        self._persons.pop(home, None)

    def new_person(self, home: HomeId, person: PersonId) -> bytes:
        """Make and load a person's key; returns it wrapped under the home's. Raises SealBroken: home not loaded."""
        secret = self._entropy(KEY_BYTES)
        wrapped = self._of_home(home).wraps.seal(_person_place(home, person), secret, self._entropy)
        self._persons[home][person] = _Keys.of(secret)
        return wrapped

    def load_person(self, home: HomeId, person: PersonId, wrapped: bytes) -> None:
        """Raises SealBroken: not this person's key, or the home is not loaded."""
        secret = self._of_home(home).wraps.open(_person_place(home, person), wrapped)
        self._persons[home][person] = _Keys.of(secret)

    def forget_person(self, home: HomeId, person: PersonId) -> None:
        """What was sealed for this person opens no more, unless the key is loaded again."""
        self._persons.get(home, {}).pop(person, None)

    def seal(self, field: Field, clear: bytes) -> bytes:
        """29 bytes longer than ``clear``. Raises SealBroken: the key is not loaded."""
        return self._key(field).seal(field.place(), clear, self._entropy)

    def open(self, field: Field, sealed: bytes) -> bytes:
        """Raises SealBroken: sealed for another field, changed, or the key is not loaded."""
        return self._key(field).open(field.place(), sealed)

    def lookup(self, label: str, value: str, home: HomeId | None = None) -> bytes:
        """32 bytes, equal for equal values of one label (in one home when given) and telling nothing without the key.

        The same value in two homes gives two unrelated look-ups. ``value`` is taken as it is: make it canonical first.
        Raises SealBroken: the home is not loaded.
        """
        key = self._lookup if home is None else self._of_home(home).looks_up
        return hmac.digest(key, encode_place(label, value), hashlib.sha256)

    def ledger_key(self) -> Ed25519PrivateKey:
        """Signs checkpoints of the ledgers; the same for as long as the root key is."""
        return Ed25519PrivateKey.from_private_bytes(self._ledger)

    def _key(self, field: Field) -> SealingKey:
        if field.home is None:
            if field.person is not None:
                raise ValueError("a person's field needs the home")
            return self._server
        if field.person is None:
            return self._of_home(field.home).seals
        keys = self._persons.get(field.home, {}).get(field.person)
        if keys is None:
            raise broken()
        return keys.seals

    def _of_home(self, home: HomeId) -> _Keys:
        keys = self._homes.get(home)
        if keys is None:
            raise broken()
        return keys


def _home_place(home: HomeId) -> bytes:
    return encode_place("home key", home, KEY_VERSION)


def _person_place(home: HomeId, person: PersonId) -> bytes:
    return encode_place("person key", home, person, KEY_VERSION)


def _expand(secret: bytes, label: str) -> bytes:
    return HKDFExpand(SHA256(), KEY_BYTES, b"curtilage key v1 " + label.encode()).derive(secret)
