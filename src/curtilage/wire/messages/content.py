"""The content: what is inside an envelope, clear to the two devices alone.

It repeats the envelope's names, because Olm authenticates no associated data: ``belongs_to`` compares them. It is
padded with zeros to a few sizes, so that the length of an envelope tells little of the length of a text.

``sender_list_number`` is the number of the sender's newest device list: a receiver who knows only an older one is being
kept from it by the server, and asks for it.
"""

from dataclasses import dataclass, field

from curtilage.wire.messages.envelope import Envelope, MessageKind
from curtilage.wire.messages.octet_reader import OctetReader
from curtilage.wire.messages.opaque import NUMBER_MAX, OPAQUE_BYTES, MessageAccount, MessageId, PhoneId

SIZES_BYTES = (256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
"""A content has one of these lengths."""
MESSAGES_COUNT_MAX = 64
"""Messages that one receipt names."""
_VERSION = b"\x01"
_HEAD_BYTES = 2 + 6 * OPAQUE_BYTES + 2 * 8
TEXT_BYTES_MAX = SIZES_BYTES[-1] - _HEAD_BYTES - 4
"""32,650 bytes of UTF-8."""


@dataclass(frozen=True, slots=True)
class Content:
    """A text, or receipts, or a request to send again."""

    kind: MessageKind
    sender: MessageAccount
    sender_phone: PhoneId
    receiver: MessageAccount
    receiver_phone: PhoneId
    conversation: MessageAccount
    """Of a text: for whom it is, the receiver, or the contact when this is a copy for one's own other device.
    Of the other kinds: the receiver."""
    message: MessageId
    sender_list_number: int
    sent_ms: int
    """By the sender's clock: shown, never trusted for order or expiry."""
    text: str = field(default="", repr=False)
    """Of a text."""
    messages: tuple[MessageId, ...] = ()
    """Of the other kinds: which messages they speak of."""

    def __post_init__(self) -> None:
        names = self.sender, self.sender_phone, self.receiver, self.receiver_phone, self.conversation, self.message
        if any(len(name) != OPAQUE_BYTES for name in (*names, *self.messages)):
            raise ValueError("names in a content have 16 bytes")
        if not (0 <= self.sender_list_number <= NUMBER_MAX and 0 <= self.sent_ms <= NUMBER_MAX):
            raise ValueError("a content of an impossible number or time")
        if self.kind is MessageKind.TEXT:
            if self.messages or not self.text:
                raise ValueError("a text without words, or with receipts")
        elif self.text or not 1 <= len(self.messages) <= MESSAGES_COUNT_MAX:
            raise ValueError("receipts with words, for no message or for too many")

    def encode(self) -> bytes:
        """Padded to one of SIZES_BYTES. Raises ValueError: longer than TEXT_BYTES_MAX, or no Unicode text."""
        names = self.sender + self.sender_phone + self.receiver + self.receiver_phone + self.conversation + self.message
        head = _VERSION + bytes((self.kind,)) + names
        whole = head + self.sender_list_number.to_bytes(8, "big") + self.sent_ms.to_bytes(8, "big") + self._body()
        size = next((size for size in SIZES_BYTES if len(whole) <= size), None)
        if size is None:
            raise ValueError(f"a text has at most {TEXT_BYTES_MAX} bytes")
        return whole.ljust(size, b"\0")

    def _body(self) -> bytes:
        if self.kind is not MessageKind.TEXT:
            return bytes((len(self.messages),)) + b"".join(self.messages)
        # Half a surrogate pair is no text: UnicodeEncodeError is a ValueError.
        octets = self.text.encode("utf-8")
        return len(octets).to_bytes(4, "big") + octets

    @staticmethod
    def decode(octets: bytes) -> "Content":
        """Raises ValueError when this is no content: wrong length, broken UTF-8, padding that says something."""
        if len(octets) not in SIZES_BYTES:
            raise ValueError("not the length of a content")
        reader = OctetReader(octets, "a content", SIZES_BYTES[-1])
        reader.expect(_VERSION)
        kind = MessageKind(reader.number(1))
        names = [reader.take(OPAQUE_BYTES) for _ in range(6)]
        list_number, sent_ms = reader.number(8), reader.number(8)
        text = ""
        messages: tuple[MessageId, ...] = ()
        if kind is MessageKind.TEXT:
            text = reader.take(reader.number_up_to(4, TEXT_BYTES_MAX)).decode("utf-8")
        else:
            messages = _read_messages(reader)
        reader.finish_padded()
        return Content(
            kind,
            MessageAccount(names[0]),
            PhoneId(names[1]),
            MessageAccount(names[2]),
            PhoneId(names[3]),
            MessageAccount(names[4]),
            MessageId(names[5]),
            list_number,
            sent_ms,
            text,
            messages,
        )

    def belongs_to(self, envelope: Envelope) -> bool:
        """Does the envelope say outside what the content says inside?"""
        inside = self.kind, self.sender, self.sender_phone, self.receiver, self.receiver_phone, self.message
        outside = (
            envelope.kind,
            envelope.sender,
            envelope.sender_phone,
            envelope.receiver,
            envelope.receiver_phone,
            envelope.message,
        )
        return inside == outside


def _read_messages(reader: OctetReader) -> tuple[MessageId, ...]:
    count = reader.number_up_to(1, MESSAGES_COUNT_MAX)
    return tuple(MessageId(reader.take(OPAQUE_BYTES)) for _ in range(count))
