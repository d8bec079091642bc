"""Hands a text over to an SMSC, part by part, each part at most once.

A part is written again only when it certainly was not taken: it was never written, or the carrier said that it takes
no more for now. Everything else that is not a clear yes or no is Unknown, and the rest of that text is not sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from curtilage.carriers.carrier import NotSent, Outcome, Submission, Submitted, Unknown, WhyNotSent
from curtilage.carriers.outstanding import OutstandingPart, OutstandingParts
from curtilage.carriers.smpp_connection import ConnectionEnded, NoResponse, SmppConnection
from curtilage.carriers.smpp_events import Committed, SmppEvents
from curtilage.carriers.smpp_pdu import Command, Pdu, SubmitSm
from curtilage.carriers.smpp_status import TRY_LATER, Status, may_have_been_taken, meaning
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import Blame

_THROTTLE_PAUSE_S_MAX = 30.0

Connected = Callable[[], Awaitable[SmppConnection | NotSent]]
"""A bound connection, waiting for it within bounds."""


@dataclass(slots=True)
class _Waiting:
    """Whether somebody still waits for a response, and what came of telling it."""

    here: bool = True
    response: Pdu | None = None
    committed: Committed | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """One part to hand over."""

    part: OutstandingPart
    parts_count: int
    body: bytes = field(repr=False)
    receipt: bool


class Handover:
    """Of one account."""

    def __init__(
        self, connected: Connected, events: SmppEvents, outstanding: OutstandingParts, config: Config, clock: Clock
    ) -> None:
        self._connected = connected
        self._events = events
        self._outstanding = outstanding
        self._config = config
        self._clock = clock
        self._window = asyncio.Semaphore(config.smpp_window_count)
        self._throttled_until_s = 0.0
        self._throttle_pause_s = config.smpp_throttle_pause_s

    @property
    def throttled(self) -> bool:
        """The carrier said lately that it takes no more for now."""
        return self._clock.monotonic() < self._throttled_until_s

    async def submit(self, submission: Submission, submits: Sequence[SubmitSm]) -> Outcome:
        """All parts, in their order; stops at the first that the carrier does not take."""
        taken: list[str] = []
        for number, submit in enumerate(submits, 1):
            part = OutstandingPart(submission.id, number, submission.recipient)
            if submission.receipt:
                self._outstanding.expect(part)
            said = await self._part(_Piece(part, len(submits), submit.encode(), submission.receipt))
            if isinstance(said, NotSent) and taken:
                return replace(said, definite=False, words=f"A part of the text went out. {said.words}")
            if not isinstance(said, str):
                return said
            taken.append(said)
        return Submitted(tuple(taken))

    async def _part(self, piece: _Piece) -> str | NotSent | Unknown:
        """What the carrier calls it."""
        until_s = self._clock.monotonic() + self._config.smpp_throttle_s
        while True:
            await self._pause(until_s)
            connection = await self._connected()
            if isinstance(connection, NotSent):
                return connection
            async with self._window:
                said = await self._once(connection, piece)
            if said is None and self._clock.monotonic() < until_s:
                await asyncio.sleep(0)  # the end of that connection is being noticed
                continue
            if said is None:
                return NotSent(WhyNotSent.NOT_CONNECTED, "The connection to the carrier broke.", Blame.PARTNER)
            if not isinstance(said, Pdu):
                return said
            self._throttle()
            if self._clock.monotonic() >= until_s:
                why = meaning(said.status)
                return NotSent(why.why, why.words, why.blame)

    async def _once(self, connection: SmppConnection, piece: _Piece) -> str | NotSent | Unknown | Pdu | None:
        """None: it was not written; a PDU: the carrier takes no more for now."""
        waiting = _Waiting()

        def heard(response: Pdu) -> None:
            waiting.response = response
            if response.status == Status.OK:
                waiting.committed = self._events.accepted(
                    piece.part, piece.parts_count, response, receipt=piece.receipt
                )
            elif not waiting.here:
                self._events.refused_late(piece.part, response)

        lost = None
        try:
            await connection.request(Command.SUBMIT_SM, piece.body, heard)
        except ConnectionEnded as ended:
            if not ended.sent:
                return None
            lost = Unknown("The connection broke before the carrier answered.")
        except NoResponse:
            lost = Unknown("The carrier did not answer in time.")
        finally:
            waiting.here = False
        return lost if waiting.response is None and lost is not None else await self._judged(waiting)

    async def _judged(self, waiting: _Waiting) -> str | NotSent | Unknown | Pdu:
        """Of a response, which may also have come in the very turn in which the wait for it was over."""
        response = waiting.response
        assert response is not None
        if waiting.committed is not None:
            return await self._recorded(waiting.committed, response)
        if response.status in TRY_LATER:
            return response
        if may_have_been_taken(response.status):
            return Unknown("The carrier had a fault of its own while it took the text.")
        why = meaning(response.status)
        return NotSent(why.why, why.words, why.blame)

    async def _recorded(self, committed: Committed, response: Pdu) -> str | Unknown:
        self._throttle_pause_s = self._config.smpp_throttle_pause_s
        if not await committed:
            return Unknown("The carrier took the text, and that could not be recorded here.")
        return response.body.split(b"\0")[0].decode("latin-1")

    def _throttle(self) -> None:
        """For all texts: the carrier means the account."""
        if not self.throttled:
            self._throttled_until_s = self._clock.monotonic() + self._throttle_pause_s
            self._throttle_pause_s = min(self._throttle_pause_s * 2, _THROTTLE_PAUSE_S_MAX)

    async def _pause(self, until_s: float) -> None:
        while self.throttled:
            left_s = min(self._throttled_until_s, max(until_s, self._clock.monotonic())) - self._clock.monotonic()
            if left_s <= 0:
                return
            await asyncio.sleep(left_s)
