"""A sub stream is read while somebody watches its camera, and a while longer; two real cameras' streams."""

import asyncio
import json
from pathlib import Path

import pytest

from curtilage.cameras.sub_stream import SubStream
from curtilage.errors import PersonError, Refused
from curtilage.home.actor import Actor, Role
from curtilage.home.device import Device
from curtilage.wire.identifier import AccountId
from curtilage.wire.sealed_part import Track
from tests.cameras.camera_side import live, until
from tests.cameras.view_side import ViewSide
from tests.origin.made_camera import Camera
from tests.web.house import NOBODY_LISTENS, House, in_house

pytestmark = pytest.mark.slow


async def with_sub(house: House, main: Camera, sub: Camera) -> tuple[Actor, Device, SubStream]:
    """A camera of two streams."""
    home, session = await house.home("Rose house", "Alma")
    actor = Actor(home, house.parts.persons.of_account(session.account)[0].id, Role.OWNER)
    device = await house.parts.cameras.add(actor, "Porch", main.address, sub.address)
    assert isinstance(device, Device)
    await until(house, home, device.id, live)
    stream = house.parts.cameras._running[device.id].sub
    assert stream is not None
    return actor, device, stream


def test_it_begins_with_the_first_view_and_ends_after_the_last(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with Camera() as first, Camera() as second:
            actor, device, sub = await with_sub(house, first, second)
            began = sub.running
            assert actor.person is not None
            grant = house.parts.grants.of_grantee(actor.home, actor.person)[0]
            stream = house.parts.views.open_stream(AccountId("a"), house.parts.grants, lambda: None, lambda: None)
            assert not isinstance(stream, Refused)
            key = ViewSide(sub.sealer).public_key
            assert not isinstance(house.parts.views.open_view(stream, grant, key, None), Refused)
            shelf = house.parts.views._cache.shelf(device.id, Track.SUB)
            async with asyncio.timeout(5):
                while shelf.group_place() is None:  # noqa: ASYNC110 what is waited for tells nobody
                    await asyncio.sleep(0.02)
            house.parts.views.close_stream(stream)
            assert not began
            async with asyncio.timeout(5):
                while sub.running:  # noqa: ASYNC110 as above
                    await asyncio.sleep(0.02)
            assert shelf.newest_time_ms() is None, "what is old is nobody's first picture"

    in_house(tmp_path, main, sub_linger_s=0.3)


def test_a_removed_camera_leaves_no_sub_stream(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with Camera() as first, Camera() as second:
            actor, device, sub = await with_sub(house, first, second)
            sub.want()
            await asyncio.sleep(0.2)
            assert await house.parts.cameras.remove(actor, device.id)
            assert not sub.running
            sub.want()
            assert not sub.running
            with pytest.raises(KeyError):
                house.parts.devices.sub_address_of(actor.home, device.id)

    in_house(tmp_path, main)


def test_the_address_is_stored_sealed_and_known_after_a_restart(tmp_path: Path) -> None:
    address = "rtsp://ada:opensesame@127.0.0.1:1/small"

    async def add(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        body = {"name": "Porch", "address": NOBODY_LISTENS, "sub_address": address}
        added = await house.browser(session).ask("POST", f"/api/v1/homes/{home}/cameras", body)
        assert added.status == 201
        assert b"opensesame" not in added.body
        camera = json.loads(added.body)["id"]
        assert house.parts.devices.sub_address_of(home, camera) == address

    async def again(house: House) -> None:
        home = house.parts.homes.all()[0].id
        device = house.parts.devices.of_home(home)[0]
        assert house.parts.devices.sub_address_of(home, device.id) == address

    in_house(tmp_path, add)
    assert not any(b"opensesame" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    in_house(tmp_path, again)


def test_a_sub_address_of_no_camera_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        with pytest.raises(PersonError):
            await house.parts.cameras.add(house.by_operator(home), "Porch", NOBODY_LISTENS, "http://192.0.2.1/")
        assert house.parts.devices.of_home(home) == []

    in_house(tmp_path, main)
