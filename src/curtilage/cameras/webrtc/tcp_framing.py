"""Packets over TCP: two octets of length before each (RFC 4571 §2). Pure: octets in, packets out, bounded."""

from curtilage.errors import PeerError

LENGTH_BYTES = 2
LONGEST = 0xFFFF


class PacketTooLong(PeerError):
    """The other end announced more than is taken from it."""


class PacketReader:
    """Of one connection. Holds no more than one packet that is not whole yet."""

    __slots__ = ("_held", "_packet_bytes_max")

    def __init__(self, packet_bytes_max: int) -> None:
        self._packet_bytes_max = packet_bytes_max
        self._held = bytearray()

    def feed(self, octets: bytes | bytearray | memoryview) -> list[bytes]:
        """What became whole, empty ones too: they cost as much. Raises PacketTooLong; then nothing more is read."""
        held = self._held
        held += octets
        packets: list[bytes] = []
        place = 0
        while len(held) - place >= LENGTH_BYTES:
            length = held[place] << 8 | held[place + 1]
            if length > self._packet_bytes_max:
                held.clear()
                raise PacketTooLong("A packet over TCP is too long.")
            end = place + LENGTH_BYTES + length
            if end > len(held):
                break
            packets.append(bytes(held[place + LENGTH_BYTES : end]))
            place = end
        del held[:place]
        return packets


def framed(packet: bytes | memoryview) -> bytes:
    """A packet as it stands in the stream. It has ``LONGEST`` octets at most."""
    return len(packet).to_bytes(LENGTH_BYTES) + packet
