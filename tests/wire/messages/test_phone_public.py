"""The public half of a device, and signatures."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.messages.octet_reader import OctetReader
from curtilage.wire.messages.opaque import PhoneId
from curtilage.wire.messages.phone_public import PHONE_PUBLIC_BYTES, PhonePublic, signed_by
from tests.wire.messages.samples import phones, private_keys


@given(phones)
def test_what_is_encoded_is_read(phone: PhonePublic) -> None:
    encoded = phone.encode()
    assert len(encoded) == PHONE_PUBLIC_BYTES
    assert PhonePublic.read(OctetReader(encoded, "a device", PHONE_PUBLIC_BYTES)) == phone


@pytest.mark.parametrize("lengths", [(15, 32, 32), (16, 31, 32), (16, 32, 33)])
def test_other_lengths_are_no_device(lengths: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        PhonePublic(PhoneId(bytes(lengths[0])), bytes(lengths[1]), bytes(lengths[2]))


@given(private_keys, st.binary(max_size=40), st.binary(max_size=40))
def test_a_signature_is_of_one_text(key: Ed25519PrivateKey, text: bytes, other: bytes) -> None:
    public = key.public_key().public_bytes_raw()
    assert signed_by(public, key.sign(text), text)
    assert signed_by(public, key.sign(text), other) == (text == other)


@given(st.binary(max_size=40), st.binary(max_size=70), st.binary(max_size=40))
def test_garbage_signed_nothing(public: bytes, signature: bytes, text: bytes) -> None:
    assert not signed_by(public, signature, text)
