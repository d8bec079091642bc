"""What command_status means for a text, in words (SMPP 3.4 §5.1.3)."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from curtilage.carriers.carrier import WhyNotSent
from curtilage.errors import Blame


class Status(enum.IntEnum):
    """Those that we say ourselves or treat in a way of their own."""

    OK = 0x00
    INVALID_COMMAND_LENGTH = 0x02
    INVALID_COMMAND = 0x03
    SYSTEM_ERROR = 0x08
    QUEUE_FULL = 0x14
    THROTTLED = 0x58
    TEMPORARY = 0x64
    """ESME_RX_T_APPN: we could not take it now; send it again later."""


TRY_LATER = frozenset({Status.QUEUE_FULL, Status.THROTTLED})
"""The carrier certainly did not take it, and will take it later."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a refusal means."""

    why: WhyNotSent
    words: str
    blame: Blame = Blame.PARTNER


_RECIPIENT = Meaning(WhyNotSent.RECIPIENT, "The carrier does not deliver to this number.", Blame.PERSON)
_CREDENTIALS = Meaning(WhyNotSent.CREDENTIALS, "The carrier does not accept our name or password.", Blame.US)
_SENDER = Meaning(WhyNotSent.REFUSED, "The carrier does not accept our sender number.", Blame.US)
_TEXT = Meaning(WhyNotSent.TEXT, "The carrier does not accept the text's length or form.", Blame.US)
_FULL = Meaning(WhyNotSent.THROTTLED, "The carrier takes no more texts for now.")
_KNOWN: Mapping[int, Meaning] = {
    0x01: _TEXT,
    0x04: Meaning(WhyNotSent.NOT_CONNECTED, "The carrier's connection is not signed in."),
    0x05: Meaning(WhyNotSent.CREDENTIALS, "The carrier says that we are connected already.", Blame.US),
    0x0A: _SENDER,
    0x0B: _RECIPIENT,
    0x0D: _CREDENTIALS,
    0x0E: _CREDENTIALS,
    0x0F: _CREDENTIALS,
    Status.QUEUE_FULL: _FULL,
    0x33: _RECIPIENT,
    0x48: _SENDER,
    0x49: _SENDER,
    0x50: _RECIPIENT,
    0x51: _RECIPIENT,
    Status.THROTTLED: _FULL,
}


def meaning(status: int) -> Meaning:
    """Of a status other than OK."""
    return _KNOWN.get(status, Meaning(WhyNotSent.REFUSED, f"The carrier did not take it (SMPP status 0x{status:02X})."))


def may_have_been_taken(status: int) -> bool:
    """ESME_RSYSERR says that something broke in the carrier, which may be after it had stored the text."""
    return status == Status.SYSTEM_ERROR
