"""The journey of a message, as its sender's phone keeps it: where it stands, and what is shown of that. Pure.

Which event leads where: phone/route.py.
"""

import enum
from dataclasses import dataclass

from curtilage.wire.messages.opaque import MessageId


class Policy(enum.Enum):
    """A person's word for one contact, given beforehand: what may happen to a text without asking again."""

    IP_OR_SMS = "ip_or_sms"
    """By ip where that works; otherwise by SMS, which the carrier reads and may charge."""
    IP_ONLY = "ip_only"
    """Never by SMS."""
    ASK_FIRST = "ask_first"
    """By SMS only after the person said so for this text."""


class Stage(enum.Enum):
    """Where a message stands. Written down before anything is done about it, so a crash finds it here."""

    QUEUED = "queued"
    """Nothing of it has left this phone."""
    POSTING = "posting"
    """Its copies may have reached the server; no answer yet."""
    SENT = "sent"
    """The server holds it, durably, or has given it out."""
    CANCELLING = "cancelling"
    """The server was asked to drop it, if no device was offered it."""
    HANDING = "handing"
    """It is being given to the carrier. Never done twice: whoever finds it here after a crash does not know."""
    SMS_SENT = "sms_sent"
    """The carrier took it."""
    SMS_UNKNOWN = "sms_unknown"
    """The carrier may have taken it; waits for evidence, is never handed over again."""
    DELIVERED = "delivered"
    """A device of theirs has committed it and said so."""
    READ = "read"
    SMS_DELIVERED = "sms_delivered"
    FAILED = "failed"
    """For the reason in ``why``."""
    WITHDRAWN = "withdrawn"
    """Taken back by the person before anybody was offered it."""


class Why(enum.Enum):
    """Why a message failed, or waits. Words for people: the pages."""

    NOT_REACHABLE = "not_reachable"
    """No ip in time, and SMS was not allowed or is not there."""
    RETURNED = "returned"
    """It waited as long as the server keeps it; no device was offered it."""
    NOT_CONFIRMED = "not_confirmed"
    """A device was offered it and never said that it has it."""
    REFUSED = "refused"
    """The server does not take it."""
    CARRIER_REFUSED = "carrier_refused"
    CARRIER_FAILED = "carrier_failed"
    """The carrier took it, and said later that it did not arrive."""


class Question(enum.Enum):
    """What only the person can decide. Nothing happens by itself until they do, or until evidence comes."""

    SEND_BY_SMS = "send_by_sms"
    """Nothing was delivered so far, and this contact's texts go by SMS only after a word."""
    MAY_HAVE_ARRIVED = "may_have_arrived"
    """A device was offered it, or that cannot be found out: by SMS as well it may come twice."""
    IDENTITY_CHANGED = "identity_changed"
    """The contact's keys are not those known: look at them first (phone/contact pages)."""


@dataclass(frozen=True, slots=True)
class Journey:
    """Of one message to one contact."""

    id: MessageId
    policy: Policy
    stage: Stage
    due_ms: int | None
    """When the next thing happens by itself (route.Due); None: only events move it."""
    offered: bool = False
    """Some device may have seen its bytes."""
    asked_sms: bool = False
    """The person said for this text: by SMS."""
    taken_back: bool = False
    """The person wants it back."""
    twice: bool = False
    """Handed to the carrier though a copy may have been seen, because the person said so."""
    question: Question | None = None
    why: Why | None = None
    ip_ended: bool = False
    """It was cancelled, refused or returned: its id is used up on the server."""
    handed: bool = False
    """It was handed to the carrier, or is being handed over."""

    @property
    def over(self) -> bool:
        """Nothing is done about it any more; late evidence may still correct what is shown."""
        return self.stage in _OVER


_OVER = frozenset({Stage.DELIVERED, Stage.READ, Stage.SMS_DELIVERED, Stage.FAILED, Stage.WITHDRAWN})
