"""Which cameras' sound is on: off until said, recorded, kept over a restart, never brought back by an edited row."""

from pathlib import Path

import apsw
import pytest

from curtilage.consent.event import EventKind
from curtilage.consent.purpose import CAMERA_SOUND
from curtilage.home.actor import Actor
from curtilage.wire.identifier import DeviceId, HomeId
from tests.web.house import House, in_house

pytestmark = pytest.mark.slow


async def porch(house: House) -> tuple[HomeId, DeviceId, Actor]:
    home, _ = await house.home("Rose house", "Alma")
    return home, await house.camera(home, "Porch"), house.by_operator(home)


def is_on(house: House) -> bool:
    home = house.parts.homes.all()[0].id
    (device,) = house.parts.devices.of_home(home)
    status = house.parts.cameras.status(home, device.id)
    assert status is not None
    return status.sound != "off"


async def kinds(house: House, home: HomeId) -> list[EventKind]:
    """Newest first, of sounds and consents."""
    wanted = {EventKind.CAMERA_SOUND_ON, EventKind.CAMERA_SOUND_OFF, EventKind.CONSENT_WITHDRAWN}
    entries = await house.parts.ledger.entries(home, None, 50)
    return [entry.event.kind for entry in entries if entry.event.kind in wanted]


def test_every_switching_is_an_entry_and_doing_it_again_is_none(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, camera, actor = await porch(house)
        assert not is_on(house)
        assert house.parts.consents.stands(home, CAMERA_SOUND) is None
        for on in (False, True, True, False, False):
            assert await house.parts.cameras.switch_sound(actor, camera, on=on)
            assert is_on(house) is on
        assert await kinds(house, home) == [EventKind.CAMERA_SOUND_OFF, EventKind.CAMERA_SOUND_ON]
        assert house.parts.consents.stands(home, CAMERA_SOUND) is not None

    in_house(tmp_path, main)


def test_it_is_kept_over_a_restart(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        _, camera, actor = await porch(house)
        assert await house.parts.cameras.switch_sound(actor, camera, on=True)

    async def after(house: House) -> None:
        assert is_on(house)

    in_house(tmp_path, before)
    in_house(tmp_path, after)


def test_a_withdrawn_consent_is_off_after_a_restart_and_after_another_consent(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        home, camera, actor = await porch(house)
        assert await house.parts.cameras.switch_sound(actor, camera, on=True)
        consent = house.parts.consents.stands(home, CAMERA_SOUND)
        assert consent is not None
        assert await house.parts.consents.withdraw(home, consent, None)
        assert not is_on(house)
        await house.parts.consents.give(home, None, CAMERA_SOUND)
        assert not is_on(house)

    async def after(house: House) -> None:
        assert not is_on(house)

    in_house(tmp_path, before)
    in_house(tmp_path, after)


def test_a_row_that_was_edited_in_switches_nothing_on(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        _, camera, actor = await porch(house)
        for on in (True, False):
            assert await house.parts.cameras.switch_sound(actor, camera, on=on)

    async def after(house: House) -> None:
        assert not is_on(house)

    in_house(tmp_path, before)
    (file,) = tmp_path.rglob("curtilage.sqlite")
    connection = apsw.Connection(str(file))
    ((home, consent),) = connection.execute(
        "SELECT home, id FROM inside_consents WHERE purpose = 'camera_sound' AND withdrawn_ms IS NULL"
    ).fetchall()
    ((device,),) = connection.execute("SELECT id FROM inside_devices").fetchall()
    connection.execute("INSERT INTO inside_camera_sounds VALUES (?, ?, ?)", (home, device, consent))
    connection.close()
    in_house(tmp_path, after)


def test_a_strangers_camera_is_none(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, camera, _ = await porch(house)
        other, _ = await house.home("Birch flat", "Bo")
        assert not await house.parts.cameras.switch_sound(house.by_operator(other), camera, on=True)
        assert house.parts.consents.stands(other, CAMERA_SOUND) is None

    in_house(tmp_path, main)
