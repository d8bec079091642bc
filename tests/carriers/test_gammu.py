"""A modem by gammu-smsd, which runs for real with a modem of its own making."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

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
    WhyNotSent,
)
from curtilage.carriers.carrier_address import GammuAddress
from curtilage.carriers.gammu import GammuCarrier
from curtilage.carriers.receipt import ReceiptState
from curtilage.config import Config
from tests.carriers.kept_sink import KeptSink, wait_for
from tests.carriers.modem import Modem
from tests.carriers.smpp_side import submission
from tests.held_clock import HeldClock

_QUICK = Config(gammu_poll_s=0.1)


@dataclass
class _Side:
    carrier: GammuCarrier
    clock: HeldClock
    sink: KeptSink


@contextlib.asynccontextmanager
async def _running(folder: Path, known: Known = NOTHING_KNOWN) -> AsyncIterator[_Side]:
    clock, sink = HeldClock(), KeptSink()
    carrier = GammuCarrier(GammuAddress(str(folder)), _QUICK, clock)
    task = asyncio.create_task(carrier.run(sink, known))
    try:
        yield _Side(carrier, clock, sink)
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


def _modem(folder: Path) -> Modem:
    modem = Modem(folder)
    modem.make()
    return modem


@pytest.mark.slow
def test_texts_go_out_by_the_modem_and_come_in(tmp_path: Path) -> None:
    async def scene() -> None:
        modem = _modem(tmp_path)
        async with modem.running(), _running(tmp_path) as side:
            sent = [submission("01", text) for text in ("Grüße € 😀", "lang " * 100, "я" * 100)]
            for item in sent:
                assert await side.carrier.submit(item) == Submitted(())
            receipts = await side.sink.until(Receipt, 3)
            assert [(item.submission, item.state) for item in receipts] == [
                (item.id, ReceiptState.SENT) for item in sent
            ]
            for text in ("Grüße € 😀", "zurück " * 60):
                await modem.receive(text, "+4915100000009")
            texts = await side.sink.until(TextReceived, 2)
            assert [(item.text, item.sender) for item in texts] == [
                ("Grüße € 😀", "+4915100000009"),
                ("zurück " * 60, "+4915100000009"),
            ]
            await wait_for(lambda: not any((tmp_path / "inbox").iterdir()))
            assert side.carrier.health().condition is Condition.READY

    asyncio.run(scene())


def test_an_id_is_put_into_the_outbox_once(tmp_path: Path) -> None:
    async def scene() -> None:
        _modem(tmp_path)
        sent = submission()
        async with _running(tmp_path) as side:
            assert await side.carrier.submit(sent) == Submitted(())
            assert await side.carrier.submit(sent) == Submitted((), known_already=True)
            (file,) = (tmp_path / "outbox").iterdir()
            assert file.stat().st_mode & 0o777 == 0o600
            file.rename(tmp_path / "error" / file.name)
            assert await side.carrier.submit(sent) == Submitted((), known_already=True)
            assert (await side.sink.until(Receipt))[0].state is ReceiptState.UNDELIVERED
            assert list((tmp_path / "outbox").iterdir()) == []

    asyncio.run(scene())


def test_what_a_kill_left_half_written_is_removed(tmp_path: Path) -> None:
    async def scene() -> None:
        _modem(tmp_path)
        half = tmp_path / "outbox" / ".curtilage-abcdefghijklmnopqrstuvwxyz"
        other = tmp_path / "outbox" / ".hidden"
        for file in (half, other):
            file.write_text("geheim")
        async with _running(tmp_path) as side:
            await wait_for(lambda: side.carrier.health().condition is Condition.READY)
            assert (half.exists(), other.exists()) == (False, True)

    asyncio.run(scene())


def test_a_submission_of_an_earlier_run_is_looked_for(tmp_path: Path) -> None:
    async def scene() -> None:
        _modem(tmp_path)
        sent, lost, done = submission(), submission(), submission()
        async with _running(tmp_path) as side:
            await side.carrier.submit(sent)
        told = tuple(Outstanding(item.id, item.recipient, submitted=item is done) for item in (sent, lost, done))
        async with _running(tmp_path, Known(told)) as side:
            (accepted,), (refused,) = await side.sink.until(PartAccepted), await side.sink.until(PartRefused)
            assert (accepted.submission, refused.submission) == (sent.id, lost.id)
            await asyncio.sleep(0.3)
            assert len(side.sink.events) == 2, "what was submitted and cleared away stays submitted"

    asyncio.run(scene())


def test_what_could_not_be_recorded_stays_in_the_inbox(tmp_path: Path) -> None:
    async def scene() -> None:
        _modem(tmp_path)
        file = tmp_path / "inbox" / "IN20261122_002838_00_+33_00.txt"
        file.write_bytes(b"\xfe\xff\x00H")
        async with _running(tmp_path) as side:
            side.sink.full = True
            await wait_for(lambda: side.sink.refused_count > 1)
            assert file.exists()
            side.sink.full = False
            assert [item.text for item in await side.sink.until(TextReceived)] == ["H"]
            await wait_for(lambda: not file.exists())

    asyncio.run(scene())


def test_a_text_is_read_when_its_parts_have_stopped_coming(tmp_path: Path) -> None:
    async def scene() -> None:
        _modem(tmp_path)
        async with _running(tmp_path) as side:
            for number in range(4):
                (tmp_path / "inbox" / f"IN20261122_002838_00_+33_{number:02}.txt").write_bytes(b"ab")
                await asyncio.sleep(0.06)
            assert [item.text for item in await side.sink.until(TextReceived)] == ["ab" * 4]

    asyncio.run(scene())


def test_odd_files_hurt_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        _modem(tmp_path)
        inbox = tmp_path / "inbox"
        (inbox / "IN20261122_002838_00_+33_00.bin").write_bytes(b"\x00\x01")
        (inbox / "IN20261122_002839_00_+33_00.txt").write_bytes(b"x" * 1_000_000)
        (inbox / "something else").mkdir()
        async with _running(tmp_path) as side:
            texts = await side.sink.until(TextReceived, 2)
            assert texts[0].text == "[2 octets that are no text]"
            assert len(texts[1].text) == _QUICK.gammu_file_bytes_max

    asyncio.run(scene())


def test_a_modem_that_takes_nothing_and_folders_that_are_not_there_are_said(tmp_path: Path) -> None:
    async def scene() -> None:
        async with _running(tmp_path) as side:
            await wait_for(lambda: side.carrier.health().condition is Condition.REFUSED)
            outcome = await side.carrier.submit(submission())
            assert not isinstance(outcome, Submitted)
            empty = await side.carrier.submit(submission("01", ""))
            assert isinstance(empty, NotSent)
            assert empty.why is WhyNotSent.TEXT
            _modem(tmp_path)
            await wait_for(lambda: side.carrier.health().condition is Condition.READY)
            await side.carrier.submit(submission())
            side.clock.pass_s(121)
            await wait_for(lambda: side.carrier.health().condition is Condition.LATE)

    asyncio.run(scene())


def test_an_outbox_that_cannot_be_written_to_is_definite(tmp_path: Path) -> None:
    async def scene() -> None:
        _modem(tmp_path)
        outbox = tmp_path / "outbox"
        async with _running(tmp_path) as side:
            sent = submission()
            (outbox / f".curtilage-{sent.id}").mkdir()  # in the way
            outcome = await side.carrier.submit(sent)
            assert isinstance(outcome, NotSent)
            assert (outcome.why, outcome.definite) == (WhyNotSent.NOT_CONNECTED, True)

    asyncio.run(scene())


def test_numbers_and_texts_stand_in_no_log_and_no_repr(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> str:
        _modem(tmp_path)
        (tmp_path / "inbox" / "IN20261122_002838_00_+4915100000009_00.txt").write_bytes(b"geheim")
        async with _running(tmp_path) as side:
            outcome = await side.carrier.submit(submission("01", "geheim"))
            await side.sink.until(TextReceived)
            return repr((outcome, side.sink.events, vars(side.carrier), side.carrier.health()))

    with caplog.at_level(logging.DEBUG):
        shown = asyncio.run(scene())
    for secret in ("geheim", "4915100"):
        assert secret not in shown
        assert secret not in caplog.text
