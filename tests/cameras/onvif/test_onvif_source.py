"""Cameras by ONVIF, from the address to the pictures: a device of loopback and the ways real ones differ."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop

from curtilage.cameras.input.source import KeyframeOnDemand, SourceError, SourceProblem
from curtilage.cameras.input.trust import Trust, fingerprint_of, with_trust
from curtilage.cameras.onvif.onvif_source import OnvifSource
from curtilage.cameras.source_kind import make_source
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.store.store import StoreFull
from tests.cameras.kept import Kept
from tests.cameras.recording_sink import RecordingSink
from tests.cameras.sound_side import KeptSound
from tests.origin.certificates import make
from tests.origin.made_camera import Camera, SignIn
from tests.origin.onvif_device import OnvifDevice
from tests.origin.rtsp_sound import Sounding

pytestmark = pytest.mark.slow
CONFIG = replace(Config(), rtsp_connect_s=1.0, rtsp_reply_s=1.0, onvif_reply_s=1.0)


def source_of(address: str, kept: Kept | None = None) -> OnvifSource:
    source = make_source(address, CONFIG, SystemClock(), secrets.token_bytes)
    assert isinstance(source, OnvifSource)
    source.remember_in(kept or Kept())
    return source


async def received(source: OnvifSource) -> RecordingSink:
    """Some pictures. Raises SourceError."""
    sink = RecordingSink()
    running = asyncio.create_task(source.run(sink))
    async with asyncio.timeout(10):
        while len(sink.units) < 5 and not running.done():  # noqa: ASYNC110 - a sink knows no event
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    if not running.cancelled():
        running.result()
    return sink


class First(OnvifDevice):
    """Has Media only."""

    second = False


class Old(OnvifDevice):
    """Knows neither Media2 nor GetServices."""

    second, services = False, False


class Digest(OnvifDevice):
    """Wants HTTP Digest and knows no token."""

    http_digest, token = True, False


class Fast(OnvifDevice):
    """Its clock is a day and a bit ahead."""

    ahead_s = 90_000


class Slow(OnvifDevice):
    """Its clock is that of its factory."""

    ahead_s = -400_000_000


class Elsewhere(OnvifDevice):
    """Behind a router: names an address that leads to somebody else."""

    host = "192.0.2.77"


WAYS = [OnvifDevice, First, Old, Digest, Fast, Slow, Elsewhere]
"""Said what they are, in their own ways."""


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_a_real_camera_leads_to_its_pictures(way: type[OnvifDevice], run: Callable[..., None]) -> None:
    async def meet() -> None:
        async with Camera(SignIn(password="se cret&<"), path="") as stream, way(stream) as device:
            kept = Kept()
            address = device.address.replace("se cret&<", "se%20cret&<")
            source = source_of(address, kept)
            assert (await received(source)).units
            assert kept.described == [("Hearth Porch 2", "3.5.1_00.66")]
            assert stream.asked[1].url.endswith("/live?profile=main_1&a=1")
            await source.ask_keyframe()
            assert device.keyframes_of == ["main_1"]
            assert isinstance(source, KeyframeOnDemand)

    run(meet())


@pytest.mark.parametrize(
    ("after", "profile"),
    [
        ("", "main_1"),
        ("?stream=sub", "sub_1"),
        ("?profile=sub_1", "sub_1"),
        ("/onvif/device_service?stream=main", "main_1"),
    ],
)
@pytest.mark.parametrize("way", [OnvifDevice, First])
def test_the_stream_meant_is_asked_for(way: type[OnvifDevice], after: str, profile: str) -> None:
    async def meet() -> None:
        async with Camera() as stream, way(stream) as device:
            assert (await received(source_of(device.address + after))).units
            assert f"profile={profile}&" in stream.asked[1].url

    asyncio.run(meet())


def test_sound_is_asked_for_where_it_is_wanted() -> None:
    async def meet() -> None:
        async with Sounding() as stream, OnvifDevice(stream) as device:
            source, sound = source_of(device.address), KeptSound()
            source.sound_to(sound)
            assert (await received(source)).units
            assert [parameters is not None for parameters in sound.parameters] == [True]
            assert sound.frames
            silent = source_of(device.address)
            assert (await received(silent)).units
            assert sum(asked.url.endswith("track2") for asked in stream.asked) == 1

    asyncio.run(meet())


class Bomb(OnvifDevice):
    """Answers with an entity bomb."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        entities = "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
        return self.answer(200, f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{entities}]><x>&j;</x>'.encode())


class ReadsFiles(OnvifDevice):
    """Would have us read a file."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        return self.answer(200, b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>')


class Endless(OnvifDevice):
    """A reply that is far too long."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        return self.answer(200, b"<x>" + b"y" * 2_000_000)


class ManyElements(OnvifDevice):
    """Twenty thousand elements and more."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        return self.answer(200, b"<x>" + b"<y/>" * 50_000 + b"</x>")


class Deep(OnvifDevice):
    """Elements within elements within elements."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        return self.answer(200, b"<a>" * 30_000 + b"</a>" * 30_000)


class WebServer(OnvifDevice):
    """Something else that speaks HTTP."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        return self.answer(404, b"<!doctype html><title>Router</title><br>")


class Moved(OnvifDevice):
    """Sends us elsewhere."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        return self.answer(302, b"", "Location: http://192.0.2.1/\r\n")


class NoHttp(OnvifDevice):
    """Speaks something else."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        return b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n"


class NoProfiles(OnvifDevice):
    """Offers nothing."""

    profiles = ()


class NoUri(OnvifDevice):
    """Knows no address of its stream."""

    def uri(self, *_: object, **__: object) -> str | None:
        """See OnvifDevice."""
        return None


class StrangeUri(OnvifDevice):
    """Names something that is no stream."""

    def uri(self, *_: object, **__: object) -> str:
        """See OnvifDevice."""
        return "<trt:GetStreamUriResponse><tt:Uri>http://192.0.2.1/live</tt:Uri></trt:GetStreamUriResponse>"


class Hangs(OnvifDevice):
    """Says nothing."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        return b""


class Trickles(OnvifDevice):
    """Begins a reply and never ends it."""

    def reply(self, *_: object) -> bytes:
        """See OnvifDevice."""
        return b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<x>"


BAD = [
    (Bomb, SourceProblem.GARBAGE),
    (ReadsFiles, SourceProblem.GARBAGE),
    (Endless, SourceProblem.GARBAGE),
    (ManyElements, SourceProblem.GARBAGE),
    (Deep, SourceProblem.GARBAGE),
    (WebServer, SourceProblem.NOT_A_CAMERA),
    (Moved, SourceProblem.NOT_A_CAMERA),
    (NoHttp, SourceProblem.NOT_A_CAMERA),
    (NoProfiles, SourceProblem.NO_SUCH_STREAM),
    (NoUri, SourceProblem.NO_SUCH_STREAM),
    (StrangeUri, SourceProblem.GARBAGE),
    (Hangs, SourceProblem.UNREACHABLE),
    (Trickles, SourceProblem.UNREACHABLE),
]


@pytest.mark.parametrize(("way", "problem"), BAD, ids=[case[0].__name__ for case in BAD])
def test_a_bad_device_is_named_in_time_and_gets_no_password(way: type[OnvifDevice], problem: SourceProblem) -> None:
    async def meet() -> SourceError:
        async with Camera(SignIn()) as stream, way(stream) as device:
            with pytest.raises(SourceError) as error:
                async with asyncio.timeout(4):
                    await source_of(device.address).run(RecordingSink())
            assert stream.asked == []
            assert "right" not in str(error.value)
            return error.value

    assert uvloop.run(meet()).problem is problem


@pytest.mark.parametrize("way", [OnvifDevice, Digest, Old])
@pytest.mark.parametrize("who", ["porch:wrong@", "other:right@", ""])
def test_a_wrong_password_is_said(way: type[OnvifDevice], who: str) -> None:
    async def meet() -> SourceError:
        async with Camera(SignIn()) as stream, way(stream) as device:
            with pytest.raises(SourceError) as error:
                await source_of(device.address.replace("porch:right@", who)).run(RecordingSink())
            return error.value

    assert asyncio.run(meet()).problem is SourceProblem.REFUSED_PASSWORD


class UnderTls(OnvifDevice):
    """Its stream comes under TLS."""

    scheme = "rtsps"


def test_a_stream_under_tls_is_known_by_its_key_and_not_led_around_it(tmp_path: Path) -> None:
    shown = make(tmp_path, "shown")
    trust = Trust(fingerprint_of(shown.der()))

    async def meet() -> None:
        async with Camera(SignIn(), tls=shown.context()) as stream, UnderTls(stream) as device:
            kept = Kept()
            assert (await received(source_of(device.address, kept))).units
            assert kept.trusts == [trust]
            assert (await received(source_of(with_trust(device.address, trust), kept))).units
            with pytest.raises(SourceError) as error:
                await received(source_of(with_trust(device.address, Trust("sha256:" + "0" * 64)), kept))
            assert error.value.problem is SourceProblem.CHANGED_KEY
        async with Camera(SignIn()) as stream, OnvifDevice(stream) as device:
            with pytest.raises(SourceError) as error:
                await received(source_of(with_trust(device.address, trust), kept))
            assert error.value.problem is SourceProblem.NOT_TLS
            assert stream.asked == []

    asyncio.run(meet())


def test_a_full_disk_hides_no_picture() -> None:
    class Full(Kept):
        async def describe(self, model: str, firmware: str) -> None:
            raise StoreFull(f"no room for {model} {firmware}")

    async def meet() -> None:
        async with Camera() as stream, OnvifDevice(stream) as device:
            assert (await received(source_of(device.address, Full()))).units

    asyncio.run(meet())


class Nameless(OnvifDevice):
    """Does not say what it is."""

    def content(self, operation: str, body: str, path: str) -> str | None:
        """See OnvifDevice."""
        return None if operation == "GetDeviceInformation" else super().content(operation, body, path)


class Timeless(OnvifDevice):
    """Does not say what time it is."""

    def content(self, operation: str, body: str, path: str) -> str | None:
        """See OnvifDevice."""
        return None if operation == "GetSystemDateAndTime" else super().content(operation, body, path)


class NoKeyframes(OnvifDevice):
    """Knows no SetSynchronizationPoint."""

    def content(self, operation: str, body: str, path: str) -> str | None:
        """See OnvifDevice."""
        return None if operation == "SetSynchronizationPoint" else super().content(operation, body, path)


@pytest.mark.parametrize("way", [Nameless, Timeless])
def test_what_a_camera_does_not_say_stops_nothing(way: type[OnvifDevice]) -> None:
    async def meet() -> None:
        async with Camera(SignIn()) as stream, way(stream) as device:
            assert (await received(source_of(device.address))).units

    asyncio.run(meet())


def test_a_camera_without_keyframes_on_demand_says_so() -> None:
    async def meet() -> None:
        async with Camera() as stream, NoKeyframes(stream) as device:
            source = source_of(device.address)
            await source.ask_keyframe()  # before the first connection there is nothing to ask
            assert (await received(source)).units
            with pytest.raises(SourceError) as error:
                await source.ask_keyframe()
            assert error.value.problem is SourceProblem.UNSUPPORTED

    asyncio.run(meet())


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(SourceError) as error, contextlib.suppress(TimeoutError):
        asyncio.run(source_of("onvif://127.0.0.1:1").run(RecordingSink()))
    assert error.value.problem is SourceProblem.UNREACHABLE
