"""A page may report what did not open, but not flood the ledger with it."""

from curtilage.web.account_rate import AccountRate
from curtilage.wire.identifier import AccountId, DeviceId
from tests.held_clock import HeldClock

ANNE, BEN = AccountId("anne"), AccountId("ben")


def test_an_account_reports_so_many_at_once_and_then_waits() -> None:
    rate = AccountRate(3, HeldClock())
    assert [rate.allows(ANNE) for _ in range(5)] == [True, True, True, False, False]


def test_one_accounts_reports_cost_no_other_account_any() -> None:
    rate = AccountRate(1, HeldClock())
    assert rate.allows(ANNE)
    assert not rate.allows(ANNE)
    assert rate.allows(BEN)


def test_what_is_counted_by_camera_costs_no_other_camera_any() -> None:
    rate = AccountRate(1, HeldClock())
    porch, yard = DeviceId("porch"), DeviceId("yard")
    assert [rate.allows(ANNE, camera) for camera in (porch, yard, porch, yard)] == [True, True, False, False]
    assert rate.allows(BEN, porch)


def test_reports_come_back_evenly_over_a_minute() -> None:
    clock = HeldClock()
    rate = AccountRate(6, clock)
    assert all(rate.allows(ANNE) for _ in range(6))
    clock.pass_s(9.9)
    assert not rate.allows(ANNE)
    clock.pass_s(0.2)
    assert rate.allows(ANNE)
    assert not rate.allows(ANNE)


def test_a_long_silence_saves_up_no_more_than_a_minutes_worth() -> None:
    clock = HeldClock()
    rate = AccountRate(2, clock)
    clock.pass_s(86_400)
    assert [rate.allows(ANNE) for _ in range(3)] == [True, True, False]


def test_accounts_without_number_are_not_remembered() -> None:
    rate = AccountRate(1, HeldClock())
    assert rate.allows(ANNE)
    for number in range(10_000):
        assert rate.allows(AccountId(f"account {number}"))
    assert rate.allows(ANNE), "forgotten, as the one that reported longest ago"
