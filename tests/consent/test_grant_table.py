"""The table that answers "may this be seen?", question by question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.consent.grant import Grant, GranteeKind
from curtilage.consent.grant_table import GrantTable
from curtilage.errors import RefusalReason, Refused
from curtilage.wire.identifier import ConsentId, DeviceId, GrantId, HomeId, PersonId
from tests.consent.parts import NOON_MS, HandClock

HOME, OTHER_HOME = HomeId("home"), HomeId("other")
PORCH, YARD = DeviceId("porch"), DeviceId("yard")
ANA, BEN = PersonId("ana"), PersonId("ben")


def a_grant(name: str = "g", *, until_ms: int | None = None, camera: DeviceId = PORCH, home: HomeId = HOME) -> Grant:
    kind, consent = GranteeKind.PERSON, ConsentId("consent")
    return Grant(GrantId(name), home, camera, kind, BEN, until_ms, NOON_MS, ANA, consent, f"handle of {name}")


def table_with(*grants: Grant, hands: HandClock | None = None) -> GrantTable:
    table = GrantTable((hands or HandClock()).clock())
    for grant in grants:
        table.add(grant)
    return table


def test_the_live_grant_of_its_grantee_is_found() -> None:
    grant = a_grant()
    table = table_with(grant)
    assert table.check("handle of g", BEN) is grant
    assert table.still(grant)


@pytest.mark.parametrize(
    ("handle", "grantee"),
    [
        ("handle of g", ANA),
        ("handle of g", PersonId("")),
        ("handle of h", BEN),
        ("", BEN),
        ("HANDLE OF G", BEN),
        ("handle of g ", BEN),
        ("handle of g\0", BEN),
        ("\udc80", BEN),
        ("h" * 100_000, BEN),
    ],
)
def test_all_else_is_one_refusal(handle: str, grantee: PersonId) -> None:
    assert table_with(a_grant()).check(handle, grantee) == Refused(RefusalReason.UNKNOWN)


@given(st.text())
def test_no_text_is_a_handle_by_chance(handle: str) -> None:
    assert isinstance(table_with(a_grant()).check(handle, BEN), Refused)


def test_a_grant_ends_at_its_very_millisecond() -> None:
    hands = HandClock()
    grant = a_grant(until_ms=NOON_MS + 1000)
    table = table_with(grant, hands=hands)
    hands.wall_ms += 999
    assert table.check(grant.handle, BEN) is grant
    hands.wall_ms += 1
    assert table.check(grant.handle, BEN) == Refused(RefusalReason.EXPIRED)
    assert not table.still(grant)


def test_a_clock_set_back_revives_nothing() -> None:
    hands = HandClock()
    grant = a_grant(until_ms=NOON_MS + 1000)
    table = table_with(grant, hands=hands)
    hands.wall_ms += 2000
    assert not table.still(grant)
    hands.wall_ms -= 3_600_000
    assert not table.still(grant)
    assert table.check(grant.handle, BEN) == Refused(RefusalReason.EXPIRED)


def test_a_locked_camera_refuses_every_check_until_unlocked() -> None:
    porch, yard = a_grant("porch"), a_grant("yard", camera=YARD)
    table = table_with(porch, yard)
    assert table.lock(PORCH)
    assert not table.lock(PORCH)
    assert table.locked(PORCH)
    assert table.check(porch.handle, BEN) == Refused(RefusalReason.LOCKED)
    assert not table.still(porch)
    assert table.check(yard.handle, BEN) is yard
    table.unlock(PORCH)
    assert table.check(porch.handle, BEN) is porch


def test_a_removed_grant_is_gone_everywhere() -> None:
    grant = a_grant()
    table = table_with(grant)
    table.remove(grant)
    assert table.check(grant.handle, BEN) == Refused(RefusalReason.UNKNOWN)
    assert not table.still(grant)
    assert table.get(HOME, grant.id) is None
    assert table.of_home(HOME) == []
    assert len(table) == 0


def test_another_homes_grant_is_not_to_be_had_by_its_name() -> None:
    table = table_with(a_grant(), a_grant("theirs", home=OTHER_HOME))
    assert table.get(HOME, GrantId("theirs")) is None
    assert [grant.id for grant in table.of_home(OTHER_HOME)] == ["theirs"]
    assert table.where(HOME, lambda grant: grant.camera == PORCH) == [table.get(HOME, GrantId("g"))]


def test_an_equal_grant_that_is_not_this_one_does_not_count() -> None:
    assert not table_with(a_grant()).still(a_grant())


def test_due_ones_come_in_time_and_once() -> None:
    hands = HandClock()
    soon, later, never = (a_grant("s", until_ms=NOON_MS + 1), a_grant("l", until_ms=NOON_MS + 5000), a_grant("n"))
    table = table_with(later, never, soon, hands=hands)
    assert table.next_end_ms() == NOON_MS + 1
    assert table.due() == []
    hands.wall_ms += 1
    assert table.due() == [soon]
    assert table.due() == []
    assert table.next_end_ms() == NOON_MS + 5000
    table.remove(later)
    assert table.next_end_ms() is None
    hands.wall_ms += 5000
    assert table.due() == []


def test_no_handle_stands_in_a_repr() -> None:
    assert "handle of" not in repr(a_grant())
