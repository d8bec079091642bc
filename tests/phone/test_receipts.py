"""Delivered: said with the text's own commit, to accepted contacts alone."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.phone.receiving import Outcome
from tests.phone.people import new_message, people
from tests.phone.test_receiving import deliver, mailbox
from tests.phone.test_sending import with_ghost


@pytest.mark.parametrize("accepts", [True, False])
def test_an_accepted_contact_learns_that_a_text_arrived(tmp_path: Path, accepts: bool) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo", accepts=accepts)
            ids = [new_message() for _ in range(3)]
            for message in ids:
                await ada.say(bo, "hello", message)
            assert await bo.listen() == [Outcome.TEXT] * 3
            assert await ada.listen() == [Outcome.RECEIPT] * accepts
            found = [ada.encryption.messages.find(ada.account, message) for message in ids]
            assert [item is not None and item.delivered_ms is not None for item in found] == [accepts] * 3

    asyncio.run(scenario())


def test_receipts_are_queued_with_the_text_and_posted_after_a_crash(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo", accepts=True)
            await ada.say(bo, "hello")
            await bo.encryption.receiving.take_in(bo.now_ms)
            bo = everybody.again(bo)
            assert await bo.listen() == []
            assert await ada.listen() == [Outcome.RECEIPT]

    asyncio.run(scenario())


def test_while_something_waits_to_be_shown_nothing_is_confirmed(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo", accepts=True)
            await ada.say(bo, "hello")
            await bo.listen()
            everybody.relay.devices[ada.account].append(with_ghost(ada))
            await bo.encryption.contacts.learn(ada.account, bo.now_ms)
            await ada.say(bo, "while something waits to be shown")
            await ada.listen()
            assert await bo.listen() == [Outcome.TEXT]
            assert await ada.listen() == []

    asyncio.run(scenario())


def test_a_receipt_that_was_lost_is_made_anew(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo", accepts=True)
            message = new_message()
            await ada.say(bo, "hello", message)
            await bo.listen()
            ada.store.rows("DELETE FROM sessions")
            assert await ada.listen() == [Outcome.NOT_OPENED]
            assert await bo.listen() == [Outcome.WANTED_AGAIN]
            assert await ada.listen() == [Outcome.RECEIPT]
            found = ada.encryption.messages.find(ada.account, message)
            assert found is not None
            assert found.delivered_ms is not None

    asyncio.run(scenario())


def test_many_texts_are_confirmed_in_few_envelopes(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo", accepts=True)
            for number in range(130):
                await ada.say(bo, str(number))
            envelope = mailbox(bo)[-1].envelope
            await bo.listen()
            assert len(mailbox(ada)) == 3
            deliver(bo, replace(envelope, attempt=1))
            assert await bo.listen() == [Outcome.REPLAYED]
            assert len(mailbox(ada)) == 3

    asyncio.run(scenario())
