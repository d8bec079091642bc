"""One bound connection to an SMSC: requests and their responses, and what it sends by itself.

Guards: every wait is bounded; a response is understood also when it comes after its wait was over; nothing is read past
the bound of a PDU; what comes in is acknowledged only after it was taken.

Rules: ``run`` reads until the connection ends, for whatever reason, and says why (``ended``). One request is written
once: nothing here tries anything again. Does not connect anew (smpp.py).
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable

from curtilage.carriers.smpp_pdu import (
    LENGTH,
    RESPONSE,
    Command,
    DeliverSm,
    Pdu,
    PduError,
    decode,
    decode_data_sm,
    decode_deliver_sm,
    length_of,
)
from curtilage.carriers.smpp_status import Status
from curtilage.config import Config

_DELIVERS = frozenset({Command.DELIVER_SM, Command.DATA_SM})
_SEQUENCE_MAX = 0x7FFFFFFF
"""§5.1.4."""

Heard = Callable[[Pdu], None]
"""Called with the response in the turn in which it is read, also when nobody waits for it any more."""
Answer = Callable[[Status], None]
Deliver = Callable[[DeliverSm, Answer], None]
"""Takes what came in, at once; it is answered with the status, when it was recorded."""


class ConnectionEnded(Exception):
    """The connection is gone. ``sent``: the request had been handed to the system before."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("the connection to the carrier ended")
        self.sent = sent


class NoResponse(Exception):
    """The response did not come in time, or too many others are awaited."""


class SmppConnection:
    """Over a stream that is open. ``run`` it as a task of its own before the first request."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, config: Config, deliver: Deliver
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._config = config
        self._deliver = deliver
        self._sequence = 0
        self._waiting: OrderedDict[int, tuple[asyncio.Future[Pdu], Heard | None]] = OrderedDict()
        self.ended = ""
        """Why it is over, for people; empty while it goes on."""

    async def run(self) -> None:
        """Until the connection is over. Never raises but when cancelled."""
        tasks = [asyncio.create_task(work) for work in (self._read(), self._enquire())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            words = [task.result() for task in tasks if task in done]
            self.ended = self.ended or next(filter(None, words), "The carrier closed the connection.")
        finally:
            self.ended = self.ended or "The connection was closed."
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.close()

    def close(self) -> None:
        """At once; who waits for a response is told."""
        self.ended = self.ended or "The connection was closed."
        self._writer.close()
        waiting, self._waiting = self._waiting, OrderedDict()
        for answer, _ in waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionEnded(sent=True))
                answer.exception()  # looked at, should nobody wait for it any more

    async def request(self, command: Command, body: bytes = b"", heard: Heard | None = None) -> Pdu:
        """The response. Raises ConnectionEnded or NoResponse; ``heard`` is called all the same should it still come."""
        if self.ended or self._writer.is_closing():
            raise ConnectionEnded(sent=False)
        self._sequence = self._sequence % _SEQUENCE_MAX + 1
        answer: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._waiting[self._sequence] = (answer, heard)
        if len(self._waiting) > self._config.smpp_unanswered_count_max:
            _, (oldest, _) = self._waiting.popitem(last=False)
            if not oldest.done():
                oldest.set_exception(NoResponse())
        self._writer.write(Pdu(command, Status.OK, self._sequence, body).encode())
        try:
            async with asyncio.timeout(self._config.smpp_response_s):
                return await answer
        except TimeoutError:
            raise NoResponse from None

    async def leave(self) -> None:
        """Says goodbye (§4.2), bounded, and closes."""
        with contextlib.suppress(ConnectionEnded, NoResponse, TimeoutError):
            async with asyncio.timeout(min(self._config.smpp_response_s, 1.0)):
                await self.request(Command.UNBIND)
        self.close()

    async def _read(self) -> str:
        try:
            while True:
                self._heard(await self._next())
                await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, OSError):
            return self.ended or "The carrier closed the connection."
        except PduError as error:
            return f"The carrier sent {error}."

    async def _next(self) -> Pdu:
        head = await self._reader.readexactly(LENGTH.size)
        length = length_of(head, self._config.smpp_pdu_bytes_max)
        return decode(head + await self._reader.readexactly(length - LENGTH.size))

    def _heard(self, pdu: Pdu) -> None:
        if pdu.command & RESPONSE:
            self._answered(pdu)
        elif pdu.command in _DELIVERS:
            self._delivered(pdu)
        elif pdu.command == Command.ENQUIRE_LINK:
            self._answer(pdu)
        elif pdu.command == Command.UNBIND:
            self._answer(pdu)
            self.ended = "The carrier said goodbye."
            self._reader.feed_eof()
        else:
            self._writer.write(Pdu(Command.GENERIC_NACK, Status.INVALID_COMMAND, pdu.sequence).encode())

    def _answered(self, pdu: Pdu) -> None:
        """A generic_nack (§4.3) answers the request of its sequence too."""
        answer, heard = self._waiting.pop(pdu.sequence, (None, None))
        if heard is not None:
            heard(pdu)
        if answer is not None and not answer.done():
            answer.set_result(pdu)

    def _delivered(self, pdu: Pdu) -> None:
        try:
            message = (decode_data_sm if pdu.command == Command.DATA_SM else decode_deliver_sm)(pdu.body)
        except PduError:
            self._answer(pdu, Status.INVALID_COMMAND_LENGTH)
            return
        self._deliver(message, lambda status: self._answer(pdu, status))

    def _answer(self, pdu: Pdu, status: Status = Status.OK) -> None:
        """Responses to what is delivered have a message_id that is not used (§4.6.2, §4.7.2)."""
        if self._writer.is_closing():
            return  # not acknowledged: it comes again
        body = b"\0" if pdu.command in _DELIVERS else b""
        self._writer.write(Pdu(pdu.command | RESPONSE, status, pdu.sequence, body).encode())

    async def _enquire(self) -> str:
        while True:
            await asyncio.sleep(self._config.smpp_enquire_s)
            try:
                await self.request(Command.ENQUIRE_LINK)
            except (ConnectionEnded, NoResponse):
                return "The carrier does not answer any more."
