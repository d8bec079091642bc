"""A second device is linked, speaks, and is taken off the list."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.phone.linking import Join, LetIn, LinkCommand, NewDevice, OldDevice, Said, Send
from curtilage.phone.own_devices import BadGrant, DevicesNotShown, TooManyDevices
from curtilage.phone.pin import Verdict
from curtilage.phone.receiving import Outcome
from curtilage.phone.sas import SasEphemeral
from curtilage.phone.sending import Blocked, BlockedBy
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.link_message import LinkMessage, LinkReveal
from curtilage.wire.messages.opaque import LinkId, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic
from tests.phone.people import NOON_MS, People, Phone, open_phone, people
from tests.phone.test_sending import LATER_MS, with_ghost

LINK = LinkId(b"link".ljust(16))


def said(commands: list[LinkCommand]) -> LinkMessage:
    """The message among them."""
    (message,) = [command.message for command in commands if isinstance(command, Send)]
    return message


def second_phone(everybody: People, old: Phone) -> Phone:
    """Of the same person; not linked yet."""
    phone = open_phone(everybody.folder / "second", everybody.relay, old.account)
    everybody.phones.append(phone)
    return phone


def agreed(old: Phone, new: Phone) -> Join:
    """Both machines run, both screens agree, the old device grants; what the new one is to do with it."""
    entering = NewDevice(LINK, new.encryption.own.public, new.encryption.devices.prepare(), SasEphemeral())
    own = old.encryption.own
    letting = OldDevice(old.account, own.identity().public_key().public_bytes_raw(), own.public, SasEphemeral())
    letting.on(said(entering.on(said(letting.on(said(entering.begin()))))))
    from_new, from_old = said(entering.on(Said.SAME)), said(letting.on(Said.SAME))
    entering.on(from_old)
    (let_in,) = letting.on(from_new)
    assert isinstance(let_in, LetIn)
    (join,) = entering.on(old.encryption.devices.let_in(let_in.reveal, NOON_MS))
    assert isinstance(join, Join)
    return join


async def linked(everybody: People, old: Phone) -> Phone:
    """The second device, ready."""
    new = second_phone(everybody, old)
    new.encryption.devices.join(agreed(old, new), NOON_MS)
    pin = old.encryption.contacts.pin(old.account)
    assert pin is not None
    await everybody.relay.door(old.account, old.encryption.own.public.phone).publish_devices(pin.shown)
    await new.encryption.upkeep.keep_up(NOON_MS)
    return new


def test_a_text_reaches_both_devices_and_each_shows_what_the_other_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            second = await linked(everybody, ada)
            assert second.encryption.own.identity_octets() == ada.encryption.own.identity_octets()
            await bo.say(ada, "to both")
            assert await ada.listen() == await second.listen() == [Outcome.TEXT]
            await second.say(bo, "from the second")
            assert await bo.listen() == await ada.listen() == [Outcome.TEXT]
            await ada.say(bo, "from the first")
            assert await bo.listen() == await second.listen() == [Outcome.TEXT]
            words = ["to both", "from the second", "from the first"]
            assert bo.texts(ada) == ada.texts(bo) == second.texts(bo) == words
            assert [found.is_own for found in ada.encryption.messages.of_conversation(bo.account, 9)] == [
                True,
                True,
                False,
            ]

    asyncio.run(scenario())


def test_contacts_are_shown_the_new_device_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            await bo.say(ada, "before")
            second = await linked(everybody, ada)
            bo.now_ms += LATER_MS
            assert await bo.say(ada, "x") == Blocked(BlockedBy.DEVICES_CHANGED, Verdict.DEVICE_CAME)
            await second.say(bo, "it is me")
            assert await bo.listen() == [Outcome.HELD_TEXT]
            assert bo.texts(ada) == ["before"]
            pin = bo.encryption.contacts.pin(ada.account)
            assert pin is not None
            assert pin.pending is not None
            bo.encryption.show(ada.account, pin.pending)
            assert bo.texts(ada) == ["before", "it is me"]
            assert await bo.say(ada, "welcome") is None
            assert await second.listen() == [Outcome.TEXT]

    asyncio.run(scenario())


def test_a_device_taken_off_the_list_gets_nothing_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            second = await linked(everybody, ada)
            await bo.say(ada, "to both")
            await second.listen()
            devices = ada.encryption.devices.remove(second.encryption.own.public.phone, NOON_MS)
            await everybody.relay.door(ada.account, ada.encryption.own.public.phone).publish_devices(devices)
            bo.now_ms += LATER_MS
            assert await bo.say(ada, "to one") is None
            assert await second.listen() == []
            assert await ada.listen() == [Outcome.TEXT, Outcome.TEXT]
            await second.say(bo, "I am still here")
            assert await bo.listen() == [Outcome.UNKNOWN_DEVICE]

    asyncio.run(scenario())


def test_a_grant_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada = await everybody.person("ada")
            new = second_phone(everybody, ada)
            join = agreed(ada, new)
            other = Ed25519PrivateKey.generate()
            phones = join.grant.devices.phones
            lists = (
                DeviceList.sign(ada.account, 2, 0, phones, other),
                DeviceList.sign(ada.account, 2, 0, (ada.encryption.own.public,), ada.encryption.own.identity()),
                DeviceList.sign(ada.account, 2, 0, (new.encryption.own.public,), ada.encryption.own.identity()),
                replace(join.grant.devices, number=9),
            )
            false_grants = [
                *(replace(join.grant, devices=devices) for devices in lists),
                replace(join.grant, sealed_identity=b"garbage"),
                replace(join.grant, sealed_identity=join.grant.sealed_identity[:-1] + b"x"),
            ]
            false_answer = replace(join.answer, identity_public=other.public_key().public_bytes_raw())
            for false in (*(Join(join.answer, grant) for grant in false_grants), Join(false_answer, join.grant)):
                with pytest.raises(BadGrant):
                    new.encryption.devices.join(false, NOON_MS)
                assert not new.encryption.own.is_set_up
            new.encryption.devices.join(join, NOON_MS)
            assert new.encryption.own.is_set_up
            with pytest.raises(BadGrant):
                new.encryption.devices.join(join, NOON_MS)

    asyncio.run(scenario())


def test_a_list_has_room_for_so_many(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            one = everybody.relay.stock[bo.account, bo.encryption.own.public.phone][0].one_public

            def reveal() -> LinkReveal:
                phone = PhonePublic(PhoneId(os.urandom(16)), os.urandom(32), os.urandom(32))
                return LinkReveal(LINK, bytes(32), phone, one)

            for _ in range(7):
                ada.encryption.devices.let_in(reveal(), NOON_MS)
            with pytest.raises(TooManyDevices, match="at most 8"):
                ada.encryption.devices.let_in(reveal(), NOON_MS)
            pin = ada.encryption.contacts.pin(ada.account)
            assert pin is not None
            assert (pin.shown.number, len(pin.shown.phones)) == (8, 8)

    asyncio.run(scenario())


def test_nobody_signs_over_a_list_that_was_not_shown(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada = await everybody.person("ada")
            everybody.relay.devices[ada.account].append(with_ghost(ada))
            await ada.encryption.contacts.learn(ada.account, NOON_MS)
            with pytest.raises(DevicesNotShown):
                ada.encryption.devices.remove(PhoneId(bytes(16)), NOON_MS)
            ada.encryption.show(ada.account, with_ghost(ada))
            devices = ada.encryption.devices.remove(PhoneId(b"\xff" * 16), NOON_MS)
            assert (devices.number, devices.phones) == (3, (ada.encryption.own.public,))

    asyncio.run(scenario())
