"""Refused rows wait until the ledger can say so. The whole story is in test_revival.py."""

from pathlib import Path

from curtilage.consent.event import Event, EventKind
from curtilage.consent.refused_rows import RefusedRow, RefusedRows, shown
from curtilage.store.store import Statement
from curtilage.wire.identifier import HomeId
from tests.consent.parts import House, in_house, settle_in
from tests.consent.test_grants import kinds


def refused(home: HomeId, grant: str) -> RefusedRow:
    facts = (("grantee", "p"), ("camera", "c"), ("why", "changed"), ("grant", grant))
    statement = Statement("UPDATE grants SET ended_ms = $1 WHERE id = $2", (1, grant))
    return RefusedRow(home, Event(EventKind.GRANT_REFUSED, None, facts), statement)


def test_each_is_recorded_once_in_its_own_home_and_one_homes_trouble_is_not_the_others(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        rows = RefusedRows(house.ledger)
        rows.add(family.home, [refused(family.home, "a"), refused(family.home, "b")])
        rows.add(others.home, [refused(others.home, "c")])
        house.ledger._trees[others.home].broken = "it was changed"
        await rows.settle()
        await rows.settle()
        assert (await kinds(house, family.home)).count(EventKind.GRANT_REFUSED) == 2
        house.ledger._trees[others.home].broken = ""
        await rows.settle()
        assert (await kinds(house, others.home)).count(EventKind.GRANT_REFUSED) == 1

    in_house(tmp_path, test)


def test_what_a_row_says_is_cut() -> None:
    assert shown("x" * 1000) == "x" * 64
    assert shown(None) == shown(7) == ""
