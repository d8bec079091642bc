"""The sound of one WebRTC view against stock aiortc: in the picture's bundle, at live, and over with the view."""

import asyncio
import itertools
from collections.abc import Mapping

import pytest

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.cameras.webrtc.whep_view import WhepView
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId
from tests.cameras.sounding import AAC, OPUS, PCMA, PCMU, ListeningViewer, Sounding
from tests.cameras.views.test_views import ADA
from tests.cameras.whep_house import WhepHouse
from tests.cameras.whep_side import StockViewer, until, whole

pytestmark = pytest.mark.slow  # handshakes


SILENT: Mapping[str, tuple[AudioParameters, SoundTrouble]] = {
    "AAC of six channels": (AudioParameters(AudioCodec.AAC, 48_000, 6, b"\x11\xb0"), SoundTrouble.NO_SUCH_AAC),
    "no place": (AAC, SoundTrouble.NO_PLACE),
}


def sounding_house(parameters: AudioParameters = OPUS) -> tuple[WhepHouse, Sounding]:
    """A porch that is seen and heard."""
    house = WhepHouse()
    house.group("porch")
    sounding = Sounding(house, parameters)
    sounding.frames(3)
    return house, sounding


async def listening(house: WhepHouse) -> tuple[WhepView, ListeningViewer]:
    """A view that is connected."""
    viewer = ListeningViewer()
    opened = await house.watch(viewer)
    await until(lambda: opened.connected)
    return opened, viewer


async def heard(house: WhepHouse) -> tuple[WhepView, ListeningViewer]:
    """A view whose viewer hears Opus."""
    opened, viewer = await listening(house)
    await until(lambda: viewer.count(96) >= 3)
    return opened, viewer


async def over(house: WhepHouse, viewer: StockViewer) -> None:
    await viewer.close()
    await house.whep.settle()
    assert house.views.count() == 0
    assert house.whep.count() == 0


@pytest.mark.parametrize(("parameters", "payload_type", "ticks"), [(OPUS, 96, 960), (PCMU, 0, 160), (PCMA, 8, 160)])
def test_each_20_ms_leave_as_a_packet_of_the_cameras_own_codec(
    parameters: AudioParameters, payload_type: int, ticks: int
) -> None:
    async def scenario() -> None:
        house, sounding = sounding_house(parameters)
        opened, viewer = await listening(house)
        for _ in range(10):
            sounding.frames(3)
            await asyncio.sleep(0.01)
        await until(lambda: viewer.count(payload_type) >= 30)
        heard = [packet for packet in viewer.packets if packet.payload_type == payload_type]
        times = [packet.timestamp for packet in heard]
        steps = {(after - before) % 2**32 for before, after in itertools.pairwise(times)}
        assert steps == {ticks} or parameters is not OPUS
        assert len({packet.ssrc for packet in viewer.packets}) == 2
        assert opened.sound is not None
        assert opened.sound.report() is not None
        house.whep.close(opened)
        assert opened.sound.report() is None
        await over(house, viewer)

    whole(scenario)


def test_a_newcomer_hears_the_newest_and_not_the_last_second() -> None:
    async def scenario() -> None:
        house = WhepHouse()
        house.group("porch")
        Sounding(house).frames(45)
        _, viewer = await heard(house)
        await asyncio.sleep(0.1)
        assert viewer.count(96) <= 12
        await over(house, viewer)

    whole(scenario)


@pytest.mark.parametrize("case", ["switched off", "AAC of six channels", "no place", "not asked for"])
def test_without_sound_to_send_the_section_is_refused_and_nothing_is_paid(case: str) -> None:
    async def scenario() -> None:
        house = WhepHouse(Config(transcoders_count_max=0))
        house.group("porch")
        if case != "switched off":
            Sounding(house, SILENT.get(case, (OPUS, False))[0]).frames(3)
        viewer = StockViewer() if case == "not asked for" else ListeningViewer()
        opened = await house.whep.open(house.asking(), await viewer.offer())
        assert isinstance(opened, WhepView)
        assert opened.sound is None
        assert opened.hears is SILENT.get(case, (OPUS, False))[1]
        assert house.views.count() == 1
        assert ("m=audio 0 " in opened.answer) == (case != "not asked for")
        await over(house, viewer)

    whole(scenario)


ENDS = ("the grant ends", "the camera is cut", "the camera is removed", "the account signs out", "the server stops")


@pytest.mark.parametrize("how", ENDS)
def test_whatever_ends_the_picture_ends_its_sound_in_the_same_call(how: str) -> None:
    async def scenario() -> None:
        house, sounding = sounding_house()
        opened, viewer = await heard(house)
        sounding.frames(3)  # on the shelf, and not yet sent
        before = viewer.count(96)
        acts = {
            "the grant ends": lambda: house.end(opened.asking.grant),
            "the camera is cut": lambda: house.views.cut(DeviceId("porch")),
            "the camera is removed": lambda: house.views.hide(DeviceId("porch")),
            "the account signs out": lambda: house.views.close_streams_of(ADA),
            "the server stops": house.views.close_all,
        }
        acts[how]()
        assert opened.ended
        assert (house.views.count(), house.views._streams) == (0, {})
        assert sounding.shelf.wakes == set()
        sounding.frames(3)
        await asyncio.sleep(0.1)
        assert viewer.count(96) == before
        await over(house, viewer)

    whole(scenario)


@pytest.mark.parametrize("case", ["switched off", "another codec"])
def test_where_sound_ends_by_itself_the_picture_goes_on(case: str) -> None:
    async def scenario() -> None:
        house, sounding = sounding_house()
        opened, viewer = await heard(house)
        before = viewer.count(96)
        if case == "switched off":
            sounding.off()
        else:
            sounding.track.audio_changed(PCMU)
        sounding.frames(3)
        await asyncio.sleep(0.1)
        assert (opened.ended, house.views.count(), house.views.alarms_count) == (False, 1, 0)
        assert viewer.count(96) == before
        assert opened.sound is not None
        assert opened.sound.report() is None
        await over(house, viewer)

    whole(scenario)


def test_a_foreign_part_ends_the_view_with_one_alarm() -> None:
    async def scenario() -> None:
        house, sounding = sounding_house()
        hall = Sounding(house, camera="hall")
        hall.frames(3)
        opened, viewer = await heard(house)
        before = viewer.count(96)
        sounding.shelf.put(hall.newest())
        await until(lambda: opened.ended)
        assert (house.views.count(), house.views.alarms_count) == (0, 1)
        assert viewer.count(96) == before
        await over(house, viewer)

    whole(scenario)


def test_a_grant_that_ended_without_a_cut_ends_the_view_at_the_next_part_of_sound() -> None:
    async def scenario() -> None:
        house, sounding = sounding_house()
        opened, viewer = await listening(house)
        house.grants.live.clear()
        sounding.frames(3)
        await until(lambda: opened.ended)
        await over(house, viewer)

    whole(scenario)
