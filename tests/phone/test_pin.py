"""What becomes of a pin when the server shows a device list."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from curtilage.phone.pin import Pin, Verdict, judge
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.opaque import MessageAccount, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic

BO = MessageAccount(b"bo".ljust(16, b"."))
TRUE, FALSE = (Ed25519PrivateKey.from_private_bytes(bytes((n,)) * 32) for n in (1, 2))


def listed(number: int, devices: str, identity: Ed25519PrivateKey = TRUE, account: MessageAccount = BO) -> DeviceList:
    """A letter for each device."""
    phones = tuple(PhonePublic(PhoneId(d.encode() * 16), d.encode() * 32, d.upper().encode() * 32) for d in devices)
    return DeviceList.sign(account, number, 0, phones, identity)


def forged(number: int, devices: str) -> DeviceList:
    """With the true identity key's name and no signature of it."""
    good = listed(number, devices)
    return DeviceList(good.account, good.identity_public, number, 0, good.phones, bytes(64))


def after(*lists: DeviceList) -> tuple[Pin, list[Verdict]]:
    """The server shows these, one after the other."""
    pin, verdicts = None, []
    for devices in lists:
        pin, verdict = judge(pin, devices, BO)
        verdicts.append(verdict)
    assert pin is not None
    return pin, verdicts


FIRST = listed(5, "ab")


@pytest.mark.parametrize(
    ("lists", "verdict", "shown", "blocked"),
    [
        ([], Verdict.FIRST, "ab", False),
        ([listed(5, "ab")], Verdict.SAME, "ab", False),
        ([listed(6, "ab")], Verdict.RENEWED, "ab", False),
        ([listed(6, "a")], Verdict.DEVICE_LEFT, "a", False),
        ([listed(6, "")], Verdict.DEVICE_LEFT, "", False),
        ([listed(6, "abc")], Verdict.DEVICE_CAME, "ab", True),
        ([listed(6, "bc")], Verdict.DEVICE_CAME, "ab", True),
        ([listed(6, "abc"), listed(6, "abc")], Verdict.SAME, "ab", True),
        ([listed(6, "abc"), listed(5, "ab")], Verdict.ROLLED_BACK, "ab", True),
        ([listed(6, "abc"), listed(7, "ab")], Verdict.RENEWED, "ab", False),
        ([listed(6, "abc"), listed(7, "abd")], Verdict.DEVICE_CAME, "ab", True),
        ([listed(4, "ab")], Verdict.ROLLED_BACK, "ab", False),
        ([listed(6, "a"), listed(5, "ab")], Verdict.ROLLED_BACK, "a", False),
        ([listed(5, "abc")], Verdict.CONTRADICTED, "ab", False),
        ([listed(6, "abc"), listed(6, "abd")], Verdict.CONTRADICTED, "ab", True),
        ([forged(6, "abc")], Verdict.FORGED, "ab", False),
        ([listed(6, "ab", account=MessageAccount(bytes(16)))], Verdict.FORGED, "ab", False),
        ([listed(6, "ab", FALSE)], Verdict.IDENTITY_CHANGED, "ab", True),
        ([listed(1, "ab", FALSE)], Verdict.IDENTITY_CHANGED, "ab", True),
        ([listed(2, "c", FALSE), listed(1, "c", FALSE)], Verdict.ROLLED_BACK, "ab", True),
        ([listed(2, "c", FALSE), listed(2, "d", FALSE)], Verdict.CONTRADICTED, "ab", True),
        ([listed(2, "c", FALSE), listed(2, "c", FALSE)], Verdict.SAME, "ab", True),
        ([listed(2, "c", FALSE), listed(5, "ab")], Verdict.SAME, "ab", False),
        ([listed(2, "c", FALSE), listed(4, "ab")], Verdict.ROLLED_BACK, "ab", True),
        ([listed(2, "c", FALSE), listed(6, "ab")], Verdict.RENEWED, "ab", False),
        ([listed(6, "abc"), listed(2, "c", FALSE), listed(6, "abc")], Verdict.DEVICE_CAME, "ab", True),
        ([listed(6, "abc"), listed(2, "c", FALSE), listed(5, "ab")], Verdict.ROLLED_BACK, "ab", True),
    ],
)
def test_every_list_has_its_verdict(lists: list[DeviceList], verdict: Verdict, shown: str, blocked: bool) -> None:
    pin, verdicts = after(FIRST, *lists)
    assert verdicts[-1] is verdict
    assert [phone.phone[:1].decode() for phone in pin.shown.phones] == list(shown)
    assert pin.blocked is blocked


def test_what_was_shown_is_taken_and_nothing_else() -> None:
    pin, _ = after(FIRST, listed(6, "abc"))
    assert pin.show(listed(6, "abd")) == pin
    assert pin.show(FIRST) == pin
    taken = pin.show(listed(6, "abc"))
    assert (taken.blocked, taken.shown.number, taken.number_max) == (False, 6, 6)
    assert judge(taken, FIRST, BO) == (taken, Verdict.ROLLED_BACK)


def test_a_new_identity_is_pinned_once_it_was_shown() -> None:
    pin, _ = after(FIRST, listed(1, "c", FALSE))
    assert pin.identity_changed
    taken = pin.show(listed(1, "c", FALSE))
    assert not taken.identity_changed
    assert judge(taken, listed(9, "ab"), BO)[1] is Verdict.IDENTITY_CHANGED


def test_a_newer_list_that_a_device_spoke_of_is_missed() -> None:
    pin, _ = after(FIRST)
    assert not pin.claim(5).withheld
    missed = pin.claim(7)
    assert missed.withheld
    assert missed.claim(6) == missed
    for number, withheld in ((6, True), (7, False), (8, False)):
        assert judge(missed, listed(number, "a"), BO)[0] == Pin(listed(number, "a"), None, number, 7)
        assert Pin(listed(number, "a"), None, number, 7).withheld is withheld


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["", "a", "b", "ab", "abc", "d"]), st.booleans())))
def test_no_order_of_lists_makes_a_device_known_that_was_not_shown(shown: list[tuple[int, str, bool]]) -> None:
    first = listed(3, "ab")
    pin, numbers = Pin(first, None, 3), [3]
    for number, devices, true in shown:
        judged, verdict = judge(pin, listed(number, devices, TRUE if true else FALSE), BO)
        assert judged is not None
        assert not verdict.is_refusal or judged == pin
        pin = judged
        numbers.append(pin.number_max)
        assert set(pin.shown.phones) <= set(first.phones)
        assert pin.shown.identity_public == first.identity_public
    assert numbers == sorted(numbers)
