"""What comes from the mailbox, and what a hostile server can make of it: nothing."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.phone.pin import Verdict
from curtilage.phone.receiving import Outcome
from curtilage.phone.sending import Draft
from curtilage.phone.server_port import Delivery
from curtilage.phone.session_shelf import Peer
from curtilage.wire.messages.content import Content
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.envelope import Envelope, MessageKind, OlmType
from curtilage.wire.messages.opaque import MessageAccount, MessageId, PhoneId
from tests.phone.people import NOON_MS, People, Phone, new_message, people
from tests.phone.relay import Deliveries


def mailbox(phone: Phone) -> list[Delivery]:
    """At the relay."""
    return phone.relay.mailboxes[phone.account, phone.encryption.own.public.phone]


def deliver(phone: Phone, envelope: Envelope) -> None:
    """Once more, or for the first time, at the end of the mailbox."""
    phone.relay.put((phone.account, phone.encryption.own.public.phone), envelope)


async def spoken(everybody: People) -> tuple[Phone, Phone]:
    """Two people with a session that both have spoken in."""
    ada, bo = await everybody.person("ada"), await everybody.person("bo")
    await ada.say(bo, "hello")
    await bo.listen()
    await bo.say(ada, "hello back")
    await ada.listen()
    return ada, bo


def test_an_envelope_opens_once_wherever_it_is_put_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            await ada.say(bo, "once")
            (delivery,) = mailbox(bo)
            deliver(bo, delivery.envelope)
            deliver(bo, replace(delivery.envelope, attempt=7))
            assert await bo.listen() == [Outcome.TEXT, Outcome.REPLAYED, Outcome.REPLAYED]
            bo = everybody.again(bo)
            deliver(bo, delivery.envelope)
            assert await bo.listen() == [Outcome.REPLAYED]
            mailbox(bo).append(delivery)
            assert await bo.listen() == []
            assert bo.texts(ada) == ["hello", "hello back", "once"]
            assert bo.encryption.unopened.count() == 0

    asyncio.run(scenario())


def test_the_first_message_of_a_session_is_not_replayed_when_its_name_was_forgotten(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            everybody.relay.stock.clear()
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            everybody.relay.stock.clear()
            await ada.say(bo, "by the fallback key")
            (delivery,) = mailbox(bo)
            assert await bo.listen() == [Outcome.TEXT]
            for table in ("opened", "sessions"):
                bo.store.rows(f"DELETE FROM {table}")  # noqa: S608 # one of the two words above
            deliver(bo, delivery.envelope)
            assert await bo.listen() == [Outcome.NOT_OPENED]
            assert bo.texts(ada) == ["by the fallback key"]

    asyncio.run(scenario())


def test_another_accounts_mailbox_shows_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            eve = await everybody.person("eve")
            await ada.say(bo, "for bo")
            (delivery,) = mailbox(bo)
            deliver(eve, delivery.envelope)
            redirected = replace(
                delivery.envelope, receiver=eve.account, receiver_phone=eve.encryption.own.public.phone
            )
            deliver(eve, redirected)
            assert await eve.listen() == [Outcome.FOREIGN, Outcome.NOT_OPENED]
            assert eve.texts(ada) == eve.texts(bo) == []
            assert await bo.listen() == [Outcome.TEXT]

    asyncio.run(scenario())


def test_a_reflected_envelope_shows_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            await ada.say(bo, "from ada")
            (delivery,) = mailbox(bo)
            deliver(ada, delivery.envelope)
            turned = replace(
                delivery.envelope,
                sender=bo.account,
                sender_phone=bo.encryption.own.public.phone,
                receiver=ada.account,
                receiver_phone=ada.encryption.own.public.phone,
            )
            deliver(ada, turned)
            own = replace(turned, sender=ada.account, sender_phone=ada.encryption.own.public.phone)
            deliver(ada, own)
            assert await ada.listen() == [Outcome.FOREIGN, Outcome.NOT_OPENED, Outcome.FOREIGN]
            assert ada.texts(bo) == ["hello", "hello back", "from ada"]

    asyncio.run(scenario())


@pytest.mark.parametrize("lie", ["message", "kind", "sender"])
def test_an_envelope_under_another_name_is_not_believed(tmp_path: Path, lie: str) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            eve = await everybody.person("eve")
            await ada.say(bo, "words")
            (delivery,) = mailbox(bo)
            mailbox(bo).clear()
            true = delivery.envelope
            lies = {
                "message": (replace(true, message=new_message()), Outcome.FALSE),
                "kind": (replace(true, kind=MessageKind.READ), Outcome.FALSE),
                "sender": (
                    replace(true, sender=eve.account, sender_phone=eve.encryption.own.public.phone),
                    Outcome.NOT_OPENED,
                ),
            }
            envelope, outcome = lies[lie]
            deliver(bo, envelope)
            assert await bo.listen() == [outcome]
            assert bo.texts(ada) == ["hello", "hello back"]
            assert bo.texts(eve) == []

    asyncio.run(scenario())


def test_envelopes_in_any_order_are_all_shown(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            for number in range(40):
                await ada.say(bo, str(number))
            mailbox(bo)[:] = [
                Delivery(delivery.position, other.envelope)
                for delivery, other in zip(mailbox(bo), reversed(mailbox(bo)), strict=True)
            ]
            assert await bo.listen() == [Outcome.TEXT] * 40
            assert sorted(bo.texts(ada)[2:], key=int) == [str(number) for number in range(40)]

    asyncio.run(scenario())


def test_a_dropped_envelope_takes_no_other_along(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            for number in range(10):
                await ada.say(bo, str(number))
            del mailbox(bo)[2:5]
            assert set(await bo.listen()) == {Outcome.TEXT}
            assert bo.texts(ada)[2:] == [str(number) for number in (0, 1, 5, 6, 7, 8, 9)]

    asyncio.run(scenario())


def test_positions_that_do_not_rise_are_passed_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            await ada.say(bo, "1")
            await ada.say(bo, "2")

            def twice(deliveries: Deliveries) -> Deliveries:
                return tuple(Delivery(deliveries[0].position, item.envelope) for item in deliveries)

            everybody.relay.change_mailbox = twice
            assert [item.outcome for item in (await bo.encryption.receiving.take_in(NOON_MS)).arrivals] == [
                Outcome.TEXT
            ]
            everybody.relay.change_mailbox = lambda deliveries: deliveries
            await bo.listen()
            assert bo.texts(ada)[2:] == ["1", "2"]

    asyncio.run(scenario())


def test_a_device_that_no_list_names_says_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await ada.say(bo, "from a device that was removed")
            empty = DeviceList.sign(ada.account, 2, NOON_MS, (), ada.encryption.own.identity())
            everybody.relay.devices[ada.account].append(empty)
            assert await bo.listen() == [Outcome.UNKNOWN_DEVICE]
            everybody.relay.devices.pop(ada.account)
            deliver(bo, replace(_any_envelope(ada, bo), sender=MessageAccount(b"nobody".ljust(16))))
            assert await bo.listen() == [Outcome.UNKNOWN_DEVICE]
            assert bo.texts(ada) == []

    asyncio.run(scenario())


def _any_envelope(sender: Phone, receiver: Phone) -> Envelope:
    names = sender.encryption.own.public.phone, receiver.encryption.own.public.phone
    kind, olm_type = MessageKind.TEXT, OlmType.PRE_KEY
    return Envelope(kind, olm_type, sender.account, names[0], receiver.account, names[1], new_message(), b"x")


@pytest.mark.parametrize("same_phone", [False, True])
def test_a_false_person_is_held_and_never_shown(tmp_path: Path, same_phone: bool) -> None:
    """The server invents an identity for Ada, texts Bo as her, and takes the invention back before he looks."""

    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            true = everybody.relay.devices[ada.account][-1]
            false = await everybody.person("false")
            false.encryption.own.join(ada.account, Ed25519PrivateKey.generate().private_bytes_raw())
            phone = replace(
                false.encryption.own.public,
                phone=ada.encryption.own.public.phone if same_phone else PhoneId(b"\xee" * 16),
            )
            invented = DeviceList.sign(ada.account, 9, 0, (phone,), Ed25519PrivateKey.generate())
            key = await _key(false, bo)
            with false.store.transaction():
                session = false.encryption.sessions.begin(Peer(bo.account, bo.encryption.own.public), key)
                message = new_message()
                inside = Content(
                    MessageKind.TEXT,
                    ada.account,
                    phone.phone,
                    bo.account,
                    bo.encryption.own.public.phone,
                    bo.account,
                    message,
                    9,
                    0,
                    "send money",
                )
                said = session.encrypt(inside.encode())
            everybody.relay.change_devices = lambda devices: invented if devices == true else devices
            if same_phone:
                assert await bo.encryption.contacts.learn(ada.account, NOON_MS) is Verdict.IDENTITY_CHANGED
            deliver(
                bo,
                Envelope(
                    MessageKind.TEXT,
                    said.olm_type,
                    ada.account,
                    phone.phone,
                    bo.account,
                    bo.encryption.own.public.phone,
                    message,
                    said.ciphertext,
                ),
            )
            intake = await bo.encryption.come_and_go(NOON_MS)
            assert [arrival.outcome for arrival in intake.arrivals] == [Outcome.HELD_TEXT]
            assert intake.verdicts == (() if same_phone else ((ada.account, Verdict.IDENTITY_CHANGED),))
            assert bo.texts(ada) == ["hello", "hello back"]
            everybody.relay.change_devices = lambda devices: devices
            await bo.encryption.contacts.learn(ada.account, NOON_MS)
            await ada.say(bo, "the true one", message)
            assert await bo.listen() == [Outcome.TEXT]
            assert bo.texts(ada) == ["hello", "hello back", "the true one"]
            assert bo.encryption.messages.held_count(ada.account) == 0

    asyncio.run(scenario())


async def _key(sender: Phone, receiver: Phone) -> bytes:
    key = await sender.encryption.sending.fetch_key(Peer(receiver.account, receiver.encryption.own.public))
    assert key is not None
    return key.one_public


def test_receipts_of_strangers_and_for_nothing_change_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            eve = await everybody.person("eve")
            message = new_message()
            await ada.say(bo, "for bo", message)
            for names in ((message,), (MessageId(bytes(16)),)):
                draft = Draft(new_message(), MessageKind.READ, messages=names)
                await eve.encryption.send(ada.account, draft, NOON_MS)
            assert await ada.listen() == [Outcome.HAD_IT, Outcome.HAD_IT]
            found = ada.encryption.messages.find(ada.account, message)
            assert found is not None
            assert found.read_ms is None

    asyncio.run(scenario())


def test_nothing_is_acknowledged_before_it_is_committed(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            await ada.say(bo, "words")
            device = bo.account, bo.encryption.own.public.phone
            before = everybody.relay.acknowledged[device]
            bo.store.rows(
                "CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT raise(ABORT, 'the disk is full'); END"
            )
            with pytest.raises(Exception, match="cannot run"):
                await bo.listen()
            assert everybody.relay.acknowledged[device] == before
            bo.store.rows("DROP TRIGGER full")
            assert await bo.listen() == [Outcome.TEXT]
            assert everybody.relay.acknowledged[device] == before + 1

    asyncio.run(scenario())


def test_names_of_opened_envelopes_are_kept_within_bounds(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await spoken(everybody)
            bo.encryption.receiving._remembered_count_max = 5
            for number in range(12):
                await ada.say(bo, str(number))
            await bo.listen()
            assert bo.store.rows("SELECT count(*) FROM opened") == [(5,)]

    asyncio.run(scenario())
