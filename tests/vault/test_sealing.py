"""One key and what it seals."""

import pickle
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.vault.sealing import KEY_BYTES, SealBroken, SealingKey, encode_place

KEY = SealingKey(bytes(range(32)))
PLACE = encode_place("a", "b")
COMPONENTS = st.lists(st.one_of(st.none(), st.text(st.characters())), max_size=5)


def test_a_sealed_value_has_its_documented_form() -> None:
    def nonce(count: int) -> bytes:
        return bytes(count)

    sealed = KEY.seal(PLACE, b"clear", nonce)
    assert sealed[:13] == b"\x01" + bytes(12)
    # AES-256-GCM of "clear" under 000102…1f, nonce of zeros; the associated data are the components with their lengths.
    assert PLACE == b"\0\0\0\1a\0\0\0\1b"
    assert sealed.hex() == "01" + "00" * 12 + "6dd0d0bfc79d789ef08d6dbf77872f55717f26bd0b"


@given(st.binary(max_size=200))
def test_what_was_sealed_opens(clear: bytes) -> None:
    sealed = KEY.seal(PLACE, clear, secrets.token_bytes)
    assert KEY.open(PLACE, sealed) == clear
    assert len(sealed) == len(clear) + 29


def test_every_changed_bit_breaks_it() -> None:
    sealed = KEY.seal(PLACE, b"clear", secrets.token_bytes)
    for place in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[place] ^= 1 << bit
            with pytest.raises(SealBroken):
                KEY.open(PLACE, bytes(changed))


@given(st.binary(max_size=100))
def test_any_octets_are_answered_with_one_error(octets: bytes) -> None:
    with pytest.raises(SealBroken, match="does not open"):
        KEY.open(PLACE, octets)


def test_a_shortened_or_lengthened_value_breaks() -> None:
    sealed = KEY.seal(PLACE, b"clear", secrets.token_bytes)
    for octets in (b"", *(sealed[:length] for length in range(len(sealed))), sealed + b"\0"):
        with pytest.raises(SealBroken):
            KEY.open(PLACE, octets)


def test_another_key_or_place_breaks_it() -> None:
    sealed = KEY.seal(PLACE, b"clear", secrets.token_bytes)
    for key, place in ((SealingKey(bytes(KEY_BYTES)), PLACE), (KEY, encode_place("a", "c")), (KEY, b"")):
        with pytest.raises(SealBroken):
            key.open(place, sealed)


def test_one_value_is_never_sealed_the_same_twice() -> None:
    assert len({KEY.seal(PLACE, b"clear", secrets.token_bytes) for _ in range(100)}) == 100


@given(COMPONENTS, COMPONENTS)
def test_no_two_places_are_encoded_the_same(one: list[str | None], other: list[str | None]) -> None:
    assert (encode_place(*one) == encode_place(*other)) == (one == other)


ALIKE = (
    (("ab", "c"), ("a", "bc")),
    (("a|b",), ("a", "b")),
    ((None,), ("",)),
    ((None, None), (None,)),
    (("",), ()),
    (("None",), (None,)),
    (("\udc80",), ("\udc81",)),
)


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_places_that_look_alike_are_apart(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> None:
    assert encode_place(*one) != encode_place(*other)


def test_a_key_is_never_shown_or_pickled() -> None:
    assert repr(KEY) == "SealingKey(…)"
    with pytest.raises(TypeError):
        pickle.dumps(KEY)


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        SealingKey(bytes(16))
