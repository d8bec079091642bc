"""Sound of cameras that send by UDP alone: as over TCP, only where it is wanted, and never at the picture's cost."""

import asyncio
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from curtilage.cameras.input.camera_address import CameraAddress
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.rtsp.rtsp import RtspSource
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.cameras.recording_sink import RecordingSink
from tests.cameras.sound_side import KeptSound
from tests.cameras.tones import tone_hz
from tests.origin.clip import SMALL, clip_file
from tests.origin.rtsp_sound_by_udp import (
    ElsewhereByUdp,
    FloodsWithSound,
    RefusingByUdp,
    SaysGoodbye,
    SoundingByUdp,
    ToEverybody,
    UnansweringByUdp,
)
from tests.origin.running import running_origin

pytestmark = pytest.mark.slow
CONFIG = replace(Config(), rtsp_connect_s=1.0, rtsp_reply_s=1.0, freeze_s=2.0)
PCMA = AudioParameters(AudioCodec.PCMA, 8_000, 1)
TONES = {"aac": 700.0, "pcma": 1000.0, "pcmu": 1300.0, "opus": 1700.0}


async def received(
    address: str, sound: KeptSound | None, enough: Callable[[RecordingSink], bool], config: Config = CONFIG
) -> RecordingSink:
    """Its pictures, until there are enough; its sound goes to ``sound``. Raises what the source raises before."""
    sink = RecordingSink()
    source = RtspSource(CameraAddress.parse(address), config, SystemClock(), lambda count: b"\7" * count)
    if sound is not None:
        source.sound_to(sound)
    running = asyncio.create_task(source.run(sink))
    async with asyncio.timeout(30):
        while not enough(sink) and not running.done():  # noqa: ASYNC110 - a sink knows no event
            await asyncio.sleep(0.01)
    if running.done():
        running.result()
    running.cancel()
    await asyncio.wait({running})
    return sink


def set_up(camera: SoundingByUdp) -> list[str]:
    """Which tracks were asked for, by UDP."""
    asked = [asked for asked in camera.asked if asked.method == "SETUP" and "client_port" in asked.fields["transport"]]
    return [asked.url.rpartition("/")[2] for asked in asked]


def test_sound_comes_whole_and_in_order_by_ports_of_its_own() -> None:
    async def meet() -> None:
        async with SoundingByUdp() as camera:
            sound = KeptSound()
            sink = await received(camera.address, sound, lambda _: len(sound.frames) >= 40)
            assert len(sink.units) >= 40
            assert sound.parameters == [PCMA]
            assert [frame.octets for frame in sound.frames] == [
                camera.sound(number) for number in range(1, 1 + len(sound.frames))
            ], "packets that overtook each other are in order"
            assert {later.timestamp - one.timestamp for one, later in pairwise(sound.frames)} == {160}
            assert set_up(camera) == ["track1", "track2"]
            assert len(set(camera.ports.values())) == 2
            assert camera.reported == {port + 1 for port in camera.ports.values()}, "each is reported on"

    asyncio.run(meet())


def test_who_does_not_want_it_does_not_ask_for_it() -> None:
    async def meet() -> None:
        async with SoundingByUdp() as camera:
            assert len((await received(camera.address, None, lambda sink: len(sink.units) >= 20)).units) >= 20
            assert set_up(camera) == ["track1"]
            assert list(camera.ports) == ["track1"]

    asyncio.run(meet())


@pytest.mark.parametrize("way", [RefusingByUdp, UnansweringByUdp, ElsewhereByUdp, ToEverybody])
def test_a_camera_whose_sound_cannot_be_had_is_shown_without(way: type[SoundingByUdp]) -> None:
    async def meet() -> None:
        async with way() as camera:
            sound = KeptSound()
            assert len((await received(camera.address, sound, lambda sink: len(sink.units) >= 20)).units) >= 20
            assert (sound.parameters, sound.frames) == ([None], [])
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
                again.bind(("127.0.0.1", camera.ports["track2"]))

    asyncio.run(meet())


def test_the_pictures_go_on_when_the_sound_says_goodbye() -> None:
    async def meet() -> None:
        async with SaysGoodbye() as camera:
            sound = KeptSound()
            assert len((await received(camera.address, sound, lambda sink: len(sink.units) >= 60)).units) >= 60
            assert len(sound.frames) == 1

    asyncio.run(meet())


def test_a_stranger_puts_no_sound_into_the_stream() -> None:
    async def meet() -> None:
        async with SoundingByUdp() as camera:
            sound = KeptSound()

            def forged(_: RecordingSink) -> bool:
                if "track2" in camera.ports:
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                        stranger.bind(("127.0.0.3", 0))
                        packet = struct.pack(">BBHII", 0x80, 8, 5, 0, 7) + b"forged"
                        stranger.sendto(packet, ("127.0.0.1", camera.ports["track2"]))
                return len(sound.frames) >= 20

            await received(camera.address, sound, forged)
            assert b"forged" not in {frame.octets for frame in sound.frames}

    asyncio.run(meet())


def test_a_flood_of_tiny_packets_of_sound_is_counted_with_the_pictures_and_the_camera_is_left() -> None:
    config = replace(CONFIG, freeze_s=12.0, keyframe_s=60.0, camera_loop_share_max=0.02)

    async def meet() -> SourceError:
        async with FloodsWithSound() as camera:
            with pytest.raises(SourceError) as left:
                await received(camera.address, KeptSound(), lambda _: False, config)
            return left.value

    left = asyncio.run(meet())
    assert left.problem is SourceProblem.GARBAGE
    assert "time to read" in left.detail


@pytest.mark.origin
def test_the_tone_of_gstreamers_cameras_comes_by_udp_and_only_where_it_is_wanted(tmp_path: Path) -> None:
    clip = clip_file(tmp_path, SMALL)
    mounts = [word for name in (*TONES, "silent") for word in ("--mount", f"{name}={clip}")]
    sounds = [word for name, tone in TONES.items() for word in ("--sound", f"{name}={name}:{tone:.0f}")]
    heard = {}
    with running_origin(tmp_path, clip, "--udp", *mounts, *sounds, "--sound", "silent=pcma:400") as origin:
        for name in TONES:
            sound = KeptSound()

            def enough(_: RecordingSink, sound: KeptSound = sound) -> bool:
                return sum(frame.duration for frame in sound.frames) > _rate(sound)

            asyncio.run(received(f"rtsp://127.0.0.1:{origin.port}/{name}", sound, enough))
            (parameters,) = sound.parameters
            assert parameters is not None
            heard[name] = tone_hz(parameters, sound.frames)
        asyncio.run(received(f"rtsp://127.0.0.1:{origin.port}/silent", None, lambda sink: len(sink.units) > 20))
        asked = [found[1] for line in origin.said() if (found := re.search(r"asked SETUP \S+/(\w+/\S+)", line))]
    assert heard == pytest.approx(TONES, rel=0.01)
    assert {line for line in asked if line.startswith("silent/")} == {"silent/stream=0"}
    assert {"aac/stream=0", "aac/stream=1"} <= set(asked)


def _rate(sound: KeptSound) -> int:
    known = sound.parameters[-1] if sound.parameters else None
    return known.rate_hz if known is not None else 0
