"""Records on a page's one streaming connection, which carries all its views.

    length   u32   of all that follows
    type     u8    RecordType
    view     u32   number of the view on this connection; 0 where the record concerns them all
    payload

The server sends only whole records. There is no record for "your grant ended": cutting a view resets the connection
(docs/spec/sealed-stream.md), because a polite last word would stand in a queue behind what must not arrive any more.
"""

import enum
import json
import struct
from dataclasses import dataclass

from curtilage.wire.identifier import ViewNumber
from curtilage.wire.sealed_part import SealedPart
from curtilage.wire.view_key import WrappedKey

_HEAD = struct.Struct(">IBI")
_HEAD_AFTER_LENGTH_BYTES = 5
HEAD_BYTES = _HEAD.size
_TIME = struct.Struct(">Q")


class RecordType(enum.IntEnum):
    """What a record carries."""

    WELCOME = 1
    """JSON: ``{"stream": handle, "now": ms}``. First record of every connection."""
    KEY = 2
    """A wrapped epoch key (wire/view_key.py). Precedes the first part of its epoch."""
    PART = 3
    """A sealed part."""
    STATE = 4
    """JSON: ``{"state": ..., "words": ..., "do": ...}``: how the camera is."""
    END = 5
    """JSON: ``{"cause": ..., "words": ...}``: this view is over though its grant is not, for example after an alarm."""
    HEARTBEAT = 6
    """u64: the server's time in ms. Lets the page tell a silent camera from a silent network."""
    TRACK = 7
    """JSON: ``{"track": ..., "quality": ...}``: from here on this view's parts are of that track and of no other."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One record. Built by the functions below, parsed by ``decode``."""

    type: RecordType
    view: ViewNumber
    payload: bytes

    def encode(self) -> bytes:
        """Head and payload."""
        return _HEAD.pack(_HEAD_AFTER_LENGTH_BYTES + len(self.payload), self.type, self.view) + self.payload

    @staticmethod
    def decode(octets: bytes, length_max: int) -> "tuple[StreamRecord, bytes] | None":
        """The first record and the rest, or None when more bytes are needed. Raises ValueError when it is none."""
        if len(octets) < HEAD_BYTES:
            return None
        length, kind, view = _HEAD.unpack_from(octets)
        if length < _HEAD_AFTER_LENGTH_BYTES or length > length_max:
            raise ValueError("a record of an impossible length")
        end = 4 + length
        if len(octets) < end:
            return None
        return StreamRecord(RecordType(kind), ViewNumber(view), octets[HEAD_BYTES:end]), octets[end:]


def key_record(view: ViewNumber, key: WrappedKey) -> bytes:
    """Encoded KEY record."""
    return StreamRecord(RecordType.KEY, view, key.encode()).encode()


def part_record(view: ViewNumber, part: SealedPart) -> bytes:
    """Encoded PART record; the hot path, so it copies the part once."""
    octets = part.octets
    return _HEAD.pack(_HEAD_AFTER_LENGTH_BYTES + len(octets), RecordType.PART, view) + octets


def heartbeat_record(now_ms: int) -> bytes:
    """Encoded HEARTBEAT record."""
    return StreamRecord(RecordType.HEARTBEAT, ViewNumber(0), _TIME.pack(now_ms)).encode()


def json_record(kind: RecordType, view: ViewNumber, value: dict[str, str | int]) -> bytes:
    """Encoded WELCOME, STATE, END or TRACK record."""
    return StreamRecord(kind, view, json.dumps(value, separators=(",", ":")).encode()).encode()
