"""Passwords: which are taken, and how they are checked."""

import asyncio
from dataclasses import replace

import pytest

from curtilage.config import Config
from curtilage.errors import RefusalReason, Refused
from curtilage.home.password import BadPassword, Passwords, check_new_password
from tests.consent.parts import PASSWORD, counted_entropy

CONFIG = replace(Config(), argon2_memory_kib=8192, argon2_time_cost=1)
"""The cheapest that may be set."""


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        (PASSWORD, True),
        ("x" * 10, True),
        ("x" * 9, False),
        ("", False),
        ("x" * 256, True),
        ("x" * 257, False),
        ("ana of mill lane", False),
        ("ANA of Mill Lane", False),
        ("pässwörter 🔑", True),
        ("\ud800" * 12, False),
    ],
)
def test_length_counts_and_nothing_else(password: str, taken: bool) -> None:
    if taken:
        check_new_password(password, "Ana of Mill Lane", CONFIG)
        return
    with pytest.raises(BadPassword) as caught:
        check_new_password(password, "Ana of Mill Lane", CONFIG)
    assert not password or password not in str(caught.value)


def test_the_right_password_fits_and_no_other() -> None:
    async def run() -> None:
        passwords = Passwords(CONFIG, counted_entropy())
        encoded = await passwords.hash(PASSWORD)
        assert isinstance(encoded, str)
        assert encoded.startswith("$argon2id$v=19$m=8192,t=1,p=1$")
        assert await passwords.verify(encoded, PASSWORD) is True
        for wrong in ("", PASSWORD + " ", PASSWORD.upper(), "x" * 100_000, "\ud800"):
            assert await passwords.verify(encoded, wrong) is False
        assert await passwords.verify("no hash at all", PASSWORD) is False
        passwords.close()

    asyncio.run(run())


def test_two_keyboards_agree() -> None:
    async def run() -> None:
        passwords = Passwords(CONFIG, counted_entropy())
        encoded = await passwords.hash("Zoe\u0308 am Fenster")
        assert isinstance(encoded, str)
        assert await passwords.verify(encoded, "Zo\u00eb am Fenster") is True
        passwords.close()

    asyncio.run(run())


def test_no_account_costs_what_a_wrong_password_costs_and_never_fits() -> None:
    async def run() -> None:
        config = replace(CONFIG, argon2_parallel_count_max=1, argon2_waiting_count_max=1)
        passwords = Passwords(config, counted_entropy())
        await passwords.prepare()
        encoded = await passwords.hash(PASSWORD)
        assert isinstance(encoded, str)
        assert passwords._stand_in is not None
        assert passwords._stand_in.split("$")[:4] == encoded.split("$")[:4]  # the same kind and costs
        assert await passwords.verify(None, passwords._stand_in_password) is False
        # It is really checked, in the same queue.
        checks = await asyncio.gather(*(passwords.verify(None, PASSWORD) for _ in range(3)))
        assert [isinstance(item, Refused) for item in checks] == [False, False, True]
        passwords.close()

    asyncio.run(run())


def test_the_stand_in_is_made_when_it_is_needed_first() -> None:
    async def run() -> None:
        passwords = Passwords(CONFIG, counted_entropy())
        assert await passwords.verify(None, PASSWORD) is False
        assert passwords._stand_in is not None
        passwords.close()

    asyncio.run(run())


def test_few_run_some_wait_and_the_rest_are_refused() -> None:
    async def run() -> None:
        config = replace(CONFIG, argon2_parallel_count_max=2, argon2_waiting_count_max=3)
        passwords = Passwords(config, counted_entropy())
        asked = await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(9)))
        refused = [item for item in asked if isinstance(item, Refused)]
        assert len(refused) == 4
        assert {item.reason for item in refused} == {RefusalReason.BUSY}
        assert isinstance(await passwords.hash(PASSWORD), str)
        passwords.close()

    asyncio.run(run())


def test_checks_whose_callers_left_still_count() -> None:
    async def run() -> None:
        config = replace(CONFIG, argon2_parallel_count_max=1, argon2_waiting_count_max=1, argon2_time_cost=10)
        passwords = Passwords(config, counted_entropy())
        left = [asyncio.create_task(passwords.hash(PASSWORD)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        assert isinstance(await passwords.hash(PASSWORD), Refused)
        passwords.close()

    asyncio.run(run())


def test_a_hash_of_other_costs_is_outdated() -> None:
    async def run() -> None:
        old = Passwords(CONFIG, counted_entropy())
        encoded = await old.hash(PASSWORD)
        assert isinstance(encoded, str)
        new = Passwords(replace(CONFIG, argon2_time_cost=2), counted_entropy())
        assert not old.outdated(encoded)
        assert new.outdated(encoded)
        assert await new.verify(encoded, PASSWORD) is True
        old.close()
        new.close()

    asyncio.run(run())
