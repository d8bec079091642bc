"""Envelopes that wait to be posted."""

import asyncio
from pathlib import Path

import pytest

from curtilage.phone.outgoing import Outgoing
from curtilage.phone.receiving import Outcome
from curtilage.phone.sending import Blocked, Draft
from curtilage.wire.messages.envelope import Envelope
from tests.phone.people import LIMITS, new_message, people
from tests.phone.relay import Door, ServerAway


def test_what_was_encrypted_is_posted_in_order_even_after_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await ada.say(bo, "0")
            everybody.relay.away = True
            ids = [new_message() for _ in range(LIMITS.batch_count_max + 5)]
            for number, message in enumerate(ids, 1):
                with pytest.raises(ServerAway):
                    await ada.say(bo, str(number), message)
            assert [ada.encryption.outgoing.waiting(message) for message in ids] == [1] * len(ids)
            everybody.relay.away = False
            ada = everybody.again(ada)
            assert await ada.encryption.outgoing.post() == len(ids)
            assert await ada.encryption.outgoing.post() == 0
            assert set(await bo.listen()) == {Outcome.TEXT}
            assert bo.texts(ada) == [str(number) for number in range(len(ids) + 1)]

    asyncio.run(scenario())


def test_posting_twice_delivers_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await ada.say(bo, "hello")
            (delivery,) = everybody.relay.mailboxes[bo.account, bo.encryption.own.public.phone]
            with ada.store.transaction():
                ada.encryption.outgoing.put(delivery.envelope)
            assert await ada.encryption.outgoing.post() == 1
            assert await bo.listen() == [Outcome.TEXT]

    asyncio.run(scenario())


def test_what_was_taken_back_leaves_a_gap_that_does_not_matter(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await ada.say(bo, "first")
            everybody.relay.away = True
            message = new_message()
            with pytest.raises(ServerAway):
                await ada.say(bo, "taken back", message)
            with ada.store.transaction():
                assert ada.encryption.outgoing.drop(message) == 1
            assert ada.encryption.outgoing.waiting(message) == 0
            everybody.relay.away = False
            await ada.say(bo, "last")
            assert await bo.listen() == [Outcome.TEXT, Outcome.TEXT]
            assert bo.texts(ada) == ["first", "last"]

    asyncio.run(scenario())


def test_what_is_encrypted_while_a_batch_is_posted_is_not_taken_for_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await ada.say(bo, "first")
            prepared = await ada.encryption.sending.prepare(bo.account, ada.now_ms)
            assert not isinstance(prepared, Blocked)
            ready = prepared
            taken_back, other = new_message(), new_message()
            ada.encryption.sending.encrypt(prepared, Draft(taken_back, text="taken back"), ada.now_ms)

            class Slow(Door):
                async def post(self, envelopes: tuple[Envelope, ...]) -> None:
                    with ada.store.transaction():
                        ada.encryption.outgoing.drop(taken_back)
                    ada.encryption.sending.encrypt(ready, Draft(other, text="another"), ada.now_ms)
                    await super().post(envelopes)

            slow = Slow(everybody.relay, ada.account, ada.encryption.own.public.phone)
            await Outgoing(ada.store, slow, 1).post()
            await bo.listen()
            assert bo.texts(ada) == ["first", "taken back", "another"]

    asyncio.run(scenario())


def test_two_readings_at_once_take_in_everything_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            for number in range(10):
                await ada.say(bo, str(number))
            await asyncio.gather(bo.listen(), bo.listen(), ada.listen())
            assert bo.texts(ada) == [str(number) for number in range(10)]
            assert bo.encryption.receiving.position == 10

    asyncio.run(scenario())
