"""Incoming parts become whole texts again: out of order, repeated, lost, or with a reference that is used again.

Guards memory (so many texts wait, so many of one sender, so long) and the promise that nothing vanishes: a text whose
parts do not all come is given out with gaps, when its time is over or its place is needed. Parts are joined before they
are decoded, because some senders cut through a pair.

Pure. A part is remembered here only: the carrier tells its sink of every part before it acknowledges it, and after a
restart the caller hands in again those of which no text was made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from curtilage.carriers.concatenation import Concatenation
from curtilage.carriers.splitter import Alphabet, join

GAP = "[…]"
"""Stands where a part is missing."""


@dataclass(frozen=True, slots=True)
class ReceivedPart:
    """One part as it came."""

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    concatenation: Concatenation
    alphabet: Alphabet
    octets: bytes = field(repr=False)
    at_ms: int


@dataclass(frozen=True, slots=True)
class Assembled:
    """A text, whole or with gaps."""

    parts: tuple[ReceivedPart, ...]
    """In their order."""
    missing: tuple[int, ...] = ()
    """Numbers of parts that did not come."""

    @property
    def text(self) -> str:
        """With a GAP for each run of missing parts."""
        there = {part.concatenation.number: part for part in self.parts}
        total = self.parts[0].concatenation.total
        runs = groupby(range(1, total + 1), lambda number: there[number].alphabet if number in there else None)
        return "".join(_run(alphabet, [there[number] for number in numbers if alphabet]) for alphabet, numbers in runs)


@dataclass(frozen=True, slots=True)
class Added:
    """What came of a part."""

    given: tuple[Assembled, ...]
    """To be shown: texts that are whole now, or have waited enough."""
    waits: bool
    """The part is kept for the others; False: it is in a text that was given, or was there already."""


def _run(alphabet: Alphabet | None, parts: list[ReceivedPart]) -> str:
    return GAP if alphabet is None else join(alphabet, b"".join(part.octets for part in parts))


@dataclass(frozen=True, slots=True)
class ReassemblyLimits:
    """See config.py."""

    age_ms: int
    texts_count_max: int
    texts_per_sender_count_max: int


@dataclass(frozen=True, slots=True)
class _Key:
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    reference: int
    total: int


class Reassembly:
    """Texts whose parts are still coming."""

    def __init__(self, limits: ReassemblyLimits) -> None:
        self._limits = limits
        self._waiting: dict[_Key, dict[int, ReceivedPart]] = {}

    def add(self, part: ReceivedPart, now_ms: int) -> Added:
        """The part finds its place; what is to be shown now is given out.

        A part that is there already changes nothing. Another text in the same place means that the sender uses the
        reference again: what was there is given out with its gaps.
        """
        given = self.expire(now_ms)
        key = _key(part)
        known = self._waiting.get(key, {}).get(part.concatenation.number)
        if known is not None:
            if (known.octets, known.alphabet) == (part.octets, part.alphabet):
                return Added(tuple(given), waits=False)
            given.append(self._take(key))
        if key not in self._waiting:
            given += self._make_room(part.sender)
        parts = self._waiting.setdefault(key, {})
        parts[part.concatenation.number] = part
        whole = len(parts) == part.concatenation.total
        if whole:
            given.append(self._take(key))
        return Added(tuple(given), waits=not whole)

    def forget(self, part: ReceivedPart) -> None:
        """It could not be recorded, so it was not acknowledged and comes again."""
        parts = self._waiting.get(_key(part), {})
        if parts.get(part.concatenation.number) is part:
            del parts[part.concatenation.number]
            if not parts:
                del self._waiting[_key(part)]

    def put_back(self, item: Assembled, without: ReceivedPart | None) -> None:
        """A text that could not be recorded waits again, but for the part that comes again."""
        for part in item.parts:
            if part is not without:
                self._waiting.setdefault(_key(part), {})[part.concatenation.number] = part

    def expire(self, now_ms: int) -> list[Assembled]:
        """Texts whose first part is older than the limit, with their gaps."""
        old = [key for key, parts in self._waiting.items() if now_ms - _began_ms(parts) > self._limits.age_ms]
        return [self._take(key) for key in old]

    def _make_room(self, sender: str) -> list[Assembled]:
        """One sender never pushes out another's while it has texts of its own waiting."""
        own = [key for key in self._waiting if key.sender == sender]
        if len(own) >= self._limits.texts_per_sender_count_max:
            return [self._take(own[0])]
        if len(self._waiting) >= self._limits.texts_count_max:
            return [self._take(own[0] if own else next(iter(self._waiting)))]
        return []

    def _take(self, key: _Key) -> Assembled:
        parts = self._waiting.pop(key)
        missing = tuple(number for number in range(1, key.total + 1) if number not in parts)
        return Assembled(tuple(parts[number] for number in sorted(parts)), missing)


def _key(part: ReceivedPart) -> _Key:
    return _Key(part.sender, part.recipient, part.concatenation.reference, part.concatenation.total)


def _began_ms(parts: Mapping[int, ReceivedPart]) -> int:
    return min(part.at_ms for part in parts.values())
