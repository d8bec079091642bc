"""An account at an SMSC by SMPP 3.4: connects, stays connected, hands texts over, tells what comes back.

Guards "at most once" (P4): see smpp_handover.py. An Unknown outcome is never tried again here; evidence is a late
response, or a receipt that names a part by its carrier id or gives our reference back.

Rules: events reach the sink one at a time in the order in which the carrier said them, and are acknowledged after the
sink took them. After a refused bind the pauses are the longest at once: wrong passwords lock accounts.
"""

import asyncio
import contextlib
import ssl
from collections import OrderedDict
from collections.abc import Iterator

from curtilage.carriers.carrier import (
    NOTHING_KNOWN,
    CarrierHealth,
    CarrierSink,
    Condition,
    Known,
    NotSent,
    Outcome,
    Outstanding,
    Receipt,
    Submission,
    SubmissionId,
    Unknown,
    WhyNotSent,
)
from curtilage.carriers.carrier_address import SmppAddress
from curtilage.carriers.outstanding import OutstandingParts
from curtilage.carriers.receipt import state_of_number
from curtilage.carriers.smpp_connection import ConnectionEnded, NoResponse, SmppConnection
from curtilage.carriers.smpp_events import SmppEvents
from curtilage.carriers.smpp_handover import Handover
from curtilage.carriers.smpp_incoming import Incoming
from curtilage.carriers.smpp_pdu import Bind, Command, PduError, decode_query_sm_resp, encode_query_sm
from curtilage.carriers.smpp_status import Status, meaning
from curtilage.carriers.smpp_text import address_of, submits
from curtilage.carriers.splitter import TextPart, TextRefused, split
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import Blame
from curtilage.wire.identifier import Entropy

_OVERDUE_LOOK_S = 60.0
_LAST_WORDS_S = 5.0
"""What was said before the end is still told, so long."""


class SmppCarrier:
    """Implements Carrier. ``tls``: how certificates are judged under smpps://; None: by this machine's store."""

    def __init__(
        self, address: SmppAddress, config: Config, clock: Clock, entropy: Entropy, tls: ssl.SSLContext | None = None
    ) -> None:
        self._address = address
        self._config = config
        self._clock = clock
        self._entropy = entropy
        self._tls = tls
        self._outstanding = OutstandingParts(config.sms_outstanding_count_max)
        self._incoming = Incoming(config, entropy, self._outstanding, international=address.international)
        self._events = SmppEvents(clock, config, self._incoming, self._outstanding)
        self._handover = Handover(self._connected, self._events, self._outstanding, config, clock)
        self._connection: SmppConnection | None = None
        self._ready = asyncio.Event()
        self._reference = entropy(1)[0]
        self._waiting_count = 0
        self._handed_over: OrderedDict[SubmissionId, None] = OrderedDict()
        self._health = CarrierHealth(Condition.IDLE, clock.now(), "The carrier is not in use.")

    async def run(self, sink: CarrierSink, known: Known = NOTHING_KNOWN) -> None:
        """See Carrier."""
        for outstanding in known.outstanding:
            self._outstanding.restore(outstanding)
            self._handed_over[outstanding.id] = None
        for received in known.parts:
            self._incoming.restore(received)
        telling = asyncio.create_task(self._events.run(sink))
        overdue = asyncio.create_task(self._look_for_overdue())
        try:
            await self._stay_connected()
        finally:
            overdue.cancel()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._events.settle(), _LAST_WORDS_S)
            telling.cancel()
            await asyncio.wait([telling])
            self._events.drop()
            self._say(Condition.IDLE, "The carrier is not in use.")

    async def submit(self, submission: Submission) -> Outcome:
        """See Carrier."""
        parts = self._split(submission.text)
        if isinstance(parts, TextRefused):
            return NotSent(WhyNotSent.TEXT, parts.words, Blame.PERSON)
        if self._waiting_count >= self._config.sms_submits_waiting_count_max:
            return NotSent(WhyNotSent.BUSY, "Too many texts wait for the carrier already.", Blame.US)
        if submission.id in self._handed_over:  # a wall of its own: whatever the caller does, no id goes twice
            return Unknown("This text was handed over before.")
        with self._one_more(submission.id):
            outcome = await self._hand_over(submission, parts)
            if isinstance(outcome, NotSent) and outcome.definite:
                self._handed_over.pop(submission.id, None)
            return outcome

    async def ask(self, outstanding: Outstanding) -> None:
        """See Carrier: query_sm, for parts that the carrier has a name for."""
        self._outstanding.restore(outstanding)
        source = address_of(self._address.sender)
        for part, carrier_id in outstanding.carrier_ids:
            connection = self._connection
            if connection is None:
                return
            with contextlib.suppress(ConnectionEnded, NoResponse, PduError):
                response = await connection.request(Command.QUERY_SM, encode_query_sm(carrier_id, source))
                if response.status != Status.OK:
                    continue
                said = decode_query_sm_resp(response.body)
                state, error = state_of_number(said.state), str(said.error) if said.error else ""
                await self._events.tell(
                    Receipt(self._clock.now(), outstanding.id, part, state, carrier_id, error, outstanding.recipient)
                )

    def health(self) -> CarrierHealth:
        """See Carrier."""
        if self._health.condition is Condition.READY and self._handover.throttled:
            return CarrierHealth(Condition.LATE, self._health.since_ms, "The carrier takes no more texts for now.")
        return self._health

    def _split(self, text: str) -> tuple[TextPart, ...] | TextRefused:
        parts = split(text, self._reference, self._config.sms_parts_count_max)
        if isinstance(parts, TextRefused) or len(parts) == 1:
            return parts
        self._reference = (self._reference + 1) % 256
        if self._address.whole:
            return (TextPart(parts[0].alphabet, b"".join(part.octets for part in parts), None),)
        return parts

    async def _hand_over(self, submission: Submission, parts: tuple[TextPart, ...]) -> Outcome:
        try:
            return await self._handover.submit(submission, submits(submission, parts, self._address.sender))
        except PduError:
            return NotSent(WhyNotSent.TEXT, "The text does not fit into SMPP's messages.", Blame.US)

    @contextlib.contextmanager
    def _one_more(self, submission: SubmissionId) -> Iterator[None]:
        self._waiting_count += 1
        self._handed_over[submission] = None
        while len(self._handed_over) > self._config.sms_outstanding_count_max:
            self._handed_over.popitem(last=False)
        try:
            yield
        finally:
            self._waiting_count -= 1

    async def _connected(self) -> SmppConnection | NotSent:
        if self._health.condition is Condition.REFUSED:
            return NotSent(WhyNotSent.CREDENTIALS, self._health.words, Blame.US)
        try:
            async with asyncio.timeout(self._config.sms_ready_wait_s):
                while self._connection is None:
                    await self._ready.wait()
        except TimeoutError:
            return NotSent(WhyNotSent.NOT_CONNECTED, "There is no connection to the carrier.", Blame.PARTNER)
        return self._connection

    async def _stay_connected(self) -> None:
        pause_s = self._config.smpp_reconnect_s
        while True:
            began_s = self._clock.monotonic()
            await self._one_connection()
            if self._clock.monotonic() - began_s > self._config.smpp_reconnect_s_max:
                pause_s = self._config.smpp_reconnect_s
            if self._health.condition is Condition.REFUSED:
                pause_s = self._config.smpp_reconnect_s_max
            await asyncio.sleep(pause_s * (0.75 + self._entropy(1)[0] / 512))
            pause_s = min(pause_s * 2, self._config.smpp_reconnect_s_max)

    async def _one_connection(self) -> None:
        if self._health.condition is not Condition.REFUSED:
            self._say(Condition.CONNECTING, f"Connecting to {self._address.redacted()}.")
        try:
            async with asyncio.timeout(self._config.smpp_connect_s):
                reader, writer = await asyncio.open_connection(
                    self._address.host, self._address.port, ssl=self._context()
                )
        except (OSError, TimeoutError) as error:
            words = "Its certificate is not trusted." if isinstance(error, ssl.SSLError) else "It does not answer."
            self._say(Condition.AWAY, f"{self._address.redacted()}: {words}")
            return
        connection = SmppConnection(reader, writer, self._config, self._events.deliver)
        running = asyncio.create_task(connection.run())
        try:
            if await self._bind(connection):
                await asyncio.wait([running])  # which a cancellation of ours does not end: a goodbye comes first
                self._say(Condition.AWAY, connection.ended)
        finally:
            self._connection = None
            self._ready.clear()
            if not connection.ended:
                await connection.leave()
            running.cancel()
            await asyncio.wait([running])
            self._incoming.broken(self._clock.now())

    async def _bind(self, connection: SmppConnection) -> bool:
        """The connection is ours from here on, for texts both ways."""
        bind = Bind(self._address.system_id, self._address.password, self._address.system_type)
        try:
            async with asyncio.timeout(self._config.smpp_connect_s):
                response = await connection.request(Command.BIND_TRANSCEIVER, bind.encode())
        except (ConnectionEnded, NoResponse, TimeoutError):
            self._say(Condition.AWAY, "The carrier did not answer our sign-in.")
            return False
        if response.status != Status.OK:
            self._refused(response.status)
            return False
        self._connection = connection
        self._ready.set()
        self._say(Condition.READY, f"Connected to {self._address.redacted()}.")
        return True

    def _refused(self, status: int) -> None:
        said = meaning(status)
        if said.why is WhyNotSent.CREDENTIALS:
            do = "Look at the name and the password of the carrier's address."
            self._say(Condition.REFUSED, said.words, do)
        else:
            self._say(Condition.AWAY, said.words)

    def _context(self) -> ssl.SSLContext | None:
        return (self._tls or ssl.create_default_context()) if self._address.tls else None

    async def _look_for_overdue(self) -> None:
        while True:
            await asyncio.sleep(_OVERDUE_LOOK_S)
            self._events.overdue()

    def _say(self, condition: Condition, words: str, do: str = "") -> None:
        if (condition, words) != (self._health.condition, self._health.words):
            self._health = CarrierHealth(condition, self._clock.now(), words, do)
