"""The simulated network behaves as it was told to."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator

import pytest

from curtilage.carriers.carrier import (
    Condition,
    NotSent,
    Outcome,
    Outstanding,
    PartAccepted,
    Receipt,
    Submission,
    SubmissionId,
    Submitted,
    TextReceived,
    Unknown,
    WhyNotSent,
)
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.simulated_carrier import Behaviour, Handset, SimulatedCarrier, SimulatedNetwork
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.wire.identifier import new_identifier
from tests.carriers.kept_sink import KeptSink, wait_for

_ADA, _BO = "+4915100000001", "+4915100000002"


@contextlib.asynccontextmanager
async def _pair(delay_s: float = 0.0) -> AsyncIterator[tuple[SimulatedNetwork, KeptSink, KeptSink]]:
    network = SimulatedNetwork(SystemClock(), Config(), secrets.token_bytes, delay_s)
    ada, bo = KeptSink(), KeptSink()
    tasks = [asyncio.create_task(network.carrier(_ADA).run(ada)), asyncio.create_task(network.carrier(_BO).run(bo))]
    await asyncio.sleep(0)
    try:
        yield network, ada, bo
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _send(network: SimulatedNetwork, to: str = _BO, text: str = "Hallo") -> tuple[SubmissionId, Outcome]:
    identity = SubmissionId(new_identifier(secrets.token_bytes))
    return identity, await network.carrier(_ADA).submit(Submission(identity, to, text))


def test_a_text_arrives_and_its_receipt_comes_back() -> None:
    async def scene() -> None:
        async with _pair(0.01) as (network, ada, bo):
            identity, outcome = await _send(network, text="Grüße " * 40)
            assert isinstance(outcome, Submitted)
            assert len(outcome.parts) == 2
            (text,) = await bo.until(TextReceived)
            assert (text.text, text.sender, text.recipient) == ("Grüße " * 40, _ADA, _BO)
            receipts = await ada.until(Receipt, 2)
            assert [(item.submission, item.part, item.state) for item in receipts] == [
                (identity, 1, ReceiptState.DELIVERED),
                (identity, 2, ReceiptState.DELIVERED),
            ]
            assert [type(event) for event in ada.events] == [PartAccepted, PartAccepted, Receipt, Receipt]
            assert network.taken_count(_BO) == 1

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("behaviour", "outcome", "arrives", "state"),
    [
        (Behaviour.UNDELIVERED, Submitted, False, ReceiptState.UNDELIVERED),
        (Behaviour.REFUSED, NotSent, False, None),
        (Behaviour.OFF, Submitted, False, None),
        (Behaviour.ANSWER_LOST, Unknown, True, ReceiptState.DELIVERED),
        (Behaviour.VANISHED, Unknown, False, None),
    ],
)
def test_what_goes_wrong_is_selected(
    behaviour: Behaviour, outcome: type[Outcome], arrives: bool, state: ReceiptState | None
) -> None:
    async def scene() -> None:
        async with _pair() as (network, ada, bo):
            network.behave(_BO, behaviour)
            _, said = await _send(network)
            assert isinstance(said, outcome)
            await asyncio.sleep(0.05)
            assert len(bo.of(TextReceived)) == arrives
            assert [item.state for item in ada.of(Receipt)] == ([state] if state else [])

    asyncio.run(scene())


def test_texts_wait_for_a_phone_that_is_off() -> None:
    async def scene() -> None:
        async with _pair() as (network, ada, bo):
            network.behave(_BO, Behaviour.OFF)
            await _send(network)
            await _send(network)
            network.behave(_BO, Behaviour.DELIVERED)
            await bo.until(TextReceived, 2)
            await ada.until(Receipt, 2)

    asyncio.run(scene())


def test_a_number_that_nobody_has_lets_texts_expire() -> None:
    async def scene() -> None:
        async with _pair() as (network, ada, _):
            await _send(network, "+4915100000003")
            assert (await ada.until(Receipt))[0].state is ReceiptState.EXPIRED

    asyncio.run(scene())


def test_a_phone_without_curtilage_keeps_the_newest() -> None:
    async def scene() -> None:
        async with _pair() as (network, _, _bo):
            shown: list[int] = []
            handset = Handset(2, lambda: shown.append(1))
            task = asyncio.create_task(network.carrier("+4915100000003").run(handset))
            for number in range(3):
                await _send(network, "+4915100000003", f"Text {number}")
            await wait_for(lambda: len(shown) == 3)
            assert [text.text for text in handset.texts] == ["Text 1", "Text 2"]
            task.cancel()

    asyncio.run(scene())


def test_what_could_not_be_recorded_is_told_again() -> None:
    async def scene() -> None:
        async with _pair() as (network, _, bo):
            bo.full = True
            await _send(network)
            await wait_for(lambda: bo.refused_count > 0)
            bo.full = False
            await bo.until(TextReceived)

    asyncio.run(scene())


def test_what_cannot_go_is_refused_as_on_a_real_carrier() -> None:
    async def scene() -> None:
        async with _pair() as (network, _, _bo):
            _, said = await _send(network, text="x" * 100_000)
            assert isinstance(said, NotSent)
            assert said.why is WhyNotSent.TEXT
            idle = SimulatedCarrier(network, "+4915100000004")
            outcome = await idle.submit(Submission(SubmissionId("abcdefgh"), _BO, "Hallo"))
            assert isinstance(outcome, NotSent)
            assert outcome.why is WhyNotSent.NOT_CONNECTED
            assert idle.health().condition is Condition.IDLE
            assert network.carrier(_ADA).health().condition is Condition.READY
            await idle.ask(Outstanding(SubmissionId("abcdefgh"), _BO))
            assert "4915" not in repr(idle)

    asyncio.run(scene())
