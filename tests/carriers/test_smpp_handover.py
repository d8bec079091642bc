"""Handing over when a connection ends at the worst moment: nothing is written twice."""

import asyncio
import secrets
from dataclasses import replace

from curtilage.carriers.carrier import NotSent, Submission, SubmissionId, Submitted, Unknown, WhyNotSent
from curtilage.carriers.outstanding import OutstandingParts
from curtilage.carriers.smpp_connection import ConnectionEnded, Heard, SmppConnection
from curtilage.carriers.smpp_events import SmppEvents
from curtilage.carriers.smpp_handover import Handover
from curtilage.carriers.smpp_incoming import Incoming
from curtilage.carriers.smpp_pdu import Command, Pdu
from curtilage.carriers.smpp_status import Status
from curtilage.carriers.smpp_text import submits
from curtilage.carriers.splitter import TextRefused, split
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.errors import Blame
from tests.carriers.kept_sink import KeptSink

_QUICK = replace(Config(), smpp_throttle_s=0.3, smpp_throttle_pause_s=0.02)
_AWAY = NotSent(WhyNotSent.NOT_CONNECTED, "There is no connection to the carrier.", Blame.PARTNER)


class _Scripted(SmppConnection):
    """A connection whose every request ends as it was told."""

    def __init__(self, *ends: Status | ConnectionEnded) -> None:
        self.ends = list(ends)
        self.written: list[bytes] = []

    async def request(self, command: Command, body: bytes = b"", heard: Heard | None = None) -> Pdu:
        """See SmppConnection."""
        end = self.ends.pop(0)
        if isinstance(end, ConnectionEnded):
            if end.sent:
                self.written.append(body)
            raise end
        self.written.append(body)
        response = Pdu(command, end, 1, b"7\0" if end == Status.OK else b"")
        assert heard is not None
        heard(response)
        return response


def _hand_over(connection: _Scripted, text: str = "Hallo", away_after: int = 1000) -> object:
    async def scene() -> object:
        clock, parts = SystemClock(), OutstandingParts(100)
        events = SmppEvents(clock, _QUICK, Incoming(_QUICK, secrets.token_bytes, parts, international=False), parts)
        asked = 0

        async def connected() -> SmppConnection | NotSent:
            nonlocal asked
            asked += 1
            return connection if asked <= away_after else _AWAY

        telling = asyncio.create_task(events.run(KeptSink()))
        submission = Submission(SubmissionId("abcdefgh"), "+4915100000001", text)
        pieces = split(text, 1, 10)
        assert not isinstance(pieces, TextRefused)
        outcome = await Handover(connected, events, parts, _QUICK, clock).submit(
            submission, submits(submission, pieces, "")
        )
        telling.cancel()
        return outcome

    return asyncio.run(scene())


def _gone(*, sent: bool) -> ConnectionEnded:
    return ConnectionEnded(sent=sent)


def test_what_was_never_written_is_written_on_the_next_connection() -> None:
    connection = _Scripted(_gone(sent=False), _gone(sent=False), Status.OK)
    assert _hand_over(connection) == Submitted(("7",))
    assert len(connection.written) == 1


def test_what_was_written_is_never_written_again() -> None:
    connection = _Scripted(_gone(sent=True), Status.OK)
    assert isinstance(_hand_over(connection), Unknown)
    assert len(connection.written) == 1


def test_a_long_text_goes_on_after_a_break_between_two_parts() -> None:
    connection = _Scripted(Status.OK, _gone(sent=False), Status.OK, Status.OK)
    assert _hand_over(connection, "x" * 400) == Submitted(("7", "7", "7"))
    assert len(set(connection.written)) == len(connection.written) == 3


def test_a_long_text_that_cannot_go_on_is_not_definite() -> None:
    outcome = _hand_over(_Scripted(Status.OK), "x" * 400, away_after=1)
    assert isinstance(outcome, NotSent)
    assert (outcome.why, outcome.definite) == (WhyNotSent.NOT_CONNECTED, False)


def test_an_unknown_part_ends_the_text() -> None:
    connection = _Scripted(Status.OK, Status.SYSTEM_ERROR, Status.OK)
    assert isinstance(_hand_over(connection, "x" * 400), Unknown)
    assert len(connection.written) == 2


def test_throttling_is_bounded() -> None:
    connection = _Scripted(*[Status.THROTTLED] * 100)
    outcome = _hand_over(connection)
    assert isinstance(outcome, NotSent)
    assert (outcome.why, outcome.definite) == (WhyNotSent.THROTTLED, True)
    assert 2 <= len(connection.written) < 20


def test_a_connection_that_is_never_there_for_long_is_given_up() -> None:
    outcome = _hand_over(_Scripted(*[_gone(sent=False)] * 1_000_000))
    assert outcome == NotSent(WhyNotSent.NOT_CONNECTED, "The connection to the carrier broke.", Blame.PARTNER)
