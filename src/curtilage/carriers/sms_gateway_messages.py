"""What is said to and by SMS Gateway for Android (its published OpenAPI): JSON to values and back. Pure.

Guards: whatever the phone answers, the outcome is a value or GatewayAnswerError; its own words are never repeated: they
may hold the number.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from curtilage.carriers.carrier import Submission
from curtilage.carriers.receipt import ReceiptState

_MS_PER_S = 1000
_TTL_S_MIN = 5
_WORD = re.compile(r"\b(RESULT_[A-Z_]{3,60}|TTL expired)\b", re.ASCII)
_TEXT_LENGTH_MAX = 65_535
_STATES: Mapping[str, ReceiptState | None] = {
    "Pending": None,  # waits in the phone
    "Cancelling": None,
    "Processed": ReceiptState.ENROUTE,
    "Sent": ReceiptState.SENT,
    "Delivered": ReceiptState.DELIVERED,
    "Failed": ReceiptState.UNDELIVERED,
    "Cancelled": ReceiptState.DELETED,
}


class GatewayAnswerError(ValueError):
    """Not an answer of this interface."""


@dataclass(frozen=True, slots=True)
class GatewayState:
    """How a text is. ``state`` None: it is there, and nothing became of it yet."""

    state: ReceiptState | None
    error: str = ""
    """Android's name for what went wrong."""


@dataclass(frozen=True, slots=True)
class GatewayText:
    """A text in the phone's inbox."""

    key: str = field(repr=False)
    """The phone's id and the text's time: its ids begin anew on another phone."""
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    text: str = field(repr=False)
    at_ms: int


def submission_body(submission: Submission, sim: int) -> bytes:
    """Of POST /messages. Our own id makes asking twice harmless: the second time is answered 409."""
    body: dict[str, object] = {
        "id": submission.id,
        "textMessage": {"text": submission.text},
        "phoneNumbers": [submission.recipient],
        "withDeliveryReport": submission.receipt,
    }
    if submission.valid_s > 0:
        body["ttl"] = max(submission.valid_s, _TTL_S_MIN)
    if sim:
        body["simNumber"] = sim
    return json.dumps(body).encode()


def read_state(octets: bytes) -> GatewayState:
    """Of GET /messages/{id}: the one recipient's state. Raises GatewayAnswerError."""
    message = _object(_json(octets))
    recipients = message.get("recipients")
    recipient = _object(recipients[0]) if isinstance(recipients, list) and recipients else message
    name = recipient.get("state", message.get("state"))
    if not isinstance(name, str) or name not in _STATES:
        raise GatewayAnswerError("a state that is none")
    error = recipient.get("error")
    found = _WORD.search(error) if isinstance(error, str) else None
    return GatewayState(_STATES[name], found[0] if found else "")


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A piece of the phone's inbox."""

    texts: tuple[GatewayText, ...]
    count: int
    """Of everything in it, pictures and the like too."""


def read_inbox(octets: bytes) -> InboxPage:
    """Of GET /inbox. Raises GatewayAnswerError."""
    page = _json(octets)
    if not isinstance(page, list):
        raise GatewayAnswerError("an inbox that is no list")
    return InboxPage(tuple(text for item in page if (text := _text(_object(item))) is not None), len(page))


def _text(item: Mapping[str, Any]) -> GatewayText | None:
    if item.get("type", "SMS") != "SMS":
        return None
    identity, sender, text = item.get("id"), item.get("sender"), item.get("contentPreview")
    created, recipient = item.get("createdAt"), item.get("recipient")
    if not isinstance(identity, str) or not isinstance(sender, str) or not isinstance(text, str):
        raise GatewayAnswerError("a text without its fields")
    if not isinstance(created, str) or len(text) > _TEXT_LENGTH_MAX or len(sender) > 64 or len(identity) > 128:
        raise GatewayAnswerError("a text without its time, or too long")
    own = recipient if isinstance(recipient, str) else ""
    return GatewayText(f"{identity}@{created[:40]}", sender, own[:64], _whole(text), _time_ms(created))


def _whole(text: str) -> str:
    """JSON can spell half a surrogate pair; nothing further on could store it."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


def _time_ms(text: str) -> int:
    try:
        time = datetime.fromisoformat(text)
        return max(0, round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * _MS_PER_S))
    except (ValueError, OverflowError) as error:
        raise GatewayAnswerError("a time that is none") from error


def _json(octets: bytes) -> Any:
    try:
        return json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise GatewayAnswerError("not JSON") from error


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise GatewayAnswerError("not an object")
    return value
