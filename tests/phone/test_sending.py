"""What is encrypted, for whom, and when nothing is."""

import asyncio
from pathlib import Path

import pytest

from curtilage.phone.pin import Verdict
from curtilage.phone.receiving import Outcome
from curtilage.phone.sending import Blocked, BlockedBy, Draft
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.envelope import MessageKind
from curtilage.wire.messages.key_bundle import KeyBundle
from curtilage.wire.messages.opaque import MessageAccount, MessageId, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic
from tests.phone.people import NOON_MS, Phone, new_message, people
from tests.phone.relay import Relay

LATER_MS = 700_000
"""More than device lists stay fresh."""


def with_ghost(phone: Phone, number: int = 2) -> DeviceList:
    """The person's own next list, with a device more."""
    ghost = PhonePublic(PhoneId(b"\xff" * 16), b"g" * 32, b"g" * 32)
    own = phone.encryption.own
    return DeviceList.sign(phone.account, number, NOON_MS, (own.public, ghost), own.identity())


def test_a_message_is_sent_once_however_often_it_is_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            message = new_message()
            for _ in range(3):
                assert await ada.say(bo, "once", message) is None
            assert await bo.listen() == [Outcome.TEXT]

    asyncio.run(scenario())


def test_receipts_come_back_and_leave_no_text(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            message = new_message()
            await ada.say(bo, "hello", message)
            await bo.listen()
            for kind in (MessageKind.DELIVERED, MessageKind.READ):
                draft = Draft(new_message(), kind, messages=(message,))
                assert await bo.encryption.send(ada.account, draft, NOON_MS + kind) is None
            ada.now_ms += 9
            assert await ada.listen() == [Outcome.RECEIPT, Outcome.RECEIPT]
            found = ada.encryption.messages.find(ada.account, message)
            assert found is not None
            assert (found.delivered_ms, found.read_ms) == (ada.now_ms, ada.now_ms)
            assert (ada.texts(bo), bo.texts(ada)) == (["hello"], ["hello"])

    asyncio.run(scenario())


def test_an_unknown_account_and_one_that_left_get_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            nobody = MessageAccount(b"nobody".ljust(16))
            sent = await ada.encryption.send(nobody, Draft(new_message(), text="x"), NOON_MS)
            assert sent == Blocked(BlockedBy.UNKNOWN_ACCOUNT)
            left = DeviceList.sign(bo.account, 2, NOON_MS, (), bo.encryption.own.identity())
            everybody.relay.devices[bo.account].append(left)
            assert await ada.say(bo, "x") == Blocked(BlockedBy.NO_DEVICES, Verdict.FIRST)
            assert ada.texts(bo) == []

    asyncio.run(scenario())


def test_a_ghost_device_blocks_until_shown(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            assert await ada.say(bo, "before") is None
            ghost = with_ghost(bo)
            everybody.relay.devices[bo.account].append(ghost)
            ada.now_ms += LATER_MS
            for verdict in (Verdict.DEVICE_CAME, None):
                assert await ada.say(bo, "between") == Blocked(BlockedBy.DEVICES_CHANGED, verdict)
            assert ada.texts(bo) == ["before"]
            ada = everybody.again(ada)
            ada.now_ms += 2 * LATER_MS
            assert await ada.say(bo, "after a restart") == Blocked(BlockedBy.DEVICES_CHANGED, Verdict.SAME)
            ada.encryption.show(bo.account, ghost)
            assert await ada.say(bo, "after") is None
            assert ada.texts(bo) == ["before", "after"]

    asyncio.run(scenario())


def test_a_changed_identity_blocks_until_shown(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await ada.say(bo, "before")
            bo.store.close()
            everybody.phones.remove(bo)
            for file in bo.folder.iterdir():
                file.unlink()
            anew = await everybody.person("bo")
            ada.now_ms += LATER_MS
            blocked = await ada.say(bo, "between")
            assert blocked == Blocked(BlockedBy.IDENTITY_CHANGED, Verdict.IDENTITY_CHANGED)
            pin = ada.encryption.contacts.pin(bo.account)
            assert pin is not None
            assert pin.pending is not None
            ada.encryption.show(bo.account, pin.pending)
            assert await ada.say(anew, "after") is None
            assert await anew.listen() == [Outcome.TEXT]
            assert anew.texts(ada) == ["after"]

    asyncio.run(scenario())


def test_an_older_list_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            old = everybody.relay.devices[bo.account][-1]
            newer = DeviceList.sign(bo.account, 2, NOON_MS, old.phones, bo.encryption.own.identity())
            everybody.relay.devices[bo.account].append(newer)
            await ada.say(bo, "1")
            everybody.relay.change_devices = lambda devices: old if devices == newer else devices
            ada.now_ms += LATER_MS
            prepared = await ada.encryption.sending.prepare(bo.account, ada.now_ms)
            assert not isinstance(prepared, Blocked)
            assert prepared.verdict is Verdict.ROLLED_BACK
            pin = ada.encryption.contacts.pin(bo.account)
            assert pin is not None
            assert pin.shown == newer

    asyncio.run(scenario())


def test_a_list_that_is_withheld_is_missed(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await ada.say(bo, "1")
            await bo.listen()
            old = everybody.relay.devices[bo.account][-1]
            with bo.store.transaction():
                newer = bo.encryption.devices.remove(PhoneId(bytes(16)), NOON_MS)
            await bo.say(ada, "2")
            await ada.listen()
            assert await ada.say(bo, "3") == Blocked(BlockedBy.LIST_WITHHELD, Verdict.SAME)
            assert everybody.relay.devices[bo.account] == [old]
            everybody.relay.devices[bo.account].append(newer)
            ada.now_ms += LATER_MS
            assert await ada.say(bo, "3") is None

    asyncio.run(scenario())


def swapped(relay: Relay, phone: Phone) -> KeyBundle:
    """Another person's genuine bundle."""
    device = phone.account, phone.encryption.own.public.phone
    return relay.bundles[device].handed_out(relay.fallback[device])


@pytest.mark.parametrize("lie", ["another's bundle", "many keys", "nothing"])
def test_a_bundle_that_is_not_the_devices_begins_nothing(tmp_path: Path, lie: str) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo, eve = [await everybody.person(name) for name in ("ada", "bo", "eve")]
            device = bo.account, bo.encryption.own.public.phone
            lies = {
                "another's bundle": swapped(everybody.relay, eve),
                "many keys": everybody.relay.bundles[device],
                "nothing": None,
            }
            everybody.relay.change_bundle = lambda _: lies[lie]
            assert await ada.say(bo, "x") == Blocked(BlockedBy.NO_KEYS, Verdict.FIRST)
            assert ada.store.rows("SELECT count(*) FROM sessions") == [(0,)]
            everybody.relay.change_bundle = lambda bundle: bundle
            assert await ada.say(bo, "x") is None
            assert await bo.listen() == [Outcome.TEXT]

    asyncio.run(scenario())


def test_what_changed_between_preparing_and_encrypting_counts(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            prepared = await ada.encryption.sending.prepare(bo.account, NOON_MS)
            assert not isinstance(prepared, Blocked)
            everybody.relay.devices[bo.account].append(with_ghost(bo))
            await ada.encryption.contacts.learn(bo.account, NOON_MS)
            made = ada.encryption.sending.encrypt(prepared, Draft(new_message(), text="x"), NOON_MS)
            assert made == Blocked(BlockedBy.DEVICES_CHANGED, Verdict.FIRST)

    asyncio.run(scenario())


@pytest.mark.parametrize("text", ["x" * 100_000, "half a \ud800 pair"])
def test_a_text_that_cannot_be_sent_leaves_nothing_behind(tmp_path: Path, text: str) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            with pytest.raises(ValueError, match=r"at most|surrogates"):
                await ada.say(bo, text)
            assert ada.store.rows("SELECT count(*) FROM messages, sessions, outgoing") == [(0,)]
            assert await ada.say(bo, "goes on") is None
            assert await bo.listen() == [Outcome.TEXT]

    asyncio.run(scenario())


def test_what_passes_the_server_says_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            for words in ("secret words", "x"):
                await ada.say(bo, words, MessageId(words.encode().ljust(16)[:16]))
            lengths = {len(octets) for octets in everybody.relay.seen if octets[:3] == b"\x01\x01\x00"}
            assert len(lengths) == 1
            assert all(b"secret words" not in octets[104:] for octets in everybody.relay.seen)

    asyncio.run(scenario())
