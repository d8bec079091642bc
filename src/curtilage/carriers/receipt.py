"""What became of a text after its carrier took it, part by part and as a whole."""

import enum
from collections.abc import Mapping, Sequence


class ReceiptState(enum.Enum):
    """As the carrier says it. Only DELIVERED is the recipient's phone's word; the others are the carrier's."""

    ENROUTE = "enroute"
    """Taken, not delivered yet."""
    SENT = "sent"
    """It left our own phone or modem. Without delivery reports this is the last that is heard."""
    ACCEPTED = "accepted"
    """Read manually on the recipient's behalf, says SMPP; no proof that it was shown."""
    DELIVERED = "delivered"
    EXPIRED = "expired"
    """The recipient's phone did not answer in time: switched off, or a number that is not in use."""
    DELETED = "deleted"
    """The carrier deleted it."""
    UNDELIVERED = "undelivered"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    """The carrier does not know."""

    @property
    def final(self) -> bool:
        """Nothing else will follow."""
        return self in _FINAL

    @property
    def failed(self) -> bool:
        """It certainly did not arrive and will not."""
        return self in _FAILED


_FAILED = frozenset({ReceiptState.EXPIRED, ReceiptState.DELETED, ReceiptState.UNDELIVERED, ReceiptState.REJECTED})
_FINAL = _FAILED | {ReceiptState.DELIVERED}

_BY_WORD: Mapping[str, ReceiptState] = {
    "ENROUTE": ReceiptState.ENROUTE,
    "DELIVRD": ReceiptState.DELIVERED,
    "EXPIRED": ReceiptState.EXPIRED,
    "DELETED": ReceiptState.DELETED,
    "UNDELIV": ReceiptState.UNDELIVERED,
    "ACCEPTD": ReceiptState.ACCEPTED,
    "UNKNOWN": ReceiptState.UNKNOWN,
    "REJECTD": ReceiptState.REJECTED,
}
"""SMPP 3.4, appendix B."""
_BY_NUMBER: Mapping[int, ReceiptState] = {
    1: ReceiptState.ENROUTE,
    2: ReceiptState.DELIVERED,
    3: ReceiptState.EXPIRED,
    4: ReceiptState.DELETED,
    5: ReceiptState.UNDELIVERED,
    6: ReceiptState.ACCEPTED,
    7: ReceiptState.UNKNOWN,
    8: ReceiptState.REJECTED,
}
"""SMPP 3.4 §5.2.28."""


def state_of_word(word: str) -> ReceiptState:
    """Of a receipt's text; what is not known says so."""
    return _BY_WORD.get(word.upper()[:7], ReceiptState.UNKNOWN)


def state_of_number(number: int) -> ReceiptState:
    """Of message_state; what is not known says so."""
    return _BY_NUMBER.get(number, ReceiptState.UNKNOWN)


def summary(states: Sequence[ReceiptState | None]) -> ReceiptState | None:
    """Of a whole text, from the newest state of each part (None: nothing heard yet). None: nothing is to be said yet.

    Delivered means every part: a phone shows a long text only when it has them all. One part that failed is enough for
    the whole to have failed.
    """
    heard = [state for state in states if state is not None]
    failed = next((state for state in heard if state.failed), None)
    if failed is not None:
        return failed
    if not heard or len(heard) < len(states):
        return None
    return heard[0] if len(set(heard)) == 1 else _least(heard)


def state_of_text(parts_count: int, states: Mapping[int, ReceiptState]) -> ReceiptState | None:
    """Of a whole text, from the newest receipt of each part, by its number from 1; 0: one for all of it."""
    return states[0] if 0 in states else summary([states.get(number) for number in range(1, parts_count + 1)])


_ORDER = (ReceiptState.UNKNOWN, ReceiptState.ENROUTE, ReceiptState.SENT, ReceiptState.ACCEPTED, ReceiptState.DELIVERED)


def _least(states: Sequence[ReceiptState]) -> ReceiptState:
    return min(states, key=_ORDER.index)
