"""Delivery directives: understood as a whole or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.hls.hls_query import Directives, read_directives

UNDERSTOOD = {
    "": Directives(),
    "_HLS_msn=7": Directives(7),
    "_HLS_msn=7&_HLS_part=0": Directives(7, 0),
    "_HLS_part=3&_HLS_msn=7": Directives(7, 3),
    "_HLS_skip=YES": Directives(skip=True),
    "_HLS_msn=7&_HLS_part=1&_HLS_skip=v2": Directives(7, 1, skip=True),
    "_HLS_msn=9223372036854775808": Directives(2**63),
    "_HLS_msn=18446744073709551615": Directives(2**64 - 1),
    "_HLS_report=x&other=1&_HLS_msn=2": Directives(2),
}


@pytest.mark.parametrize("query", UNDERSTOOD)
def test_directives_are_read(query: str) -> None:
    assert read_directives(query) == UNDERSTOOD[query]


NOT_UNDERSTOOD = [
    "_HLS_part=1",
    "_HLS_msn=",
    "_HLS_msn",
    "_HLS_msn=-1",
    "_HLS_msn=+1",
    "_HLS_msn=1.0",
    "_HLS_msn=1e3",
    "_HLS_msn=0x1",
    "_HLS_msn=%31",
    "_HLS_msn= 1",
    "_HLS_msn=\u0661",
    "_HLS_msn=18446744073709551616",
    "_HLS_msn=100000000000000000000000000000",
    "_HLS_msn=1&_HLS_msn=1",
    "_HLS_msn=1&_HLS_part=x",
    "_HLS_skip=no",
    "_HLS_skip=",
    "_HLS_msn=1&" + "x" * 600,
]


@pytest.mark.parametrize("query", NOT_UNDERSTOOD)
def test_half_understood_is_not_understood(query: str) -> None:
    assert read_directives(query) is None


_PAIR = st.tuples(st.sampled_from(["_HLS_msn", "_HLS_part", "_HLS_skip", "x"]), st.text(max_size=25))


@given(st.lists(_PAIR, max_size=4).map(lambda pairs: "&".join(f"{name}={text}" for name, text in pairs)))
def test_whatever_comes_is_read_or_refused(query: str) -> None:
    read = read_directives(query)
    if read is not None and read.part is not None:
        assert read.number is not None
    for number in (read.number, read.part) if read is not None else ():
        assert number is None or 0 <= number < 2**64


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.booleans())
def test_what_a_player_writes_is_read(number: int, part: int, skip: bool) -> None:
    words = "&_HLS_skip=YES" if skip else ""
    assert read_directives(f"_HLS_msn={number}&_HLS_part={part}{words}") == Directives(number, part, skip)
