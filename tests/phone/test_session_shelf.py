"""Which session is spoken in, and what is remembered of those that were begun."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.phone.olm import Encrypted, NotOpened
from curtilage.phone.session_shelf import Peer
from curtilage.wire.messages.key_rules import WEEK_MS
from tests.phone.people import NOON_MS, Phone, people


def peer_of(phone: Phone) -> Peer:
    """As others see it."""
    return Peer(phone.account, phone.encryption.own.public)


async def begun(sender: Phone, receiver: Phone, clear: bytes) -> Encrypted:
    """A first message in a new session."""
    key = await sender.encryption.sending.fetch_key(peer_of(receiver))
    assert key is not None
    with sender.store.transaction():
        session = sender.encryption.sessions.begin(peer_of(receiver), key.one_public)
        message = session.encrypt(clear)
        sender.encryption.sessions.keep(peer_of(receiver), session)
    return message


def say(sender: Phone, receiver: Phone, clear: bytes) -> Encrypted:
    """In the session that is spoken in."""
    with sender.store.transaction():
        session = sender.encryption.sessions.newest(peer_of(receiver))
        assert session is not None
        message = session.encrypt(clear)
        sender.encryption.sessions.keep(peer_of(receiver), session)
    return message


def hear(receiver: Phone, sender: Phone, message: Encrypted, now_ms: int = NOON_MS) -> bytes | NotOpened:
    """In one transaction, as receiving does."""
    with receiver.store.transaction():
        return receiver.encryption.sessions.open(peer_of(sender), message, now_ms)


def spoken_in(phone: Phone, other: Phone) -> bytes:
    """The name of the session."""
    session = phone.encryption.sessions.newest(peer_of(other))
    assert session is not None
    return session.session_id


def test_both_begin_at_once_and_agree_on_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            from_ada, from_bo = await begun(ada, bo, b"1"), await begun(bo, ada, b"2")
            assert (hear(bo, ada, from_ada), hear(ada, bo, from_bo)) == (b"1", b"2")
            for number in range(4):
                assert hear(bo, ada, say(ada, bo, b"a%d" % number)) == b"a%d" % number
                assert hear(ada, bo, say(bo, ada, b"b%d" % number)) == b"b%d" % number
            assert spoken_in(ada, bo) == spoken_in(bo, ada)

    asyncio.run(scenario())


def test_the_least_used_goes(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            for number in range(6):
                everybody.relay.now_ms += 3_600_000
                assert hear(bo, ada, await begun(ada, bo, b"%d" % number)) == b"%d" % number
            for phone in (ada, bo):
                assert phone.store.rows("SELECT count(*) FROM sessions") == [(4,)]
            assert spoken_in(ada, bo) == spoken_in(bo, ada)

    asyncio.run(scenario())


@pytest.mark.parametrize("weeks", [0, 1, 2, 3])
def test_a_session_begun_by_the_fallback_key_is_begun_once(tmp_path: Path, weeks: int) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            everybody.relay.stock.clear()
            first = await begun(ada, bo, b"once")
            assert hear(bo, ada, first) == b"once"
            bo.store.rows("DELETE FROM sessions")
            for week in range(1, weeks + 1):
                await bo.encryption.upkeep.keep_up(NOON_MS + week * WEEK_MS)
            assert isinstance(hear(bo, ada, first), NotOpened)

    asyncio.run(scenario())


@pytest.mark.parametrize("bits", range(1, 8))
def test_no_other_writing_of_its_keys_begins_it_again(tmp_path: Path, bits: int) -> None:
    """X25519 ignores the highest bit of a key; each of the three in a first message can be turned."""

    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            everybody.relay.stock.clear()
            first = await begun(ada, bo, b"once")
            assert hear(bo, ada, first) == b"once"
            turned = bytearray(first.ciphertext)
            for number, at in enumerate((34, 68, 102)):
                turned[at] ^= 0x80 * (bits >> number & 1)
            assert isinstance(hear(bo, ada, replace(first, ciphertext=bytes(turned))), NotOpened)

    asyncio.run(scenario())


def test_begun_sessions_are_forgotten_with_their_fallback_key(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            hear(bo, ada, await begun(ada, bo, b"x"))
            for week, remembered in ((1, 1), (2, 0)):
                await bo.encryption.upkeep.keep_up(NOON_MS + week * WEEK_MS)
                assert bo.store.rows("SELECT count(*) FROM begun_sessions") == [(remembered,)]

    asyncio.run(scenario())


def test_another_device_has_other_sessions(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo, eve = [await everybody.person(name) for name in ("ada", "bo", "eve")]
            first = await begun(ada, bo, b"1")
            assert isinstance(hear(bo, eve, first), NotOpened)
            assert hear(bo, ada, first) == b"1"
            second = say(ada, bo, b"2")
            assert isinstance(hear(bo, eve, second), NotOpened)
            assert hear(bo, ada, second) == b"2"
            assert isinstance(hear(bo, ada, second), NotOpened)

    asyncio.run(scenario())


def test_a_key_is_used_up_with_the_message_it_opened_or_not_at_all(tmp_path: Path) -> None:
    async def scenario() -> None:
        with people(tmp_path) as everybody:
            ada, bo = await everybody.person("ada"), await everybody.person("bo")
            first = await begun(ada, bo, b"once")

            def dies_before_commit() -> None:
                with bo.store.transaction():
                    assert bo.encryption.sessions.open(peer_of(ada), first, NOON_MS) == b"once"
                    raise KeyError

            with pytest.raises(KeyError):
                dies_before_commit()
            assert hear(bo, ada, first) == b"once"
            assert isinstance(hear(bo, ada, first), NotOpened)

    asyncio.run(scenario())
