"""Names of things are random, of one form, and tell nothing."""

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.identifier import (
    HANDLE_BYTES,
    IDENTIFIER_BYTES,
    handle_digest,
    is_identifier,
    new_handle,
    new_identifier,
)


def _fixed(octets: bytes) -> str:
    return new_identifier(lambda count: octets[:count])


VECTORS = (
    (bytes(16), "aaaaaaaaaaaaaaaaaaaaaaaaaa"),
    (b"\xff" * 16, "7777777777777777777777777" + "4"),
    (bytes(range(16)), "aaaqeayeaudaocajbifqydiob4"),
)


@pytest.mark.parametrize(("octets", "expected"), VECTORS)
def test_an_identifier_is_base32_in_small_letters(octets: bytes, expected: str) -> None:
    assert _fixed(octets) == expected


@given(st.binary(min_size=IDENTIFIER_BYTES, max_size=IDENTIFIER_BYTES))
def test_all_of_the_randomness_is_in_it(octets: bytes) -> None:
    name = _fixed(octets)
    assert is_identifier(name)
    assert base64.b32decode(name.upper() + "======") == octets


@given(st.binary(min_size=HANDLE_BYTES, max_size=HANDLE_BYTES))
def test_a_handle_carries_256_bits_and_fits_a_url(octets: bytes) -> None:
    handle = new_handle(lambda count: octets[:count])
    assert len(handle) == 43
    assert base64.urlsafe_b64decode(handle + "=") == octets
    assert set(handle) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_thousand_are_all_different() -> None:
    assert len({new_identifier(secrets.token_bytes) for _ in range(1000)}) == 1000
    assert len({new_handle(secrets.token_bytes) for _ in range(1000)}) == 1000


GOOD = "abcdefghijklmnopqrstuvwxyz"
NOT_ONE = (
    "",
    GOOD[:-1],
    GOOD + "a",
    GOOD.upper(),
    GOOD[:-1] + "1",
    GOOD[:-1] + "8",
    GOOD[:-1] + "=",
    GOOD + "\n",
    "\n" + GOOD[1:],
    GOOD[:-1] + "\N{LATIN SMALL LETTER DOTLESS I}",
    GOOD[:-1] + "\N{FULLWIDTH DIGIT TWO}",
    "../" + GOOD[3:],
    GOOD[:-3] + "%2e",
)


@pytest.mark.parametrize("text", NOT_ONE, ids=ascii)
def test_nothing_else_has_the_form(text: str) -> None:
    assert not is_identifier(text)


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert is_identifier(text) == (len(text) == 26 and set(text) <= set("abcdefghijklmnopqrstuvwxyz234567"))


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_a_digest_so_that_what_was_never_a_handle_is_found_nowhere(text: str) -> None:
    """Half a surrogate pair, too: a cookie or a path may bring one."""
    assert len(handle_digest(text)) == 32
    assert handle_digest(text + "\ud800") != handle_digest(text)
