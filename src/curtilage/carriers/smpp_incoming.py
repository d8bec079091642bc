"""What an SMSC sends by itself becomes events: texts, their parts, receipts. Pure.

Nothing is thrown away as a repetition: SMPP gives incoming texts no name, so the same octets twice may be the same
words written twice. Only where the connection broke before our acknowledgement was certain, a text says that it is
perhaps here again.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from curtilage.carriers.carrier import CarrierEvent, PartReceived, Receipt, TextReceived
from curtilage.carriers.outstanding import OutstandingParts
from curtilage.carriers.reassembly import Assembled, Reassembly, ReassemblyLimits, ReceivedPart
from curtilage.carriers.smpp_pdu import DeliverSm
from curtilage.carriers.smpp_text import incoming, number_of, receipt_facts
from curtilage.carriers.splitter import join
from curtilage.config import Config
from curtilage.wire.identifier import Entropy, new_identifier

_ACKNOWLEDGED_COUNT_MAX = 1000
_MS_PER_S = 1000


def reassembly_limits(config: Config) -> ReassemblyLimits:
    """Of the settings."""
    return ReassemblyLimits(
        config.sms_parts_age_s * _MS_PER_S,
        config.sms_parts_texts_count_max,
        config.sms_parts_texts_per_sender_count_max,
    )


def _nothing() -> None:
    """Nothing is to be undone."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event for the sink, and what to do when it could not be committed: it is then not acknowledged either."""

    event: CarrierEvent
    undo: Callable[[], None] = _nothing


class Incoming:
    """Of one account, across its connections."""

    def __init__(self, config: Config, entropy: Entropy, parts: OutstandingParts, *, international: bool) -> None:
        self._config = config
        self._entropy = entropy
        self._outstanding = parts
        self._international = international
        self._reassembly = Reassembly(reassembly_limits(config))
        self._keys: dict[ReceivedPart, str] = {}
        self._acknowledged: OrderedDict[bytes, int] = OrderedDict()
        self._uncertain: dict[bytes, int] = {}

    def restore(self, received: PartReceived) -> None:
        """A part of an earlier run."""
        self._keys[received.part] = received.key
        self._reassembly.add(received.part, received.part.at_ms)

    def events(self, message: DeliverSm, now_ms: int) -> list[Told]:
        """What is to be committed before this is acknowledged, in this order."""
        if message.is_receipt:
            return [Told(self._receipt(message, now_ms))]
        read = incoming(message)
        sender = number_of(message.source, international=self._international)
        recipient = number_of(message.destination, international=self._international)
        key, again = new_identifier(self._entropy), self._perhaps_again(message, now_ms)
        if read.concatenation is None:
            text = join(read.alphabet, read.octets)
            return [Told(TextReceived(now_ms, sender, recipient, text, key, perhaps_again=again))]
        return self._part(ReceivedPart(sender, recipient, read.concatenation, read.alphabet, read.octets, now_ms), key)

    def overdue(self, now_ms: int) -> list[Told]:
        """Texts whose parts did not all come in time."""
        return [self._assembled(item, now_ms, None) for item in self._reassembly.expire(now_ms)]

    def _receipt(self, message: DeliverSm, now_ms: int) -> Receipt:
        facts = receipt_facts(message)
        part = self._outstanding.find(facts.carrier_id, facts.recipient.digits, facts.reference)
        number = number_of(facts.recipient, international=self._international)
        submission, place = (part.submission, part.part) if part is not None else (None, 0)
        return Receipt(now_ms, submission, place, facts.state, facts.carrier_id, facts.error, number)

    def _part(self, part: ReceivedPart, key: str) -> list[Told]:
        added = self._reassembly.add(part, part.at_ms)
        if added.waits or any(part in item.parts for item in added.given):
            self._keys[part] = key
        told = [self._assembled(item, part.at_ms, part) for item in added.given]

        def undo() -> None:
            self._reassembly.forget(part)
            self._keys.pop(part, None)

        return [*told, Told(PartReceived(key, part), undo)] if added.waits else told

    def _assembled(self, item: Assembled, now_ms: int, newest: ReceivedPart | None) -> Told:
        keys = {part: self._keys.pop(part) for part in item.parts}
        first = item.parts[0]
        own = tuple(keys.values())
        event = TextReceived(now_ms, first.sender, first.recipient, item.text, own[0], own, item.missing)

        def undo() -> None:
            self._reassembly.put_back(item, newest)
            self._keys |= {part: key for part, key in keys.items() if part is not newest}

        return Told(event, undo)

    def acknowledged(self, message: DeliverSm, now_ms: int) -> None:
        """Our answer was written; whether it arrives is not known while the connection may break."""
        self._acknowledged[_fingerprint(message)] = now_ms
        while len(self._acknowledged) > _ACKNOWLEDGED_COUNT_MAX:
            self._acknowledged.popitem(last=False)

    def broken(self, now_ms: int) -> None:
        """The connection ended: what was acknowledged lately may come again, over the next one or a later one."""
        since = now_ms - round(self._config.smpp_redelivery_s * _MS_PER_S)
        self._uncertain = {mark: now_ms for mark, at_ms in self._acknowledged.items() if at_ms >= since}

    def _perhaps_again(self, message: DeliverSm, now_ms: int) -> bool:
        at_ms = self._uncertain.pop(_fingerprint(message), None)
        return at_ms is not None and now_ms - at_ms <= self._config.smpp_redelivery_s * _MS_PER_S


def _fingerprint(message: DeliverSm) -> bytes:
    """Kept instead of the text."""
    facts = f"{message.source.digits}\0{message.destination.digits}\0{message.data_coding}\0".encode()
    return hashlib.sha256(facts + message.message).digest()
