"""Writes messages.vectors.json: every format of messages.md from fixed inputs, good and bad.

Run: ``python docs/spec/make_messages_vectors.py``. Ed25519 signs the same text always alike (RFC 8032 §5.1.6), so every
run writes the same file.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.wire.messages.content import Content
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.envelope import Envelope, MessageKind, OlmType
from curtilage.wire.messages.key_bundle import KeyBundle, SignedKey, signed_text
from curtilage.wire.messages.link_message import (
    LinkAnswer,
    LinkGrant,
    LinkMac,
    LinkReveal,
    LinkStart,
    encode_link,
)
from curtilage.wire.messages.opaque import LinkId, MessageAccount, MessageId, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic

Case = dict[str, str]
NOON_MS = 1_795_000_000_000


def octets(word: str, count: int = 32) -> bytes:
    """Fixed bytes for a word; for vectors only."""
    return hashlib.sha256(word.encode()).digest()[:count]


ADA, BO = MessageAccount(octets("ada", 16)), MessageAccount(octets("bo", 16))
IDENTITY, DEVICE = (Ed25519PrivateKey.from_private_bytes(octets(word)) for word in ("identity", "device"))
PHONE = PhonePublic(PhoneId(octets("phone", 16)), octets("agreement"), DEVICE.public_key().public_bytes_raw())
OTHER = PhonePublic(PhoneId(octets("other", 16)), octets("other agreement"), octets("other signing"))
MESSAGE, LINK = MessageId(octets("message", 16)), LinkId(octets("link", 16))


def signed_key(word: str, week: int | None) -> SignedKey:
    """A key of PHONE."""
    return SignedKey(octets(word), DEVICE.sign(signed_text(ADA, PHONE, octets(word), week)), week)


def bundles() -> list[Case]:
    """Key bundles."""
    one, two, last = signed_key("one", None), signed_key("two", None), signed_key("fallback", 2967)
    whole = KeyBundle(ADA, PHONE, 7, (one, two), last).encode()
    posing = KeyBundle(ADA, PHONE, 7, (SignedKey(last.one_public, last.signature),), None).encode()
    later = SignedKey(last.one_public, last.signature, 2968)
    return [
        case("two one-time keys and a fallback key", whole, "genuine"),
        case("one one-time key", KeyBundle(ADA, PHONE, 7, (one,), None).encode(), "genuine"),
        case("nothing", KeyBundle(ADA, PHONE, 1, (), None).encode(), "genuine"),
        case("a fallback key as one-time key", posing, "not genuine"),
        case("a fallback key of another week", KeyBundle(ADA, PHONE, 7, (), later).encode(), "not genuine"),
        case("of another account", KeyBundle(BO, PHONE, 7, (one,), None).encode(), "not genuine"),
        case("of another device", KeyBundle(ADA, OTHER, 7, (one,), None).encode(), "not genuine"),
        case("number 0", touched(whole, 104, 7), "malformed"),
        *damaged(whole),
    ]


def lists() -> list[Case]:
    """Device lists."""
    whole = DeviceList.sign(ADA, 3, NOON_MS, (PHONE, OTHER), IDENTITY).encode()
    swapped = whole[:66] + whole[146:226] + whole[66:146] + whole[226:]
    return [
        case("two devices", whole, "genuine"),
        case("no device", DeviceList.sign(ADA, 4, NOON_MS, (), IDENTITY).encode(), "genuine"),
        case("another number", touched(whole, 56, 1), "not genuine"),
        case("another identity key", touched(whole, 20, 1), "not genuine"),
        case("another device key", touched(whole, 100, 1), "not genuine"),
        case("devices in another order", swapped, "malformed"),
        *damaged(whole),
    ]


def envelopes() -> list[Case]:
    """Envelopes."""
    whole = Envelope(
        MessageKind.TEXT, OlmType.PRE_KEY, ADA, PHONE.phone, BO, OTHER.phone, MESSAGE, b"ciphertext", 1
    ).encode()
    return [
        case("a text", whole, "decodes"),
        case("kind 9", touched(whole, 1, 8), "malformed"),
        case("Olm type 2", touched(whole, 2, 2), "malformed"),
        case("nothing inside", whole[:84] + bytes(4), "malformed"),
        *damaged(whole),
    ]


def contents() -> list[Case]:
    """Contents."""

    def content(kind: MessageKind, text: str = "", messages: tuple[MessageId, ...] = ()) -> bytes:
        names = (ADA, PHONE.phone, BO, OTHER.phone, BO, MESSAGE)
        return Content(kind, *names, 3, NOON_MS, text, messages).encode()

    text, receipt = content(MessageKind.TEXT, "Grüße 🐈"), content(MessageKind.READ, messages=(MESSAGE,))
    return [
        case("a text", text, "decodes"),
        case("138 bytes of text", content(MessageKind.TEXT, "x" * 138), "decodes"),
        case("139 bytes of text", content(MessageKind.TEXT, "x" * 139), "decodes"),
        case("a receipt", receipt, "decodes"),
        case("words in the padding", text[:-1] + b"x", "malformed"),
        case("broken UTF-8", touched(text, 118, 0x80), "malformed"),
        case("a text without words", text[:114] + bytes(142), "malformed"),
        case("a receipt for nothing", receipt[:114] + bytes(142), "malformed"),
        case("257 bytes", text + b"\0", "malformed"),
        *damaged(text),
    ]


def links() -> list[Case]:
    """Messages of a linking."""
    reveal = LinkReveal(LINK, octets("ephemeral"), OTHER, octets("one"))
    devices = DeviceList.sign(ADA, 3, NOON_MS, (PHONE, OTHER), IDENTITY)
    identity = IDENTITY.public_key().public_bytes_raw()
    start = encode_link(LinkStart(LINK, reveal.commitment()))
    return [
        case("start", start, "decodes"),
        case("answer", encode_link(LinkAnswer(LINK, octets("answer"), ADA, identity, PHONE)), "decodes"),
        case("reveal, of which start holds the hash", encode_link(reveal), "decodes"),
        case("mac", encode_link(LinkMac(LINK, octets("mac"), octets("mac of device"))), "decodes"),
        case("grant", encode_link(LinkGrant(LINK, devices, b"pre-key message")), "decodes"),
        case("kind 6", touched(start, 1, 7), "malformed"),
        *damaged(start),
    ]


def case(name: str, encoded: bytes, outcome: str) -> Case:
    """One vector."""
    return {"name": name, "outcome": outcome, "octets": encoded.hex()}


def damaged(whole: bytes) -> list[Case]:
    """What every format refuses."""
    return [
        case("version 2", touched(whole, 0, 3), "malformed"),
        case("cut short", whole[:-1], "malformed"),
        case("one byte more", whole + b"\0", "malformed"),
        case("nothing at all", b"", "malformed"),
    ]


def touched(whole: bytes, at: int, bits: int) -> bytes:
    """The same with bits of one byte turned."""
    changed = bytearray(whole)
    changed[at] ^= bits
    return bytes(changed)


def main() -> None:
    """Write the file beside this script."""
    parts: dict[str, Callable[[], list[Case]]] = {
        "key_bundle": bundles,
        "device_list": lists,
        "envelope": envelopes,
        "content": contents,
        "link": links,
    }
    vectors: dict[str, object] = {name: make() for name, make in parts.items()}
    vectors |= {"account": ADA.hex(), "phone": PHONE.encode().hex()}
    file = Path(__file__).with_name("messages.vectors.json")
    file.write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
