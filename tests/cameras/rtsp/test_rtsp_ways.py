"""Real cameras' ways: everything that keeps the rules in its own way is received whole, and kept alive."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
import uvloop

from curtilage.cameras.input.camera_address import CameraAddress
from curtilage.cameras.rtsp.rtsp import RtspSource
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.cameras.recording_sink import RecordingSink
from tests.origin.made_camera import Camera
from tests.origin.rtsp_ways import STRICT, WHOLE, Pair, Strict

pytestmark = pytest.mark.slow
CONFIG = replace(Config(), rtsp_connect_s=1.0, rtsp_reply_s=1.0, freeze_s=2.0)


async def received(camera: Camera, done: Callable[[RecordingSink], bool]) -> RecordingSink:
    """What comes until ``done``. Raises SourceError."""
    sink = RecordingSink()
    source = RtspSource(CameraAddress.parse(camera.address), CONFIG, SystemClock(), lambda count: b"\7" * count)
    running = asyncio.create_task(source.run(sink))
    async with asyncio.timeout(10):
        while not done(sink) and not running.done():  # noqa: ASYNC110 - a sink knows no event
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    if not running.cancelled():
        running.result()
    return sink


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("way", WHOLE)
def test_every_way_is_received_whole(way: type[Camera], run: Callable[..., None]) -> None:
    async def meet() -> None:
        async with way() as camera:
            sink = await received(camera, lambda sink: len(sink.units) >= 40)
            expected = [picture.slices for picture, _ in zip(camera.pictures(), sink.units, strict=False)]
            assert [unit.nal_units for unit in sink.units] == expected
            assert [unit.keyframe for unit in sink.units[:21]] == [index % 10 == 0 for index in range(21)]

    run(meet())


def test_each_picture_is_announced_with_the_parameter_sets_it_uses() -> None:
    async def meet() -> None:
        async with Pair() as camera:
            sink = await received(camera, lambda sink: len(sink.units) >= 25)
            assert [len(parameters.pps) for parameters in sink.parameters][:3] == [2, 1, 2]
            assert all((item.width, item.height) == (640, 360) for item in sink.parameters)

    asyncio.run(meet())


@pytest.mark.parametrize("way", STRICT)
def test_a_strict_camera_is_kept_alive_beyond_its_time_out(way: type[Strict]) -> None:
    async def meet() -> None:
        async with way() as camera:
            began = asyncio.get_running_loop().time()
            await received(camera, lambda _: asyncio.get_running_loop().time() - began > 4.5)
            assert not camera.expired

    asyncio.run(meet())
