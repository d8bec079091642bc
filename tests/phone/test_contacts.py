"""Pins in the database, and what the server is asked."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.phone.contacts import decode_pin, encode_pin
from curtilage.phone.pin import Pin, Verdict
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.opaque import MessageAccount
from tests.phone.people import LIMITS, NOON_MS, people
from tests.phone.test_pin import BO, listed


@given(st.booleans(), st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_a_pin_is_stored_whole(pending: bool, number_max: int, claimed: int) -> None:
    pin = Pin(listed(5, "ab"), listed(6, "abc") if pending else None, number_max, claimed)
    assert decode_pin(encode_pin(pin)) == pin


@given(st.binary(max_size=300))
def test_garbage_is_no_pin(garbage: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # each of its parts has its own words
        decode_pin(garbage)


def test_the_first_list_is_pinned_and_survives(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            contacts = ada.encryption.contacts
            assert contacts.pin(bo.account) is None
            assert await contacts.learn(bo.account, NOON_MS) is Verdict.FIRST
            assert await contacts.learn(bo.account, NOON_MS) is Verdict.SAME
            assert await contacts.learn(MessageAccount(b"nobody".ljust(16)), NOON_MS) is None
            again = everybody.again(ada).encryption.contacts
            pin = again.pin(bo.account)
            assert pin is not None
            assert [phone.phone for phone in pin.shown.phones] == [bo.encryption.own.public.phone]
            assert {pin.account for pin in again.all()} == {ada.account, bo.account}

    asyncio.run(scenario())


def test_a_list_is_fresh_for_a_while_and_never_from_the_future(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            contacts = ada.encryption.contacts
            assert not contacts.is_fresh(bo.account, NOON_MS, 1000)
            await contacts.learn(bo.account, NOON_MS)
            ages = ((0, True), (999, True), (1000, False), (-1, False))
            assert [(age, contacts.is_fresh(bo.account, NOON_MS + age, 1000)) for age, _ in ages] == list(ages)
            everybody.relay.change_devices = lambda devices: DeviceList.sign(
                bo.account, 1, 0, devices.phones if devices else (), Ed25519PrivateKey.generate()
            )
            assert await contacts.learn(bo.account, NOON_MS) is Verdict.IDENTITY_CHANGED
            everybody.relay.change_devices = lambda _: listed(1, "a", account=ada.account)
            assert await contacts.learn(bo.account, NOON_MS) is Verdict.FORGED
            assert not contacts.is_fresh(bo.account, NOON_MS, 1000)

    asyncio.run(scenario())


def test_a_server_cannot_fill_the_phone_with_strangers(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada = await everybody.person("ada", replace(LIMITS, contacts_count_max=3))
            others = [await everybody.person(name) for name in ("bo", "cy", "di")]
            verdicts = [await ada.encryption.contacts.learn(other.account, NOON_MS) for other in others]
            assert verdicts == [Verdict.FIRST, Verdict.FIRST, None]
            assert await ada.encryption.contacts.learn(others[0].account, NOON_MS) is Verdict.SAME
            assert ada.encryption.contacts.count() == 3

    asyncio.run(scenario())


def test_what_is_kept_in_memory_ends_with_a_transaction_that_failed(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada = await everybody.person("ada")
            contacts = ada.encryption.contacts

            def fails() -> None:
                with ada.store.transaction():
                    contacts.put(Pin(listed(5, "ab"), None, 5), NOON_MS)
                    assert contacts.pin(BO) is not None
                    raise KeyError

            with pytest.raises(KeyError):
                fails()
            assert contacts.pin(BO) is None

    asyncio.run(scenario())
