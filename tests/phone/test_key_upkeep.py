"""Keys at the server."""

import asyncio
from pathlib import Path

import pytest

from curtilage.phone.key_upkeep import PhoneWentBack
from curtilage.wire.messages.key_rules import WEEK_MS, week_of
from tests.phone.people import NOON_MS, Phone, people
from tests.phone.relay import ServerAway


def kept(phone: Phone) -> tuple[int, int | None]:
    """One-time keys at the server, and the week of the fallback key."""
    device = phone.encryption.own.account, phone.encryption.own.public.phone
    fallback = phone.relay.fallback.get(device)
    return len(phone.relay.stock[device]), None if fallback is None else fallback.week


def test_keys_are_published_once_and_filled_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada = await everybody.person("ada")
            device = ada.encryption.own.account, ada.encryption.own.public.phone
            assert kept(ada) == (50, week_of(NOON_MS))
            await ada.encryption.upkeep.keep_up(NOON_MS)
            assert kept(ada)[0] == 50
            assert everybody.relay.bundles[device].number == 1
            del everybody.relay.stock[device][20:]
            await ada.encryption.upkeep.keep_up(NOON_MS)
            assert kept(ada)[0] == 50
            keys = [key.one_public for key in everybody.relay.stock[device]]
            assert len(set(keys)) == 50

    asyncio.run(scenario())


def test_the_fallback_key_is_new_every_week(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada = await everybody.person("ada")
            first = kept(ada)[1]
            assert first is not None
            await ada.encryption.upkeep.keep_up(NOON_MS + WEEK_MS)
            assert kept(ada) == (50, first + 1)
            await ada.encryption.upkeep.keep_up(NOON_MS)
            assert kept(ada) == (50, first + 1)

    asyncio.run(scenario())


def test_a_bundle_that_was_not_published_is_published_again_and_never_twice(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada = await everybody.person("ada")
            device = ada.encryption.own.account, ada.encryption.own.public.phone
            everybody.relay.stock[device].clear()
            made = ada.encryption.upkeep.make(0, NOON_MS)
            assert made is not None
            everybody.relay.away = True
            with pytest.raises(ServerAway):
                await ada.encryption.upkeep.keep_up(NOON_MS)
            everybody.relay.away = False
            # It had arrived, but the phone died before it heard so.
            await everybody.relay.door(*device).publish_bundle(made)
            everybody.relay.stock[device].pop()
            ada = everybody.again(ada)
            await ada.encryption.upkeep.keep_up(NOON_MS)
            assert kept(ada)[0] == 49
            assert everybody.relay.bundles[device].number == 2

    asyncio.run(scenario())


def test_a_database_that_was_put_back_publishes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada = await everybody.person("ada")
            device = ada.encryption.own.account, ada.encryption.own.public.phone
            copy = {file.name: file.read_bytes() for file in ada.folder.iterdir()}
            everybody.relay.stock[device].clear()
            await ada.encryption.upkeep.keep_up(NOON_MS)
            ada.store.close()
            for file in ada.folder.iterdir():
                file.unlink()
            for name, octets in copy.items():
                (ada.folder / name).write_bytes(octets)
                (ada.folder / name).chmod(0o600)
            ada = everybody.again(ada)
            everybody.relay.stock[device].clear()
            with pytest.raises(PhoneWentBack, match="older"):
                await ada.encryption.upkeep.keep_up(NOON_MS)
            assert kept(ada)[0] == 0

    asyncio.run(scenario())
