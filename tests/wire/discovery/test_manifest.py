"""Manifests: signed, and believed only then."""

import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.discovery.manifest import FilterProblem, Manifest, follows, read_manifest
from curtilage.wire.discovery.ristretto255 import Element
from tests.wire.discovery.outputs import SIGNER, SIGNING_KEY, manifest

LABEL = b"curtilage discovery filter v1\n"
GOOD = manifest().sign(SIGNING_KEY)
OTHER_KEY = Element(bytes.fromhex("6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919"))


def resigned(clear: bytes) -> bytes:
    return clear + SIGNING_KEY.sign(LABEL + clear)


def changed(at: int, octets: bytes) -> bytes:
    clear = bytearray(GOOD[:-64])
    clear[at : at + len(octets)] = octets
    return resigned(bytes(clear))


def test_what_was_signed_is_read() -> None:
    assert read_manifest(GOOD, SIGNER) == manifest()
    assert manifest().sign(SIGNING_KEY) == GOOD


def test_somebody_elses_signature_is_refused() -> None:
    forged = manifest().sign(Ed25519PrivateKey.generate())
    assert read_manifest(forged, SIGNER) is FilterProblem.SIGNATURE
    assert read_manifest(GOOD[:-64] + SIGNING_KEY.sign(GOOD[:-64]), SIGNER) is FilterProblem.SIGNATURE


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused(at: int, change: int) -> None:
    octets = bytearray(GOOD)
    octets[at] ^= change
    assert isinstance(read_manifest(bytes(octets), SIGNER), FilterProblem)


SIGNED_BUT_WRONG = {
    "another version": changed(0, b"\x02"),
    "no shards": resigned(changed(17, bytes(2))[: 67 + 32]),
    "fewer shards than it says": changed(17, struct.pack(">H", 4)),
    "more shards than it says": changed(17, struct.pack(">H", 2)),
    "more shards than there may be": changed(17, struct.pack(">H", 65_535)),
    "a public key that is none": changed(19, b"\xff" * 32),
    "the identity as public key": changed(19, bytes(32)),
    "no metadata": changed(51, bytes(16)),
    "metadata of other letters": changed(51, "٩".encode().ljust(16, b"\0")),
    "metadata with a line feed": changed(51, b"9\n0".ljust(16, b"\0")),
    "half a digest": resigned(GOOD[:-80]),
}


@pytest.mark.parametrize("name", SIGNED_BUT_WRONG)
def test_what_was_signed_but_is_no_manifest_is_refused(name: str) -> None:
    assert read_manifest(SIGNED_BUT_WRONG[name], SIGNER) is FilterProblem.FORM


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(octets: bytes) -> None:
    assert isinstance(read_manifest(octets, SIGNER), FilterProblem)
    assert isinstance(read_manifest(resigned(octets), SIGNER), FilterProblem)


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (manifest(), None),
        (manifest(made_ms=1_001), None),
        (manifest(made_ms=999), FilterProblem.OLDER),
        (manifest(made_ms=2_000, key=OTHER_KEY), FilterProblem.ANOTHER_KEY),
        (manifest(epoch=2, made_ms=1, key=OTHER_KEY), None),
        (manifest(epoch=0, made_ms=9_000), FilterProblem.OLDER),
    ],
)
def test_a_phone_goes_forward_only(new: Manifest, problem: FilterProblem | None) -> None:
    assert follows(new, manifest()) is problem
