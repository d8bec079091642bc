"""A phone network inside one process, for the demo and for tests: numbers, their texts, and what can go wrong.

What a number does with texts is selected (Behaviour): delivered, refused, switched off, an answer that is lost. Texts
are measured as on a real carrier, so what is too long for SMS is refused here too. Nothing is kept but texts under way.
"""

import asyncio
import enum
import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from curtilage.carriers.carrier import (
    NOTHING_KNOWN,
    CarrierEvent,
    CarrierHealth,
    CarrierSink,
    Condition,
    Known,
    NotSent,
    Outcome,
    Outstanding,
    PartAccepted,
    Receipt,
    Submission,
    Submitted,
    TextReceived,
    Unknown,
    WhyNotSent,
)
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.splitter import Measure, TextRefused, measure
from curtilage.carriers.telling import tell
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import Blame
from curtilage.wire.identifier import Entropy, new_identifier

_AGAIN_S = 0.5


class Behaviour(enum.Enum):
    """What becomes of texts to a number."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"
    """The carrier does not take them."""
    OFF = "off"
    """The phone is switched off: they wait until the number behaves otherwise."""
    ANSWER_LOST = "answer lost"
    """Taken and delivered, but the carrier's answer is lost: unknown, until the receipt."""
    VANISHED = "vanished"
    """The carrier's answer is lost and nothing is ever heard: unknown for good."""


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    sender: str = field(repr=False)
    submission: Submission
    parts: tuple[str, ...]


class SimulatedNetwork:
    """All numbers of one process. ``delay_s``: how long a text and a receipt each take."""

    def __init__(self, clock: Clock, config: Config, entropy: Entropy, delay_s: float = 0.0) -> None:
        self.clock = clock
        self.config = config
        self.entropy = entropy
        self.delay_s = delay_s
        self._carriers: dict[str, SimulatedCarrier] = {}
        self._behaviours: dict[str, Behaviour] = {}
        self._waiting: dict[str, list[_OnItsWay]] = {}
        self._taken: Counter[str] = Counter()

    def carrier(self, number: str) -> "SimulatedCarrier":
        """That of a number (E.164); the same every time. A number without one gets no texts: they expire."""
        return self._carriers.setdefault(number, SimulatedCarrier(self, number))

    def behave(self, number: str, behaviour: Behaviour) -> None:
        """From now on. Texts that waited for a phone to be switched on are on their way."""
        self._behaviours[number] = behaviour
        if behaviour is not Behaviour.OFF:
            for waiting in self._waiting.pop(number, []):
                self._arrive(waiting, behaviour)

    def taken_count(self, number: str) -> int:
        """How many texts to this number were handed over: no text is ever handed over twice."""
        return self._taken[number]

    def submit(self, sender: str, submission: Submission, measured: Measure) -> Outcome:
        """By a number's carrier."""
        number = submission.recipient
        behaviour = self._behaviours.get(number, Behaviour.DELIVERED)
        if behaviour is Behaviour.REFUSED:
            return NotSent(WhyNotSent.RECIPIENT, "The carrier does not deliver to this number.", Blame.PERSON)
        parts = tuple(new_identifier(self.entropy) for _ in range(measured.parts_count))
        self._taken[number] += 1
        on_its_way = _OnItsWay(sender, submission, parts)
        if behaviour is Behaviour.OFF:
            self._waiting.setdefault(number, []).append(on_its_way)
        elif behaviour is not Behaviour.VANISHED:
            self._arrive(on_its_way, behaviour)
        if behaviour in {Behaviour.ANSWER_LOST, Behaviour.VANISHED}:
            return Unknown("The carrier did not answer.")
        return Submitted(parts)

    def _arrive(self, way: _OnItsWay, behaviour: Behaviour) -> None:
        submission, there = way.submission, self._carriers.get(way.submission.recipient)
        state = ReceiptState.UNDELIVERED if behaviour is Behaviour.UNDELIVERED else ReceiptState.DELIVERED
        if there is None:
            state = ReceiptState.EXPIRED
        elif state is ReceiptState.DELIVERED:
            key = new_identifier(self.entropy)
            at_ms = self.clock.now()
            there.later(self.delay_s, TextReceived(at_ms, way.sender, submission.recipient, submission.text, key))
        if submission.receipt:
            for number, part in enumerate(way.parts, 1):
                receipt = Receipt(self.clock.now(), submission.id, number, state, part, "", submission.recipient)
                self.carrier(way.sender).later(2 * self.delay_s, receipt)


class SimulatedCarrier:
    """Implements Carrier; made by ``SimulatedNetwork.carrier``."""

    def __init__(self, network: SimulatedNetwork, number: str) -> None:
        self._network = network
        self._number = number
        self._due: list[tuple[float, int, CarrierEvent]] = []
        self._count = 0
        self._more = asyncio.Event()
        self._since_ms = network.clock.now()
        self._running = False

    def __repr__(self) -> str:
        return "SimulatedCarrier()"

    async def run(self, sink: CarrierSink, known: Known = NOTHING_KNOWN) -> None:  # noqa: ARG002 - the port's
        """See Carrier. What came while it did not run comes now."""
        self._running = True
        try:
            while True:
                await self._tell_due(sink)
        finally:
            self._running = False

    async def submit(self, submission: Submission) -> Outcome:
        """See Carrier."""
        measured = measure(submission.text, self._network.config.sms_parts_count_max)
        if isinstance(measured, TextRefused):
            return NotSent(WhyNotSent.TEXT, measured.words, Blame.PERSON)
        if not self._running:
            return NotSent(WhyNotSent.NOT_CONNECTED, "There is no connection to the carrier.", Blame.PARTNER)
        if len(self._due) >= self._network.config.sms_outstanding_count_max:
            return NotSent(WhyNotSent.BUSY, "Too many texts wait for the carrier already.", Blame.US)
        outcome = self._network.submit(self._number, submission, measured)
        if isinstance(outcome, Submitted):
            now_ms, count = self._network.clock.now(), len(outcome.parts)
            for number, part in enumerate(outcome.parts, 1):
                self.later(0.0, PartAccepted(now_ms, submission.id, number, count, part), first=True)
        return outcome

    async def ask(self, outstanding: Outstanding) -> None:
        """See Carrier: this one cannot be asked."""

    def health(self) -> CarrierHealth:
        """See Carrier."""
        if self._running:
            return CarrierHealth(Condition.READY, self._since_ms, "Connected to the simulated network.")
        return CarrierHealth(Condition.IDLE, self._since_ms, "The carrier is not in use.")

    def later(self, delay_s: float, event: CarrierEvent, *, first: bool = False) -> None:
        """Told after so long. ``first``: before everything that was said in the same moment."""
        self._count += 1
        due_s = self._network.clock.monotonic() + delay_s if not first else 0.0
        heapq.heappush(self._due, (due_s, self._count, event))
        self._more.set()

    async def _tell_due(self, sink: CarrierSink) -> None:
        self._more.clear()
        now_s = self._network.clock.monotonic()
        if self._due and self._due[0][0] <= now_s:
            due_s, count, event = heapq.heappop(self._due)
            if not await tell(sink, event):
                heapq.heappush(self._due, (due_s, count, event))
                await asyncio.sleep(_AGAIN_S)
            return
        try:
            async with asyncio.timeout(self._due[0][0] - now_s if self._due else None):
                await self._more.wait()
        except TimeoutError:
            return


class Handset:
    """A phone without Curtilage: keeps the newest texts it gets, for a demo to show. Implements CarrierSink."""

    def __init__(self, texts_count_max: int = 100, shown: Callable[[], None] | None = None) -> None:
        self._texts: list[TextReceived] = []
        self._texts_count_max = texts_count_max
        self._shown = shown

    @property
    def texts(self) -> tuple[TextReceived, ...]:
        """In the order in which they came."""
        return tuple(self._texts)

    async def take(self, event: CarrierEvent) -> None:
        """See CarrierSink."""
        if isinstance(event, TextReceived):
            self._texts.append(event)
            del self._texts[: -self._texts_count_max]
            if self._shown is not None:
                self._shown()
