"""Reads a format field by field, and never past its end.

All integers are big-endian. Whatever is wrong is a ValueError whose words hold no byte of what was read.
"""


class OctetReader:
    """One pass over one value."""

    __slots__ = ("_at", "_octets", "_what")

    def __init__(self, octets: bytes, what: str, length_max: int) -> None:
        """``what`` names the format in errors. Raises ValueError when there are more than ``length_max`` bytes."""
        if len(octets) > length_max:
            raise ValueError(f"longer than {what} may be")
        self._octets = octets
        self._what = what
        self._at = 0

    @property
    def at(self) -> int:
        """Bytes read so far."""
        return self._at

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes. Raises ValueError when there are fewer."""
        end = self._at + count
        if end > len(self._octets):
            raise ValueError(f"shorter than {self._what} is")
        taken = self._octets[self._at : end]
        self._at = end
        return bytes(taken)

    def number(self, size_bytes: int) -> int:
        """An unsigned integer."""
        return int.from_bytes(self.take(size_bytes), "big")

    def number_up_to(self, size_bytes: int, most: int) -> int:
        """The same, bounded. Raises ValueError beyond ``most``."""
        value = self.number(size_bytes)
        if value > most:
            raise ValueError(f"{self._what} counts more than it may")
        return value

    def expect(self, octets: bytes) -> None:
        """These very bytes come next (a version, a label). Raises ValueError."""
        if self.take(len(octets)) != octets:
            raise ValueError(f"not {self._what} of a version known here")

    def finish(self) -> None:
        """Nothing follows. Raises ValueError."""
        if self._at != len(self._octets):
            raise ValueError(f"something follows {self._what}")

    def finish_padded(self) -> None:
        """Only zeros follow. Raises ValueError: padding carries nothing, hidden words included."""
        if any(self._octets[self._at :]):
            raise ValueError(f"the padding of {self._what} is not empty")
        self._at = len(self._octets)
