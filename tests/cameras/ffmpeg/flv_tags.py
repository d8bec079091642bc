"""An FLV file taken apart into its tags and put together again, so that a test can spoil it."""

from dataclasses import dataclass, replace

_HEAD_BYTES, _TAG_BYTES, _BACK_BYTES = 13, 11, 4
SOUND, SCRIPT = 8, 18
SOUND_AND_PICTURES = 5
"""What the fifth octet of the file says is in it."""


@dataclass(frozen=True)
class Tag:
    """One of them."""

    kind: int
    time_ms: int
    payload: bytes

    @property
    def is_config(self) -> bool:
        """AAC's sequence header."""
        return self.kind == SOUND and self.payload[:2] == bytes((self.payload[0], 0)) and self.payload[0] >> 4 == 10

    def at(self, time_ms: int) -> "Tag":
        """The same at another time."""
        return replace(self, time_ms=time_ms & 0xFFFFFFFF)


def read_flv(octets: bytes) -> tuple[bytes, list[Tag]]:
    """What stands before the tags, and the tags."""
    at, tags = _HEAD_BYTES, list[Tag]()
    while at < len(octets):
        size = int.from_bytes(octets[at + 1 : at + 4])
        time_ms = int.from_bytes(octets[at + 4 : at + 7]) | octets[at + 7] << 24
        begin = at + _TAG_BYTES
        tags.append(Tag(octets[at], time_ms, octets[begin : begin + size]))
        at = begin + size + _BACK_BYTES
    return octets[:_HEAD_BYTES], tags


def write_flv(head: bytes, tags: list[Tag]) -> bytes:
    """Together again."""
    return head + b"".join(_written(tag) for tag in tags)


def _written(tag: Tag) -> bytes:
    time = (tag.time_ms & 0xFFFFFF).to_bytes(3) + (tag.time_ms >> 24).to_bytes(1)
    whole = bytes((tag.kind,)) + len(tag.payload).to_bytes(3) + time + bytes(3) + tag.payload
    return whole + len(whole).to_bytes(4)
