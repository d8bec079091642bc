"""What a connection's bytes meet: how long the oldest have been waiting, and whether TCP has to repair all the time.

Pure: counts and times in, ages and shares out. Only when each piece was written is kept, and no longer than it waits;
bounded in pieces.
"""

from collections import deque

_PIECES_COUNT_MAX = 1024


class Backlog:
    """Of one connection."""

    __slots__ = ("_pieces", "_written")

    def __init__(self) -> None:
        self._written = 0
        self._pieces: deque[tuple[int, float]] = deque(maxlen=_PIECES_COUNT_MAX)
        """Up to which byte, and when it was written."""

    def wrote(self, count: int, now_s: float) -> None:
        """So many bytes were handed on."""
        self._written += count
        self._pieces.append((self._written, now_s))

    def ages_s(self, unsent: int, unacknowledged: int, now_s: float) -> tuple[float, float]:
        """Ages of the oldest byte that did not leave, and of the oldest that was not acknowledged; 0: there is none.

        What HTTP adds around pieces is counted by the connection and not here: a few bytes too many, of the newest.
        """
        answered = self._written - max(unsent, unacknowledged)
        while self._pieces and self._pieces[0][0] <= answered:
            self._pieces.popleft()
        return self._age_s(unsent, now_s), self._age_s(max(unsent, unacknowledged), now_s)

    def _age_s(self, waiting: int, now_s: float) -> float:
        gone = self._written - waiting
        written_s = next((at_s for end, at_s in self._pieces if end > gone), None)
        return 0.0 if waiting <= 0 or written_s is None else now_s - written_s


_REPAIRS_MS = 10_000
_REPAIRS_LOOKS_COUNT_MAX = 256
_LOSSY_SHARE = 0.02
_SENT_COUNT_MIN = 50


class Repairs:
    """Packets that TCP sent again, of one connection, lately."""

    __slots__ = ("_looks",)

    def __init__(self) -> None:
        self._looks: deque[tuple[int, int, int]] = deque(maxlen=_REPAIRS_LOOKS_COUNT_MAX)
        """When; packets sent until then; of these, sent again."""

    def look(self, sent: int, again: int, now_ms: int) -> bool:
        """True: more than a few of a hundred in the last ten seconds. ``now_ms`` never goes back."""
        self._looks.append((now_ms, sent, again))
        while now_ms - self._looks[0][0] > _REPAIRS_MS:
            self._looks.popleft()
        _, sent_before, again_before = self._looks[0]
        count = sent - sent_before
        return count >= _SENT_COUNT_MIN and again - again_before > _LOSSY_SHARE * count
