"""Key bundles: vectors, round trips, and whose keys they are."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.messages.key_bundle import ONE_TIME_KEYS_COUNT_MAX, KeyBundle, SignedKey, signed_text
from curtilage.wire.messages.opaque import MessageAccount, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic
from tests.wire.messages.samples import ACCOUNT, PHONE, VECTORS, accounts, keys, name_of, numbers, octets, phones

signatures = st.binary(min_size=64, max_size=64)
one_time = st.builds(SignedKey, keys, signatures)
fallback = st.builds(SignedKey, keys, signatures, st.integers(0, 2**32 - 1))
bundles = st.builds(
    KeyBundle, accounts, phones, numbers, st.lists(one_time, max_size=3).map(tuple), st.none() | fallback
)


def outcome(encoded: bytes) -> str:
    """In the words of the vectors."""
    try:
        bundle = KeyBundle.decode(encoded)
    except ValueError:
        return "malformed"
    return "genuine" if bundle.is_genuine(ACCOUNT, PHONE) else "not genuine"


@pytest.mark.parametrize("case", VECTORS["key_bundle"], ids=name_of)
def test_every_vector_has_its_outcome(case: dict[str, str]) -> None:
    assert outcome(octets(case)) == case["outcome"]


@given(bundles)
def test_what_is_encoded_decodes(bundle: KeyBundle) -> None:
    assert KeyBundle.decode(bundle.encode()) == bundle


@given(st.binary(max_size=400))
def test_bytes_nobody_encoded_are_refused(garbage: bytes) -> None:
    assert outcome(garbage) == "malformed"


@given(st.data())
def test_no_bit_of_a_key_can_be_turned(data: st.DataObject) -> None:
    encoded = bytearray(octets(VECTORS["key_bundle"][0]))
    # The number is the server's business: it is not signed, and a false one only loses its own keys.
    at = data.draw(st.sampled_from([*range(97), *range(105, len(encoded))]))
    encoded[at] ^= 1 << data.draw(st.integers(0, 7))
    assert outcome(bytes(encoded)) != "genuine"


def test_one_key_is_handed_out_at_a_time() -> None:
    bundle = KeyBundle.decode(octets(VECTORS["key_bundle"][0]))
    assert bundle.only_key() is None
    assert bundle.fallback is not None
    for key in (*bundle.one_time, bundle.fallback):
        handed_out = bundle.handed_out(key)
        assert handed_out.only_key() == key
        assert handed_out.is_genuine(ACCOUNT, PHONE)


@given(private=keys.map(Ed25519PrivateKey.from_private_bytes), account=accounts, key=keys)
def test_a_key_is_bound_to_account_and_device(private: Ed25519PrivateKey, account: MessageAccount, key: bytes) -> None:
    owner = PhonePublic(PhoneId(bytes(16)), bytes(32), private.public_key().public_bytes_raw())
    signed = SignedKey(key, private.sign(signed_text(account, owner, key, None)))
    bundle = KeyBundle(account, owner, 1, (signed,), None)
    assert bundle.is_genuine(account, owner)
    assert not bundle.is_genuine(MessageAccount(bytes(15) + b"x"), owner)
    assert not bundle.is_genuine(account, PhonePublic(PhoneId(b"x" * 16), bytes(32), owner.signing_public))


def test_a_bundle_holds_what_it_may() -> None:
    one, last = SignedKey(bytes(32), bytes(64)), SignedKey(bytes(32), bytes(64), 1)
    most = (one,) * ONE_TIME_KEYS_COUNT_MAX
    assert KeyBundle.decode(KeyBundle(ACCOUNT, PHONE, 1, most, last).encode()).one_time == most
    for number, ones, fall in ((1, (*most, one), None), (1, (last,), None), (1, (), one), (0, (), None)):
        with pytest.raises(ValueError, match=r"bundle|week"):
            KeyBundle(ACCOUNT, PHONE, number, ones, fall)
    with pytest.raises(ValueError, match="32 bytes"):
        SignedKey(bytes(31), bytes(64))
