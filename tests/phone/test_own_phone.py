"""This device's names and keys."""

import os
from pathlib import Path

import pytest

from curtilage.phone.own_phone import OwnPhone, PhoneNotSetUp
from curtilage.phone.phone_store import PhoneStore
from curtilage.wire.messages.opaque import MessageAccount
from tests.phone.people import BYTES_MAX

ADA = MessageAccount(b"ada".ljust(16, b"."))


def test_it_is_one_device_for_ever(tmp_path: Path) -> None:
    store = PhoneStore.open(tmp_path, os.urandom, BYTES_MAX)
    own = OwnPhone(store)
    public = own.begin(os.urandom)
    assert own.begin(os.urandom) == public
    assert not own.is_set_up
    own.join(ADA, bytes(32))
    store.close()
    store = PhoneStore.open(tmp_path, os.urandom, BYTES_MAX)
    again = OwnPhone(store)
    assert again.is_set_up
    assert (again.account, again.public, again.identity_octets()) == (ADA, public, bytes(32))
    assert again.identity().private_bytes_raw() == bytes(32)
    assert again.load().agreement_public == public.agreement_public
    store.close()


def test_before_it_is_set_up_it_says_so(tmp_path: Path) -> None:
    store = PhoneStore.open(tmp_path, os.urandom, BYTES_MAX)
    own = OwnPhone(store)
    for ask in (lambda: own.account, lambda: own.public, own.identity, own.load):
        with pytest.raises(PhoneNotSetUp, match="not switched on"):
            ask()
    store.close()


def test_keys_of_a_transaction_that_failed_were_never_made(tmp_path: Path) -> None:
    store = PhoneStore.open(tmp_path, os.urandom, BYTES_MAX)
    own = OwnPhone(store)
    own.begin(os.urandom)
    before = own.load().save(bytes(32))

    def fails() -> None:
        with store.transaction():
            olm = own.load()
            olm.make_one_time_keys(5)
            own.save(olm)
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert len(own.load().save(bytes(32))) == len(before)
    store.close()
