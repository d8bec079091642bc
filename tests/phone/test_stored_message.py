"""Messages as the phone keeps them."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.phone.phone_store import PhoneStore
from curtilage.phone.session_shelf import Peer
from curtilage.phone.stored_message import Messages
from curtilage.wire.messages.content import Content
from curtilage.wire.messages.envelope import MessageKind
from curtilage.wire.messages.opaque import MessageAccount, MessageId, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic
from tests.phone.people import BYTES_MAX, NOON_MS

ADA, BO = (MessageAccount(name.ljust(16, b".")) for name in (b"ada", b"bo"))
PHONE = PhoneId(bytes(16))
TEXT = Content(MessageKind.TEXT, BO, PHONE, ADA, PHONE, ADA, MessageId(bytes(16)), 1, NOON_MS, "hello")
GHOST = Peer(BO, PhonePublic(PHONE, b"g" * 32, b"g" * 32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PhoneStore]:
    opened = PhoneStore.open(tmp_path, os.urandom, BYTES_MAX)
    yield opened
    opened.close()


def test_a_message_is_kept_once_whatever_its_text(store: PhoneStore) -> None:
    messages = Messages(store)
    assert messages.keep(TEXT, BO, NOON_MS, is_own=False, held_by=None)
    assert not messages.keep(replace(TEXT, text="another"), BO, NOON_MS, is_own=False, held_by=None)
    assert [message.content.text for message in messages.of_conversation(BO, 10)] == ["hello"]
    assert messages.keep(replace(TEXT, sender=ADA), BO, NOON_MS, is_own=True, held_by=None)
    assert messages.of_conversation(ADA, 10) == []
    assert messages.find(ADA, MessageId(b"x" * 16)) is None


def test_a_conversation_comes_in_pages(store: PhoneStore) -> None:
    messages = Messages(store)
    for number in range(7):
        named = replace(TEXT, message=MessageId(bytes((number,)) * 16), text=str(number))
        messages.keep(named, BO, NOON_MS, is_own=False, held_by=None)
    first = messages.of_conversation(BO, 5)
    second = messages.of_conversation(BO, 5, first[-1].number)
    assert [message.content.text for message in (*first, *second)] == list("6543210")


def test_held_messages_are_shown_with_their_device(store: PhoneStore) -> None:
    messages = Messages(store)
    messages.keep(TEXT, BO, NOON_MS, is_own=False, held_by=GHOST)
    assert (messages.of_conversation(BO, 10), messages.held_count(BO)) == ([], 1)
    messages.release(Peer(BO, replace(GHOST.public, agreement_public=b"o" * 32)))
    assert messages.held_count(BO) == 1
    messages.release(GHOST)
    assert (len(messages.of_conversation(BO, 10)), messages.held_count(BO)) == (1, 0)


def test_a_held_message_never_stands_in_the_way_of_a_true_one(store: PhoneStore) -> None:
    messages = Messages(store)
    assert messages.keep(replace(TEXT, text="false"), BO, NOON_MS, is_own=False, held_by=GHOST)
    assert messages.keep(TEXT, BO, NOON_MS, is_own=False, held_by=None)
    assert not messages.keep(replace(TEXT, text="false"), BO, NOON_MS, is_own=False, held_by=GHOST)
    messages.release(GHOST)
    assert [message.content.text for message in messages.of_conversation(BO, 10)] == ["hello"]


def test_receipts_are_for_own_messages_of_that_conversation(store: PhoneStore) -> None:
    messages = Messages(store)
    own = replace(TEXT, sender=ADA, receiver=BO, conversation=BO)
    messages.keep(own, BO, NOON_MS, is_own=True, held_by=None)
    messages.keep(TEXT, BO, NOON_MS, is_own=False, held_by=None)
    eve = MessageAccount(b"eve".ljust(16))
    assert not messages.note_receipt(ADA, eve, own.message, MessageKind.DELIVERED, 5)
    assert not messages.note_receipt(BO, BO, own.message, MessageKind.DELIVERED, 5)
    assert messages.note_receipt(ADA, BO, own.message, MessageKind.DELIVERED, 5)
    assert messages.note_receipt(ADA, BO, own.message, MessageKind.DELIVERED, 9)
    assert messages.note_receipt(ADA, BO, own.message, MessageKind.READ, 7)
    found = messages.find(ADA, own.message)
    assert found is not None
    assert (found.delivered_ms, found.read_ms) == (5, 7)


def test_no_repr_shows_the_words(store: PhoneStore) -> None:
    messages = Messages(store)
    messages.keep(TEXT, BO, NOON_MS, is_own=False, held_by=None)
    assert "hello" not in repr(messages.of_conversation(BO, 10))
