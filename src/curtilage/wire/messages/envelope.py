"""The envelope: one message for one device, as the server carries it.

Everything here is clear to the server, and repeated inside the encrypted content, where the receiver compares it
(content.py): an envelope that was turned round, redirected or given another name does not belong to its content.
"""

import enum
import struct
from dataclasses import dataclass, field

from curtilage.wire.messages.octet_reader import OctetReader
from curtilage.wire.messages.opaque import OPAQUE_BYTES, MessageAccount, MessageId, PhoneId

CIPHERTEXT_BYTES_MAX = 33 * 1024
"""The largest content (32 kB) and what Olm adds to it."""
ATTEMPT_MAX = 255
_VERSION = b"\x01"
_HEAD = struct.Struct(">BB16s16s16s16s16sBI")
ENVELOPE_BYTES_MAX = 1 + _HEAD.size + CIPHERTEXT_BYTES_MAX


class MessageKind(enum.IntEnum):
    """What is inside, as far as the server must know: only texts go back to their sender when nobody fetches them."""

    TEXT = 1
    DELIVERED = 2
    """Receipts: these messages are in the receiver's own database."""
    READ = 3
    """Receipts: a person opened the conversation; sent only by those who chose to."""
    NOT_OPENED = 4
    """These messages could not be opened; send them again in the session this came in."""


class OlmType(enum.IntEnum):
    """Olm's two types of message (Olm specification, "Message format")."""

    PRE_KEY = 0
    """Begins a session, until the other side has answered."""
    NORMAL = 1


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message for one device."""

    kind: MessageKind
    olm_type: OlmType
    sender: MessageAccount
    sender_phone: PhoneId
    receiver: MessageAccount
    receiver_phone: PhoneId
    message: MessageId
    """The same on the envelopes to each of a person's devices."""
    ciphertext: bytes = field(repr=False)
    attempt: int = 0
    """Rises when the message is encrypted again for this device because it could not open it. The server takes message,
    receiving device and attempt for the name of an envelope: what has the same name is the same."""

    def __post_init__(self) -> None:
        names = self.sender, self.sender_phone, self.receiver, self.receiver_phone, self.message
        if any(len(name) != OPAQUE_BYTES for name in names):
            raise ValueError("names in an envelope have 16 bytes")
        if not 1 <= len(self.ciphertext) <= CIPHERTEXT_BYTES_MAX:
            raise ValueError("an envelope with nothing, or with too much in it")
        if not 0 <= self.attempt <= ATTEMPT_MAX:
            raise ValueError("an envelope of an impossible attempt")

    def encode(self) -> bytes:
        """88 bytes and the ciphertext."""
        return (
            _VERSION
            + _HEAD.pack(
                self.kind,
                self.olm_type,
                self.sender,
                self.sender_phone,
                self.receiver,
                self.receiver_phone,
                self.message,
                self.attempt,
                len(self.ciphertext),
            )
            + self.ciphertext
        )

    @staticmethod
    def decode(octets: bytes) -> "Envelope":
        """Raises ValueError when this is no envelope. Nothing in it is authenticated yet."""
        reader = OctetReader(octets, "an envelope", ENVELOPE_BYTES_MAX)
        reader.expect(_VERSION)
        kind, olm_type, sender, sender_phone, receiver, receiver_phone, message, attempt, length = _HEAD.unpack(
            reader.take(_HEAD.size)
        )
        ciphertext = reader.take(min(length, CIPHERTEXT_BYTES_MAX + 1))
        reader.finish()
        return Envelope(
            MessageKind(kind),
            OlmType(olm_type),
            sender,
            sender_phone,
            receiver,
            receiver_phone,
            message,
            ciphertext,
            attempt,
        )
