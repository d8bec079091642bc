"""The sealed part against its vectors and against bytes nobody sealed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.sealed_part import (
    HEADER_BYTES,
    KEY_BYTES,
    SEQUENCE_MAX,
    TAG_BYTES,
    EpochKey,
    Kind,
    PartHeader,
    SealedPart,
    Track,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "spec" / "sealed-part.vectors.json").read_text(encoding="utf-8")
)
STREAM, EPOCH = bytes.fromhex(VECTORS["stream_id"]), bytes.fromhex(VECTORS["epoch_id"])
GOOD = [case for case in VECTORS["parts"] if case["outcome"] == "opens"]
KEY = EpochKey(STREAM, EPOCH, bytes.fromhex(VECTORS["epoch_key"]))

headers = st.builds(
    PartHeader,
    kind=st.sampled_from(Kind),
    track=st.sampled_from(Track),
    keyframe=st.booleans(),
    stream_id=st.just(STREAM),
    epoch_id=st.just(EPOCH),
    sequence=st.integers(0, SEQUENCE_MAX),
    time_ms=st.integers(0, SEQUENCE_MAX),
)


def outcome(octets: bytes) -> str:
    try:
        part = SealedPart.decode(octets)
    except ValueError:
        return "not a sealed part"
    return "does not open" if KEY.open(part) is None else "opens"


@pytest.mark.parametrize("case", VECTORS["parts"], ids=lambda case: case["name"])
def test_every_vector_has_its_outcome(case: dict[str, str]) -> None:
    octets = bytes.fromhex(case["part"])
    assert outcome(octets) == case["outcome"]
    if case["outcome"] == "opens":
        assert KEY.open(SealedPart.decode(octets)) == bytes.fromhex(case["clear"])


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_sealing_gives_the_bytes_of_the_vector(case: dict[str, str]) -> None:
    part = SealedPart.decode(bytes.fromhex(case["part"]))
    assert KEY.seal(part.header, bytes.fromhex(case["clear"])).octets == part.octets


@given(headers, st.binary(max_size=200))
def test_what_is_sealed_opens_and_says_the_same_header(header: PartHeader, clear: bytes) -> None:
    part = KEY.seal(header, clear)
    assert SealedPart.decode(part.octets) == part
    assert KEY.open(part) == clear
    assert len(part) == HEADER_BYTES + len(clear) + TAG_BYTES


@given(headers, st.binary(min_size=1, max_size=64), st.data())
def test_no_bit_can_be_turned(header: PartHeader, clear: bytes, data: st.DataObject) -> None:
    octets = bytearray(KEY.seal(header, clear).octets)
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert outcome(bytes(octets)) != "opens"


@given(st.binary(max_size=200))
def test_bytes_nobody_sealed_never_open(octets: bytes) -> None:
    assert outcome(octets) != "opens"


def test_another_key_does_not_open() -> None:
    part = KEY.seal(PartHeader(Kind.MEDIA, Track.MAIN, True, STREAM, EPOCH, 7, 7), b"picture")
    assert EpochKey(STREAM, EPOCH, bytes(KEY_BYTES)).open(part) is None


def test_a_sealer_cannot_seal_under_a_foreign_epoch() -> None:
    with pytest.raises(AssertionError):
        KEY.seal(PartHeader(Kind.MEDIA, Track.MAIN, True, STREAM, bytes(16), 7, 7), b"picture")


def test_no_repr_shows_a_key() -> None:
    assert VECTORS["epoch_key"] not in repr(KEY)
    assert "secret" not in repr(KEY)
