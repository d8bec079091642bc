"""The header by which the parts of one long text find each other (3GPP TS 23.040 §9.2.3.24).

Written with a reference of 8 bits, which every phone reads; read with 8 or 16. Anything malformed is no header: the
text is then shown as a message of its own rather than lost.
"""

from dataclasses import dataclass

PARTS_COUNT_MAX = 255
_REFERENCE_8 = 0x00
_REFERENCE_16 = 0x08


@dataclass(frozen=True, slots=True)
class Concatenation:
    """Which part of which text."""

    reference: int
    """Of the sender's choice, 0 to 255 (or 65535): the same for all parts of a text."""
    total: int
    number: int
    """From 1."""

    def encode(self) -> bytes:
        """The whole header with its length: six octets, or seven with a long reference."""
        if self.reference > 0xFF:
            return bytes((6, _REFERENCE_16, 4, self.reference >> 8, self.reference & 0xFF, self.total, self.number))
        return bytes((5, _REFERENCE_8, 3, self.reference, self.total, self.number))


def make_concatenation(reference: int, total: int, number: int) -> Concatenation | None:
    """None when the text is not in parts, or the numbers are none.

    §9.2.3.24.1: "If the value is zero, or if the value is greater than the value in octet 2 then the receiving entity
    shall ignore the whole Information Element."
    """
    return Concatenation(reference, total, number) if total > 1 and 1 <= number <= total else None


def read_header(octets: bytes) -> tuple[Concatenation | None, bytes]:
    """What a header that begins the message says, and the text behind it. Never raises."""
    if not octets or octets[0] + 1 > len(octets):
        return None, octets
    elements, text = octets[1 : octets[0] + 1], octets[octets[0] + 1 :]
    found = None
    while len(elements) >= 2 and len(elements) >= 2 + elements[1]:
        kind, length = elements[0], elements[1]
        value, elements = elements[2 : 2 + length], elements[2 + length :]
        # "In the event that IEs determined as not repeatable are duplicated, the last occurrence … shall be used."
        if kind == _REFERENCE_8 and length == 3:
            found = make_concatenation(value[0], value[1], value[2])
        elif kind == _REFERENCE_16 and length == 4:
            found = make_concatenation(value[0] << 8 | value[1], value[2], value[3])
    return found, text
