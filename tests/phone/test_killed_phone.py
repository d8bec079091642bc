"""kill -9 at random moments, of both sides: nothing lost, nothing shown twice, no key used twice."""

import os
import random
from pathlib import Path

import pytest

from curtilage.phone.encryption import Encryption
from curtilage.phone.phone_store import PhoneStore
from curtilage.wire.messages.envelope import Envelope, MessageKind, OlmType
from curtilage.wire.messages.key_bundle import KeyBundle
from curtilage.wire.messages.opaque import MessageAccount, PhoneId
from tests.phone.killed_phone import KilledPhone, Task, message_of, run
from tests.phone.people import BYTES_MAX, LIMITS
from tests.phone.relay import Relay

ADA, BO = (MessageAccount(name.ljust(16, b".")) for name in (b"ada", b"bo"))
TEXTS, KILLS = 250, 14


def field(octets: bytes, tag: int) -> bytes:
    """A field of an Olm message (Olm specification, "Message format": protocol buffers' varints and lengths)."""
    at = 1
    while at < len(octets):
        key, at = octets[at], at + 1
        value, shift = 0, 0
        while True:
            byte, at = octets[at], at + 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if key & 7 == 2:
            value_octets, at = octets[at : at + value], at + value
        else:
            value_octets = value.to_bytes(8, "big")
        if key == tag:
            return value_octets
    raise AssertionError("no such field")


def message_key_of(envelope: Envelope) -> tuple[bytes, bytes]:
    """Ratchet key and index: of these, one message key is made."""
    inner = field(envelope.ciphertext, 0x22) if envelope.olm_type is OlmType.PRE_KEY else envelope.ciphertext
    return field(inner, 0x0A), field(inner, 0x10)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_phones_that_are_killed_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed)
    relay = Relay()
    phones = [
        KilledPhone(Task(tmp_path / "ada", ADA, BO, TEXTS), relay),
        KilledPhone(Task(tmp_path / "bo", BO, ADA, TEXTS), relay),
    ]
    run(phones, KILLS, seed, 200)
    assert [phone.wait_for_end() for phone in phones] == [0, 0]
    assert sum(phone.lives for phone in phones) == KILLS + 2
    for own, other in ((ADA, BO), (BO, ADA)):
        store = PhoneStore.open(tmp_path / own[:3].decode().rstrip("."), os.urandom, BYTES_MAX)
        encryption = Encryption(store, relay.door(own, relay_phone(relay, own)), os.urandom, LIMITS, lambda _: True)
        found = encryption.messages.of_conversation(other, 10 * TEXTS)
        for sender in (own, other):
            texts = [item.content.message for item in reversed(found) if item.content.sender == sender]
            assert sorted(texts) == [message_of(sender, number) for number in range(TEXTS)]
        assert all(item.delivered_ms is not None for item in found if item.is_own)
        assert encryption.unopened.count() == 0
        store.close()
    assert_nothing_was_used_twice(relay)


def relay_phone(relay: Relay, account: MessageAccount) -> PhoneId:
    """Its device's name."""
    (phone,) = (phone for whose, phone in relay.bundles if whose == account)
    return phone


def assert_nothing_was_used_twice(relay: Relay) -> None:
    """No message key encrypted two things, no one-time key stood in two bundles or began two sessions."""
    encrypted: dict[tuple[bytes, bytes], bytes] = {}
    bundles: dict[bytes, int] = {}
    for octets in relay.seen:
        try:
            envelope = Envelope.decode(octets)
        except ValueError:
            continue
        assert encrypted.setdefault(message_key_of(envelope), envelope.ciphertext) == envelope.ciphertext
        assert envelope.kind is not MessageKind.NOT_OPENED
    for octets in relay.seen:
        try:
            bundle = KeyBundle.decode(octets)
        except ValueError:
            continue
        for key in bundle.one_time:
            assert bundles.setdefault(key.one_public, bundle.number) == bundle.number
    assert len(encrypted) >= 2 * TEXTS
    assert len(bundles) >= 100
