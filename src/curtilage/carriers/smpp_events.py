"""What an SMSC says, told to the sink: one thing after the other, in the order in which it was said.

Guards: nothing is acknowledged before the sink took it, and what the sink could not take is not acknowledged at all.
Outlives connections: that a carrier took a text is told also when the connection broke in the same moment.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from curtilage.carriers.carrier import CarrierEvent, CarrierSink, PartAccepted, PartRefused
from curtilage.carriers.outstanding import OutstandingPart, OutstandingParts
from curtilage.carriers.smpp_incoming import Incoming, Told
from curtilage.carriers.smpp_pdu import DeliverSm, Pdu, PduError, decode_message_id
from curtilage.carriers.smpp_status import Status, meaning
from curtilage.carriers.telling import tell
from curtilage.clock import Clock
from curtilage.config import Config

Committed = asyncio.Future[bool]
"""True: the sink took it; False: it could not."""


@dataclass(frozen=True, slots=True)
class _Work:
    """One thing to tell. ``told`` makes its events when it is its turn; ``done`` hears once what came of them."""

    told: Callable[[], list[Told]]
    done: Callable[[bool], None]


class SmppEvents:
    """Of one account; ``run`` while anything may come."""

    def __init__(self, clock: Clock, config: Config, incoming: Incoming, outstanding: OutstandingParts) -> None:
        self._clock = clock
        self._config = config
        self._incoming = incoming
        self._outstanding = outstanding
        self._work: asyncio.Queue[_Work] = asyncio.Queue()
        self._delivers_count = 0

    async def run(self, sink: CarrierSink) -> None:
        """Until it is cancelled."""
        while True:
            work = await self._work.get()
            taken = False
            try:
                taken = await _take(sink, work.told())
            finally:
                work.done(taken)
                self._work.task_done()

    async def settle(self) -> None:
        """Until everything that was said so far is told."""
        await self._work.join()

    def drop(self) -> None:
        """What could not be told any more is not acknowledged."""
        while not self._work.empty():
            self._work.get_nowait().done(False)
            self._work.task_done()

    def tell(self, event: CarrierEvent) -> Committed:
        """An event that nothing is to be answered to."""
        committed: Committed = asyncio.get_running_loop().create_future()

        def done(taken: bool) -> None:
            if not committed.done():
                committed.set_result(taken)

        self._work.put_nowait(_Work(lambda: [Told(event)], done))
        return committed

    def deliver(self, message: DeliverSm, answer: Callable[[Status], None]) -> None:
        """A text or a receipt. Too many at once are asked for later, rather than not to read responses any more."""
        if self._delivers_count >= self._config.smpp_incoming_count_max:
            answer(Status.QUEUE_FULL)
            return

        def done(taken: bool) -> None:
            self._delivers_count -= 1
            answer(Status.OK if taken else Status.TEMPORARY)
            if taken:
                self._incoming.acknowledged(message, self._clock.now())

        self._delivers_count += 1
        self._work.put_nowait(_Work(lambda: self._incoming.events(message, self._clock.now()), done))

    def overdue(self) -> None:
        """Texts whose parts did not all come are shown as they are."""
        self._work.put_nowait(_Work(lambda: self._incoming.overdue(self._clock.now()), lambda _: None))

    def accepted(self, part: OutstandingPart, parts_count: int, response: Pdu, *, receipt: bool) -> Committed:
        """The carrier took a part. From this moment on its receipt is known, if one is to come: it may be said next."""
        try:
            carrier_id = decode_message_id(response.body)
        except PduError:  # it took the text all the same
            carrier_id = ""
        if carrier_id and receipt:
            self._outstanding.accepted(part, carrier_id)
        return self.tell(PartAccepted(self._clock.now(), part.submission, part.part, parts_count, carrier_id))

    def refused_late(self, part: OutstandingPart, response: Pdu) -> None:
        """It did not, and says so after we had stopped waiting."""
        said = meaning(response.status)
        self.tell(PartRefused(self._clock.now(), part.submission, part.part, said.why, said.words))


async def _take(sink: CarrierSink, told: list[Told]) -> bool:
    """True when all of it was committed. What was not is undone, the newest first."""
    left = list(told)
    try:
        while left and await tell(sink, left[0].event):
            left.pop(0)
    finally:
        for undone in reversed(left):
            undone.undo()
    return not left
