"""The sealed part: a piece of a stream, encrypted and bound to where it came from.

The normative text is docs/spec/sealed-part.md, with vectors in docs/spec/sealed-part.vectors.json. This file holds the
format and the rules of sealing and opening; it knows no cache, network or clock.

Rules it guards:
* the whole clear header is associated data: a header that was touched does not open;
* the nonce is the sequence, so one epoch key must never seal two parts of one sequence (sealed/sealer.py counts);
* init parts are sealed too.

It does not check that a sequence increases: that is a rule between parts, kept by views (views/view.py, the page).
"""

import enum
import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
STREAM_ID_BYTES = 16
EPOCH_ID_BYTES = 16
KEY_BYTES = 32
TAG_BYTES = 16
SEQUENCE_MAX = 2**64 - 1
_HEADER = struct.Struct(">BBBB16s16sQQ")
HEADER_BYTES = _HEADER.size
FLAG_KEYFRAME = 0x01
_NONCE = struct.Struct(">IQ")
KIND_AT, FLAGS_AT = 1, 3
"""Where these fields stand in the clear header."""
_INIT = b"\x01"


class Kind(enum.IntEnum):
    """What is inside."""

    INIT = 1
    """The CMAF header (ftyp, moov): codec and size, needed before any media part."""
    MEDIA = 2
    """One CMAF chunk (moof, mdat)."""


class Track(enum.IntEnum):
    """Which of the camera's tracks."""

    MAIN = 1
    SUB = 2
    AUDIO = 3


@dataclass(frozen=True, slots=True)
class PartHeader:
    """The clear header. Everything in it is authenticated; nothing in it is secret."""

    kind: Kind
    track: Track
    keyframe: bool
    """Decoding can start here. For INIT always True."""
    stream_id: bytes
    """16 random bytes naming (home, camera, track, sealing process) to those who hold its key, and to nobody else."""
    epoch_id: bytes
    """16 random bytes naming the epoch key."""
    sequence: int
    """Rises by one with every sealed part of a sealing process, over epochs too."""
    time_ms: int
    """When the picture reached the sealer, ms since the Unix epoch: the age shown is the part's, never the player's."""

    def encode(self) -> bytes:
        """52 bytes, big-endian."""
        flags = FLAG_KEYFRAME if self.keyframe else 0
        return _HEADER.pack(
            VERSION, self.kind, self.track, flags, self.stream_id, self.epoch_id, self.sequence, self.time_ms
        )

    @staticmethod
    def decode(octets: bytes) -> "PartHeader":
        """From the first 52 bytes of ``octets``. Raises ValueError: too short, unknown version, kind, track or flag."""
        if len(octets) < HEADER_BYTES:
            raise ValueError("shorter than a sealed part's header")
        version, kind, track, flags, stream_id, epoch_id, sequence, time_ms = _HEADER.unpack_from(octets)
        if version != VERSION:
            raise ValueError("unknown version of sealed part")
        if flags & ~FLAG_KEYFRAME:
            raise ValueError("unknown flag in a sealed part")
        keyframe = bool(flags & FLAG_KEYFRAME)
        return PartHeader(Kind(kind), Track(track), keyframe, stream_id, epoch_id, sequence, time_ms)


@dataclass(frozen=True, slots=True)
class SealedPart:
    """Encrypted and authenticated. The only kind of part that caches, views and connections accept.

    The bytes are all there is: no header stands beside them that could say something else (a buffer used again).
    """

    octets: bytes = field(repr=False)
    """Encoded header, ciphertext, tag: ready to send."""

    def __len__(self) -> int:
        return len(self.octets)

    @property
    def header(self) -> PartHeader:
        """Decoded anew. Raises ValueError when these bytes are no sealed part."""
        return PartHeader.decode(self.octets)

    @property
    def is_init(self) -> bool:
        """By its clear header; False for bytes that are too short to have one."""
        return self.octets[KIND_AT : KIND_AT + 1] == _INIT

    @property
    def is_keyframe(self) -> bool:
        """A media part at which decoding can start."""
        octets = self.octets
        return len(octets) > FLAGS_AT and octets[KIND_AT] == Kind.MEDIA and bool(octets[FLAGS_AT] & FLAG_KEYFRAME)

    @staticmethod
    def decode(octets: bytes) -> "SealedPart":
        """Raises ValueError when this is no sealed part. That it opens is not known until it is opened."""
        if len(octets) < HEADER_BYTES + TAG_BYTES:
            raise ValueError("shorter than a sealed part")
        PartHeader.decode(octets)
        return SealedPart(bytes(octets))


@dataclass(frozen=True, slots=True)
class EpochKey:
    """A camera's current sealing key. In memory only; never stored, never reloaded."""

    stream_id: bytes
    epoch_id: bytes
    secret: bytes = field(repr=False)
    _cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError("an epoch key has 32 bytes")
        object.__setattr__(self, "_cipher", AESGCM(self.secret))

    def seal(self, header: PartHeader, clear: bytes) -> SealedPart:
        """Seal once: the caller guarantees that ``header.sequence`` was never sealed under this key before."""
        assert header.epoch_id == self.epoch_id, "sealed under a foreign epoch"
        assert header.stream_id == self.stream_id, "sealed for a foreign stream"
        kind, track, flags = header.kind, header.track, FLAG_KEYFRAME if header.keyframe else 0
        return self.seal_as(kind, track, flags, header.sequence, header.time_ms, clear)

    def seal_as(self, kind: int, track: int, flags: int, sequence: int, time_ms: int, clear: bytes) -> SealedPart:
        """As ``seal``, from the header's fields: the hot path makes no PartHeader 25 times a second for each camera."""
        encoded = _HEADER.pack(VERSION, kind, track, flags, self.stream_id, self.epoch_id, sequence, time_ms)
        return SealedPart(encoded + self._cipher.encrypt(_NONCE.pack(0, sequence), clear, encoded))

    def open(self, part: SealedPart) -> bytes | None:
        """The clear CMAF bytes, or None when the part was not sealed by this key for this very header."""
        octets = part.octets
        try:
            header = PartHeader.decode(octets)
            return self._cipher.decrypt(_nonce(header.sequence), octets[HEADER_BYTES:], octets[:HEADER_BYTES])
        except (InvalidTag, ValueError):
            return None


def _nonce(sequence: int) -> bytes:
    """32 zero bits and the 64-bit sequence: unique under a key because sequences never repeat."""
    return _NONCE.pack(0, sequence)
