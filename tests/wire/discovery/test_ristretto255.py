"""The group against the vectors of RFC 9496, and what libsodium alone would let pass."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rbcl
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.discovery.ristretto255 import (
    IDENTITY,
    ORDER,
    ZERO,
    Element,
    Scalar,
    add,
    decode_element,
    decode_scalar,
    expand_message,
    hash_to_element,
    hash_to_scalar,
    inverses,
    linear,
    multiply,
    multiply_base,
    random_element,
    random_scalar,
    scalar_add,
    scalar_multiply,
    scalar_subtract,
)

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("rfc9496.vectors.json").read_text(encoding="utf-8"))
_SHOW_GENERATOR = """
from curtilage.wire.discovery.ristretto255 import decode_scalar, multiply_base
print(multiply_base(decode_scalar(b"\\1" + bytes(31))).hex())
"""
SCALARS = st.integers(1, ORDER - 1)


def scalar(number: int) -> Scalar:
    decoded = decode_scalar(number.to_bytes(32, "little"))
    assert decoded is not None
    return decoded


def test_multiples_of_the_generator_are_as_in_the_rfc() -> None:
    identity, *multiples = (bytes.fromhex(item) for item in VECTORS["multiples"])
    total = identity
    for number, expected in enumerate(multiples, 1):
        total = add(total, Element(multiples[0]))
        assert total == expected == multiply_base(scalar(number)) == decode_element(expected)
    assert identity == IDENTITY


@pytest.mark.parametrize("encoded", VECTORS["invalid"])
def test_every_invalid_encoding_of_the_rfc_is_refused(encoded: str) -> None:
    assert decode_element(bytes.fromhex(encoded)) is None


@pytest.mark.parametrize("vector", VECTORS["derived"], ids=lambda vector: vector["text"][:20])
def test_elements_are_derived_as_in_the_rfc(vector: dict[str, str]) -> None:
    wide = hashlib.sha512(vector["text"].encode()).digest()
    assert random_element(lambda count: wide[:count]).hex() == vector["element"]


def test_the_highest_bit_is_looked_at_here_because_the_library_may_not() -> None:
    for encoded in VECTORS["multiples"]:
        octets = bytearray.fromhex(encoded)
        octets[31] |= 0x80
        assert decode_element(bytes(octets)) is None


def test_the_library_adds_a_bad_point_without_a_word() -> None:
    # Why nothing but an Element may reach it: the day this fails, rbcl has become stricter and nothing is lost.
    assert rbcl.crypto_core_ristretto255_add(multiply_base(scalar(1)), b"\xff" * 32) == bytes(32)


@given(st.binary(min_size=32, max_size=32))
def test_any_bytes_are_an_element_that_can_be_used_or_refused(octets: bytes) -> None:
    element = decode_element(octets)
    if element is not None:
        assert multiply(scalar(1), element) == octets
        assert int.from_bytes(octets, "little") < 2**255 - 19


@pytest.mark.parametrize(("number", "good"), [(0, True), (1, True), (ORDER - 1, True), (ORDER, False), (2**255, False)])
def test_scalars_are_below_the_order(number: int, good: bool) -> None:
    assert (decode_scalar(number.to_bytes(32, "little")) is not None) == good


@given(st.lists(SCALARS, max_size=6))
def test_the_inverse_times_the_scalar_is_one(numbers: list[int]) -> None:
    inverted = inverses([scalar(number) for number in numbers])
    assert [
        int.from_bytes(item, "little") * number % ORDER for item, number in zip(inverted, numbers, strict=True)
    ] == [1] * len(numbers)


@given(SCALARS, SCALARS)
def test_scalars_are_reckoned_modulo_the_order(one: int, other: int) -> None:
    first, second = scalar(one), scalar(other)
    assert int.from_bytes(scalar_add(first, second), "little") == (one + other) % ORDER
    assert int.from_bytes(scalar_subtract(first, second), "little") == (one - other) % ORDER
    assert int.from_bytes(scalar_multiply(first, second), "little") == one * other % ORDER


def test_nothing_times_an_element_is_the_identity() -> None:
    element = multiply_base(scalar(7))
    assert linear(ZERO, None, ZERO, element) == IDENTITY
    assert linear(scalar(2), None, ZERO, element) == multiply_base(scalar(2))
    assert linear(scalar(3), element, scalar(4), element) == multiply_base(scalar(49))
    assert linear(scalar(3), None, scalar(ORDER - 1), multiply_base(scalar(3))) == IDENTITY


def test_a_random_scalar_is_never_zero() -> None:
    draws = iter([bytes(64), ORDER.to_bytes(64, "little"), b"\x05" + bytes(63)])
    assert random_scalar(lambda _: next(draws)) == scalar(5)


def test_tags_keep_apart_what_is_hashed() -> None:
    assert expand_message(b"one", b"a") != expand_message(b"one", b"b")
    assert hash_to_element(b"one", b"a") != hash_to_element(b"one", b"b")
    assert hash_to_scalar(b"one", b"a") != hash_to_scalar(b"one", b"b")
    with pytest.raises(AssertionError):
        expand_message(b"one", bytes(256))


def test_the_library_leaves_no_file_behind(tmp_path: Path) -> None:
    command = (sys.executable, "-c", _SHOW_GENERATOR)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    shown = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    assert shown.strip() == VECTORS["multiples"][1]
    assert not list(tmp_path.iterdir())
