"""Device lists: vectors, round trips, signatures."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.messages.device_list import PHONES_COUNT_MAX, DeviceList
from curtilage.wire.messages.opaque import MessageAccount, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic
from tests.wire.messages.samples import (
    ACCOUNT,
    PHONE,
    VECTORS,
    accounts,
    name_of,
    numbers,
    octets,
    phones,
    private_keys,
)

times = st.integers(0, 2**63 - 1)
several = st.lists(
    phones, max_size=PHONES_COUNT_MAX, unique_by=(lambda phone: phone.phone, lambda phone: phone.agreement_public)
).map(tuple)


def outcome(encoded: bytes) -> str:
    """In the words of the vectors."""
    try:
        devices = DeviceList.decode(encoded)
    except ValueError:
        return "malformed"
    return "genuine" if devices.is_genuine(ACCOUNT) else "not genuine"


@pytest.mark.parametrize("case", VECTORS["device_list"], ids=name_of)
def test_every_vector_has_its_outcome(case: dict[str, str]) -> None:
    assert outcome(octets(case)) == case["outcome"]


@given(accounts, numbers, times, several, private_keys)
def test_what_is_signed_decodes_and_is_genuine(
    account: MessageAccount,
    number: int,
    made_ms: int,
    devices: tuple[PhonePublic, ...],
    identity: Ed25519PrivateKey,
) -> None:
    signed = DeviceList.sign(account, number, made_ms, devices, identity)
    assert DeviceList.decode(signed.encode()) == signed
    assert signed.is_genuine(account)
    assert not signed.is_genuine(MessageAccount(bytes(byte ^ 1 for byte in account)))
    assert set(signed.phones) == set(devices)


@given(st.data())
def test_no_bit_can_be_turned(data: st.DataObject) -> None:
    encoded = bytearray(octets(VECTORS["device_list"][0]))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert outcome(bytes(encoded)) != "genuine"


@given(st.binary(max_size=400))
def test_bytes_nobody_encoded_are_refused(garbage: bytes) -> None:
    assert outcome(garbage) == "malformed"


def test_a_device_stands_once_in_a_list_of_few() -> None:
    identity = Ed25519PrivateKey.generate()
    many = tuple(PhonePublic(PhoneId(bytes(15) + bytes((n,))), bytes((n,)) * 32, bytes(32)) for n in range(9))
    same_key = (PHONE, PhonePublic(PhoneId(bytes(16)), PHONE.agreement_public, bytes(32)))
    for devices in (many, (PHONE, PHONE), same_key):
        with pytest.raises(ValueError, match="devices"):
            DeviceList.sign(ACCOUNT, 1, 0, devices, identity)
    for number, made_ms in ((0, 0), (1, -1), (2**63, 0)):
        with pytest.raises(ValueError, match="number or time"):
            DeviceList(ACCOUNT, bytes(32), number, made_ms, (), bytes(64))
    with pytest.raises(ValueError, match="identity key"):
        DeviceList(ACCOUNT, bytes(31), 1, 0, (), bytes(64))


def test_a_device_is_found_by_its_name() -> None:
    devices = DeviceList.sign(ACCOUNT, 1, 0, (PHONE,), Ed25519PrivateKey.generate())
    assert devices.find(PHONE.phone) == PHONE
    assert devices.find(PhoneId(bytes(16))) is None
