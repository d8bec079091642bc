"""A roster: what every home has of one kind, by name and id, in memory.

Pure. It keeps three things apart that look alike: what is there; what is on its way to the store, which counts for
names and limits already, so that two calls at once cannot both take the last place; and the names of what was removed,
where past entries of the ledger still have to be told in words. What must not be remembered is forgotten instead.
"""

from typing import Generic, Protocol, TypeVar

from curtilage.home.name import canonical
from curtilage.wire.identifier import DeviceId, HomeId, PersonId


class Named(Protocol):
    """A person, a device or a display."""

    @property
    def home(self) -> HomeId:
        """Whose it is."""
        ...

    @property
    def name(self) -> str:
        """As people call it."""
        ...


Key = TypeVar("Key", PersonId, DeviceId)
Thing = TypeVar("Thing", bound=Named)


class Roster(Generic[Key, Thing]):
    """See the module's text."""

    __slots__ = ("_coming", "_removed", "_there")

    def __init__(self) -> None:
        self._there: dict[HomeId, dict[Key, Thing]] = {}
        self._coming: dict[Key, Thing] = {}
        self._removed: dict[HomeId, dict[Key, str]] = {}

    def of_home(self, home: HomeId) -> list[Thing]:
        """Oldest first."""
        return list(self._there.get(home, {}).values())

    def of_all(self) -> list[Thing]:
        """Of every home."""
        return [thing for home in self._there.values() for thing in home.values()]

    def get(self, home: HomeId, key: Key) -> Thing | None:
        """What is there under that id in this home."""
        return self._there.get(home, {}).get(key)

    def name_of(self, home: HomeId, key: Key) -> str | None:
        """Also of what was removed; None: never anything of this home."""
        known = self.get(home, key)
        return known.name if known is not None else self._removed.get(home, {}).get(key)

    def count(self, home: HomeId) -> int:
        """Also those on their way."""
        return len(self._known(home))

    def has_name(self, home: HomeId, name: str) -> bool:
        """Is the name taken, also by one on its way?"""
        return any(canonical(other.name) == canonical(name) for other in self._known(home))

    def begin(self, key: Key, thing: Thing) -> None:
        """On its way to the store: at once, for the next call must see it."""
        self._coming[key] = thing

    def end(self, key: Key) -> None:
        """No longer on its way, whatever became of it."""
        del self._coming[key]

    def keep(self, key: Key, thing: Thing) -> None:
        """It is there, or is so from now on."""
        self._there.setdefault(thing.home, {})[key] = thing

    def forget(self, home: HomeId, key: Key) -> None:
        """It is there no longer, and nor is its name."""
        self._there.get(home, {}).pop(key, None)

    def retire(self, home: HomeId, key: Key, name: str) -> None:
        """It is there no longer; what it was called is still told."""
        self.forget(home, key)
        self._removed.setdefault(home, {})[key] = name

    def _known(self, home: HomeId) -> list[Thing]:
        return [*self.of_home(home), *(thing for thing in self._coming.values() if thing.home == home)]
