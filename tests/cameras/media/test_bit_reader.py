"""Bits come back as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.bit_reader import Bits, BitsEnded, raw_payload
from tests.origin import made_h264


@given(st.lists(st.tuples(st.sampled_from(["u", "ue", "se"]), st.integers(0, 2**32 - 2)), max_size=20))
def test_what_was_written_is_read(written: list[tuple[str, int]]) -> None:
    out = made_h264.Bits()
    for kind, value in written:
        if kind == "u":
            out.u(32, value)
        elif kind == "ue":
            out.ue(value)
        else:
            out.se(value // 2 if value % 2 else -(value // 2))
    bits = Bits(raw_payload(out.nal(0), 1))
    for kind, value in written:
        if kind == "u":
            assert bits.bits(32) == value
        elif kind == "ue":
            assert bits.code() == value
        else:
            assert bits.signed() == (value // 2 if value % 2 else -(value // 2))


def test_codes_are_bounded() -> None:
    with pytest.raises(BitsEnded):
        Bits(bytes(100)).code()
    with pytest.raises(BitsEnded):
        Bits(b"\x40").bounded(0)
    with pytest.raises(BitsEnded):
        Bits(b"").bits(1)


@given(st.binary(max_size=40))
def test_any_bytes_end(octets: bytes) -> None:
    bits, codes_count_max = Bits(octets), 8 * len(octets) + 1
    with pytest.raises(BitsEnded):
        [bits.code() for _ in range(codes_count_max)]
