"""What is told, and in which order."""

import asyncio
import secrets
from dataclasses import replace

from curtilage.carriers.carrier import CarrierEvent, PartAccepted, PartRefused, SubmissionId, TextReceived, WhyNotSent
from curtilage.carriers.outstanding import OutstandingPart, OutstandingParts
from curtilage.carriers.smpp_events import SmppEvents
from curtilage.carriers.smpp_incoming import Incoming
from curtilage.carriers.smpp_pdu import Address, DeliverSm, Pdu
from curtilage.carriers.smpp_status import Status
from curtilage.config import Config
from tests.carriers.kept_sink import KeptSink
from tests.held_clock import HeldClock

_PART = OutstandingPart(SubmissionId("abcdefgh"), 1, "+4915100000001")
_TEXT = DeliverSm(Address(1, 1, "4915100000001"), Address(1, 1, "1"), 0, 0, b"Hallo", {})


def _events(config: Config) -> tuple[SmppEvents, OutstandingParts]:
    parts = OutstandingParts(100)
    return SmppEvents(
        HeldClock(), config, Incoming(config, secrets.token_bytes, parts, international=False), parts
    ), parts


async def _told(events: SmppEvents, sink: KeptSink) -> None:
    task = asyncio.create_task(events.run(sink))
    await events.settle()
    task.cancel()
    await asyncio.wait([task])


def test_everything_is_told_in_its_order() -> None:
    async def scene() -> None:
        events, parts = _events(Config())
        sink, answers = KeptSink(), list[Status]()
        accepted = events.accepted(_PART, 1, Pdu(0, 0, 1, b"7\0"), receipt=True)
        events.deliver(_TEXT, answers.append)
        events.refused_late(_PART, Pdu(0, 0x0B, 1))
        await _told(events, sink)
        assert await accepted
        assert [type(event) for event in sink.events] == [PartAccepted, TextReceived, PartRefused]
        assert sink.of(PartRefused)[0].why is WhyNotSent.RECIPIENT
        assert answers == [Status.OK]
        assert parts.find("7", "") == _PART

    asyncio.run(scene())


def test_nothing_is_remembered_of_a_text_without_a_receipt_and_an_answer_without_a_name_counts() -> None:
    async def scene() -> None:
        events, parts = _events(Config())
        events.accepted(_PART, 1, Pdu(0, 0, 1, b"7\0"), receipt=False)
        events.accepted(_PART, 1, Pdu(0, 0, 1, b"no end"), receipt=True)
        sink = KeptSink()
        await _told(events, sink)
        assert [event.carrier_id for event in sink.of(PartAccepted)] == ["7", ""]
        assert parts.find("7", "") is None
        assert parts.find("", "") is None

    asyncio.run(scene())


def test_what_the_sink_cannot_take_is_answered_so_and_a_crowd_is_asked_for_later() -> None:
    async def scene() -> None:
        events, _ = _events(replace(Config(), smpp_incoming_count_max=2))
        sink, answers = KeptSink(), list[Status]()
        sink.full = True
        for _ in range(3):
            events.deliver(_TEXT, answers.append)
        accepted = events.accepted(_PART, 1, Pdu(0, 0, 1, b"7\0"), receipt=True)
        await _told(events, sink)
        assert answers == [Status.QUEUE_FULL, Status.TEMPORARY, Status.TEMPORARY]
        assert not await accepted
        assert sink.events == []

    asyncio.run(scene())


def test_what_is_left_at_the_end_is_not_acknowledged_and_nobody_waits_for_it() -> None:
    async def scene() -> None:
        events, _ = _events(Config())
        answers = list[Status]()
        events.deliver(_TEXT, answers.append)
        accepted = events.accepted(_PART, 1, Pdu(0, 0, 1, b"7\0"), receipt=True)
        stuck = _Stuck()
        task = asyncio.create_task(events.run(stuck))
        await stuck.asked.wait()
        task.cancel()
        await asyncio.wait([task])
        assert not accepted.done()
        events.drop()
        assert answers == [Status.TEMPORARY]
        assert not await accepted
        events.deliver(_TEXT, answers.append)
        sink = KeptSink()
        await _told(events, sink)
        assert [type(event) for event in sink.events] == [TextReceived]

    asyncio.run(scene())


class _Stuck:
    """A sink that does not come back."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def take(self, event: CarrierEvent) -> None:  # noqa: ARG002 - the port's
        """See CarrierSink."""
        self.asked.set()
        await asyncio.Event().wait()
