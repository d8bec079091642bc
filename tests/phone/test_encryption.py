"""Phones speak through a relay: two of ours, and one of ours with one whose Olm nobody here wrote."""

import asyncio
import base64
import os
from pathlib import Path

import pytest

from curtilage.config import Config
from curtilage.phone.encryption import EncryptionLimits
from curtilage.phone.receiving import Outcome
from curtilage.phone.sending import Draft
from curtilage.wire.messages.envelope import MessageKind
from curtilage.wire.messages.opaque import MessageAccount
from tests.phone.libolm_phone import LibolmPhone
from tests.phone.people import new_message, people
from tests.phone.relay import ServerAway

BO = MessageAccount(b"bo".ljust(16, b"."))


def test_a_text_arrives_and_is_answered(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            assert await ada.say(bo, "good morning") is None
            assert await bo.listen() == [Outcome.TEXT]
            assert await bo.say(ada, "good evening") is None
            assert await ada.listen() == [Outcome.TEXT]
            assert ada.texts(bo) == bo.texts(ada) == ["good morning", "good evening"]
            everything = b"".join(everybody.relay.seen)
            assert b"morning" not in everything

    asyncio.run(scenario())


@pytest.mark.parametrize("stock", [5, 0])
def test_our_phone_begins_with_one_of_libolm(tmp_path: Path, stock: int) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), LibolmPhone(everybody.relay, BO)
            await bo.set_up()
            del everybody.relay.stock[BO, bo.public.phone][stock:]
            own = ada.encryption.own.public
            words = ["one", "zwei", "три", "四 🐈", "x" * 3000]
            for text in words:
                assert await ada.encryption.send(BO, Draft(new_message(), text=text), ada.now_ms) is None
            heard = await bo.listen(own)
            assert [content.text for content in heard] == words
            for text in words:
                await bo.say(ada.account, own, text)
            assert await ada.listen() == [Outcome.TEXT] * 5
            receipt = Draft(new_message(), MessageKind.READ, messages=(heard[0].message,))
            await ada.encryption.send(BO, receipt, ada.now_ms)
            assert [content.messages for content in await bo.listen(own)] == [(heard[0].message,)]

    asyncio.run(scenario())


def test_a_phone_of_libolm_begins_with_ours(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada", accepts=True), LibolmPhone(everybody.relay, BO)
            await bo.set_up()
            phone = await bo.begin(ada.account)
            assert phone == ada.encryption.own.public
            for number in range(5):
                await bo.say(ada.account, phone, f"text {number}")
            assert await ada.listen() == [Outcome.TEXT] * 5
            (receipt,) = await bo.listen(phone)
            assert (receipt.kind, len(receipt.messages)) == (MessageKind.DELIVERED, 5)
            assert await ada.encryption.send(BO, Draft(new_message(), text="answer"), ada.now_ms) is None
            assert [content.text for content in await bo.listen(phone)] == ["answer"]

    asyncio.run(scenario())


def test_setting_up_goes_on_where_it_stopped(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada = await everybody.person("ada")
            device = ada.account, ada.encryption.own.public.phone
            identity = ada.encryption.own.identity_octets()
            everybody.relay.devices.clear()
            everybody.relay.away = True
            ada = everybody.again(ada)
            with pytest.raises(ServerAway):
                await ada.encryption.set_up(ada.account, ada.now_ms)
            everybody.relay.away = False
            await ada.encryption.set_up(ada.account, ada.now_ms)
            assert (ada.account, ada.encryption.own.public.phone) == device
            assert ada.encryption.own.identity_octets() == identity
            assert len(everybody.relay.devices[ada.account]) == 1

    asyncio.run(scenario())


def test_showing_a_list_that_is_not_pending_changes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await ada.say(bo, "hello")
            pin = ada.encryption.contacts.pin(bo.account)
            assert pin is not None
            assert ada.encryption.show(bo.account, pin.shown) == pin
            nobody = MessageAccount(os.urandom(16))
            assert ada.encryption.show(nobody, pin.shown) is None

    asyncio.run(scenario())


def test_limits_are_the_settings() -> None:
    limits = EncryptionLimits.of(Config(one_time_keys_count=40, phone_fresh_session_wait_s=60))
    assert (limits.key_rules.stock_count, limits.fresh_session_wait_ms) == (40, 60_000)


def test_a_stolen_database_says_nothing_without_its_key(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await ada.say(bo, "very private words")
            await bo.listen()
            await bo.say(ada, "private words too")
            await ada.listen()
            everybody.relay.away = True
            with pytest.raises(ServerAway):
                await ada.say(bo, "words that still wait")
            own, other = ada.encryption.own, bo.encryption.own
            secret = (b"words", own.account, other.account, own.identity_octets(), ada.store.pickle_secret)
            public = [key for phone in (own.public, other.public) for key in (phone.phone, phone.agreement_public)]
            files = b"".join(file.read_bytes() for file in ada.folder.iterdir() if file.name != "phone.key")
            assert len(files) > 10_000
            for value in (*secret, *public):
                for written in (value, value.hex().encode(), base64.b64encode(value)[:-4]):
                    assert written not in files

    asyncio.run(scenario())
