"""A message's copy for one phone, as the server keeps it. Pure.

QUEUED -> OFFERED -> TAKEN. From QUEUED also CANCELLED (by its sender) and RETURNED (kept long enough); from OFFERED
also UNCONFIRMED. These hold no message any more, but the row stays for a while: a sender that asks again, or posts
again what was cancelled, must get the same answer.
"""

import enum
from dataclasses import dataclass, field

from curtilage.wire.identifier import DeviceId, MessageId


class CopyState(enum.IntEnum):
    """Numbers of the database: never given another meaning."""

    QUEUED = 0
    """Durable; its phone has seen no byte of it."""
    OFFERED = 1
    """Bytes may have left for its phone; written down before they do."""
    TAKEN = 2
    """Its phone has committed it, and said so."""
    CANCELLED = 3
    """Dropped before it was offered: it never will be."""
    RETURNED = 4
    """Kept as long as anything is kept, never offered, and dropped."""
    UNCONFIRMED = 5
    """The same, but offered: whether its phone has it was never said."""

    @property
    def unseen(self) -> bool:
        """Over, and its phone never saw a byte."""
        return self in {CopyState.CANCELLED, CopyState.RETURNED}


@dataclass(frozen=True, slots=True)
class NewCopy:
    """To be put into a mailbox."""

    phone: DeviceId
    position: int
    state: CopyState
    """QUEUED, or OFFERED when it leaves right after it is durable."""
    envelope: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """To be offered."""

    message: MessageId
    position: int
    state: CopyState
    envelope: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CopySaid:
    """What its sender is told about one phone's copy."""

    phone: DeviceId
    state: CopyState
    receipt: bytes = field(default=b"", repr=False)
    """Of a TAKEN one: what its phone gave, sealed for the sender."""


class PostAnswer(enum.Enum):
    """To a post."""

    ACCEPTED = "accepted"
    """Durable now."""
    KNOWN = "known"
    """It was accepted before: the sender asks again."""
    CANCELLED = "cancelled"
    """It was cancelled before it came, or kept long enough: it is not taken any more."""
