"""What the server and the evaluator say to each other: one request, one reply, over a socket between the two processes.

    length  u32  of what follows        kind (request) or status (reply)  u8        body

The evaluator believes the server which account asks; beyond that both check all they read: lengths are bounded, and
anything else ends the connection. Numbers and accounts have no repr.
"""

import enum
import struct
from dataclasses import dataclass, field

from curtilage.wire.discovery.batch import REPLY_BYTES_MAX, REQUEST_BYTES_MAX
from curtilage.wire.discovery.manifest import is_metadata
from curtilage.wire.discovery.oprf import OUTPUT_BYTES
from curtilage.wire.discovery.ristretto255 import Element, decode_element

LENGTH = struct.Struct(">I")
_EPOCH = struct.Struct(">I")
_WAIT = struct.Struct(">Q")
_STATE = struct.Struct(">I32sB")
_SETTINGS = struct.Struct(">IIIIIHH")
ACCOUNT_BYTES_MAX = 64
NUMBER_BYTES_MAX = 16
EPOCHS_COUNT_MAX = 2
"""The one that ends and the one that begins."""
_WORDS_BYTES_MAX = 1_000
ASKED_BYTES_MAX = 2 + ACCOUNT_BYTES_MAX + REQUEST_BYTES_MAX
SAID_BYTES_MAX = 1 + REPLY_BYTES_MAX


class Kind(enum.IntEnum):
    """What is asked."""

    OPEN = 1
    """The first request: where the keys lie and how much may be given."""
    EVALUATE = 2
    """A phone's batch, charged to its account."""
    OUTPUTS = 3
    """A number that is being registered, in some epochs, charged to all registrations together."""
    BEGIN = 4
    """Make a key for another epoch."""
    END = 5
    """Destroy an epoch's key."""


class Status(enum.IntEnum):
    """What came of it."""

    DONE = 1
    LATER = 2
    """The allowance is used up. Nothing was evaluated."""
    UNKNOWN = 3
    """No such epoch, or one that cannot be begun. Nothing was charged."""
    BAD = 4
    """No batch. When its size was one that batches have, it was charged."""
    FAILED = 5
    """The evaluator cannot work; words for the operator follow."""


@dataclass(frozen=True, slots=True)
class EvaluatorSettings:
    """What the evaluator is told once."""

    key_folder: str = field(repr=False)
    spent_file: str
    burst_count: int
    per_hour_count: int
    numbers_burst_count: int
    numbers_per_hour_count: int
    accounts_count_max: int

    def encode(self) -> bytes:
        """The body of OPEN."""
        folder, spent = (
            self.key_folder.encode(errors="surrogateescape"),
            self.spent_file.encode(errors="surrogateescape"),
        )
        counts = (self.burst_count, self.per_hour_count, self.numbers_burst_count, self.numbers_per_hour_count)
        return _SETTINGS.pack(*counts, self.accounts_count_max, len(folder), len(spent)) + folder + spent

    @staticmethod
    def decode(body: bytes) -> "EvaluatorSettings | None":
        """None: it is none."""
        if len(body) < _SETTINGS.size:
            return None
        *counts, folder_length, spent_length = _SETTINGS.unpack_from(body)
        middle = _SETTINGS.size + folder_length
        if len(body) != middle + spent_length or not all(counts):
            return None
        paths = (body[_SETTINGS.size : middle], body[middle:])
        folder, spent = (path.decode(errors="surrogateescape") for path in paths)
        return EvaluatorSettings(folder, spent, *counts)


@dataclass(frozen=True, slots=True)
class EpochState:
    """An epoch whose key the evaluator holds."""

    epoch: int
    public_key: Element
    metadata: str
    """Which version of phonenumberslite the server read numbers with when it began."""


@dataclass(frozen=True, slots=True)
class AccountBatch:
    """The body of EVALUATE."""

    account: bytes = field(repr=False)
    """Opaque: charged, never stored as it is."""
    batch: bytes = field(repr=False)

    def encode(self) -> bytes:
        """Length of the account (1 byte), account, batch as the phone sent it."""
        assert 0 < len(self.account) <= ACCOUNT_BYTES_MAX, "no account"
        return bytes((len(self.account),)) + self.account + self.batch

    @staticmethod
    def decode(body: bytes) -> "AccountBatch | None":
        """None: it is none."""
        length = body[0] if body else 0
        if not 0 < length <= ACCOUNT_BYTES_MAX or len(body) < 1 + length:
            return None
        return AccountBatch(body[1 : 1 + length], body[1 + length :])


@dataclass(frozen=True, slots=True)
class NumberInEpochs:
    """The body of OUTPUTS."""

    number: bytes = field(repr=False)
    """E.164, ASCII; in memory only while its outputs are made."""
    epochs: tuple[int, ...]

    def encode(self) -> bytes:
        """Number of epochs (1 byte), epochs (4 each), number."""
        assert 0 < len(self.epochs) <= EPOCHS_COUNT_MAX, "no epoch, or too many"
        return bytes((len(self.epochs),)) + b"".join(map(_EPOCH.pack, self.epochs)) + self.number

    @staticmethod
    def decode(body: bytes) -> "NumberInEpochs | None":
        """None: it is none."""
        count = body[0] if body else 0
        start = 1 + count * _EPOCH.size
        if not 0 < count <= EPOCHS_COUNT_MAX or not 0 < len(body) - start <= NUMBER_BYTES_MAX:
            return None
        return NumberInEpochs(body[start:], tuple(epoch for (epoch,) in _EPOCH.iter_unpack(body[1:start])))


def encode_frame(kind: Kind | Status, body: bytes = b"") -> bytes:
    """A request or a reply."""
    return LENGTH.pack(1 + len(body)) + bytes((kind,)) + body


def encode_begin(epoch: int, metadata: str) -> bytes:
    """The body of BEGIN."""
    return _EPOCH.pack(epoch) + metadata.encode("ascii")


def decode_begin(body: bytes) -> tuple[int, str] | None:
    """Epoch and metadata; None: it is none."""
    epoch, text = decode_end(body[: _EPOCH.size]), body[_EPOCH.size :].decode("ascii", errors="replace")
    return (epoch, text) if epoch is not None and is_metadata(text) else None


def encode_end(epoch: int) -> bytes:
    """The body of END."""
    return _EPOCH.pack(epoch)


def decode_end(body: bytes) -> int | None:
    """The epoch; None: it is none."""
    epoch = int.from_bytes(body) if len(body) == _EPOCH.size else 0
    return epoch or None


def encode_states(states: tuple[EpochState, ...]) -> bytes:
    """What OPEN, BEGIN and END are answered with: every epoch there is a key of, rising."""
    pieces = (
        _STATE.pack(state.epoch, state.public_key, len(state.metadata)) + state.metadata.encode("ascii")
        for state in states
    )
    return b"".join(pieces)


def decode_states(body: bytes) -> tuple[EpochState, ...] | None:
    """None: they are none, or more than may be."""
    states: list[EpochState] = []
    while body and len(states) < EPOCHS_COUNT_MAX:
        if len(body) < _STATE.size:
            return None
        epoch, public, length = _STATE.unpack_from(body)
        text, body = (
            body[_STATE.size : _STATE.size + length].decode("ascii", errors="replace"),
            body[_STATE.size + length :],
        )
        element = decode_element(public)
        if element is None or not is_metadata(text) or len(text) != length:
            return None
        states.append(EpochState(epoch, element, text))
    return tuple(states) if not body else None


def encode_later(wait_ms: int) -> bytes:
    """The body of LATER."""
    return _WAIT.pack(wait_ms)


def decode_later(body: bytes) -> int | None:
    """Milliseconds; None: it is none."""
    return int.from_bytes(body) if len(body) == _WAIT.size else None


def decode_outputs(body: bytes, count: int) -> tuple[bytes, ...] | None:
    """What OUTPUTS is answered with, one for each epoch; None: it is not."""
    if len(body) != count * OUTPUT_BYTES:
        return None
    return tuple(body[at : at + OUTPUT_BYTES] for at in range(0, len(body), OUTPUT_BYTES))


def encode_words(words: str) -> bytes:
    """The body of FAILED."""
    return words.encode(errors="replace")[:_WORDS_BYTES_MAX]


def decode_words(body: bytes) -> str:
    """For the operator."""
    return body[:_WORDS_BYTES_MAX].decode(errors="replace")
