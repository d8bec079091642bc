"""An account at an SMSC that nobody here wrote (npm's smpp, smsc.js): every way in which handing a text over ends."""

import asyncio
import logging
import secrets
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.carriers.carrier import (
    Condition,
    Known,
    NotSent,
    Outcome,
    Outstanding,
    PartAccepted,
    PartReceived,
    PartRefused,
    Receipt,
    Submitted,
    TextReceived,
    Unknown,
    WhyNotSent,
)
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.smpp import SmppCarrier
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.errors import Blame
from tests.carriers.kept_sink import KeptSink, wait_for
from tests.carriers.smpp_side import OWN, QUICK, address_at, bound, number, running, submission
from tests.carriers.smsc import running_smsc
from tests.origin.certificates import make

pytestmark = pytest.mark.slow

_LONG = "Grüße € aus dem Garten. " * 20


@pytest.mark.parametrize(
    ("suffix", "state"),
    [
        ("01", ReceiptState.DELIVERED),
        ("02", ReceiptState.UNDELIVERED),
        ("08", ReceiptState.DELIVERED),
        ("09", ReceiptState.DELIVERED),
    ],
)
def test_what_became_of_a_text_is_told(suffix: str, state: ReceiptState) -> None:
    async def scene() -> None:
        async with bound() as side:
            sent = submission(suffix, "Grüße 😀", valid_s=3600)
            outcome = await side.carrier.submit(sent)
            assert isinstance(outcome, Submitted)
            await wait_for(lambda: any(item.submission == sent.id for item in side.sink.of(Receipt)))
            receipts = [item for item in side.sink.of(Receipt) if item.submission == sent.id]
            assert [(item.part, item.state, item.recipient) for item in receipts] == [(1, state, number(suffix))]
            (accepted,) = side.sink.of(PartAccepted)
            assert (accepted.submission, accepted.part, accepted.parts_count) == (sent.id, 1, 1)
            assert outcome.parts == (accepted.carrier_id,)
            (line,) = side.smsc.submits
            assert (line["text"], line["to"], line["from"]) == ("Grüße 😀", number(suffix)[1:], OWN[1:])
            assert line["validity"] != ""

    asyncio.run(scene())


def test_a_long_text_goes_and_comes_back_in_parts() -> None:
    async def scene() -> None:
        async with bound() as side:
            for text in (_LONG, _LONG + "😀"):
                outcome = await side.carrier.submit(submission("05", text))
                assert isinstance(outcome, Submitted)
                assert len(outcome.parts) == len({line["udh"] for line in side.smsc.submits})
                side.smsc.said.clear()
            texts = await side.sink.until(TextReceived, 2)
            assert [(item.text, item.sender, item.recipient) for item in texts] == [
                (_LONG, number("05"), OWN),
                (_LONG + "😀", number("05"), OWN),
            ]
            kept = {item.key for item in side.sink.of(PartReceived)}
            assert {key for item in texts for key in item.parts} > kept

    asyncio.run(scene())


def test_a_long_text_can_go_whole() -> None:
    async def scene() -> None:
        async with bound(options="&long=whole") as side:
            outcome = await side.carrier.submit(submission("01", _LONG))
            assert isinstance(outcome, Submitted)
            assert len(outcome.parts) == 1
            (line,) = side.smsc.submits
            assert (line["whole"], line["text"]) == (True, _LONG)

    asyncio.run(scene())


def test_throttled_is_tried_again_and_sent_once() -> None:
    async def scene() -> None:
        async with bound() as side:
            assert isinstance(await side.carrier.submit(submission("03")), Submitted)
            assert len(side.smsc.submits) == 3, "twice the carrier said that it did not take it"
            assert len(await side.sink.until(Receipt)) == len(side.sink.of(PartAccepted)) == 1

    asyncio.run(scene())


def _is_definite(outcome: Outcome, why: WhyNotSent, blame: Blame) -> None:
    assert isinstance(outcome, NotSent)
    assert (outcome.why, outcome.blame, outcome.definite) == (why, blame, True)


def test_what_is_refused_is_definite_and_says_who_erred() -> None:
    async def scene() -> None:
        async with bound(replace(QUICK, smpp_throttle_s=0.2)) as side:
            submit = side.carrier.submit
            _is_definite(await submit(submission("07")), WhyNotSent.RECIPIENT, Blame.PERSON)
            _is_definite(await submit(submission("12")), WhyNotSent.THROTTLED, Blame.PARTNER)
            _is_definite(await submit(submission("01", "")), WhyNotSent.TEXT, Blame.PERSON)
            _is_definite(await submit(submission("01", "я" * 100_000)), WhyNotSent.TEXT, Blame.PERSON)
            assert side.sink.events == []

    asyncio.run(scene())


def test_a_long_text_that_is_refused_in_the_middle_is_not_definite() -> None:
    async def scene() -> None:
        async with bound() as side:
            outcome = await side.carrier.submit(submission("14", _LONG))
            assert isinstance(outcome, NotSent)
            assert not outcome.definite
            assert len(side.smsc.submits) == 2, "the third part is not sent"

    asyncio.run(scene())


@pytest.mark.parametrize("suffix", ["04", "06", "10", "13"])
def test_what_is_not_known_is_unknown_and_never_handed_over_again(suffix: str) -> None:
    async def scene() -> None:
        async with bound() as side:
            outcome = await side.carrier.submit(submission(suffix))
            assert isinstance(outcome, Unknown)
            await asyncio.sleep(1.0)
            await wait_for(lambda: side.carrier.health().condition is Condition.READY)
            assert len(side.smsc.submits) == 1

    asyncio.run(scene())


def test_no_id_goes_twice_whatever_the_caller_does() -> None:
    async def scene() -> None:
        async with running_smsc() as smsc:
            async with running(smsc) as side:
                sent, refused = submission(), submission("07")
                outcomes = await asyncio.gather(*(side.carrier.submit(sent) for _ in range(3)))
                assert [type(outcome) for outcome in outcomes] == [Submitted, Unknown, Unknown]
                for _ in range(2):  # a definite no may be tried again
                    _is_definite(await side.carrier.submit(refused), WhyNotSent.RECIPIENT, Blame.PERSON)
            async with running(smsc, known=Known((Outstanding(sent.id, sent.recipient),))) as side:
                assert isinstance(await side.carrier.submit(sent), Unknown)
            assert [line["to"] for line in smsc.submits].count(sent.recipient[1:]) == 1

    asyncio.run(scene())


def test_a_receipt_is_evidence_for_a_text_whose_answer_was_lost() -> None:
    async def scene() -> None:
        async with bound() as side:
            sent = submission("04")
            assert isinstance(await side.carrier.submit(sent), Unknown)
            (receipt,) = await side.sink.until(Receipt)
            assert (receipt.submission, receipt.part, receipt.state) == (sent.id, 1, ReceiptState.DELIVERED)

    asyncio.run(scene())


def test_a_receipt_after_a_restart_finds_its_text() -> None:
    async def scene() -> None:
        sent = submission("04")
        async with running_smsc() as smsc:
            async with running(smsc, replace(QUICK, smpp_reconnect_s=5.0, smpp_reconnect_s_max=5.0)) as side:
                assert isinstance(await side.carrier.submit(sent), Unknown)
            known = Known((Outstanding(sent.id, sent.recipient),))
            async with running(smsc, known=known) as side:
                (receipt,) = await side.sink.until(Receipt)
                assert (receipt.submission, receipt.state) == (sent.id, ReceiptState.DELIVERED)

    asyncio.run(scene())


def test_a_receipt_that_nobody_knows_comes_with_the_carriers_own_name() -> None:
    async def scene() -> None:
        async with bound() as side:
            side.smsc.send(b"id:77 stat:DELIVRD err:000 text:", esm_class=4)
            (receipt,) = await side.sink.until(Receipt)
            assert (receipt.submission, receipt.carrier_id, receipt.part) == (None, "77", 0)

    asyncio.run(scene())


def test_a_late_yes_and_a_late_no_are_evidence() -> None:
    async def scene() -> None:
        async with bound() as side:
            yes, no = submission("06"), submission("11")
            outcomes = await asyncio.gather(side.carrier.submit(yes), side.carrier.submit(no))
            assert all(isinstance(outcome, Unknown) for outcome in outcomes)
            (accepted,), (refused,) = await side.sink.until(PartAccepted), await side.sink.until(PartRefused)
            assert accepted.submission == yes.id
            assert (refused.submission, refused.why) == (no.id, WhyNotSent.RECIPIENT)

    asyncio.run(scene())


def test_a_submission_that_is_cancelled_is_told_of_when_the_carrier_took_it() -> None:
    async def scene() -> None:
        async with bound(replace(QUICK, smpp_response_s=5.0)) as side:
            sent = submission("06")
            submitting = asyncio.create_task(side.carrier.submit(sent))
            await side.smsc.until("submit")
            submitting.cancel()
            (accepted,) = await side.sink.until(PartAccepted)
            assert accepted.submission == sent.id

    asyncio.run(scene())


def test_asked_for_evidence_the_carrier_gives_it() -> None:
    async def scene() -> None:
        async with bound() as side:
            sent = submission()
            await side.carrier.ask(Outstanding(sent.id, sent.recipient, ((1, "a1"), (2, "a2"))))
            receipts = side.sink.of(Receipt)
            assert [(item.submission, item.part, item.state) for item in receipts] == [
                (sent.id, 1, ReceiptState.DELIVERED),
                (sent.id, 2, ReceiptState.DELIVERED),
            ]

    asyncio.run(scene())


def test_a_wrong_password_is_said_and_hardly_tried_again() -> None:
    async def scene() -> None:
        async with running_smsc() as smsc:
            config = replace(QUICK, smpp_reconnect_s_max=30.0)
            carrier = SmppCarrier(address_at(smsc.port, password="wrong"), config, SystemClock(), secrets.token_bytes)
            task = asyncio.create_task(carrier.run(KeptSink()))
            await wait_for(lambda: carrier.health().condition is Condition.REFUSED)
            _is_definite(await carrier.submit(submission()), WhyNotSent.CREDENTIALS, Blame.US)
            await asyncio.sleep(0.5)
            assert smsc.count("refused") == 1
            assert carrier.health().do != ""
            task.cancel()
            await asyncio.wait([task])
            assert carrier.health().condition is Condition.IDLE

    asyncio.run(scene())


def test_without_a_connection_a_text_is_definitely_not_sent() -> None:
    async def scene() -> None:
        carrier = SmppCarrier(address_at(1), replace(QUICK, sms_ready_wait_s=0.2), SystemClock(), secrets.token_bytes)
        task = asyncio.create_task(carrier.run(KeptSink()))
        _is_definite(await carrier.submit(submission()), WhyNotSent.NOT_CONNECTED, Blame.PARTNER)
        assert carrier.health().condition in {Condition.AWAY, Condition.CONNECTING}
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scene())


def test_so_many_texts_wait_and_a_further_one_is_refused() -> None:
    async def scene() -> None:
        config = replace(QUICK, sms_ready_wait_s=0.3, sms_submits_waiting_count_max=2)
        carrier = SmppCarrier(address_at(1), config, SystemClock(), secrets.token_bytes)
        outcomes = await asyncio.gather(*(carrier.submit(submission()) for _ in range(3)))
        assert [outcome.why for outcome in outcomes if isinstance(outcome, NotSent)] == [
            WhyNotSent.NOT_CONNECTED,
            WhyNotSent.NOT_CONNECTED,
            WhyNotSent.BUSY,
        ]

    asyncio.run(scene())


def test_many_texts_at_once_go_through_a_small_window() -> None:
    async def scene() -> None:
        async with bound(Config(smpp_window_count=3)) as side:
            outcomes = await asyncio.gather(*(side.carrier.submit(submission()) for _ in range(100)))
            assert all(isinstance(outcome, Submitted) for outcome in outcomes)
            receipts = await side.sink.until(Receipt, 100)
            assert {item.submission for item in receipts} == {item.submission for item in side.sink.of(PartAccepted)}

    asyncio.run(scene())


def test_under_tls_only_a_trusted_carrier_gets_the_password(tmp_path: Path) -> None:
    async def scene() -> None:
        shown = make(tmp_path, "smsc")
        async with running_smsc(TLS_KEY=str(shown.key), TLS_CERT=str(shown.certificate)) as smsc:
            trusting = ssl.create_default_context(cafile=str(shown.certificate))
            async with running(smsc, tls=trusting) as side:
                assert isinstance(await side.carrier.submit(submission()), Submitted)
            before = smsc.count("bound") + smsc.count("refused")
            address = address_at(smsc.port, scheme="smpps")
            carrier = SmppCarrier(address, QUICK, SystemClock(), secrets.token_bytes)
            task = asyncio.create_task(carrier.run(KeptSink()))
            await wait_for(lambda: carrier.health().condition is Condition.AWAY)
            assert "not trusted" in carrier.health().words
            assert smsc.count("bound") + smsc.count("refused") == before
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(scene())


def test_numbers_texts_and_passwords_stand_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> str:
        async with bound() as side:
            shown = [
                repr(await side.carrier.submit(submission(suffix, "geheim"))) for suffix in ("01", "05", "07", "10")
            ]
            side.sink.full = True
            side.smsc.send(b"geheim")
            await wait_for(lambda: side.sink.refused_count > 0)
            return " ".join([*shown, repr(side.sink.events), repr(vars(side.carrier)), repr(side.carrier.health())])

    with caplog.at_level(logging.DEBUG):
        shown = asyncio.run(scene(), debug=False)
    for secret in ("geheim", "4915100", "pass wd", "rose"):
        assert secret not in shown
        assert secret not in caplog.text
