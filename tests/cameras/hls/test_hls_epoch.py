"""What is encrypted piece by piece opens as a whole, with that key and IV alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.hls.hls_epoch import CipherText, HlsEpoch
from tests.cameras.hls_reader import decrypted

KEY, IV = bytes(range(16)), bytes(range(16, 32))


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_pieces_make_one_ciphertext(pieces: list[bytes]) -> None:
    cipher = CipherText(KEY, IV)
    for piece in pieces:
        cipher.add(piece)
    octets = cipher.finish()
    assert decrypted(octets, KEY, IV) == b"".join(pieces)
    assert len(octets) == cipher.bytes == 16 * (sum(map(len, pieces)) // 16 + 1)


def test_the_vector_of_nist_holds() -> None:
    """SP 800-38A F.2.1, its first block."""
    cipher = CipherText(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), bytes(range(16)))
    cipher.add(bytes.fromhex("6bc1bee22e409f96e93d7e117393172a"))
    assert cipher.finish()[:16].hex() == "7649abac8119b246cee98e9b12e9197d"


def test_only_an_unfinished_block_of_the_clear_waits() -> None:
    cipher = CipherText(KEY, IV)
    cipher.add(bytes(1000))
    assert cipher.bytes == 992


def test_another_key_or_iv_does_not_give_the_clear() -> None:
    cipher = CipherText(KEY, IV)
    cipher.add(b"picture" * 10)
    octets = cipher.finish()
    assert decrypted(octets, KEY, bytes(16))[:7] != b"picture"
    with pytest.raises(ValueError, match="padding"):
        decrypted(octets, bytes(16), IV)


def test_an_epochs_key_is_not_shown_and_has_its_length() -> None:
    epoch = HlsEpoch(1, "label", b"k" * 16, 5)
    assert "kkk" not in repr(epoch)
    with pytest.raises(ValueError, match="16 bytes"):
        HlsEpoch(1, "label", b"k" * 32, 5)
