"""Guessing made slow: how many wrong passwords and codes an account or an address may send before a pause.

Pure: keys and ``now`` in, a pause out. From ``failures_max`` failures on each one pauses, twice as long as the one
before, up to an hour. A success forgets the account's failures, never the address's: otherwise one's own account would
buy guesses at another's.

Whoever knows a name can thereby make its owner wait; signed-in sessions and right codes are not touched by that. Who
floods the server with wrong names as fast as it checks passwords makes every password wait in that line, but no code.

The table is bounded: with a flood of new keys the longest silent ones are forgotten first. A key that sent nothing
wrong for an hour after its last failure and pause begins anew: on one machine everybody has one address, and years of
mistyping must not add up to an hour's pause for all.
"""

from collections import OrderedDict
from dataclasses import dataclass

from curtilage.clock import MS_PER_SECOND

PAUSE_S_MAX = 3600


@dataclass(slots=True)
class _Failures:
    count: int = 0
    until_ms: int = 0
    last_ms: int = 0


class Throttle:
    """Failures by key."""

    __slots__ = ("_entries_max", "_failures", "_failures_max", "_pause_ms")

    def __init__(self, failures_max: int, pause_s: int, entries_max: int) -> None:
        self._failures_max = failures_max
        self._pause_ms = pause_s * MS_PER_SECOND
        self._entries_max = entries_max
        self._failures: OrderedDict[bytes, _Failures] = OrderedDict()

    def pause_ms(self, key: bytes, now_ms: int) -> int:
        """How long this key still has to wait; 0: it may try."""
        entry = self._failures.get(key)
        return max(0, entry.until_ms - now_ms) if entry is not None else 0

    def failed(self, key: bytes, now_ms: int) -> bool:
        """One more failure. True when it began a pause."""
        entry = self._failures.setdefault(key, _Failures())
        if now_ms >= max(entry.last_ms, entry.until_ms) + PAUSE_S_MAX * MS_PER_SECOND:
            entry.count = 0
        entry.last_ms = now_ms
        self._failures.move_to_end(key)
        entry.count += 1
        if len(self._failures) > self._entries_max:
            self._failures.popitem(last=False)
        over = entry.count - self._failures_max
        if over < 0:
            return False
        longest_ms = max(PAUSE_S_MAX * MS_PER_SECOND, self._pause_ms)
        entry.until_ms = now_ms + min(self._pause_ms << min(over, 16), longest_ms)
        return True

    def succeeded(self, key: bytes) -> None:
        """Forget the key's failures."""
        self._failures.pop(key, None)
