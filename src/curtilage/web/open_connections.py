"""How many connections are open at all doors together, and who gives way when there are too many. Pure.

Rules:
* a bound on all, and a share for each address, an IPv6 network counting as one (client_address.py). A household behind
  one address has 20 screens with three connections each: the share is several times that;
* loopback has no share: who can connect there runs on this machine, and it is where a proxy brings everybody from and
  where the household's own browser sits;
* at a bound the newcomer is let in, and a connection that only waits for its client gives way: within a share the
  longest waiting one, in all that of the address with the most of them. Those of strangers go first, then those of the
  known (signed in, a display, a token). So one device holds no door shut, not to its own network either: it would have
  to be the one that waits for nobody. A browser opens a closed idle connection again by itself;
* what is being answered, streams among it, never gives way. Only where nothing waits is the newcomer refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from curtilage.web.client_address import counted_address, is_loopback


@dataclass(slots=True, eq=False)
class Place:
    """One connection's. ``close`` is called once when it has to give way; it must close at once."""

    address: str = field(repr=False)
    """Empty: loopback, or a Unix socket."""
    close: Callable[[], None]


@dataclass(slots=True)
class _Share:
    """One address's; each in the order in which they began to wait."""

    count: int = 0
    strangers: dict[Place, None] = field(default_factory=dict)
    known: dict[Place, None] = field(default_factory=dict)

    def waiting(self, *, known: bool) -> dict[Place, None]:
        return self.known if known else self.strangers


class OpenConnections:
    """See the module's text."""

    __slots__ = ("_count_max", "_per_address_count_max", "_places", "_shares")

    def __init__(self, count_max: int, per_address_count_max: int) -> None:
        self._count_max = count_max
        self._per_address_count_max = per_address_count_max
        self._places: set[Place] = set()
        self._shares: dict[str, _Share] = {}

    def enter(self, host: str | None, close: Callable[[], None]) -> Place | None:
        """A new connection, which waits for its client; None: refused. ``host`` None: a Unix socket."""
        address = "" if host is None or is_loopback(host) else counted_address(host)
        share = self._shares.get(address)
        if address and share is not None and share.count >= self._per_address_count_max and not _gives_way(share, self):
            return None
        if len(self._places) >= self._count_max and not self._make_room():
            return None
        made = Place(address, close)
        self._places.add(made)
        self._shares.setdefault(address, _Share()).count += 1
        self.wait(made, known=False)
        return made

    def wait(self, place: Place, *, known: bool) -> None:
        """From now on it waits for its client: for a request, or the rest of one."""
        share = self._shares.get(place.address)
        if place in self._places and share is not None:
            self.serve(place)
            share.waiting(known=known)[place] = None

    def serve(self, place: Place) -> None:
        """From now on its client waits for us."""
        share = self._shares.get(place.address)
        if share is not None:
            share.strangers.pop(place, None)
            share.known.pop(place, None)

    def leave(self, place: Place) -> None:
        """It is gone. Idempotent."""
        if place not in self._places:
            return
        self.serve(place)
        self._places.discard(place)
        share = self._shares[place.address]
        share.count -= 1
        if not share.count:
            del self._shares[place.address]

    def count(self) -> int:
        """Open ones."""
        return len(self._places)

    def _make_room(self) -> bool:
        for known in (False, True):
            most = max(self._shares.values(), key=lambda share: len(share.waiting(known=known)), default=None)
            if most is not None and most.waiting(known=known):
                return _gives_way(most, self)
        return False


def _gives_way(share: _Share, all_of_them: OpenConnections) -> bool:
    """The longest waiting one of this address, strangers first. False: none waits."""
    first = next(iter(share.strangers or share.known), None)
    if first is None:
        return False
    all_of_them.leave(first)
    first.close()
    return True
