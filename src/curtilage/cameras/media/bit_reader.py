"""Bits of a NAL unit: fixed lengths and Exp-Golomb codes, as H.264 and H.265 write them (ISO/IEC 14496-10 §9.1,
23008-2 §9.2).

Rules: pure; every code is bounded, so that random bytes cost little and end in BitsEnded.
"""

_CODE_BITS_MAX = 32


class BitsEnded(Exception):
    """The bits ended, or hold a code that is too long or a value that the standard forbids."""


def raw_payload(nal: bytes, head_bytes: int) -> bytes:
    """The NAL unit without its head and without emulation prevention (14496-10 §7.4.1, 23008-2 §7.4.2)."""
    return nal[head_bytes:].replace(b"\0\0\3", b"\0\0")


class Bits:
    """Reads a raw byte sequence payload bit by bit. Raises BitsEnded."""

    __slots__ = ("_left", "_number")

    def __init__(self, payload: bytes) -> None:
        self._number = int.from_bytes(payload, "big")
        self._left = 8 * len(payload)

    def bits(self, count: int) -> int:
        """u(n)."""
        if count > self._left:
            raise BitsEnded
        self._left -= count
        return (self._number >> self._left) & ((1 << count) - 1)

    def code(self) -> int:
        """ue(v): Exp-Golomb, up to 32 bits of value."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > _CODE_BITS_MAX:
                raise BitsEnded
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        """se(v)."""
        code = self.code()
        return (code + 1) // 2 if code & 1 else -(code // 2)

    def bounded(self, most: int) -> int:
        """ue(v) that the standard limits to ``most``."""
        code = self.code()
        if code > most:
            raise BitsEnded
        return code
