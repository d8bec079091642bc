"""A camera's sound in a running house: begun by the switch, carried to who opens it, and cut in one call."""

import asyncio
from pathlib import Path

import pytest

from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.cameras.views.view import View
from curtilage.consent.grant import Grant
from curtilage.consent.purpose import CAMERA_SOUND
from curtilage.errors import Refused
from curtilage.home.actor import Actor, Role
from curtilage.home.device import Device
from curtilage.wire.identifier import AccountId, HomeId
from curtilage.wire.sealed_part import SealedPart, Track
from curtilage.wire.stream_record import RecordType, StreamRecord
from curtilage.wire.view_key import WrappedKey
from tests.cameras.camera_side import until
from tests.cameras.view_side import ViewSide
from tests.origin.made_camera import Camera
from tests.origin.rtsp_sound import Sounding
from tests.web.house import House, in_house

pytestmark = pytest.mark.slow
RECORD_BYTES_MAX = 1 << 20


class Porch:
    """An owner, a camera whose sound is on, and a page."""

    def __init__(self, house: House, actor: Actor, device: Device, camera: Camera) -> None:
        self.house, self.actor, self.device, self.camera = house, actor, device, camera
        assert actor.person is not None
        self.grant: Grant = house.parts.grants.of_grantee(actor.home, actor.person)[0]
        self.aborted: list[bool] = []

    def page(self) -> SealedStream:
        opened = self.house.parts.views.open_stream(
            AccountId("a"), self.house.parts.grants, lambda: None, lambda: self.aborted.append(True)
        )
        assert not isinstance(opened, Refused)
        return opened

    def listen(self, page: SealedStream) -> tuple[View, ViewSide] | Refused:
        track = self.house.parts.views.sound_of(self.device.id)
        side = ViewSide(track.sealer if track is not None else self.house.parts.cameras._running[self.device.id].sealer)
        opened = self.house.parts.views.open_view(page, self.grant, side.public_key, None, sound=True)
        return opened if isinstance(opened, Refused) else (opened[0], side)

    async def switch(self, *, on: bool) -> None:
        assert await self.house.parts.cameras.switch_sound(self.actor, self.device.id, on=on)
        wanted = "on" if on else "off"
        await until(self.house, self.actor.home, self.device.id, lambda status: status.sound == wanted)

    def set_up_count(self) -> int:
        return sum(asked.method == "SETUP" and asked.url.endswith("track2") for asked in self.camera.asked)


async def porch(house: House, camera: Camera) -> Porch:
    home, session = await house.home("Rose house", "Alma")
    actor = Actor(home, house.parts.persons.of_account(session.account)[0].id, Role.OWNER)
    device = await house.parts.cameras.add(actor, "Porch", camera.address)
    assert isinstance(device, Device)
    return Porch(house, actor, device, camera)


async def records(page: SealedStream, count: int) -> list[StreamRecord]:
    """The first ``count`` KEY and PART records."""
    found: list[StreamRecord] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            for octets in page.due():
                decoded = StreamRecord.decode(octets, RECORD_BYTES_MAX)
                assert decoded is not None
                if decoded[0].type in (RecordType.KEY, RecordType.PART):
                    found.append(decoded[0])
            await asyncio.sleep(0.02)
    return found


async def hearing(place: Porch, page: SealedStream) -> tuple[ViewSide, list[StreamRecord]]:
    """A view on the page that has its key, and the first parts that came."""
    listening = place.listen(page)
    assert not isinstance(listening, Refused)
    view, side = listening
    side.view_id = view.id
    key, *parts = await records(page, 6)
    side.take_key(WrappedKey.decode(key.payload))
    return side, parts


def test_parts_of_sound_come_on_the_pages_stream_and_open_with_that_views_key(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with Sounding() as camera:
            place = await porch(house, camera)
            await place.switch(on=True)
            page = place.page()
            side, parts = await hearing(place, page)
            opened = [SealedPart.decode(part.payload) for part in parts]
            assert {part.header.track for part in opened} == {Track.AUDIO}
            assert all(side.open(part) is not None for part in opened)
            assert b"fLaC" in (side.open(opened[0]) or b"")
            assert house.parts.views.count_of(place.grant) == 0, "who listens is no second viewer"

    in_house(tmp_path, main)


def test_off_at_first_and_after_it_was_switched_off(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with Sounding() as camera:
            place = await porch(house, camera)
            assert isinstance(place.listen(place.page()), Refused)
            assert place.set_up_count() == 0
            await place.switch(on=True)
            assert place.set_up_count() == 1
            page = place.page()
            assert not isinstance(place.listen(page), Refused)
            track = house.parts.views.sound_of(place.device.id)
            assert track is not None
            assert await house.parts.cameras.switch_sound(place.actor, place.device.id, on=False)
            assert page.cut
            assert place.aborted
            assert track.shelf.newest_time_ms() is None
            await until(house, place.actor.home, place.device.id, lambda status: status.state.condition.value == "live")
            assert isinstance(place.listen(place.page()), Refused)
            assert place.set_up_count() == 1

    in_house(tmp_path, main, reconnect_first_s=0.02)


def test_withdrawing_the_consent_switches_every_sound_off_at_once(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with Sounding() as camera:
            place = await porch(house, camera)
            await place.switch(on=True)
            page, silent = place.page(), place.page()
            assert not isinstance(place.listen(page), Refused)
            home: HomeId = place.actor.home
            consent = house.parts.consents.stands(home, CAMERA_SOUND)
            assert consent is not None
            assert await house.parts.consents.withdraw(home, consent, place.actor.person)
            assert page.cut
            assert not silent.cut, "who did not listen goes on"
            assert house.parts.views.sound_of(place.device.id) is None
            # Consenting anew, for another camera, switches this one on no more.
            await house.parts.consents.give(home, place.actor.person, CAMERA_SOUND)
            status = house.parts.cameras.status(home, place.device.id)
            assert status is not None
            assert status.sound == "off"

    in_house(tmp_path, main)


def test_revoking_the_grant_cuts_the_sound_and_turns_its_epoch(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with Sounding() as camera:
            place = await porch(house, camera)
            await place.switch(on=True)
            page = place.page()
            side, _ = await hearing(place, page)
            await house.parts.grants.revoke(place.actor.home, place.grant.id, None)
            assert page.cut
            assert list(page.due()) == []
            track = house.parts.views.sound_of(place.device.id)
            assert track is not None
            revoked_at = track.shelf.end
            await asyncio.sleep(0.6)
            later = track.shelf.read(revoked_at + 8).parts
            assert later
            assert all(side.open(part) is None for part in later)

    in_house(tmp_path, main)


def test_a_removed_cameras_sound_is_gone_with_it(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with Sounding() as camera:
            place = await porch(house, camera)
            await place.switch(on=True)
            assert await house.parts.cameras.remove(place.actor, place.device.id)
            assert house.parts.views.sound_of(place.device.id) is None
            assert not await house.parts.cameras.switch_sound(place.actor, place.device.id, on=True)

    in_house(tmp_path, main)
