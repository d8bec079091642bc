"""The header that says which part of which text a message is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.concatenation import Concatenation, read_header

_PLACES = st.integers(2, 255).flatmap(lambda total: st.tuples(st.just(total), st.integers(1, total)))


@given(st.integers(0, 0xFFFF), _PLACES, st.binary(max_size=140))
def test_what_is_written_is_read(reference: int, place: tuple[int, int], text: bytes) -> None:
    header = Concatenation(reference, *place)
    assert read_header(header.encode() + text) == (header, text)


def test_the_example_of_the_specification() -> None:
    assert Concatenation(0x4A, 2, 1).encode() == bytes.fromhex("0500034a0201")


@pytest.mark.parametrize(
    ("octets", "found", "text"),
    [
        (b"", None, b""),
        (b"\x05\x00\x03\x07\x02", None, b"\x05\x00\x03\x07\x02"),  # longer than the message: no header
        (b"\x05\x00\x03\x07\x02\x00x", None, b"x"),  # part 0
        (b"\x05\x00\x03\x07\x02\x03x", None, b"x"),  # part 3 of 2
        (b"\x05\x00\x03\x07\x01\x01x", None, b"x"),  # part 1 of 1: nothing to wait for
        (b"\x05\x00\x02\x07\x02\x01x", None, b"x"),  # a length that is not its own
        (b"\x04\x05\x02\x17\x70x", None, b"x"),  # a port: another header
        (b"\x09\x05\x02\x17\x70\x00\x03\x07\x02\x01x", Concatenation(7, 2, 1), b"x"),  # both
        (b"\x0a\x00\x03\x01\x02\x01\x00\x03\x02\x02\x02x", Concatenation(2, 2, 2), b"x"),  # twice: the last counts
        (b"\x00x", None, b"x"),
    ],
)
def test_odd_headers(octets: bytes, found: Concatenation | None, text: bytes) -> None:
    assert read_header(octets) == (found, text)


@given(st.binary(max_size=200))
def test_any_octets_are_read(octets: bytes) -> None:
    found, text = read_header(octets)
    assert octets.endswith(text)
    assert found is None or 1 <= found.number <= found.total
