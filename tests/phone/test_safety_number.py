"""The digits that two people compare."""

import re

from hypothesis import given, settings

from curtilage.phone.safety_number import safety_number
from curtilage.wire.messages.opaque import MessageAccount
from tests.wire.messages.samples import accounts, keys

ADA, BO = (MessageAccount(name.ljust(16, b".")) for name in (b"ada", b"bo"))
EXPECTED = "19284 78216 69781 49854 39423 40156 95862 29800 32927 15509 12028 51086"
ONE, TWO = b"1" * 32, b"2" * 32


@settings(max_examples=10)
@given(accounts, keys, accounts, keys)
def test_both_phones_show_the_same_digits(ada: MessageAccount, one: bytes, bo: MessageAccount, two: bytes) -> None:
    groups = safety_number(ada, one, bo, two)
    assert groups == safety_number(bo, two, ada, one)
    assert len(groups) == 12
    assert all(re.fullmatch("[0-9]{5}", group) for group in groups)


def test_another_key_or_account_gives_other_digits() -> None:
    true = safety_number(ADA, ONE, BO, TWO)
    others = (
        safety_number(ADA, ONE, BO, ONE),
        safety_number(ADA, TWO, BO, ONE),
        safety_number(ADA, ONE, MessageAccount(bytes(16)), TWO),
        safety_number(ADA, ONE, BO, bytes(31) + b"x"),
    )
    assert true not in others
    assert len(set(others)) == 4


def test_the_digits_stay_as_they_are() -> None:
    assert " ".join(safety_number(ADA, ONE, BO, TWO)) == EXPECTED
