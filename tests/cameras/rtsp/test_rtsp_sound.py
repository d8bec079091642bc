"""Sound beside the picture: asked for only where it is wanted, and a picture never fails for it."""

import asyncio
from dataclasses import replace

import pytest

from curtilage.cameras.input.camera_address import CameraAddress
from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.rtsp.rtsp import RtspSource
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.cameras.recording_sink import RecordingSink
from tests.cameras.sound_side import KeptSound
from tests.origin.made_camera import Camera
from tests.origin.rtsp_sound import ByUdp, OneChannelForBoth, Refusing, Sounding
from tests.origin.rtsp_ways import SoundFirst

pytestmark = pytest.mark.slow
CONFIG = replace(Config(), rtsp_connect_s=1.0, rtsp_reply_s=1.0, freeze_s=2.0)
PCMA = AudioParameters(AudioCodec.PCMA, 8_000, 1)


async def received(camera: Camera, sound: KeptSound | None) -> RecordingSink:
    """Its pictures, until there are some; its sound goes to ``sound``."""
    sink = RecordingSink()
    source = RtspSource(CameraAddress.parse(camera.address), CONFIG, SystemClock(), lambda count: b"\7" * count)
    if sound is not None:
        source.sound_to(sound)
    running = asyncio.create_task(source.run(sink))
    async with asyncio.timeout(10):
        while len(sink.units) < 20 and not running.done():  # noqa: ASYNC110 - a sink knows no event
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    return sink


def set_up(camera: Camera) -> list[str]:
    return [asked.url.rpartition("/")[2] for asked in camera.asked if asked.method == "SETUP"]


def test_sound_comes_beside_the_picture() -> None:
    async def meet() -> None:
        async with Sounding() as camera:
            sound = KeptSound()
            assert len((await received(camera, sound)).units) >= 20
            assert sound.parameters == [PCMA]
            assert len(sound.frames) >= 20
            assert {frame.octets for frame in sound.frames} == {b"\xd5" * 160}
            assert set_up(camera) == ["track1", "track2"]

    asyncio.run(meet())


def test_who_does_not_want_it_does_not_ask_for_it() -> None:
    async def meet() -> None:
        async with Sounding() as camera:
            assert len((await received(camera, None)).units) >= 20
            assert set_up(camera) == ["track1"]

    asyncio.run(meet())


@pytest.mark.parametrize("way", [Refusing, OneChannelForBoth, ByUdp, Camera])
def test_a_camera_whose_sound_cannot_be_had_is_shown_without(way: type[Camera]) -> None:
    async def meet() -> None:
        async with way() as camera:
            sound = KeptSound()
            assert len((await received(camera, sound)).units) >= 20
            assert sound.parameters == [None]
            assert not sound.frames

    asyncio.run(meet())


def test_it_is_asked_for_after_the_picture_wherever_it_is_described() -> None:
    async def meet() -> None:
        async with SoundFirst() as camera:
            sound = KeptSound()
            assert len((await received(camera, sound)).units) >= 20
            assert set_up(camera) == ["track1", "track2"]

    asyncio.run(meet())
