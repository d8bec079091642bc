"""The cameras of a server: added, removed, switched off; one that fails disturbs no other. Real parts, real sockets."""

import asyncio
from pathlib import Path

import pytest

from curtilage.cameras.cameras import CameraStatus
from curtilage.cameras.input.camera_state import Condition
from curtilage.consent.purpose import CAMERA_INPUT, CAMERA_VIEW
from curtilage.errors import PersonError
from curtilage.home.actor import Actor, Role
from curtilage.home.device import Device
from tests.cameras.camera_side import live, until
from tests.origin.made_camera import Camera
from tests.origin.rtsp_broken_stream import Freezes
from tests.origin.rtsp_misbehaving import Garbage, HttpServer, NoSuchStream
from tests.web.house import NOBODY_LISTENS, House, in_house

pytestmark = pytest.mark.slow


def failed(status: CameraStatus) -> bool:
    return status.state.condition is Condition.RECONNECTING


def test_who_adds_a_camera_may_see_it_and_the_operator_may_not(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        alma = house.parts.persons.of_account(session.account)[0]
        added = await house.parts.cameras.add(Actor(home, alma.id, Role.OWNER), "Porch", NOBODY_LISTENS)
        assert isinstance(added, Device)
        assert [grant.camera for grant in house.parts.grants.of_grantee(home, alma.id)] == [added.id]
        assert house.parts.consents.stands(home, CAMERA_INPUT)
        assert house.parts.consents.stands(home, CAMERA_VIEW)
        await house.camera(home, "Hall")
        assert len(house.parts.grants.of_home(home)) == 1

    in_house(tmp_path, main)


@pytest.mark.parametrize(
    "address", ["", "http://192.0.2.10/", "rtsp://", "file:///etc/passwd", "sim:", "rtsp://h:99999/"]
)
def test_an_address_of_no_camera_is_refused_before_anything_is_stored(tmp_path: Path, address: str) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        with pytest.raises(PersonError):
            await house.parts.cameras.add(house.by_operator(home), "Porch", address)
        assert house.parts.devices.of_home(home) == []
        assert house.parts.consents.stands(home, CAMERA_INPUT) is None

    in_house(tmp_path, main)


def test_a_removed_camera_leaves_neither_grant_nor_picture_nor_task(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        alma = house.parts.persons.of_account(session.account)[0]
        actor = Actor(home, alma.id, Role.OWNER)
        async with Camera() as made:
            camera = await house.parts.cameras.add(actor, "Porch", made.address)
            assert isinstance(camera, Device)
            await until(house, home, camera.id, live)
            assert await house.parts.cameras.remove(actor, camera.id)
            assert not await house.parts.cameras.remove(actor, camera.id)
        assert house.parts.cameras.status(home, camera.id) is None
        assert house.parts.grants.of_home(home) == []
        assert not [task for task in asyncio.all_tasks() if camera.id in task.get_name()]

    in_house(tmp_path, main)


def test_a_camera_is_of_its_home_only(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        other, _ = await house.home("Birch flat", "Bo")
        camera = await house.camera(home, "Porch")
        assert house.parts.cameras.status(other, camera) is None
        assert house.parts.cameras.of_home(other) == []
        assert not await house.parts.cameras.remove(house.by_operator(other), camera)
        assert house.parts.cameras.status(home, camera) is not None

    in_house(tmp_path, main)


def test_every_bad_camera_says_what_is_wrong_and_the_good_one_goes_on(tmp_path: Path) -> None:
    """Of all the ways of going wrong (tests/cameras/rtsp/test_rtsp.py tries each), those that a person meets most."""

    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        async with Camera() as good, HttpServer() as web, NoSuchStream() as no, Garbage() as noise, Freezes() as frozen:
            porch = await house.camera(home, "Porch", good.address)
            bad = {
                "Router": (web.address, "answers, but is no camera"),
                "Path": (no.address, "Path answers, but has no such stream"),
                "Noise": (noise.address, "answers, but is no camera"),
                "Gate": (frozen.address, "No picture since"),
                "Shed": (NOBODY_LISTENS, "Shed does not answer"),
            }
            for name, (address, words) in bad.items():
                camera = await house.camera(home, name, address)
                status = await until(house, home, camera, failed)
                assert words in status.words, status.words
                assert "camera-secret" not in status.words
            before = (await until(house, home, porch, live)).newest_picture_ms
            after = await until(house, home, porch, lambda status: status.newest_picture_ms != before)
            assert live(after)

    in_house(tmp_path, main, freeze_s=1)


def test_withdrawing_the_consent_switches_every_camera_of_the_home_off_and_no_other(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        other, _ = await house.home("Birch flat", "Bo")
        async with Camera() as made:
            porch, hall = (
                await house.camera(home, "Porch", made.address),
                await house.camera(other, "Hall", made.address),
            )
            await until(house, home, porch, live)
            consent = house.parts.consents.stands(home, CAMERA_INPUT)
            assert consent is not None
            assert await house.parts.consents.withdraw(home, consent, None)
            status = house.parts.cameras.status(home, porch)
            assert status is not None
            assert status.state.condition is Condition.STOPPED
            assert status.cached_bytes == 0
            await asyncio.sleep(0.2)
            assert status == house.parts.cameras.status(home, porch)
            await until(house, other, hall, live)
            # Adding a camera gives the consent again, for the home: the others go on as well.
            await house.camera(home, "Yard", made.address)
            await until(house, home, porch, live)

    in_house(tmp_path, main)


def test_a_camera_without_consent_stays_off_over_a_restart(tmp_path: Path) -> None:
    async def first(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        await house.camera(home, "Porch")
        consent = house.parts.consents.stands(home, CAMERA_INPUT)
        assert consent is not None
        assert await house.parts.consents.withdraw(home, consent, None)

    async def second(house: House) -> None:
        (home,) = (home.id for home in house.parts.homes.all())
        (status,) = house.parts.cameras.of_home(home)
        assert status.state.condition is Condition.STOPPED

    in_house(tmp_path, first)
    in_house(tmp_path, second)


def test_a_silent_cameras_last_pictures_leave_the_cache(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        async with Camera() as made:
            porch = await house.camera(home, "Porch", made.address)
            assert (await until(house, home, porch, live)).cached_bytes > 0
        await until(house, home, porch, lambda status: status.cached_bytes == 0)

    in_house(tmp_path, main, view_neutral_ms=1_000, freeze_s=1)


def test_a_camera_that_is_added_while_the_consent_is_withdrawn_keeps_none_running(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        await house.camera(home, "Porch")
        consents, consent = house.parts.consents, house.parts.consents.stands(home, CAMERA_INPUT)
        assert consent is not None
        async with consents._deciding:  # as when another home's consent is just being written
            withdrawing = asyncio.create_task(consents.withdraw(home, consent, None))
            await asyncio.sleep(0.05)
            # Whoever asked for the consent before the withdrawal goes on with it.
            house.parts.cameras.start([home])
        assert await withdrawing
        conditions = {status.state.condition for status in house.parts.cameras.of_home(home)}
        assert conditions == {Condition.STOPPED}

    in_house(tmp_path, main)


def test_cameras_read_by_processes_are_counted_for_each_home(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        other, _ = await house.home("Birch flat", "Bo")
        porch = await house.camera(home, "Porch", "sim:Rose")
        await until(house, home, porch, live)
        hall = await house.camera(home, "Hall", "sim:Rose?seed=2")
        waiting = await until(house, home, hall, failed)
        assert waiting.words.startswith("Hall waits for its turn. Its home has all 1 processes busy")
        assert "source_processes_per_home_count_max" in waiting.words
        assert "ask whoever runs this server" in waiting.state.do()
        yard = await house.camera(other, "Yard", "sim:Birch")
        assert live(await until(house, other, yard, live))
        assert await house.parts.cameras.remove(house.by_operator(home), porch)
        assert live(await until(house, home, hall, live))

    in_house(tmp_path, main, source_processes_per_home_count_max=1, reconnect_last_s=0.5)
