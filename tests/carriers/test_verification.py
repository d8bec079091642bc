"""Verification codes: one text, and nothing kept."""

import asyncio
import secrets

import pytest

from curtilage.carriers.carrier import Condition, NotSent, Submitted, TextReceived
from curtilage.carriers.simulated_carrier import SimulatedNetwork
from curtilage.carriers.smpp import SmppCarrier
from curtilage.carriers.splitter import Alphabet, Measure, measure
from curtilage.carriers.verification import CarrierVerification, VerificationSender, code_text
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.errors import OurError, PersonError
from tests.carriers.kept_sink import KeptSink
from tests.carriers.smpp_side import QUICK, address_at
from tests.carriers.smsc import running_smsc

_SERVER, _NUMBER = "+4915100000000", "+4915100000001"


def test_a_code_arrives_in_one_text() -> None:
    async def scene() -> None:
        network = SimulatedNetwork(SystemClock(), Config(), secrets.token_bytes)
        sink = KeptSink()
        sender: VerificationSender = CarrierVerification(
            network.carrier(_SERVER), "rose.home.arpa", 600, secrets.token_bytes
        )
        tasks = [asyncio.create_task(sender.run()), asyncio.create_task(network.carrier(_NUMBER).run(sink))]
        await asyncio.sleep(0)
        assert isinstance(await sender.send_code(_NUMBER, "48151623"), Submitted)
        (text,) = await sink.until(TextReceived)
        assert text.text.startswith("48151623 is your code for rose.home.arpa")
        assert sender.health().condition is Condition.READY
        with pytest.raises(PersonError):
            await sender.send_code("call me", "48151623")
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert isinstance(await sender.send_code(_NUMBER, "48151623"), NotSent)

    asyncio.run(scene())


@pytest.mark.slow
def test_by_smpp_nothing_of_a_code_is_remembered() -> None:
    async def scene() -> None:
        async with running_smsc() as smsc:
            carrier = SmppCarrier(address_at(smsc.port), QUICK, SystemClock(), secrets.token_bytes)
            sender = CarrierVerification(carrier, "rose.home.arpa", 600, secrets.token_bytes)
            task = asyncio.create_task(sender.run())
            assert isinstance(await sender.send_code(_NUMBER, "48151623"), Submitted)
            (line,) = smsc.submits
            assert (line["receipt"], line["text"][:8], line["validity"] != "") == (0, "48151623", True)
            kept = carrier._outstanding
            assert (len(kept._by_id), len(kept._by_reference), len(kept._alike)) == (0, 0, 0)
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(scene())


def test_a_server_whose_name_does_not_fit_is_our_error() -> None:
    measured = measure(code_text("48151623", "Rosengarten"), 1)
    assert isinstance(measured, Measure)
    assert measured.alphabet is Alphabet.GSM
    for name in ("я", "x" * 150):
        with pytest.raises(OurError):
            code_text("48151623", name)
