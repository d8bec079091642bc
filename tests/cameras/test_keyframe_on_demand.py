"""A view that opens on an old keyframe asks the camera for a new one: real parts, a device of loopback."""

import asyncio
from pathlib import Path

import pytest

from tests.origin.made_camera import Camera
from tests.origin.onvif_device import OnvifDevice
from tests.web.house import House, in_house
from tests.web.world import make_grant, open_view

pytestmark = pytest.mark.slow


async def until_live(made: House) -> None:
    async with asyncio.timeout(10):
        while not any(  # noqa: ASYNC110 - a status knows no event
            item.newest_picture_ms for home in made.parts.homes.all() for item in made.parts.cameras.of_home(home.id)
        ):
            await asyncio.sleep(0.01)


def test_a_view_on_an_old_keyframe_asks_for_a_new_one_and_not_too_often(tmp_path: Path) -> None:
    async def main(made: House) -> None:
        home, _ = await made.home("Rose house", "Alma")
        ada, session = await made.member(home, "Ada")
        async with Camera() as stream, OnvifDevice(stream) as device:
            stream.group = 100_000  # one keyframe, and never again by itself
            camera = await made.camera(home, "Porch", device.address)
            grant = await make_grant(made, home, camera, ada)
            await until_live(made)
            open_view(made, session, grant)
            await asyncio.sleep(0.2)
            assert device.keyframes_of == [], "the keyframe was new"
            await asyncio.sleep(0.5)
            for _ in range(5):
                open_view(made, session, grant)
            await asyncio.sleep(0.2)
            assert device.keyframes_of == ["main_1"]
            status = made.parts.cameras.status(home, camera)
            assert status is not None
            assert (status.device.model, status.device.firmware) == ("Hearth Porch 2", "3.5.1_00.66")

    in_house(tmp_path, main, keyframe_wanted_ms=500)
