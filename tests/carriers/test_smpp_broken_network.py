"""A network that breaks at random moments, in the middle of messages too: no text reaches the SMSC twice, and what was
said of each is true.
"""

import asyncio
import contextlib
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from curtilage.carriers.carrier import (
    Condition,
    NotSent,
    Outcome,
    PartAccepted,
    Receipt,
    Submitted,
    TextReceived,
    Unknown,
)
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.smpp import SmppCarrier
from curtilage.clock import SystemClock
from tests.carriers.kept_sink import KeptSink, wait_for
from tests.carriers.smpp_side import QUICK, address_at, submission
from tests.carriers.smsc import running_smsc

_TEXTS_COUNT = 150
_INCOMING_COUNT = 60
_CONFIG = replace(QUICK, smpp_reconnect_s=0.01, smpp_reconnect_s_max=0.05, smpp_window_count=5, sms_ready_wait_s=2.0)


@contextlib.asynccontextmanager
async def _bad_network(port: int, chance: random.Random) -> AsyncIterator[int]:
    """A port that leads to the other, for so many octets at a time as chance will have it."""
    copying: set[asyncio.Task[None]] = set()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets_count: int) -> None:
        with contextlib.suppress(OSError):
            while octets_count > 0 and (octets := await reader.read(min(octets_count, 200))):
                writer.write(octets)
                await writer.drain()
                octets_count -= len(octets)
        writer.transport.abort()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        for source, target in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(copy(source, target, chance.randint(30, 4000)))
            copying.add(task)
            task.add_done_callback(copying.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in copying:
            task.cancel()
        if copying:
            await asyncio.wait(copying)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_text_goes_twice_and_no_outcome_is_a_lie(seed: int) -> None:
    async def scene() -> None:
        chance = random.Random(seed)
        async with running_smsc() as smsc, _bad_network(smsc.port, chance) as port:
            sink, carrier = KeptSink(), SmppCarrier(address_at(port), _CONFIG, SystemClock(), secrets.token_bytes)
            task = asyncio.create_task(carrier.run(sink))
            sent = {f"Text {number}": submission("01", f"Text {number}") for number in range(_TEXTS_COUNT)}
            outcomes: dict[str, Outcome] = {}

            async def send(text: str) -> None:
                await asyncio.sleep(chance.random() * 2)
                outcomes[text] = await carrier.submit(sent[text])

            await asyncio.gather(*(send(text) for text in sent))
            task.cancel()
            await asyncio.wait([task])
            arrived = Counter(line["text"] for line in smsc.submits)
            assert max(arrived.values()) == 1
            evidence = {item.submission for item in sink.of(PartAccepted)} | {
                item.submission for item in sink.of(Receipt) if item.state is ReceiptState.DELIVERED
            }
            for text, outcome in outcomes.items():
                if isinstance(outcome, Submitted):
                    assert arrived[text] == 1
                    assert sent[text].id in evidence
                elif isinstance(outcome, NotSent):
                    assert (arrived[text], outcome.definite) == (0, True)
                assert arrived[text] == 1 or sent[text].id not in evidence
            kinds = Counter(type(outcome) for outcome in outcomes.values())
            assert kinds[Unknown] > 0, "the network was not bad enough"
            assert kinds[Submitted] > _TEXTS_COUNT / 2

    asyncio.run(scene())


@pytest.mark.slow
def test_incoming_texts_come_at_least_once_and_say_when_perhaps_twice() -> None:
    async def scene() -> None:
        chance = random.Random(4)
        async with running_smsc() as smsc, _bad_network(smsc.port, chance) as port:
            sink, carrier = KeptSink(), SmppCarrier(address_at(port), _CONFIG, SystemClock(), secrets.token_bytes)
            task = asyncio.create_task(carrier.run(sink))
            await wait_for(lambda: carrier.health().condition is Condition.READY)
            for number in range(_INCOMING_COUNT):
                smsc.send(f"Text {number}".encode())
                await asyncio.sleep(0.01)
            await wait_for(lambda: len({item.text for item in sink.of(TextReceived)}) == _INCOMING_COUNT)
            times = Counter(item.text for item in sink.of(TextReceived))
            said_so = Counter(item.text for item in sink.of(TextReceived) if item.perhaps_again)
            assert all(said_so[text] == count - 1 for text, count in times.items())
            assert len({item.key for item in sink.of(TextReceived)}) == times.total()
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(scene())
