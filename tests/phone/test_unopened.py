"""What did not open, and whom to ask."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from curtilage.phone.phone_store import PhoneStore
from curtilage.phone.session_shelf import Peer
from curtilage.phone.unopened import Missing, Unopened
from curtilage.wire.messages.opaque import MessageAccount, MessageId, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic
from tests.phone.people import BYTES_MAX

PUBLIC = PhonePublic(PhoneId(bytes(16)), bytes(32), bytes(32))
BO, EVE = (Peer(MessageAccount(name.ljust(16)), PUBLIC) for name in (b"bo", b"eve"))
ONE, TWO = MessageId(b"1" * 16), MessageId(b"2" * 16)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PhoneStore]:
    opened = PhoneStore.open(tmp_path, os.urandom, BYTES_MAX)
    yield opened
    opened.close()


def test_every_device_is_asked_for_all_that_is_missing(store: PhoneStore) -> None:
    unopened = Unopened(store, 100)
    for peer, message in ((BO, ONE), (BO, TWO), (BO, ONE), (EVE, ONE)):
        unopened.note(peer, message)
    asked = {missing.peer: set(missing.messages) for missing in unopened.to_ask()}
    assert asked == {BO: {ONE, TWO}, EVE: {ONE}}
    unopened.note_asked(Missing(BO, (ONE, TWO)), 1000)
    assert [missing.peer for missing in unopened.to_ask()] == [EVE]
    assert unopened.count() == 3
    unopened.note(BO, ONE)
    assert {missing.peer for missing in unopened.to_ask()} == {BO, EVE}
    unopened.opened(BO, ONE)
    unopened.opened(EVE, ONE)
    assert (unopened.to_ask(), unopened.count()) == ([], 1)


@pytest.mark.parametrize(("now_ms", "may"), [(1000, False), (1999, False), (2000, True), (999, True)])
def test_a_device_is_asked_again_after_a_while(store: PhoneStore, now_ms: int, may: bool) -> None:
    unopened = Unopened(store, 100)
    assert unopened.may_ask(BO, 1000, 1000)
    unopened.note_asked(Missing(BO, (ONE,)), 1000)
    assert unopened.may_ask(BO, now_ms, 1000) is may
    assert unopened.may_ask(EVE, now_ms, 1000)


def test_the_oldest_are_forgotten(store: PhoneStore) -> None:
    unopened = Unopened(store, 10)
    for number in range(30):
        unopened.note(BO, MessageId(bytes((number,)) * 16))
    (missing,) = unopened.to_ask()
    assert {message[0] for message in missing.messages} == set(range(20, 30))


def test_one_request_names_so_many(store: PhoneStore) -> None:
    unopened = Unopened(store, 1000)
    for number in range(100):
        unopened.note(BO, MessageId(bytes((number,)) * 16))
    (missing,) = unopened.to_ask()
    assert len(missing.messages) == 64
    unopened.note_asked(missing, 0)
    (missing,) = unopened.to_ask()
    assert len(missing.messages) == 36
