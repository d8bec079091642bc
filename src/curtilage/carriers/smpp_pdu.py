"""The messages of SMPP 3.4 as bytes: what we send is written, what we are sent is read. Pure.

Guards: nothing that a carrier sends makes this read past its end or take more than the length the PDU says (§3.2); what
is malformed raises PduError and nothing else. Numbers, texts and passwords stand in no repr.

Only what a transceiver needs (§2.2): bind, submit_sm, deliver_sm, data_sm from the carrier, query_sm, enquire_link,
unbind, generic_nack.
"""

import enum
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

HEAD = struct.Struct(">IIII")
"""§3.2: command_length, command_id, command_status, sequence_number."""
LENGTH = struct.Struct(">I")
RESPONSE = 0x80000000
"""This bit makes a command its response."""
_TLV_HEAD = struct.Struct(">HH")
SHORT_MESSAGE_OCTETS_MAX = 254
"""§5.2.21."""
_VERSION = 0x34


class PduError(ValueError):
    """Not a PDU of SMPP 3.4. Says what is wrong, never what was in it."""


class Command(enum.IntEnum):
    """§5.1.2.1."""

    BIND_TRANSCEIVER = 0x00000009
    QUERY_SM = 0x00000003
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    ENQUIRE_LINK = 0x00000015
    DATA_SM = 0x00000103
    GENERIC_NACK = 0x80000000


class Tag(enum.IntEnum):
    """§5.3.2: optional parameters that mean something to us."""

    MESSAGE_REFERENCE = 0x0204
    """Of our choice (16 bits); some carriers give it back in receipts."""
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    RECEIPTED_MESSAGE_ID = 0x001E
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


@dataclass(frozen=True, slots=True)
class Pdu:
    """One of them; ``command`` may be one that we do not know."""

    command: int
    status: int
    sequence: int
    body: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """Head and body."""
        return HEAD.pack(HEAD.size + len(self.body), self.command, self.status, self.sequence) + self.body


def length_of(octets: bytes, length_max: int) -> int:
    """Of the whole PDU, from its first four octets. Raises PduError when no PDU can be so long or so short."""
    (length,) = LENGTH.unpack_from(octets)
    if not HEAD.size <= length <= length_max:
        raise PduError("a PDU of an impossible length")
    return int(length)


def decode(octets: bytes) -> Pdu:
    """A whole PDU. Raises PduError."""
    if len(octets) < HEAD.size:
        raise PduError("a PDU without a whole head")
    length, command, status, sequence = HEAD.unpack_from(octets)
    if length != len(octets):
        raise PduError("a PDU of another length than it says")
    return Pdu(command, status, sequence, octets[HEAD.size :])


class _Fields:
    """Reads the body from its beginning."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def text(self, length_max: int) -> str:
        """A C-Octet String (§3.1); ``length_max`` without its NUL. Read as Latin-1: no octet is lost."""
        end = self._octets.find(b"\0", self._at, self._at + length_max + 1)
        if end < 0:
            raise PduError("a string without its end")
        octets, self._at = self._octets[self._at : end], end + 1
        return octets.decode("latin-1")

    def octet(self) -> int:
        return self.octets(1)[0]

    def octets(self, count: int) -> bytes:
        if self._at + count > len(self._octets):
            raise PduError("a PDU that ends too early")
        octets = self._octets[self._at : self._at + count]
        self._at += count
        return octets

    def tlvs(self) -> Mapping[int, bytes]:
        """§5.3: to the end; of one that is there twice the last counts."""
        found = {}
        while self._at < len(self._octets):
            tag, length = _TLV_HEAD.unpack(self.octets(_TLV_HEAD.size))
            found[tag] = self.octets(length)
        return found


def _string(text: str, length_max: int) -> bytes:
    octets = text.encode("latin-1")
    if len(octets) > length_max or b"\0" in octets:
        raise PduError("a string too long, or with a NUL")
    return octets + b"\0"


def _tlv(tag: Tag, value: bytes) -> bytes:
    return _TLV_HEAD.pack(tag, len(value)) + value


@dataclass(frozen=True, slots=True)
class Bind:
    """bind_transceiver (§4.1.5)."""

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""

    def encode(self) -> bytes:
        """The body. Raises PduError when a name is too long. Passwords may be longer than the 8 of §5.2.2."""
        names = _string(self.system_id, 64) + _string(self.password, 64) + _string(self.system_type, 12)
        return names + bytes((_VERSION, 0, 0, 0))  # any type of number; no range of addresses


@dataclass(frozen=True, slots=True)
class Address:
    """A number with its type and plan (§5.2.5, §5.2.6)."""

    ton: int
    npi: int
    digits: str = field(repr=False)

    def encode(self) -> bytes:
        """Raises PduError when it is too long."""
        return bytes((self.ton, self.npi)) + _string(self.digits, 20)


@dataclass(frozen=True, slots=True)
class SubmitSm:
    """submit_sm (§4.4.1)."""

    source: Address = field(repr=False)
    destination: Address = field(repr=False)
    data_coding: int
    message: bytes = field(repr=False)
    has_header: bool = False
    """The message begins with a header (UDHI of esm_class)."""
    receipt: bool = True
    validity_s: int = 0
    reference: int | None = None

    def encode(self) -> bytes:
        """The body; a message longer than a short one goes as message_payload."""
        short = self.message if len(self.message) <= SHORT_MESSAGE_OCTETS_MAX else b""
        head = b"\0" + self.source.encode() + self.destination.encode()
        head += bytes((0x40 if self.has_header else 0, 0, 0)) + b"\0" + _string(_validity(self.validity_s), 16)
        head += bytes((int(self.receipt), 0, self.data_coding, 0, len(short))) + short
        if short != self.message:
            head += _tlv(Tag.MESSAGE_PAYLOAD, self.message)
        if self.reference is not None:
            head += _tlv(Tag.MESSAGE_REFERENCE, self.reference.to_bytes(2, "big"))
        return head


def _validity(seconds: int) -> str:
    """A relative time (§7.1.1): YYMMDDhhmmss000R; a month has 30 days here, and 99 years are enough."""
    if seconds <= 0:
        return ""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    months, day = divmod(min(days, 30 * 12 * 99), 30)
    year, month = divmod(months, 12)
    return f"{year:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}000R"


@dataclass(frozen=True, slots=True)
class DeliverSm:
    """deliver_sm (§4.6.1): an incoming text, or a receipt."""

    source: Address = field(repr=False)
    destination: Address = field(repr=False)
    esm_class: int
    data_coding: int
    message: bytes = field(repr=False)
    """short_message, or message_payload where that is there."""
    tlvs: Mapping[int, bytes] = field(repr=False)

    @property
    def is_receipt(self) -> bool:
        """By esm_class (§5.2.12) or a parameter that only receipts have; never by the text, which anybody can write."""
        return self.esm_class & 0x3C in {0x04, 0x20} or Tag.RECEIPTED_MESSAGE_ID in self.tlvs

    @property
    def has_header(self) -> bool:
        """The message begins with a header."""
        return bool(self.esm_class & 0x40)

    def number(self, tag: Tag) -> int | None:
        """The value of a parameter that is a number; None: it is not there."""
        value = self.tlvs.get(tag)
        return int.from_bytes(value[:4], "big") if value else None


def decode_deliver_sm(body: bytes) -> DeliverSm:
    """Raises PduError."""
    fields = _Fields(body)
    fields.text(5)  # service_type
    source = Address(fields.octet(), fields.octet(), fields.text(64))
    destination = Address(fields.octet(), fields.octet(), fields.text(64))
    esm_class = fields.octet()
    fields.octets(2)  # protocol_id, priority_flag
    fields.text(16)  # schedule_delivery_time
    fields.text(16)  # validity_period
    fields.octets(2)  # registered_delivery, replace_if_present_flag
    data_coding = fields.octet()
    fields.octet()  # sm_default_msg_id
    message = fields.octets(fields.octet())
    tlvs = fields.tlvs()
    # §5.3.2.32: with message_payload short_message is empty; should both be there, the longer says more.
    return DeliverSm(
        source, destination, esm_class, data_coding, max(message, tlvs.get(Tag.MESSAGE_PAYLOAD, b""), key=len), tlvs
    )


def decode_data_sm(body: bytes) -> DeliverSm:
    """Some carriers send receipts and texts so (§4.7.1); its message is a parameter. Raises PduError."""
    fields = _Fields(body)
    fields.text(5)  # service_type
    source = Address(fields.octet(), fields.octet(), fields.text(64))
    destination = Address(fields.octet(), fields.octet(), fields.text(64))
    esm_class = fields.octet()
    fields.octet()  # registered_delivery
    data_coding = fields.octet()
    tlvs = fields.tlvs()
    return DeliverSm(source, destination, esm_class, data_coding, tlvs.get(Tag.MESSAGE_PAYLOAD, b""), tlvs)


def decode_message_id(body: bytes) -> str:
    """Of submit_sm_resp (§4.4.2). Raises PduError."""
    return _Fields(body).text(64)


def encode_query_sm(carrier_id: str, source: Address) -> bytes:
    """The body (§4.8.1)."""
    return _string(carrier_id, 64) + source.encode()


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """Of query_sm_resp (§4.8.2)."""

    carrier_id: str
    state: int
    error: int


def decode_query_sm_resp(body: bytes) -> QueryAnswer:
    """Raises PduError."""
    fields = _Fields(body)
    carrier_id = fields.text(64)
    fields.text(16)  # final_date
    return QueryAnswer(carrier_id, fields.octet(), fields.octet())
