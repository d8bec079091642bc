"""The port behind which every way to send an SMS stands: what is handed in, what can come of it, what is told.

The rule it guards: a text is submitted at most once (P4). ``submit`` hands a text over once and says what came of it;
where that cannot be known it says ``Unknown``, and neither the carrier's code nor its caller may hand it over again:
both wait for evidence, which comes as an event.

What a caller has to commit, in this order, so that this holds across a crash:

1. *before* ``submit``: that the submission is about to be handed over, under its own id. Found again after a restart
   without an outcome, it is *unknown*, and is handed to ``run`` as Outstanding.
2. *inside* ``CarrierSink.take``: every event, before it returns. Only then does a carrier acknowledge what it was told
   (an SMPP response, a file removed, a place in an inbox), so what could not be committed comes again.
3. *after* ``submit``: the outcome.

Only own ids identify a submission; what a carrier calls it is kept beside (PartAccepted) to match receipts, which can
come days later, in another run. Numbers and texts stand in no repr, no log and no error.
"""

import enum
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NewType, Protocol

from curtilage.carriers.reassembly import ReceivedPart
from curtilage.carriers.receipt import ReceiptState
from curtilage.errors import Blame, PersonError

SubmissionId = NewType("SubmissionId", str)
"""Ours, random (wire/identifier.py: new_identifier), never used for a second submission."""
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}", re.ASCII)
"""E.164 with its plus; or a short code, to which a person may answer."""
_ID = re.compile(r"[A-Za-z0-9]{8,36}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Submission:
    """A text to hand over. Raises PersonError where the recipient is no number."""

    id: SubmissionId
    recipient: str = field(repr=False)
    """E.164 (``+4930901820``), or a short code."""
    text: str = field(repr=False)
    receipt: bool = True
    """Ask the carrier what became of it."""
    valid_s: int = 0
    """After so long the carrier need not deliver it any more; 0: as long as the carrier likes."""

    def __post_init__(self) -> None:
        """Parsed here once: what is a number can stand in a file's name, a header and a PDU."""
        if _NUMBER.fullmatch(self.recipient) is None:
            raise PersonError("This is no number that an SMS can go to.", do="Write it like +49 30 901820.")
        assert _ID.fullmatch(self.id), "a submission's id is made by us"


class WhyNotSent(enum.Enum):
    """Why a carrier did not take a text."""

    NOT_CONNECTED = "not connected"
    CREDENTIALS = "credentials"
    """The carrier does not know us, or not with this password."""
    BUSY = "busy"
    """Too much waits already, here."""
    THROTTLED = "throttled"
    """The carrier takes no more for now."""
    RECIPIENT = "recipient"
    """The carrier does not deliver to this number."""
    TEXT = "text"
    """The text cannot go by SMS."""
    REFUSED = "refused"
    """Anything else the carrier said."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The carrier has it. What becomes of it is told by receipts."""

    parts: tuple[str, ...]
    """What the carrier calls each part; empty where it uses our own id."""
    known_already: bool = False
    """It had it from an earlier try under the same id; nothing was handed over twice."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """The carrier does not have it."""

    why: WhyNotSent
    words: str
    """For the person; names no number and no text."""
    blame: Blame
    definite: bool = True
    """False: some parts of a long text went out before the rest was refused. The text did not, but a piece may be seen,
    so it is no ground for sending it again without asking."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Perhaps the carrier has it. Never a reason to hand it over again; evidence comes as an event or not at all."""

    words: str


Outcome = Submitted | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A submission of an earlier run that may still be heard of: no outcome, unknown, or without a final receipt."""

    id: SubmissionId
    recipient: str = field(repr=False)
    carrier_ids: tuple[tuple[int, str], ...] = ()
    """Part (from 1) and what the carrier calls it, from every PartAccepted."""
    submitted: bool = False
    """It is known that the carrier has it; only its receipts are awaited."""


@dataclass(frozen=True, slots=True)
class PartAccepted:
    """The carrier took a part, and this is what it calls it. For a submission that was unknown this is the evidence."""

    at_ms: int
    submission: SubmissionId
    part: int
    """From 1."""
    parts_count: int
    carrier_id: str


@dataclass(frozen=True, slots=True)
class PartRefused:
    """Evidence that came late, after ``submit`` had said Unknown: the carrier did not take this part."""

    at_ms: int
    submission: SubmissionId
    part: int
    why: WhyNotSent
    words: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the carrier says became of a part. May come again, and before PartAccepted: same facts, same meaning."""

    at_ms: int
    submission: SubmissionId | None
    """None: not one that this run knows. Look ``carrier_id`` up in your own records; keep it if it is not there."""
    part: int
    """From 1; 0: of the whole text, or not known."""
    state: ReceiptState
    carrier_id: str
    error: str = ""
    """The carrier's own code, or nothing."""
    recipient: str = field(default="", repr=False)
    """Whom the text was for, if the carrier says so."""


@dataclass(frozen=True, slots=True)
class PartReceived:
    """A part of an incoming long text that is not whole yet. Commit it; hand it in again at the next ``run``."""

    key: str = field(repr=False)
    """The same for the same part when it comes again, within one submission of it by the carrier."""
    part: ReceivedPart


@dataclass(frozen=True, slots=True)
class TextReceived:
    """An incoming text. Its parts, if it had any, need not be kept any longer."""

    at_ms: int
    sender: str = field(repr=False)
    """A number, a short code, or a name such as a bank's: carriers do not prove who sent a text."""
    recipient: str = field(repr=False)
    """Our own number as the carrier writes it; may be empty."""
    text: str = field(repr=False)
    key: str = field(repr=False)
    """The same when a carrier with ids of its own (or files) tells of the same text again; elsewhere never repeated.
    Holds no number and no text."""
    parts: tuple[str, ...] = ()
    """Keys of the PartReceived that it was made of."""
    missing: tuple[int, ...] = ()
    """Numbers of parts that did not come; a gap stands in their place."""
    perhaps_again: bool = False
    """The connection broke before our acknowledgement was certain, and the same came once more: it may be a repetition
    or the same words written twice. Only a person can tell."""


CarrierEvent = PartAccepted | PartRefused | Receipt | PartReceived | TextReceived


class CarrierSink(Protocol):
    """Who is told."""

    async def take(self, event: CarrierEvent) -> None:
        """Returns when the event is committed; raises when it could not be, and it comes again if the carrier can do
        that. Never waits for a submission: the carrier tells nothing else meanwhile.
        """
        ...


class Condition(enum.Enum):
    """How a carrier is."""

    IDLE = "idle"
    """Not running."""
    CONNECTING = "connecting"
    READY = "ready"
    LATE = "late"
    """It works, and is slow or throttles us."""
    REFUSED = "refused"
    """It does not let us in: somebody has to do something."""
    AWAY = "away"
    """It does not answer; tried again by itself."""


@dataclass(frozen=True, slots=True)
class CarrierHealth:
    """For people: a console, a page, ``curtilage phone status``."""

    condition: Condition
    since_ms: int
    words: str
    do: str = ""
    """What would help; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a carrier is told at the start of a run, of runs before."""

    outstanding: Sequence[Outstanding] = ()
    parts: Sequence[PartReceived] = ()
    """Of incoming texts that are not whole yet."""
    since_ms: int = 0
    """Up to when incoming texts were told, for carriers with an inbox that can be read again: when the last run ended.
    0: there was none."""


NOTHING_KNOWN = Known()


class Carrier(Protocol):
    """One way to the phone network."""

    async def run(self, sink: CarrierSink, known: Known = NOTHING_KNOWN) -> None:
        """Connects and stays connected, telling the sink what happens, until it is cancelled. Once at a time."""
        ...

    async def submit(self, submission: Submission) -> Outcome:
        """Hand over once; bounded in time by config.py. Cancelled, its outcome is unknown.

        Raises nothing of the carrier's: what goes wrong there is an outcome.
        """
        ...

    async def ask(self, outstanding: Outstanding) -> None:
        """Look for evidence now, where this carrier can be asked; what is found comes as events. Never sends a text."""
        ...

    def health(self) -> CarrierHealth:
        """How it is, in words."""
        ...


def reference_of(submission: SubmissionId, part: int) -> int:
    """16 bits that a carrier may give back with a receipt, so that one without a known carrier id can be matched."""
    digest = hashlib.sha256(f"{submission}/{part}".encode()).digest()
    return int.from_bytes(digest[:2], "big")
