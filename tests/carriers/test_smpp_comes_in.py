"""What an SMSC sends by itself: texts and their parts, recorded before they are acknowledged."""

import asyncio

import pytest

from curtilage.carriers.carrier import Known, PartReceived, Receipt, TextReceived, Unknown
from curtilage.carriers.concatenation import Concatenation
from curtilage.carriers.receipt import ReceiptState
from tests.carriers.smpp_side import bound, number, running, submission
from tests.carriers.smsc import running_smsc

pytestmark = pytest.mark.slow


def test_what_could_not_be_recorded_is_not_acknowledged() -> None:
    async def scene() -> None:
        async with bound() as side:
            side.sink.full = True
            side.smsc.send(b"Hallo")
            await side.smsc.until("delivered")
            assert [line["status"] for line in side.smsc.said if line["what"] == "delivered"] == [0x64]
            assert isinstance(await side.carrier.submit(submission("00")), Unknown)
            side.sink.full = False
            side.smsc.send(b"Hallo")
            assert [item.text for item in await side.sink.until(TextReceived)] == ["Hallo"]

    asyncio.run(scene())


def test_a_part_that_could_not_be_recorded_is_taken_when_it_comes_again() -> None:
    async def scene() -> None:
        async with bound() as side:
            one, two = (Concatenation(3, 2, place).encode() + word for place, word in ((1, b"Hal"), (2, b"lo")))
            side.smsc.send(one, esm_class=0x40)
            await side.sink.until(PartReceived)
            side.sink.full = True
            side.smsc.send(two, esm_class=0x40)
            await side.smsc.until("delivered", 2)
            side.sink.full = False
            side.smsc.send(two, esm_class=0x40)
            assert [item.text for item in await side.sink.until(TextReceived)] == ["Hallo"]

    asyncio.run(scene())


def test_parts_of_an_earlier_run_are_completed() -> None:
    async def scene() -> None:
        async with running_smsc() as smsc:
            async with running(smsc) as side:
                smsc.send(Concatenation(3, 2, 1).encode() + b"Hal", esm_class=0x40)
                (kept,) = await side.sink.until(PartReceived)
            async with running(smsc, known=Known(parts=(kept,))) as side:
                smsc.send(Concatenation(3, 2, 2).encode() + b"lo", esm_class=0x40)
                (text,) = await side.sink.until(TextReceived)
                assert (text.text, text.parts[0]) == ("Hallo", kept.key)

    asyncio.run(scene())


def test_a_text_that_comes_again_after_a_break_says_that_it_may_be_the_same() -> None:
    async def scene() -> None:
        async with bound() as side:
            for words in (b"ok", b"ok"):
                side.smsc.send(words)
            assert [item.perhaps_again for item in await side.sink.until(TextReceived, 2)] == [False, False]
            side.smsc.order(drop=True)
            await side.smsc.until("bound", 2)
            for words in (b"ok", b"ok", b"neu"):
                side.smsc.send(words)
            told = (await side.sink.until(TextReceived, 5))[2:]
            assert [item.perhaps_again for item in told] == [True, False, False]

    asyncio.run(scene())


def test_texts_and_receipts_may_come_as_data_sm() -> None:
    async def scene() -> None:
        async with bound() as side:
            side.smsc.order(data={"esm_class": 0}, text="Grüße €")
            side.smsc.order(data={"esm_class": 4, "receipted_message_id": "77", "message_state": 2}, text="")
            (text,), (receipt,) = await side.sink.until(TextReceived), await side.sink.until(Receipt)
            assert (text.text, text.sender) == ("Grüße €", number("01"))
            assert (receipt.carrier_id, receipt.state) == ("77", ReceiptState.DELIVERED)
            await side.smsc.until("delivered", 2)
            assert [line["status"] for line in side.smsc.said if line["what"] == "delivered"] == [0, 0]

    asyncio.run(scene())
