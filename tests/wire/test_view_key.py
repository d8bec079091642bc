"""Key delivery against its vectors."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from docs.spec.make_sealed_part_vectors import scalar
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.sealed_part import EpochKey, Track
from curtilage.wire.view_key import SealerIdentity, ViewPublicKey, WrappedKey, unwrap

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "spec" / "sealed-part.vectors.json").read_text(encoding="utf-8")
)["wrapped_key"]
SEALER_POINT = bytes.fromhex(VECTORS["sealer_point"])
EPOCH_KEY = EpochKey(b"s" * 16, b"e" * 16, b"k" * 32)


def opened(octets: bytes) -> bytes | None:
    try:
        key = WrappedKey.decode(octets)
    except ValueError:
        return None
    epoch_key = unwrap(key, scalar(b"the view"), SEALER_POINT)
    return None if epoch_key is None else epoch_key.secret


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_every_vector_has_its_outcome(case: dict[str, str]) -> None:
    expected = bytes.fromhex(VECTORS["secret"]) if case["name"] == "opens" else None
    assert opened(bytes.fromhex(case["key"])) == expected


def view_key() -> tuple[ec.EllipticCurvePrivateKey, ViewPublicKey]:
    private = ec.generate_private_key(ec.SECP256R1())
    return private, ViewPublicKey(private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def test_a_wrapped_key_opens_for_its_view_and_no_other() -> None:
    sealer = SealerIdentity()
    private, public = view_key()
    key = WrappedKey.decode(sealer.wrap(EPOCH_KEY, Track.MAIN, b"v" * 16, public).encode())
    assert unwrap(key, private, sealer.public_point()) == EPOCH_KEY
    assert unwrap(key, view_key()[0], sealer.public_point()) is None


def test_a_key_that_another_sealer_signed_is_refused() -> None:
    private, public = view_key()
    key = SealerIdentity().wrap(EPOCH_KEY, Track.MAIN, b"v" * 16, public)
    assert unwrap(key, private, SealerIdentity().public_point()) is None


@pytest.mark.parametrize("point", [b"", b"\x04" + bytes(64), b"\x02" + bytes(32), bytes(65), b"\x04" + b"\xff" * 64])
def test_a_point_that_is_none_is_refused_at_the_edge(point: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        ViewPublicKey(point)


@given(st.binary(max_size=300))
def test_bytes_nobody_wrapped_never_open(octets: bytes) -> None:
    assert opened(octets) is None


def test_no_repr_shows_a_key() -> None:
    wrapped = SealerIdentity().wrap(EPOCH_KEY, Track.MAIN, b"v" * 16, view_key()[1])
    assert repr(wrapped.wrapped)[2:-1] not in repr(wrapped)
