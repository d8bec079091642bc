"""A modem of this machine, by the files of gammu-smsd: a text is a file in its outbox, named with our own id.

Guards "at most once" on our side: a file is put into the outbox once, whole or not at all, and where its name is in
outbox, sent or error already it is not put there again. gammu-smsd itself begins a long text anew when it was stopped
in the middle of it (docs/carriers.md).

Rules: looks into the folders now and then; nothing else tells of them. Files of the inbox are removed after the sink
took them. Asks for no delivery report that could be trusted: gammu-smsd pairs them by a number that modems use again,
so SENT is the last that is heard.
"""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from curtilage.carriers.carrier import (
    NOTHING_KNOWN,
    CarrierHealth,
    CarrierSink,
    Condition,
    Known,
    NotSent,
    Outcome,
    Outstanding,
    PartAccepted,
    PartRefused,
    Receipt,
    Submission,
    SubmissionId,
    Submitted,
    TextReceived,
    Unknown,
    WhyNotSent,
)
from curtilage.carriers.carrier_address import GammuAddress
from curtilage.carriers.gammu_files import (
    InboxText,
    half_name,
    inbox_texts,
    is_half,
    outbox_name,
    read,
    submission_of,
    written,
)
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.splitter import TextRefused, measure
from curtilage.carriers.telling import tell
from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.errors import Blame

_STATES: Mapping[str, ReceiptState] = {"sent": ReceiptState.SENT, "error": ReceiptState.UNDELIVERED}
_PLACES = ("outbox", "sent", "error")
"""In the order in which a file moves: looked at in this order, none is missed between two of them."""
_STUCK_MS = 120 * MS_PER_SECOND


class GammuCarrier:
    """Implements Carrier."""

    def __init__(self, address: GammuAddress, config: Config, clock: Clock) -> None:
        self._address = address
        self._folder = Path(address.folder)
        self._config = config
        self._clock = clock
        self._watched: dict[SubmissionId, int] = {}
        self._unsure: set[SubmissionId] = set()
        self._putting: set[SubmissionId] = set()
        self._seen_before: frozenset[InboxText] = frozenset()
        self._told: set[InboxText] = set()
        self._newest_ms = 0
        self._health = CarrierHealth(Condition.IDLE, clock.now(), "The carrier is not in use.")

    async def run(self, sink: CarrierSink, known: Known = NOTHING_KNOWN) -> None:
        """See Carrier."""
        for outstanding in known.outstanding:
            await self.ask(outstanding)
        await asyncio.to_thread(self._tidy)
        try:
            while True:
                await self._look(sink)
                await asyncio.sleep(self._config.gammu_poll_s)
        finally:
            self._say(Condition.IDLE, "The carrier is not in use.")

    async def submit(self, submission: Submission) -> Outcome:
        """See Carrier."""
        measured = measure(submission.text, self._config.sms_parts_count_max)
        if isinstance(measured, TextRefused):
            return NotSent(WhyNotSent.TEXT, measured.words, Blame.PERSON)
        if len(self._watched) >= self._config.sms_outstanding_count_max:
            return NotSent(WhyNotSent.BUSY, "Too many texts wait for the modem already.", Blame.US)
        self._putting.add(submission.id)
        self._newest_ms = max(self._newest_ms + 1, self._clock.now())
        putting = asyncio.ensure_future(asyncio.to_thread(self._put, submission, self._newest_ms))
        putting.add_done_callback(lambda _: self._putting.discard(submission.id))
        try:
            known_already = await asyncio.shield(putting)
        except OSError:
            return await asyncio.to_thread(self._after_failure, submission)
        self._watched[submission.id] = self._clock.now()
        return Submitted((), known_already=known_already)

    async def ask(self, outstanding: Outstanding) -> None:
        """See Carrier: it is looked for with the next look."""
        self._watched.setdefault(outstanding.id, self._clock.now())
        if not outstanding.submitted:
            self._unsure.add(outstanding.id)

    def health(self) -> CarrierHealth:
        """See Carrier."""
        return self._health

    def _put(self, submission: Submission, at_ms: int) -> bool:
        """True: it was there already. Raises OSError."""
        if submission.id in self._places():
            return True
        outbox = self._folder / "outbox"
        beside = outbox / half_name(submission)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(written(submission.text))
                file.flush()
                os.fsync(file.fileno())
            beside.rename(outbox / outbox_name(submission, at_ms))
        finally:
            beside.unlink(missing_ok=True)
        _sync(outbox)
        return False

    def _tidy(self) -> None:
        """What a kill left half written never was in the outbox, and holds a text."""
        with contextlib.suppress(OSError):
            for file in list((self._folder / "outbox").iterdir()):
                if is_half(file.name) and not self._putting:
                    file.unlink(missing_ok=True)

    def _after_failure(self, submission: Submission) -> Outcome:
        """The file is there or it is not: it never came to be by halves."""
        try:
            if submission.id in self._places():
                self._watched[submission.id] = self._clock.now()
                return Submitted((), known_already=True)
        except OSError:
            return Unknown("The modem's folders cannot be read.")
        return NotSent(WhyNotSent.NOT_CONNECTED, "The modem's outbox cannot be written to.", Blame.US)

    def _places(self) -> dict[SubmissionId, str]:
        """Where each of our texts is. Raises OSError."""
        found: dict[SubmissionId, str] = {}
        for place in _PLACES:
            for file in (self._folder / place).iterdir():
                if (submission := submission_of(file.name)) is not None:
                    found[submission] = place
        return found

    async def _look(self, sink: CarrierSink) -> None:
        try:
            places = await asyncio.to_thread(self._places)
            for submission in list(self._watched):
                await self._look_at(sink, submission, places.get(submission))
            for text in self._settled(await asyncio.to_thread(self._inbox)):
                await self._receive(sink, text)
        except OSError:
            do = "Look whether the folders inbox, outbox, sent and error are there and may be written to."
            self._say(Condition.REFUSED, f"The folders of {self._address.redacted()} cannot be used.", do)
            return
        now_ms = self._clock.now()
        stuck = [at_ms for submission, at_ms in self._watched.items() if places.get(submission) == "outbox"]
        if any(now_ms - at_ms > _STUCK_MS for at_ms in stuck):
            self._say(
                Condition.LATE, "gammu-smsd does not take the texts.", "Look whether it runs and the modem answers."
            )
        else:
            self._say(Condition.READY, f"The folders of {self._address.redacted()} are in use.")

    async def _look_at(self, sink: CarrierSink, submission: SubmissionId, place: str | None) -> None:
        now_ms = self._clock.now()
        if submission in self._putting:
            return
        if submission in self._unsure:
            words = "The text was never given to the modem."
            absent = PartRefused(now_ms, submission, 1, WhyNotSent.NOT_CONNECTED, words)
            if not await tell(sink, absent if place is None else PartAccepted(now_ms, submission, 1, 1, submission)):
                return
            self._unsure.discard(submission)
        state = _STATES.get(place or "")
        if state is not None and not await tell(sink, Receipt(now_ms, submission, 0, state, submission)):
            return
        if place != "outbox":
            del self._watched[submission]

    def _settled(self, texts: list[InboxText]) -> list[InboxText]:
        """Those to which no file has come since the last look: the parts of a text are written one after the other."""
        before, self._seen_before = self._seen_before, frozenset(texts)
        return [text for text in texts if text in before]

    def _inbox(self) -> list[InboxText]:
        return inbox_texts(file.name for file in (self._folder / "inbox").iterdir())

    async def _receive(self, sink: CarrierSink, text: InboxText) -> None:
        if text not in self._told:
            words, key = await asyncio.to_thread(self._read, text)
            if not await tell(sink, TextReceived(self._clock.now(), text.sender, "", words, key)):
                return
            self._told.add(text)  # should its files not go away
        await asyncio.to_thread(self._remove, text)
        self._told.discard(text)

    def _read(self, text: InboxText) -> tuple[str, str]:
        """The text, and what it is known by: the same until its files are gone. Raises OSError."""
        pieces, written_ns = [], 0
        for name in text.files:
            descriptor = os.open(self._folder / "inbox" / name, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as file:
                written_ns = written_ns or os.fstat(descriptor).st_mtime_ns
                octets = file.read(self._config.gammu_file_bytes_max)
            pieces.append(f"[{len(octets)} octets that are no text]" if name.endswith(".bin") else read(octets))
        return "".join(pieces), f"{text.moment}@{written_ns}"

    def _remove(self, text: InboxText) -> None:
        for name in text.files:
            (self._folder / "inbox" / name).unlink(missing_ok=True)

    def _say(self, condition: Condition, words: str, do: str = "") -> None:
        if (condition, words) != (self._health.condition, self._health.words):
            self._health = CarrierHealth(condition, self._clock.now(), words, do)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
