"""Somebody writes to the database without the root key: what had ended stays ended, and an owner reads of it.

Long stories over a real database and a restart; what stands by a ledger's entries alone is in test_standing.py.
"""

from pathlib import Path

import apsw
import pytest

from curtilage.consent.event import EventKind
from curtilage.consent.grant import Grant
from curtilage.consent.ledger import LedgerBroken
from curtilage.consent.purpose import ACCOUNT, CAMERA_INPUT, CAMERA_VIEW
from curtilage.store.store import Row, Value
from tests.consent.parts import NOON_MS, SMALL_DISK, Family, House, fill_disk, free_disk, in_house, let_see, settle_in
from tests.consent.test_grants import UNKNOWN, kinds, live_rows

REVIVE = "UPDATE inside_grants SET ended_ms = NULL, ended_why = NULL"
REVIVE_CONSENT = "UPDATE inside_consents SET withdrawn_ms = NULL"
ERASE = (
    "UPDATE inside_ledger_entries SET salt = NULL, payload = NULL "
    "WHERE position = (SELECT max(position) FROM inside_ledger_entries)"
)
SPOIL = (
    "UPDATE inside_ledger_entries SET payload = zeroblob(80) "
    "WHERE position = (SELECT max(position) FROM inside_ledger_entries)"
)
SHORTEN = "DELETE FROM inside_ledger_entries WHERE position = (SELECT max(position) FROM inside_ledger_entries)"


def write_outside(folder: Path, sql: str, *values: Value) -> None:
    """With the file alone, while no server runs."""
    connection = apsw.Connection(str(folder / "data" / "curtilage.sqlite"))
    connection.execute(sql, values)
    assert connection.changes() > 0
    connection.close()


def read_outside(folder: Path, sql: str) -> list[Row]:
    connection = apsw.Connection(str(folder / "data" / "curtilage.sqlite"))
    rows = list(connection.execute(sql))
    connection.close()
    return rows


async def revoked(house: House) -> tuple[Family, Grant, Grant]:
    """(family, one that stays, one that was revoked last of all)."""
    family = await settle_in(house)
    kept, over = await let_see(house, family, family.ana), await let_see(house, family)
    await house.grants.revoke(family.home, over.id, family.ana.id)
    return family, kept, over


async def settled(house: House) -> None:
    await house.grants.settle()
    await house.consents.settle()


def test_a_revoked_grant_is_not_revived_and_the_attempt_stands_in_the_ledger(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    family, kept, over = in_house(tmp_path, revoked)
    write_outside(tmp_path, REVIVE)

    async def after(house: House) -> None:
        assert house.grants.check(over.handle, over.grantee) == UNKNOWN
        assert house.grants.check(kept.handle, kept.grantee) == kept
        assert [grant.id for grant in house.grants.of_home(family.home)] == [kept.id]
        assert house.grants.refused_count == 1
        assert "do not count, because of its ledger: grant_refused (not_standing)" in caplog.text
        await settled(house)
        said = await house.sentences(family.home)
        assert said[-1] == (
            "A grant of Ben for Porch stood in the database and does not count: "
            "by this ledger it had ended or never begun."
        )
        assert await live_rows(house, family.home) == {kept.id}

    async def again(house: House) -> None:
        assert house.grants.refused_count == 0, "said once"
        await settled(house)
        assert (await kinds(house, family.home)).count(EventKind.GRANT_REFUSED) == 1
        assert house.ledger.problems == []

    in_house(tmp_path, after, seed="after")
    in_house(tmp_path, again, seed="again")


def test_an_ended_grants_handle_is_gone_from_the_database(tmp_path: Path) -> None:
    in_house(tmp_path, revoked)
    rows = read_outside(tmp_path, "SELECT length(handle) FROM inside_grants ORDER BY ended_ms IS NULL")
    assert rows[0] == (0,)
    assert rows[1] != (0,)


@pytest.mark.parametrize(
    ("hide", "why"),
    [
        (ERASE, "one entry"),
        (SPOIL, "one entry"),
        (SHORTEN, "entries, its checkpoint says"),
        ("DELETE FROM inside_ledger_entries", "0 entries"),
    ],
)
def test_not_even_with_the_old_row_put_back_and_its_end_hidden(tmp_path: Path, hide: str, why: str) -> None:
    """The handle is gone from the database, but somebody kept a copy of the whole row."""

    async def before(house: House) -> tuple[Family, Grant, Row]:
        family = await settle_in(house)
        over = await let_see(house, family)
        (row,) = await house.store.read(family.home, "SELECT handle FROM grants WHERE id = $1", over.id)
        await house.grants.revoke(family.home, over.id, family.ana.id)
        return family, over, row

    family, over, row = in_house(tmp_path, before)
    write_outside(tmp_path, REVIVE + ", handle = $1", row[0])
    write_outside(tmp_path, hide)

    async def after(house: House) -> None:
        assert house.grants.check(over.handle, over.grantee) == UNKNOWN
        assert house.grants.of_home(family.home) == []
        assert why in house.ledger.alarm(family.home).lower()
        await settled(house)
        if house.ledger.broken(family.home):
            return
        assert (await kinds(house, family.home)).count(EventKind.GRANT_REFUSED) == 1
        assert await house.consents.give(family.home, family.ana.id, CAMERA_VIEW)
        assert isinstance(await let_see(house, family), Grant), "an owner can begin anew"

    async def once_more(house: House) -> None:
        assert len(house.grants.of_home(family.home)) == (not house.ledger.broken(family.home))

    in_house(tmp_path, after, seed="after")
    in_house(tmp_path, once_more, seed="once more")


def test_a_broken_ledger_lets_nobody_in_and_nothing_be_made(tmp_path: Path) -> None:
    family, kept, _ = in_house(tmp_path, revoked)
    write_outside(tmp_path, SHORTEN)

    async def after(house: House) -> None:
        assert house.grants.check(kept.handle, kept.grantee) == UNKNOWN
        assert house.consents.stands(family.home, CAMERA_INPUT) is None
        await settled(house)
        with pytest.raises(LedgerBroken):
            await let_see(house, family)

    in_house(tmp_path, after, seed="after")


def test_a_withdrawn_consent_is_not_revived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def before(house: House) -> Family:
        family = await settle_in(house)
        consent = house.consents.stands(family.home, CAMERA_INPUT)
        assert consent is not None
        assert await house.consents.withdraw(family.home, consent, family.ana.id)
        return family

    family = in_house(tmp_path, before)
    write_outside(tmp_path, REVIVE_CONSENT + " WHERE withdrawn_ms IS NOT NULL")

    async def after(house: House) -> None:
        assert house.consents.stands(family.home, CAMERA_INPUT) is None
        assert house.consents.stands(family.home, ACCOUNT, family.ben.id) is not None
        assert "consent_refused (not_standing)" in caplog.text
        await settled(house)
        assert "Receiving a camera's picture" in (await house.sentences(family.home))[-1]
        again = await house.consents.give(family.home, None, CAMERA_INPUT)
        assert house.consents.stands(family.home, CAMERA_INPUT) == again

    async def again(house: House) -> None:
        assert house.consents.stands(family.home, CAMERA_INPUT) is not None
        await settled(house)
        assert (await kinds(house, family.home)).count(EventKind.CONSENT_REFUSED) == 1

    in_house(tmp_path, after, seed="after")
    in_house(tmp_path, again, seed="again")


def test_a_consent_made_up_or_changed_in_the_database_does_not_stand(tmp_path: Path) -> None:
    family = in_house(tmp_path, settle_in)
    write_outside(tmp_path, "UPDATE inside_consents SET purpose = 'camera_view' WHERE purpose = 'camera_input'")

    async def after(house: House) -> None:
        assert house.consents.stands(family.home, CAMERA_VIEW) is None
        await settled(house)
        assert (await house.sentences(family.home))[-1].startswith(
            "A consent stood in the database and does not count: it was changed from outside"
        )

    in_house(tmp_path, after, seed="after")


def test_what_was_found_waits_for_disk_space_and_counts_for_nothing_meanwhile(tmp_path: Path) -> None:
    family, kept, over = in_house(tmp_path, revoked, **SMALL_DISK)
    write_outside(tmp_path, REVIVE)

    async def after(house: House) -> None:
        await fill_disk(house, lambda: house.homes.rename(family.home, "Mill Road", family.owner))
        await settled(house)
        assert house.grants.check(over.handle, over.grantee) == UNKNOWN
        assert await live_rows(house, family.home) == {kept.id, over.id}
        await free_disk(house)
        await settled(house)
        assert await live_rows(house, family.home) == {kept.id}

    in_house(tmp_path, after, seed="after", **SMALL_DISK)


def test_a_grant_that_expired_while_the_server_was_off_is_no_attack(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        family = await settle_in(house)
        await let_see(house, family, until_ms=NOON_MS + 60_000)

    async def after(house: House) -> None:
        await settled(house)
        home = house.homes.all()[0].id
        assert (await kinds(house, home))[-1] is EventKind.GRANT_EXPIRED
        assert house.grants.refused_count == 0

    in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after", highest_ms=NOON_MS + 120_000)


def test_many_rows_are_recorded_in_pieces(tmp_path: Path) -> None:
    family, _, _ = in_house(tmp_path, revoked)
    copy = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) INSERT INTO inside_grants "
        "SELECT home, id || i, camera, grantee_kind, grantee, until_ms, made_ms, made_by, consent, handle, NULL, NULL "
        "FROM inside_grants, n WHERE ended_ms IS NULL"
    )
    write_outside(tmp_path, copy)

    async def after(house: House) -> None:
        assert house.grants.refused_count == 250
        await settled(house)
        rows = await house.store.read(family.home, "SELECT count(id) FROM grants WHERE ended_ms IS NULL")
        assert rows == [(1,)]

    in_house(tmp_path, after, seed="after")
    assert len(read_outside(tmp_path, "SELECT 1 FROM inside_ledger_entries")) > 250
