"""Grants over a real store: made only on what stands, ended at once, and never brought back."""

import asyncio
from pathlib import Path

import apsw
import pytest

from curtilage.consent.consent import Consents
from curtilage.consent.event import EventKind
from curtilage.consent.grant import Grant, GranteeKind, GrantEnd
from curtilage.consent.grants import BadGrantEnd, Grants
from curtilage.consent.ledger import Ledger
from curtilage.errors import RefusalReason, Refused
from curtilage.store.store import StoreUnknown
from curtilage.wire.identifier import ConsentId, DeviceId, GrantId, HomeId, PersonId
from tests.consent.parts import (
    NOON_MS,
    Family,
    HandClock,
    House,
    in_house,
    let_see,
    settle_in,
)
from tests.consent.test_ledger import LateStore

UNKNOWN, LOCKED = Refused(RefusalReason.UNKNOWN), Refused(RefusalReason.LOCKED)
HOUR_MS = 3_600_000
NOON = "Sat 21 Nov 2026, 12:00"


async def kinds(house: House, home: HomeId) -> list[EventKind]:
    return [entry.event.kind for entry in reversed(await house.ledger.entries(home, None, 200))]


async def live_rows(house: House, home: HomeId) -> set[str]:
    return {str(row[0]) for row in await house.store.read(home, "SELECT id FROM grants WHERE ended_ms IS NULL")}


def test_a_grant_lets_its_grantee_see_its_camera_and_nobody_else(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        grant = await let_see(house, family)
        assert house.grants.check(grant.handle, family.ben.id) is grant
        assert house.grants.still(grant)
        for stranger in (family.ana.id, others.ana.id, others.ben.id):
            assert house.grants.check(grant.handle, stranger) == UNKNOWN
        assert house.grants.of_grantee(family.home, family.ben.id) == [grant]
        assert house.grants.of_home(others.home) == []
        assert await house.grants.revoke(others.home, grant.id, others.ana.id) is None
        assert house.grants.still(grant)

    in_house(tmp_path, test)


def test_a_grant_survives_a_restart_and_its_revocation_too(tmp_path: Path) -> None:
    async def before(house: House) -> tuple[Grant, Grant]:
        family = await settle_in(house)
        kept, revoked = await let_see(house, family), await let_see(house, family, until_ms=NOON_MS + HOUR_MS)
        await house.grants.revoke(family.home, revoked.id, family.ana.id)
        return kept, revoked

    async def after(house: House) -> None:
        assert house.grants.check(kept.handle, kept.grantee) == kept
        assert house.grants.check(revoked.handle, revoked.grantee) == UNKNOWN
        assert house.grants.refused_count == 0

    kept, revoked = in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def other_things(family: Family, others: Family, consent: ConsentId, theirs: ConsentId) -> list[tuple[str, str, str]]:
    """(camera, grantee, consent): each with one thing that does not stand in this home."""
    ben, porch = family.ben.id, family.porch.id
    return [
        (others.porch.id, ben, consent),
        (porch, others.ben.id, consent),
        (porch, ben, theirs),
        ("z" * 26, ben, consent),
        (porch, "z" * 26, consent),
        (porch, ben, "z" * 26),
        (porch, porch, consent),
    ]


def test_a_grant_rests_on_things_of_its_own_home_that_stand(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        consent = await house.consents.give(family.home, family.ana.id, "camera_view")
        theirs = await house.consents.give(others.home, others.ana.id, "camera_view")
        input_consent = house.consents.stands(family.home, "camera_input")
        cases = other_things(family, others, consent, theirs)
        cases.append((family.porch.id, family.ben.id, str(input_consent)))
        before = await kinds(house, family.home)
        for camera, grantee, given in cases:
            made = await house.grants.make(
                family.ana.id,
                family.home,
                DeviceId(camera),
                GranteeKind.PERSON,
                PersonId(grantee),
                None,
                ConsentId(given),
            )
            assert made == UNKNOWN
        assert await kinds(house, family.home) == before
        assert house.grants.of_home(family.home) == []

    in_house(tmp_path, test)


@pytest.mark.parametrize("until_ms", [0, NOON_MS, NOON_MS - 1, NOON_MS + 11 * 365 * 24 * HOUR_MS])
def test_an_end_lies_ahead_and_not_too_far(tmp_path: Path, until_ms: int) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        with pytest.raises(BadGrantEnd):
            await let_see(house, family, until_ms=until_ms)

    in_house(tmp_path, test)


def test_grants_of_a_home_are_bounded(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        consent = await house.consents.give(family.home, family.ana.id, "camera_view")
        asked = (family.ana.id, family.home, family.porch.id, GranteeKind.PERSON, family.ben.id, None, consent)
        made = await asyncio.gather(*(house.grants.make(*asked) for _ in range(5)))
        assert sum(isinstance(item, Grant) for item in made) == 3
        assert {item.reason for item in made if isinstance(item, Refused)} == {RefusalReason.BUSY}
        await house.grants.revoke(family.home, house.grants.of_home(family.home)[0].id, None)
        assert isinstance(await house.grants.make(*asked), Grant)

    in_house(tmp_path, test, grants_per_home_count_max=3)


def test_listeners_are_told_before_anything_is_written(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        grant = await let_see(house, family)
        checkpoint = house.ledger.checkpoint(family.home)
        seen: list[tuple[object, str]] = []

        def look() -> None:
            seen.append((house.grants.check(grant.handle, grant.grantee), house.ledger.checkpoint(family.home)))

        house.listener.when_told = look
        revoking = asyncio.create_task(house.grants.revoke(family.home, grant.id, family.ana.id))
        await asyncio.sleep(0)  # one turn of the loop: no write can have come back
        assert house.listener.told == [("revoked", grant.id)]
        assert seen == [(UNKNOWN, checkpoint)], "the ledger stood as before; to read the rows here would race the write"
        assert await revoking == grant
        assert await live_rows(house, family.home) == set()
        assert house.ledger.checkpoint(family.home) != checkpoint

    in_house(tmp_path, test)


def test_a_grant_is_revoked_once(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        grant = await let_see(house, family)
        ended = await asyncio.gather(*(house.grants.revoke(family.home, grant.id, None) for _ in range(5)))
        assert ended.count(grant) == 1
        assert len(house.listener.told) == 1
        assert (await kinds(house, family.home)).count(EventKind.GRANT_REVOKED) == 1

    in_house(tmp_path, test)


def test_a_revocation_goes_through_when_its_caller_is_cancelled(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        grant = await let_see(house, family)
        revoking = asyncio.create_task(house.grants.revoke(family.home, grant.id, family.ana.id))
        await asyncio.sleep(0)
        revoking.cancel()
        await asyncio.gather(revoking, return_exceptions=True)
        await house.grants.close()
        assert await live_rows(house, family.home) == set()

    in_house(tmp_path, test)


def test_a_grant_whose_maker_is_cancelled_can_be_seen_and_revoked(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        await house.consents.give(family.home, family.ana.id, "camera_view")
        making = asyncio.create_task(let_see(house, family))
        for _ in range(4):
            await asyncio.sleep(0)
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
        await house.grants._undisturbed.close()
        assert {grant.id for grant in house.grants.of_home(family.home)} == await live_rows(house, family.home)

    in_house(tmp_path, test)


def test_time_ends_a_grant_tells_the_listeners_and_is_recorded(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        grant = await let_see(house, family, until_ms=NOON_MS + 60_000)
        longer = await let_see(house, family, until_ms=NOON_MS + HOUR_MS)
        assert house.grants.next_expiry_ms() == NOON_MS + 60_000
        assert house.grants.expire() == 0
        house.hands.pass_s(60)
        assert house.grants.check(grant.handle, grant.grantee) == Refused(RefusalReason.EXPIRED)
        assert house.grants.expire() == 1
        assert house.listener.told == [("expired", grant.id)]
        assert house.grants.check(grant.handle, grant.grantee) == UNKNOWN
        assert house.grants.next_expiry_ms() == NOON_MS + HOUR_MS
        await house.grants.settle()
        await house.grants.settle()
        assert await live_rows(house, family.home) == {longer.id}
        assert (await kinds(house, family.home)).count(EventKind.GRANT_EXPIRED) == 1

    in_house(tmp_path, test)


def test_a_clock_set_back_revives_no_grant_not_even_by_a_restart(tmp_path: Path) -> None:
    hands = HandClock()

    async def before(house: House) -> Grant:
        family = await settle_in(house)
        grant = await let_see(house, family, until_ms=NOON_MS + 60_000)
        house.hands.pass_s(61)
        await house.homes.rename(family.home, "Mill Road", family.owner)  # a moment later, anything is recorded
        house.hands.wall_ms -= HOUR_MS
        assert isinstance(house.grants.check(grant.handle, grant.grantee), Refused)
        return grant

    async def after(house: House) -> None:
        assert house.hands.wall_ms < NOON_MS
        assert house.grants.check(grant.handle, grant.grantee) == UNKNOWN
        await house.grants.settle()
        assert EventKind.GRANT_EXPIRED in await kinds(house, grant.home)

    grant = in_house(tmp_path, before, hands=hands)
    in_house(tmp_path, after, hands=hands, seed="after")


@pytest.mark.parametrize("which", ["camera", "person", "consent"])
def test_grants_end_with_what_they_rest_on(tmp_path: Path, which: str) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        grant, own = await let_see(house, family), await let_see(house, family, family.ana)
        if which == "camera":
            assert await house.devices.remove(family.home, family.porch.id, family.owner)
            why, ended = GrantEnd.CAMERA_REMOVED, {grant.id, own.id}
        elif which == "person":
            assert await house.persons.remove(family.home, family.ben.id, family.owner)
            why, ended = GrantEnd.PERSON_LEFT, {grant.id}
        else:
            assert await house.consents.withdraw(family.home, grant.consent, family.ana.id)
            why, ended = GrantEnd.CONSENT_WITHDRAWN, {grant.id, own.id}
        assert set(house.listener.told) == {(why.value, name) for name in ended}
        assert house.grants.check(grant.handle, grant.grantee) == UNKNOWN
        assert await live_rows(house, family.home) == {grant.id, own.id} - ended
        said = await house.sentences(family.home)
        assert sum("ended because" in sentence for sentence in said) == len(ended)

    in_house(tmp_path, test)


@pytest.mark.parametrize("which", ["camera", "person", "consent"])
@pytest.mark.parametrize("turns", range(12))
def test_no_grant_slips_in_while_what_it_rests_on_goes(tmp_path: Path, which: str, turns: int) -> None:
    """The grant is begun ``turns`` turns of the loop before the end; whoever is first, nothing is alive afterwards."""

    async def test(house: House) -> None:
        family = await settle_in(house)
        consent = await house.consents.give(family.home, family.ana.id, "camera_view")
        making = asyncio.create_task(let_see(house, family))
        for _ in range(turns):
            await asyncio.sleep(0)
        if which == "camera":
            await house.devices.remove(family.home, family.porch.id, family.owner)
        elif which == "person":
            await house.persons.remove(family.home, family.ben.id, family.owner)
        else:
            await house.consents.withdraw(family.home, consent, family.ana.id)
        await asyncio.gather(making, return_exceptions=True)
        if which != "consent":  # let_see may have given the consent anew, which is another consent
            assert house.grants.of_home(family.home) == []
        assert all(grant.consent != consent or which != "consent" for grant in house.grants.of_home(family.home))
        assert {grant.id for grant in house.grants.of_home(family.home)} == await live_rows(house, family.home)

    in_house(tmp_path, test)


def test_a_grant_moved_from_outside_is_not_loaded(tmp_path: Path) -> None:
    async def before(house: House) -> Grant:
        family = await settle_in(house)
        await let_see(house, family, family.ana)
        return await let_see(house, family, until_ms=NOON_MS + HOUR_MS)

    async def after(house: House) -> None:
        assert house.grants.check(grant.handle, grant.grantee) == UNKNOWN
        assert house.grants.refused_count == 1
        assert len(house.grants.of_home(grant.home)) == 1

    grant = in_house(tmp_path, before)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    connection.execute("UPDATE inside_grants SET until_ms = NULL WHERE id = $1", (grant.id,))
    connection.close()
    in_house(tmp_path, after, seed="after")


def test_a_listener_that_breaks_its_promise_keeps_no_grant_alive(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        grant = await let_see(house, family)

        def fail() -> None:
            raise RuntimeError("a bug")

        house.listener.when_told = fail
        with pytest.raises(RuntimeError, match="a bug"):
            await house.grants.revoke(family.home, grant.id, family.ana.id)
        assert await live_rows(house, family.home) == set()
        assert not house.grants.still(grant)

    in_house(tmp_path, test)


def test_no_such_grant_is_not_revoked(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        assert await house.grants.revoke(family.home, GrantId("z" * 26), family.ana.id) is None
        assert await house.grants.end_of_camera(family.home, DeviceId("z" * 26), None) == 0

    in_house(tmp_path, test)


def test_what_rests_on_a_withdrawn_consent_does_not_live_even_when_its_making_was_of_unknown_outcome(
    tmp_path: Path,
) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        line = LateStore(house, 0)
        last = (house.clock, house.config, house.entropy)
        ledger = Ledger(line, house.vault, *last)
        grants = Grants(line, house.vault, ledger, *last, [house.listener], house.lock_file)
        consents = Consents(line, ledger, grants, house.clock, house.entropy)
        await ledger.load([family.home])
        await consents.load([family.home])
        consent = await consents.give(family.home, family.ana.id, "camera_view")
        asked = (family.ana.id, family.home, family.porch.id, GranteeKind.PERSON, family.ben.id, None, consent)
        line.lose_next = True
        with pytest.raises(StoreUnknown):
            await grants.make(*asked)
        await asyncio.gather(*line.late)
        assert len(await live_rows(house, family.home)) == 1
        assert await consents.withdraw(family.home, consent, family.ana.id)
        await grants.settle()
        assert grants.of_home(family.home) == []
        assert await live_rows(house, family.home) == set()

    in_house(tmp_path, test)
