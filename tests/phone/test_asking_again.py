"""What could not be opened is asked for, and sent again to whoever may have it."""

import asyncio
from pathlib import Path

import pytest

from curtilage.phone.receiving import Outcome
from curtilage.phone.sending import Draft
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.envelope import MessageKind
from curtilage.wire.messages.opaque import MessageId
from tests.phone.people import NOON_MS, new_message, people
from tests.phone.test_receiving import mailbox, spoken
from tests.phone.test_sending import with_ghost

HOUR_MS = 3_600_000


@pytest.mark.parametrize("lost", ["sessions", "one-time keys"])
def test_what_was_lost_is_asked_for_and_comes_again(tmp_path: Path, lost: str) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            if lost == "sessions":
                ada, bo = await spoken(everybody)
                bo.store.rows("DELETE FROM sessions")
            else:
                ada, bo = await everybody.person("ada"), await everybody.person("bo")
                first = everybody.relay.stock[bo.account, bo.encryption.own.public.phone][0]
                await ada.say(bo, "uses the key")
                await bo.listen()
                # A server that hands one key to two: the second finds it used up.
                everybody.relay.stock[bo.account, bo.encryption.own.public.phone].insert(0, first)
                ada.store.rows("DELETE FROM sessions")
                bo.store.rows("DELETE FROM begun_sessions")
            before = len(bo.texts(ada))
            message = new_message()
            await ada.say(bo, "lost?", message)
            assert await bo.listen() == [Outcome.NOT_OPENED]
            assert bo.encryption.unopened.count() == 1
            assert await ada.listen() == [Outcome.WANTED_AGAIN]
            (delivery,) = mailbox(bo)
            assert (delivery.envelope.message, delivery.envelope.attempt) == (message, 1)
            assert await bo.listen() == [Outcome.TEXT]
            assert bo.texts(ada)[before:] == ["lost?"]
            assert bo.encryption.unopened.count() == 0
            await bo.say(ada, "and on")
            assert await ada.listen() == [Outcome.TEXT]

    asyncio.run(scenario())


def test_a_gap_too_wide_is_closed_by_asking(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            for number in range(60):
                await ada.say(bo, str(number))
            # The server delivers the last one first: of those before it a session keeps forty.
            waiting = mailbox(bo)
            envelopes = [waiting[-1].envelope, *(item.envelope for item in waiting[:-1])]
            for delivery, envelope in zip(list(waiting), envelopes, strict=True):
                waiting[waiting.index(delivery)] = type(delivery)(delivery.position, envelope)
            outcomes = await bo.listen()
            assert outcomes.count(Outcome.NOT_OPENED) == 19
            assert await ada.listen() == [Outcome.WANTED_AGAIN]
            assert await bo.listen() == [Outcome.TEXT] * 19
            assert sorted(bo.texts(ada)[2:], key=int) == [str(number) for number in range(60)]

    asyncio.run(scenario())


def test_a_device_is_asked_once_an_hour(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            stock = everybody.relay.stock[ada.account, ada.encryption.own.public.phone]
            before = len(stock)
            for _ in range(3):
                bo.store.rows("DELETE FROM sessions")
                await ada.say(bo, "x")
                await bo.listen()
            assert before - len(stock) == 1
            for hour in (2, 3):
                # The session of the first request was lost too: what comes in it is asked for once more.
                bo.now_ms += HOUR_MS
                everybody.relay.now_ms += HOUR_MS
                await bo.encryption.come_and_go(bo.now_ms)
                assert before - len(stock) == hour
                await ada.listen()
                await bo.listen()
            assert bo.texts(ada)[2:] == ["x"] * 3

    asyncio.run(scenario())


def test_a_message_is_sent_again_a_few_times_and_only_to_whom_it_was_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            eve = await everybody.person("eve")
            message = new_message()
            await ada.say(bo, "for bo", message)
            await bo.listen()
            for asker, copies in ((eve, 0), (bo, 3)):
                await asker.say(ada, "a session first")
                for _ in range(5):
                    draft = Draft(new_message(), MessageKind.NOT_OPENED, messages=(message, MessageId(bytes(16))))
                    await asker.encryption.send(ada.account, draft, NOON_MS)
                await ada.listen()
                assert len(mailbox(asker)) == copies
            assert await bo.listen() == [Outcome.REPLAYED] * 3
            assert eve.texts(bo) == []

    asyncio.run(scenario())


def test_a_device_that_was_not_shown_gets_nothing_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            message = new_message()
            await ada.say(bo, "for bo", message)
            await bo.listen()
            # Ada knows only a list without Bo's device, and one with it waits to be shown.
            own = bo.encryption.own
            without = DeviceList.sign(bo.account, 2, 0, with_ghost(bo).phones[1:], own.identity())
            back = DeviceList.sign(bo.account, 3, 0, with_ghost(bo).phones, own.identity())
            for devices in (without, back):
                everybody.relay.devices[bo.account].append(devices)
                await ada.encryption.contacts.learn(bo.account, NOON_MS)
                if devices == without:
                    ada.encryption.show(bo.account, without)
            draft = Draft(new_message(), MessageKind.NOT_OPENED, messages=(message,))
            await bo.encryption.send(ada.account, draft, NOON_MS)
            assert await ada.listen() == [Outcome.IGNORED]
            assert mailbox(bo) == []

    asyncio.run(scenario())
