"""A revocation that cannot be recorded: the view is cut, the camera locks, and no restart brings the grant back.

Long stories over a real, full database; the other rules of grants are in test_grants.py.
"""

from pathlib import Path

import pytest

from curtilage.consent.camera_lock import LockFileBroken
from curtilage.consent.grant import Grant, GranteeKind
from curtilage.errors import RefusalReason, Refused
from curtilage.store.store import StoreFull
from curtilage.wire.identifier import HomeId
from tests.consent.parts import SMALL_DISK, Family, House, agreed, fill_disk, free_disk, in_house, let_see, settle_in
from tests.consent.test_grants import LOCKED, NOON, UNKNOWN, live_rows


async def revoke_on_a_full_disk(house: House, family: Family) -> tuple[Grant, Grant]:
    """(revoked, another of the same camera), on a disk that stays full."""
    grant, other = await let_see(house, family), await let_see(house, family, family.ana)
    await fill_disk(house, lambda: house.homes.rename(family.home, "Mill Road", family.owner))
    assert await house.grants.revoke(family.home, grant.id, family.ana.id) == grant
    return grant, other


def test_on_a_full_disk_the_view_is_cut_and_the_camera_locked(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        yard = agreed(await house.devices.add_camera(family.home, "Yard", "rtsp://192.0.2.11/1", family.owner))
        elsewhere = await let_see(house, family, camera=yard)
        grant, other = await revoke_on_a_full_disk(house, family)
        assert house.listener.told == [("revoked", grant.id), ("locked", family.porch.id)]
        assert house.grants.locked(family.porch.id)
        assert house.grants.check(grant.handle, grant.grantee) == UNKNOWN
        assert house.grants.check(other.handle, other.grantee) == LOCKED
        assert not house.grants.still(other)
        assert house.grants.check(elsewhere.handle, elsewhere.grantee) is elsewhere
        refused = await house.grants.make(
            None, family.home, family.porch.id, GranteeKind.PERSON, family.ben.id, None, grant.consent
        )
        assert isinstance(refused, Refused)
        assert refused.reason is RefusalReason.LOCKED
        assert not await house.grants.unlock(family.home, family.porch.id, family.ana.id)

    in_house(tmp_path, test, **SMALL_DISK)


def test_the_lock_survives_a_restart_and_opens_when_all_is_recorded(tmp_path: Path) -> None:
    async def before(house: House) -> tuple[Family, Grant, Grant]:
        family = await settle_in(house)
        return family, *await revoke_on_a_full_disk(house, family)

    async def still_full(house: House) -> None:
        assert house.grants.locked(family.porch.id)
        assert house.grants.check(grant.handle, grant.grantee) == UNKNOWN
        assert house.grants.check(other.handle, other.grantee) == LOCKED
        assert grant.id in await live_rows(house, family.home)
        assert not await house.grants.unlock(family.home, family.porch.id, family.ana.id)
        assert house.grants.locked(family.porch.id)

    async def freed(house: House) -> None:
        await free_disk(house)
        assert house.grants.locked(family.porch.id)
        assert not await house.grants.unlock(HomeId("z" * 26), family.porch.id, None)
        assert await house.grants.unlock(family.home, family.porch.id, family.ana.id)
        assert not house.grants.locked(family.porch.id)
        assert isinstance(house.grants.check(other.handle, other.grantee), Grant)
        assert await live_rows(house, family.home) == {other.id}
        said = await house.sentences(family.home)
        assert said[-2:] == [
            "Ana revoked the grant of Ben for Porch.",
            f"Ana unlocked Porch. It was locked since {NOON} because a revocation could not be recorded.",
        ]

    async def afterwards(house: House) -> None:
        assert not house.grants.locked(family.porch.id)
        assert house.grants.check(grant.handle, grant.grantee) == UNKNOWN
        assert house.lock_file.ends() == []

    family, grant, other = in_house(tmp_path, before, **SMALL_DISK)
    in_house(tmp_path, still_full, seed="2", **SMALL_DISK)
    in_house(tmp_path, freed, seed="3", **SMALL_DISK)
    in_house(tmp_path, afterwards, seed="4", **SMALL_DISK)


def test_when_the_lock_file_overflows_every_unrecorded_grant_counts_as_revoked(tmp_path: Path) -> None:
    async def before(house: House) -> tuple[Family, list[Grant], Grant]:
        family = await settle_in(house)
        grants = [await let_see(house, family) for _ in range(17)]
        bystander = await let_see(house, family, family.ana)
        await fill_disk(house, lambda: house.homes.rename(family.home, "Mill Road", family.owner))
        for grant in grants:
            await house.grants.revoke(family.home, grant.id, family.ana.id)
        assert house.lock_file.everything
        return family, grants, bystander

    async def after(house: House) -> None:
        await free_disk(house)
        assert house.grants.check(bystander.handle, bystander.grantee) == UNKNOWN  # nobody knows: so it is over
        assert await house.grants.unlock(family.home, family.porch.id, family.ana.id)
        assert await live_rows(house, family.home) == set()
        assert not house.lock_file.everything
        assert house.lock_file.ends() == []
        assert isinstance(await let_see(house, family), Grant)

    family, _, bystander = in_house(tmp_path, before, unrecorded_ends_count_max=16, **SMALL_DISK)
    in_house(tmp_path, after, seed="after", unrecorded_ends_count_max=16, **SMALL_DISK)


def test_a_lock_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        grant = await let_see(house, family)
        await fill_disk(house, lambda: house.homes.rename(family.home, "Mill Road", family.owner))
        house.lock_file.close()
        with pytest.raises(LockFileBroken):
            await house.grants.revoke(family.home, grant.id, family.ana.id)
        assert house.grants.locked(family.porch.id)
        assert house.grants.check(grant.handle, grant.grantee) == UNKNOWN

    in_house(tmp_path, test, **SMALL_DISK)


def test_a_locked_camera_can_be_removed_once_there_is_space(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        await revoke_on_a_full_disk(house, family)
        with pytest.raises(StoreFull):
            await house.devices.remove(family.home, family.porch.id, family.owner)
        assert house.devices.get(family.home, family.porch.id) is not None
        await free_disk(house)
        assert await house.devices.remove(family.home, family.porch.id, family.owner)
        assert await live_rows(house, family.home) == set()
        assert house.lock_file.ends() == []

    in_house(tmp_path, test, **SMALL_DISK)
