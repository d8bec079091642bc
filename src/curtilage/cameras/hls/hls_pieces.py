"""Where LL-HLS's ciphertext waits to be fetched: pieces under random names, and the names of those that will come.

A name has 128 random bits and says nothing of camera, time or order, so that nobody can count on from a name once seen.
A name may be *promised* before its piece exists: that is what a preload hint points to (RFC 8216bis §4.4.5.3). The
packager promises one name at a time and gives the very next part that name, whatever part it turns out to be; so a hint
always comes true, also at the end of a group of pictures and at a key turn.

It holds ciphertext and init parts, which hold no picture; it knows no keys and decides about nobody.
"""

from collections.abc import Callable

Wake = Callable[[], None]


class Pieces:
    """Of all cameras."""

    __slots__ = ("_awaited", "_kept", "bytes", "packagers_count")

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._awaited: dict[str, set[Wake]] = {}
        self.bytes = 0
        """Of all pieces together."""
        self.packagers_count = 0
        """How many share the bound on all pieces. Each counts itself, and takes itself out again."""

    def promise(self, label: str) -> None:
        """A piece of that name will come, or the name will be removed."""
        self._awaited[label] = set()

    def put(self, label: str, octets: bytes) -> None:
        """The piece is there. Wakes those who wait for it."""
        self._kept[label] = octets
        self.bytes += len(octets)
        self._wake(label)

    def get(self, label: str) -> bytes | None:
        """None: it never was, is gone, or was only promised."""
        return self._kept.get(label)

    def awaited(self, label: str) -> set[Wake] | None:
        """Who waits for a promised piece: whoever adds itself takes itself out again. None: nobody promised it."""
        return self._awaited.get(label)

    def remove(self, label: str) -> None:
        """Gone for good, promised or there."""
        octets = self._kept.pop(label, None)
        if octets is not None:
            self.bytes -= len(octets)
        self._wake(label)

    def _wake(self, label: str) -> None:
        for wake in self._awaited.pop(label, ()):
            wake()
