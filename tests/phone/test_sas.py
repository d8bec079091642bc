"""Short authentication strings: our wrapper with itself and with libolm."""

import base64
import os

import olm as libolm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.phone.sas import SasAgreed, SasEphemeral


def agreed() -> tuple[SasAgreed, SasAgreed]:
    """Both sides of one agreement."""
    ada, bo = SasEphemeral(), SasEphemeral()
    one, two = ada.agree(bo.public), bo.agree(ada.public)
    assert one is not None
    assert two is not None
    return one, two


def test_both_sides_show_the_same_numbers_for_the_same_words() -> None:
    one, two = agreed()
    numbers = one.numbers("info")
    assert numbers == two.numbers("info") != two.numbers("other info")
    assert all(1000 <= number <= 9191 for number in numbers)


def test_a_mac_is_of_one_text_and_one_info() -> None:
    one, two = agreed()
    mac = one.mac("text", "info")
    assert len(mac) == 32
    assert two.is_mac("text", "info", mac)
    assert not two.is_mac("other", "info", mac)
    assert not two.is_mac("text", "other", mac)
    assert not agreed()[0].is_mac("text", "info", mac)


@given(st.binary(max_size=40))
def test_garbage_is_no_mac(mac: bytes) -> None:
    assert not agreed()[0].is_mac("text", "info", mac)


def test_libolm_agrees() -> None:
    ours, theirs = SasEphemeral(), libolm.Sas()
    theirs.set_their_pubkey(base64.b64encode(ours.public).decode().rstrip("="))
    mine = ours.agree(base64.b64decode(theirs.pubkey + "="))
    assert mine is not None
    made = theirs.generate_bytes("info", 5)
    bits = int.from_bytes(made, "big") >> 1
    expected = tuple(1000 + (bits >> shift & 0x1FFF) for shift in (26, 13, 0))
    assert mine.numbers("info") == expected
    mac = theirs.calculate_mac_fixed_base64("text", "info")
    assert mine.mac("text", "info") == base64.b64decode(mac + "=")


@pytest.mark.parametrize("public", [b"", b"short", bytes(33), bytes(32)])
def test_a_key_that_is_none_agrees_on_nothing(public: bytes) -> None:
    assert SasEphemeral().agree(public) is None


def test_an_ephemeral_key_serves_once() -> None:
    mine = SasEphemeral()
    assert mine.agree(SasEphemeral().public) is not None
    assert mine.agree(SasEphemeral().public) is None
    assert os.urandom(32) != mine.public
