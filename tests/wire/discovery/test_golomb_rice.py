"""Golomb-Rice codes against a plain reading of their definition, and against bytes that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.discovery import golomb_rice

CASES: tuple[tuple[str, list[int], str], ...] = (
    ("nothing", [], ""),
    ("the first value", [0], "000007"),
    ("a gap of one remainder", [2**20 - 1], "7fffff"),
    ("a gap of one quotient", [2**20], "800003"),
    ("neighbours", [5, 6], "0000280000" + "3f"),
    ("a long gap", [3 << 20], "e00000"),
)
RISING = st.sets(st.integers(0, 2**26 - 1), max_size=100).map(sorted)


@pytest.mark.parametrize(("name", "values", "encoded"), CASES, ids=[case[0] for case in CASES])
def test_the_bytes_are_as_specified(name: str, values: list[int], encoded: str) -> None:
    assert golomb_rice.encode(values).hex() == encoded
    assert golomb_rice.decode(bytes.fromhex(encoded)) == values


@given(RISING)
def test_what_was_encoded_is_decoded(values: list[int]) -> None:
    assert golomb_rice.decode(golomb_rice.encode(values)) == values


@given(RISING, st.integers(0, 2**26 - 1))
def test_a_value_is_found_when_it_is_there(values: list[int], other: int) -> None:
    octets = golomb_rice.encode(values)
    assert all(golomb_rice.contains(octets, value) for value in values)
    assert golomb_rice.contains(octets, other) == (other in values)


@given(st.binary(max_size=1024), st.integers(0, 2**26 - 1))
def test_any_bytes_are_read_or_refused(octets: bytes, wanted: int) -> None:
    values = golomb_rice.decode(octets)
    found = golomb_rice.contains(octets, wanted)
    if values is not None:
        assert found == (wanted in values)
        assert golomb_rice.encode(values) == octets


@pytest.mark.parametrize("octets", [b"\xff", b"\x00", b"\x00\x00", b"\xff" * 1024, b"\x00\x00\x07\xff"])
def test_what_is_cut_off_or_padded_too_much_is_refused(octets: bytes) -> None:
    assert golomb_rice.decode(octets) is None
    assert not golomb_rice.contains(octets, 2**26 - 1)


@pytest.mark.parametrize("values", [[1, 1], [2, 1], [-1]])
def test_values_that_do_not_rise_are_a_mistake_of_ours(values: list[int]) -> None:
    with pytest.raises(AssertionError):
        golomb_rice.encode(values)
