"""Outputs as the function makes them: nothing but random to whoever lacks the key."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.wire.discovery.manifest import Manifest, digest_of
from curtilage.wire.discovery.ristretto255 import Element, decode_element

SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
SIGNER = SIGNING_KEY.public_key().public_bytes_raw()


def outputs(count: int, name: str = "") -> list[bytes]:
    """Always the same."""
    return [hashlib.sha512(f"{name} {number}".encode()).digest() for number in range(count)]


def public_key() -> Element:
    """The generator of ristretto255 (RFC 9496 §4): a good element."""
    element = decode_element(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))
    assert element is not None
    return element


def manifest(epoch: int = 1, made_ms: int = 1_000, key: Element | None = None, shards: int = 3) -> Manifest:
    """Of no shards that exist."""
    digests = tuple(digest_of(b"%d" % number) for number in range(shards))
    return Manifest(epoch, made_ms, 2_000, key or public_key(), "9.0.42", digests)
