"""Cameras of a home: what is stored of them, and what is left of a removed one."""

import asyncio
from pathlib import Path

import apsw
import pytest

from curtilage.errors import RefusalReason, Refused
from curtilage.home.device import BadAddress, Device, DeviceKind
from curtilage.home.name import NameTaken
from curtilage.wire.identifier import DeviceId
from tests.consent.parts import SMALL_DISK, House, agreed, in_house, let_see, settle_in

ADDRESS = "rtsp://u:secret@192.0.2.10/1"


def test_a_camera_survives_a_restart_with_its_address(tmp_path: Path) -> None:
    async def before(house: House) -> Device:
        family = await settle_in(house)
        added = await house.devices.add_camera(family.home, "Yard", "sim:1", family.owner, "Mijia 1080p", "3.5.1_00.66")
        return agreed(added)

    async def after(house: House) -> None:
        home = house.homes.all()[0].id
        porch, found = house.devices.of_home(home)
        assert found == yard
        assert (found.kind, found.model, found.firmware) == (DeviceKind.CAMERA, "Mijia 1080p", "3.5.1_00.66")
        assert house.devices.address_of(home, porch.id) == ADDRESS
        assert house.devices.address_of(home, yard.id) == "sim:1"
        assert house.devices.refused_count == 0

    yard = in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def test_one_name_for_one_camera(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        with pytest.raises(NameTaken):
            await house.devices.add_camera(family.home, "PORCH", ADDRESS, family.owner)
        tries = (house.devices.add_camera(family.home, "Yard", ADDRESS, family.owner) for _ in range(5))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(item, Device) for item in results) == 1
        assert sum(isinstance(item, NameTaken) for item in results) == 4
        assert len(house.devices.of_home(family.home)) == 2
        others = await settle_in(house, "Other ")
        assert others.porch.name == "Porch"  # another home has its own

    in_house(tmp_path, test)


def test_cameras_of_a_home_are_bounded(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        tries = (house.devices.add_camera(family.home, f"Yard {n}", ADDRESS, family.owner) for n in range(5))
        results = await asyncio.gather(*tries)
        assert sum(isinstance(item, Device) for item in results) == 2
        assert {item.reason for item in results if isinstance(item, Refused)} == {RefusalReason.BUSY}

    in_house(tmp_path, test, cameras_per_home_count_max=3)


@pytest.mark.parametrize("address", ["", "a" * 1025, "rtsp://x/\n", "rtsp://x/\0", "rtsp://x/\u202e"])
def test_what_is_no_address_is_not_stored(tmp_path: Path, address: str) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        with pytest.raises(BadAddress) as caught:
            await house.devices.add_camera(family.home, "Yard", address, family.owner)
        assert not address or address not in str(caught.value)

    in_house(tmp_path, test)


def test_a_removed_camera_leaves_its_name_to_the_activity_and_nothing_else(tmp_path: Path) -> None:
    async def before(house: House) -> Device:
        family = await settle_in(house)
        grant = await let_see(house, family)
        assert await house.devices.remove(family.home, family.porch.id, family.owner)
        assert not await house.devices.remove(family.home, family.porch.id, family.owner)
        assert house.devices.of_home(family.home) == []
        assert not house.grants.still(grant)
        with pytest.raises(KeyError):
            house.devices.address_of(family.home, family.porch.id)
        assert (await house.sentences(family.home))[-2:] == [
            "The grant of Ben for Porch ended because the camera was removed.",
            "Ana removed Porch.",
        ]
        agreed(await house.devices.add_camera(family.home, "Porch", ADDRESS, family.owner))  # the name is free again
        return family.porch

    async def after(house: House) -> None:
        assert house.devices.get(porch.home, porch.id) is None
        assert house.devices.name_of(porch.home, porch.id) == "Porch"
        rows = await house.store.read(porch.home, "SELECT device FROM cameras")
        assert (porch.id,) not in rows

    porch = in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def test_a_camera_of_another_home_is_not_to_be_had(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        for device in (others.porch.id, DeviceId("z" * 26)):
            assert house.devices.get(family.home, device) is None
            assert house.devices.name_of(family.home, device) is None
            assert not await house.devices.remove(family.home, device, family.owner)
            with pytest.raises(KeyError):
                house.devices.address_of(family.home, device)
        assert house.devices.get(others.home, others.porch.id) == others.porch

    in_house(tmp_path, test)


def test_a_camera_moved_between_homes_from_outside_is_in_neither(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        await settle_in(house)
        await settle_in(house, "Other ")

    async def after(house: House) -> None:
        assert house.devices.refused_count == 2

    in_house(tmp_path, before)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    rows = connection.execute("SELECT home, name FROM inside_devices").fetchall()
    for (home, _), (_, name) in zip(rows, reversed(rows), strict=True):
        connection.execute("UPDATE inside_devices SET name = $1 WHERE home = $2", (name, home))
    connection.close()
    in_house(tmp_path, after, seed="after")


def test_an_address_changed_from_outside_disturbs_no_other_camera(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        await settle_in(house)
        await settle_in(house, "Other ")

    async def after(house: House) -> None:
        homes = [home.id for home in house.homes.all()]
        left = [device for home in homes for device in house.devices.of_home(home)]
        assert house.devices.refused_count == 1
        assert [house.devices.address_of(device.home, device.id) != "" for device in left] == [True]

    in_house(tmp_path, before)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    sql = "UPDATE inside_cameras SET address = $1 WHERE home = (SELECT min(home) FROM inside_cameras)"
    connection.execute(sql, (bytes(60),))
    connection.close()
    in_house(tmp_path, after, seed="after")


def test_neither_repr_nor_file_nor_memory_shows_an_address(tmp_path: Path) -> None:
    async def test(house: House) -> str:
        family = await settle_in(house)
        assert ADDRESS.encode() not in b"".join(house.devices._addresses.values())
        return repr(family.porch) + repr(house.devices._devices)

    assert "Porch" not in in_house(tmp_path, test, **SMALL_DISK)
    octets = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    for secret in (b"secret", b"192.0.2.10", b"Porch"):
        assert secret not in octets
