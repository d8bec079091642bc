"""The evaluator's process from the server's side: real processes, ended and begun again."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.config import Config
from curtilage.messages.discovery import exchange
from curtilage.messages.discovery.evaluator_process import (
    EvaluatorBusy,
    EvaluatorFailed,
    EvaluatorProcess,
    Reply,
    settings_of,
)
from curtilage.messages.discovery.exchange import AccountBatch, Kind, Status
from tests.messages.discovery.evaluators import ADA, batch, config_in
from tests.processes import children

pytestmark = pytest.mark.slow
BEGIN = exchange.encode_begin(1, "9.0.42")


def asked(size: int) -> bytes:
    return AccountBatch(ADA.encode(), batch(size=size)).encode()


def run(config: Config, use: Callable[[EvaluatorProcess], Awaitable[None]]) -> None:
    async def main() -> None:
        before = children()
        process = EvaluatorProcess(config)
        try:
            await use(process)
        finally:
            await process.close()
        assert children() == before, "nothing is left behind"

    asyncio.run(main())


def test_it_is_started_when_it_is_asked_and_started_again_after_it_was_killed(tmp_path: Path) -> None:
    async def use(process: EvaluatorProcess) -> None:
        before = children()
        assert (await process.ask(Kind.OPEN)).status is Status.DONE
        assert (await process.ask(Kind.BEGIN, BEGIN)).status is Status.DONE
        assert (await process.ask(Kind.EVALUATE, asked(1_024))).status is Status.DONE
        (child,) = children() - before
        os.kill(child, signal.SIGKILL)
        with pytest.raises(EvaluatorFailed) as raised:
            await process.ask(Kind.EVALUATE, asked(1_024))
        assert not raised.value.definite
        assert (await process.ask(Kind.EVALUATE, asked(1_024))).status is Status.DONE
        assert (await process.ask(Kind.EVALUATE, asked(4))).status is Status.LATER, "it remembers what it gave"

    run(config_in(tmp_path), use)


def test_the_server_never_holds_the_key(tmp_path: Path) -> None:
    async def use(process: EvaluatorProcess) -> None:
        await process.ask(Kind.OPEN)
        await process.ask(Kind.BEGIN, BEGIN)
        secret = (tmp_path / "keys" / "epoch-1.key").read_bytes()[:32]
        assert secret not in b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())

    run(config_in(tmp_path), use)


def test_one_who_gives_up_waiting_neither_takes_the_next_ones_reply_nor_ends_the_process(tmp_path: Path) -> None:
    async def use(process: EvaluatorProcess) -> None:
        before = children()
        await process.ask(Kind.OPEN)
        running = children() - before
        await process.ask(Kind.BEGIN, BEGIN)
        given_up = asyncio.ensure_future(process.ask(Kind.EVALUATE, asked(256)))
        await asyncio.sleep(0.01)
        given_up.cancel()
        reply = await process.ask(Kind.EVALUATE, asked(4))
        assert (reply.status, len(reply.body)) == (Status.DONE, 4 * 32 + 64)
        assert children() - before == running
        waiting = [asyncio.ensure_future(process.ask(Kind.EVALUATE, asked(64))) for _ in range(3)]
        await asyncio.sleep(0)
        for one in waiting:
            one.cancel()
        assert (await process.ask(Kind.EVALUATE, asked(4))).status is Status.DONE
        await process.close()
        with pytest.raises(EvaluatorFailed, match="stopping"):
            await process.ask(Kind.OPEN)

    run(config_in(tmp_path), use)


def test_the_line_has_an_end(tmp_path: Path) -> None:
    async def use(process: EvaluatorProcess) -> None:
        replies = await asyncio.gather(*(process.ask(Kind.OPEN) for _ in range(5)), return_exceptions=True)
        assert [type(reply) for reply in replies] == [Reply, Reply, Reply, EvaluatorBusy, EvaluatorBusy]

    run(replace(config_in(tmp_path), discovery_waiting_count_max=2), use)


def test_a_reply_that_does_not_come_in_time_ends_the_process(tmp_path: Path) -> None:
    async def use(process: EvaluatorProcess) -> None:
        before = children()
        await process.ask(Kind.OPEN)
        (child,) = children() - before
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(EvaluatorFailed):
            await process.ask(Kind.BEGIN, BEGIN)
        assert children() == before
        assert (await process.ask(Kind.BEGIN, BEGIN)).status is Status.DONE

    run(replace(config_in(tmp_path), discovery_reply_s=5.0), use)


def test_why_it_cannot_work_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "epoch-1.key").write_bytes(b"")

    async def use(process: EvaluatorProcess) -> None:
        for kind in (Kind.OPEN, Kind.END):
            with pytest.raises(EvaluatorFailed, match=r"epoch-1\.key"):
                await process.ask(kind)

    run(config_in(tmp_path), use)


def test_keys_in_the_data_folder_are_refused(tmp_path: Path) -> None:
    config = replace(config_in(tmp_path), discovery_key_folder=tmp_path / "data" / "keys")
    with pytest.raises(EvaluatorFailed, match="data folder"):
        settings_of(config)
