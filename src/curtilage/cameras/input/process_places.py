"""How many processes read cameras at once: in all, and for each home.

Guards the machine's memory: each such process takes some 60 MB, and may take much more. Whoever finds no place is told
so in words, and tries again; a place is free when its process is gone. Pure.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.config import Config
from curtilage.wire.identifier import HomeId


class ProcessPlaces:
    """All places of this server."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._taken: Counter[HomeId] = Counter()

    def of(self, home: HomeId) -> "HomePlaces":
        """Those of one home."""
        return HomePlaces(self, home)

    @contextmanager
    def taken(self, home: HomeId) -> Iterator[None]:
        """One place, until the end of the context. Raises SourceError: none is free."""
        config = self._config
        if self._taken[home] >= config.source_processes_per_home_count_max:
            raise _none_free(
                "Its home", config.source_processes_per_home_count_max, "source_processes_per_home_count_max"
            )
        if self._taken.total() >= config.source_processes_count_max:
            raise _none_free("This server", config.source_processes_count_max, "source_processes_count_max")
        self._taken[home] += 1
        try:
            yield
        finally:
            self._taken[home] -= 1
            if not self._taken[home]:
                del self._taken[home]


@dataclass(frozen=True, slots=True)
class HomePlaces:
    """What a source of one home's camera is handed."""

    places: ProcessPlaces
    home: HomeId

    @contextmanager
    def taken(self) -> Iterator[None]:
        """See ProcessPlaces."""
        with self.places.taken(self.home):
            yield


def _none_free(whose: str, count: int, setting: str) -> SourceError:
    return SourceError(
        SourceProblem.TOO_MANY, f"{whose} has all {count} processes busy that may read cameras ({setting})."
    )
