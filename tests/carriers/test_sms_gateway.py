"""A phone as carrier, beside one made from its published interface (gateway_phone.py)."""

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pytest

from curtilage.carriers.carrier import (
    NOTHING_KNOWN,
    Condition,
    Known,
    NotSent,
    Outstanding,
    PartAccepted,
    PartRefused,
    Receipt,
    Submitted,
    TextReceived,
    Unknown,
    WhyNotSent,
)
from curtilage.carriers.carrier_address import GatewayAddress, parse_carrier_address
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.sms_gateway import SmsGatewayCarrier
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.carriers.gateway_phone import NAME, PASSWORD, GatewayPhone, running_phone
from tests.carriers.kept_sink import KeptSink, wait_for
from tests.carriers.smpp_side import submission
from tests.origin.certificates import make

pytestmark = pytest.mark.slow

_QUICK = Config(sms_gateway_wait_s=0.3, sms_gateway_poll_s=0.05, sms_gateway_page_count=3)


@dataclass
class _Side:
    carrier: SmsGatewayCarrier
    phone: GatewayPhone
    sink: KeptSink


def _address(port: int, password: str = PASSWORD, scheme: str = "smsgate") -> GatewayAddress:
    address = parse_carrier_address(f"{scheme}://{NAME}:{quote(password, safe='')}@127.0.0.1:{port}")
    assert isinstance(address, GatewayAddress)
    return address


@contextlib.asynccontextmanager
async def _running(
    phone: GatewayPhone, known: Known = NOTHING_KNOWN, config: Config = _QUICK, password: str = PASSWORD
) -> AsyncIterator[_Side]:
    carrier, sink = SmsGatewayCarrier(_address(phone.port, password), config, SystemClock()), KeptSink()
    task = asyncio.create_task(carrier.run(sink, known))
    try:
        yield _Side(carrier, phone, sink)
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


@contextlib.asynccontextmanager
async def _side(known: Known = NOTHING_KNOWN, config: Config = _QUICK) -> AsyncIterator[_Side]:
    async with running_phone() as phone, _running(phone, known, config) as side:
        yield side


@pytest.mark.parametrize(
    ("suffix", "states"),
    [
        ("01", [ReceiptState.ENROUTE, ReceiptState.SENT, ReceiptState.DELIVERED]),
        ("02", [ReceiptState.ENROUTE, ReceiptState.UNDELIVERED]),
        ("03", [ReceiptState.ENROUTE, ReceiptState.SENT]),
    ],
)
def test_what_became_of_a_text_is_told(suffix: str, states: list[ReceiptState]) -> None:
    async def scene() -> None:
        async with _side() as side:
            sent = submission(suffix, "Grüße 😀" * 20)
            assert await side.carrier.submit(sent) == Submitted(())
            receipts = await side.sink.until(Receipt, len(states))
            assert [(item.submission, item.state) for item in receipts] == [(sent.id, state) for state in states]
            assert [post["textMessage"]["text"] for post in side.phone.posts] == ["Grüße 😀" * 20]
            assert side.carrier.health().condition is Condition.READY
            assert "not encrypted" in side.carrier.health().words

    asyncio.run(scene())


def test_a_short_code_goes_too() -> None:
    async def scene() -> None:
        async with _side() as side:
            short = replace(submission(), recipient="11001")
            assert await side.carrier.submit(short) == Submitted(())
            assert [post["phoneNumbers"] for post in side.phone.posts] == [["11001"]]

    asyncio.run(scene())


def test_an_id_that_the_phone_has_already_counts_as_handed_over() -> None:
    async def scene() -> None:
        async with _side() as side:
            sent = submission()
            await side.carrier.submit(sent)
            assert await side.carrier.submit(sent) == Submitted((), known_already=True)
            assert len(side.phone.messages) == 1

    asyncio.run(scene())


@pytest.mark.parametrize(("suffix", "why"), [("06", WhyNotSent.REFUSED), ("07", WhyNotSent.THROTTLED)])
def test_what_is_refused_is_definite(suffix: str, why: WhyNotSent) -> None:
    async def scene() -> None:
        async with _side() as side:
            outcome = await side.carrier.submit(submission(suffix))
            assert isinstance(outcome, NotSent)
            assert (outcome.why, outcome.definite) == (why, True)
            empty = await side.carrier.submit(submission("01", ""))
            assert isinstance(empty, NotSent)
            assert empty.why is WhyNotSent.TEXT

    asyncio.run(scene())


@pytest.mark.parametrize("suffix", ["04", "08"])
def test_what_was_taken_without_an_answer_is_found_by_its_id(suffix: str) -> None:
    async def scene() -> None:
        async with _side() as side:
            sent = submission(suffix)
            assert isinstance(await side.carrier.submit(sent), Unknown)
            (accepted,) = await side.sink.until(PartAccepted)
            assert accepted.submission == sent.id
            assert len(side.phone.posts) == 1, "nothing is posted again"

    asyncio.run(scene())


def test_what_never_arrived_is_said_after_the_phone_said_so_twice() -> None:
    async def scene() -> None:
        async with _side() as side:
            sent = submission("05")
            assert isinstance(await side.carrier.submit(sent), Unknown)
            began_s = time.monotonic()
            (refused,) = await side.sink.until(PartRefused)
            assert refused.submission == sent.id
            assert time.monotonic() - began_s >= 0.6
            assert len(side.phone.posts) == 1

    asyncio.run(scene())


def test_a_submission_of_an_earlier_run_is_looked_for() -> None:
    async def scene() -> None:
        async with running_phone() as phone:
            sent, lost, done = submission("04"), submission("05"), submission("01")
            async with _running(phone) as side:
                await asyncio.gather(*(side.carrier.submit(item) for item in (sent, lost, done)))
            phone.messages.pop(done.id)  # the app keeps its list for a while only
            told = tuple(Outstanding(item.id, item.recipient, submitted=item is done) for item in (sent, lost, done))
            async with _running(phone, Known(told)) as side:
                (accepted,), (refused,) = await side.sink.until(PartAccepted), await side.sink.until(PartRefused)
                assert (accepted.submission, refused.submission) == (sent.id, lost.id)
                await asyncio.sleep(0.8)
                assert len(side.sink.of(PartRefused)) == 1, "what was submitted stays submitted"

    asyncio.run(scene())


def test_incoming_texts_are_told_once_in_their_order() -> None:
    async def scene() -> None:
        now_ms = round(time.time() * 1000)
        async with running_phone() as phone:
            phone.receive("from years ago", "+33", now_ms - 10**10)
            phone.receive("before it was switched on", "+33", now_ms - 60_000)
            async with _running(phone) as side:
                await wait_for(lambda: side.carrier.health().condition is Condition.READY)
                for number in range(8):
                    phone.receive(f"Text {number}", "+4915100000001", now_ms + 1000 + number)
                phone.receive("a picture", "+33", now_ms + 2000, "MMS")
                texts = await side.sink.until(TextReceived, 8)
                assert [item.text for item in texts] == [f"Text {number}" for number in range(8)]
                assert len({item.key for item in texts}) == 8
                await asyncio.sleep(0.3)
                assert len(side.sink.of(TextReceived)) == 8
            async with _running(phone, Known(since_ms=now_ms)) as side:
                again = await side.sink.until(TextReceived, 9)
                assert [item.key for item in again][1:] == [item.key for item in texts], "known by their keys"

    asyncio.run(scene())


def test_what_could_not_be_recorded_is_told_again() -> None:
    async def scene() -> None:
        async with _side() as side:
            await wait_for(lambda: side.carrier.health().condition is Condition.READY)
            side.sink.full = True
            side.phone.receive("Hallo", "+33", round(time.time() * 1000) + 1000)
            await side.carrier.submit(submission("02"))
            await wait_for(lambda: side.sink.refused_count > 3)
            side.sink.full = False
            assert [item.text for item in await side.sink.until(TextReceived)] == ["Hallo"]
            await side.sink.until(Receipt)

    asyncio.run(scene())


def test_a_wrong_password_is_said() -> None:
    async def scene() -> None:
        async with running_phone() as phone, _running(phone, password="wrong") as side:
            outcome = await side.carrier.submit(submission())
            assert isinstance(outcome, NotSent)
            assert outcome.why is WhyNotSent.CREDENTIALS
            await wait_for(lambda: side.carrier.health().condition is Condition.REFUSED)

    asyncio.run(scene())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<htm>",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"[" * 2_000_000,
    ],
)
def test_what_is_no_gateway_is_said(answer: bytes) -> None:
    async def scene() -> None:
        async with _side() as side:
            side.phone.answer_instead = answer
            await wait_for(lambda: side.carrier.health().condition is Condition.AWAY)

    asyncio.run(scene())


def test_an_app_without_an_inbox_is_said_and_texts_go_out_all_the_same() -> None:
    async def scene() -> None:
        async with _side() as side:
            side.phone.has_inbox = False
            await wait_for(lambda: "does not tell of incoming" in side.carrier.health().words)
            await side.carrier.submit(submission("03"))
            await side.sink.until(Receipt, 2)

    asyncio.run(scene())


def test_where_nothing_listens_a_text_is_definitely_not_sent() -> None:
    async def scene() -> None:
        carrier = SmsGatewayCarrier(_address(1), _QUICK, SystemClock())
        outcome = await carrier.submit(submission())
        assert isinstance(outcome, NotSent)
        assert (outcome.why, outcome.definite) == (WhyNotSent.NOT_CONNECTED, True)
        busy = SmsGatewayCarrier(_address(1), replace(_QUICK, sms_submits_waiting_count_max=1), SystemClock())
        outcomes = await asyncio.gather(*(busy.submit(submission()) for _ in range(2)))
        assert {outcome.why for outcome in outcomes if isinstance(outcome, NotSent)} == {
            WhyNotSent.NOT_CONNECTED,
            WhyNotSent.BUSY,
        }

    asyncio.run(scene())


def test_by_https_only_a_trusted_phone_gets_the_text(tmp_path: Path) -> None:
    async def scene() -> None:
        shown = make(tmp_path, "phone")
        async with running_phone(shown.context()) as phone:
            address = _address(phone.port, scheme="smsgates")
            outcome = await SmsGatewayCarrier(address, _QUICK, SystemClock()).submit(submission())
            assert isinstance(outcome, NotSent)
            assert phone.posts == []
            trusting = ssl.create_default_context(cafile=str(shown.certificate))
            assert await SmsGatewayCarrier(address, _QUICK, SystemClock(), trusting).submit(submission()) == Submitted(
                ()
            )

    asyncio.run(scene())


def test_numbers_texts_and_passwords_stand_in_no_log_no_address_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> str:
        async with _side() as side:
            shown = [
                repr(await side.carrier.submit(submission(suffix, "geheim"))) for suffix in ("01", "02", "06", "08")
            ]
            await side.sink.until(Receipt, 3)
            return " ".join([*shown, repr(side.sink.events), repr(vars(side.carrier)), *side.phone.asked])

    with caplog.at_level(logging.DEBUG):
        shown = asyncio.run(scene())
    for secret in ("geheim", "4915100", "pass:word"):
        assert secret not in shown
        assert secret not in caplog.text
