"""Cameras by RTSP: good ones, bad ones, and GStreamer's server."""

import asyncio
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvloop

from curtilage.cameras.input.camera_address import CameraAddress
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.media.access_unit import AccessUnit
from curtilage.cameras.rtsp.rtsp import RtspSource
from curtilage.clock import SystemClock
from curtilage.config import MIB, Config
from tests.cameras.recording_sink import RecordingSink
from tests.origin import rtsp_broken_stream as broken
from tests.origin import rtsp_misbehaving as bad
from tests.origin.clip import SMALL, clip_file, read_clip
from tests.origin.made_camera import Camera, SignIn
from tests.origin.running import running_origin

pytestmark = pytest.mark.slow

CONFIG = replace(
    Config(),
    rtsp_connect_s=0.5,
    rtsp_reply_s=0.3,
    freeze_s=0.3,
    keyframe_s=0.4,
    camera_bytes_per_s_max=2_000_000,
    camera_loop_share_max=1,
)
WITHIN_S = 3.0
CLIP = replace(SMALL, duration_s=1, group_frames_count=25)
Runner = Callable[[Coroutine[Any, Any, Any]], Any]
LOOPS: list[Runner] = [asyncio.run, uvloop.run]


def source_of(address: str, config: Config = CONFIG) -> RtspSource:
    return RtspSource(CameraAddress.parse(address), config, SystemClock(), lambda count: b"\7" * count)


async def until(condition: Callable[[], bool], within_s: float = 10) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - what is waited for knows no event
            await asyncio.sleep(0.005)


async def run_until(address: str, sink: RecordingSink, pictures: int, config: Config = CONFIG) -> None:
    """Run the source until the sink has so many pictures, then cancel it."""
    running = asyncio.create_task(source_of(address, config).run(sink))
    await until(lambda: len(sink.units) >= pictures or running.done())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


PROBLEMS = [
    (bad.HttpServer, SourceProblem.NOT_A_CAMERA, "not RTSP"),
    (bad.SshServer, SourceProblem.NOT_A_CAMERA, "not RTSP"),
    (bad.Garbage, SourceProblem.NOT_A_CAMERA, "neither a message nor a packet"),
    (bad.EndlessLine, SourceProblem.NOT_A_CAMERA, "line that does not end"),
    (bad.EndlessHead, SourceProblem.GARBAGE, "head that does not end"),
    (bad.TricklingHead, SourceProblem.UNREACHABLE, "no reply to OPTIONS"),
    (bad.Silent, SourceProblem.UNREACHABLE, "no reply to OPTIONS"),
    (bad.ClosesAtOnce, SourceProblem.UNREACHABLE, ""),
    (bad.HugeBody, SourceProblem.GARBAGE, "length"),
    (bad.LyingBody, SourceProblem.FROZEN, "no reply to DESCRIBE"),
    (bad.NoSuchStream, SourceProblem.NO_SUCH_STREAM, "404"),
    (bad.Busy, SourceProblem.UNREACHABLE, "503"),
    (bad.Forbids, SourceProblem.REFUSED_PASSWORD, "403"),
    (bad.NoVideo, SourceProblem.NO_VIDEO, "no video"),
    (bad.OtherCodec, SourceProblem.NO_VIDEO, "VP9"),
    (bad.InterleavedUnits, SourceProblem.UNSUPPORTED, "out of order"),
    (bad.OnlyUdp, SourceProblem.UNSUPPORTED, "same connection"),
    (bad.RefusesTcp, SourceProblem.UNSUPPORTED, "461"),
    (bad.ImpossibleChannel, SourceProblem.GARBAGE, "channel"),
    (bad.NoSession, SourceProblem.GARBAGE, "session"),
    (bad.Redirects, SourceProblem.NO_SUCH_STREAM, "another host"),
    (bad.RedirectsToNonsense, SourceProblem.GARBAGE, "no address"),
    (bad.RedirectsForEver, SourceProblem.NO_SUCH_STREAM, "again and again"),
    (broken.Freezes, SourceProblem.FROZEN, ""),
    (broken.NoKeyframe, SourceProblem.FROZEN, "no keyframe"),
    (broken.TruncatedUnits, SourceProblem.FROZEN, "no whole picture"),
    (broken.HugePicture, SourceProblem.FROZEN, ""),
    (broken.Flood, SourceProblem.GARBAGE, "more than any camera should"),
    (broken.HugeSize, SourceProblem.FROZEN, "60000 by 592"),
    (broken.LyingLengths, SourceProblem.GARBAGE, "neither a message nor a packet"),
    (broken.ClosesMidFrame, SourceProblem.ENDED, "middle of a packet"),
    (broken.Resets, SourceProblem.UNREACHABLE, "reset"),
    (bad.AsksWithoutEnd, SourceProblem.FROZEN, "no reply to OPTIONS"),
]


@pytest.mark.parametrize(("behaviour", "problem", "detail"), PROBLEMS, ids=[case[0].__name__ for case in PROBLEMS])
def test_every_misbehaviour_is_named_in_time(behaviour: type[Camera], problem: SourceProblem, detail: str) -> None:
    async def meet() -> SourceError:
        async with behaviour() as camera:
            with pytest.raises(SourceError) as refused:
                async with asyncio.timeout(WITHIN_S):
                    await source_of(camera.address).run(RecordingSink())
            return refused.value

    error = uvloop.run(meet())
    assert (error.problem, detail in error.detail) == (problem, True), error


def test_a_port_without_a_camera_is_unreachable() -> None:
    with pytest.raises(SourceError) as refused:
        asyncio.run(source_of("rtsp://127.0.0.1:1/x").run(RecordingSink()))
    assert refused.value.problem is SourceProblem.UNREACHABLE
    assert "127" not in refused.value.detail


GOOD = [Camera, broken.EmptyUnits, broken.JumpsBack, broken.ManySlices, broken.Asks, bad.RedirectsHere]


@pytest.mark.parametrize("run", LOOPS, ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("behaviour", GOOD)
def test_odd_but_good_cameras_are_received(run: Runner, behaviour: type[Camera]) -> None:
    async def meet() -> None:
        async with behaviour() as camera:
            sink = RecordingSink()
            await run_until(camera.address, sink, 40)
            assert sink.units[0].keyframe
            expected = [picture.slices for picture, _ in zip(camera.pictures(), sink.units, strict=False)]
            assert [unit.nal_units for unit in sink.units] == expected
            assert len(sink.parameters) == 1
            if behaviour is broken.Asks:
                replies = [asked.url for asked in camera.asked if asked.method == "REPLY"]
                assert replies[:2] == ["RTSP/1.0 501 Not Implemented", "RTSP/1.0 200 OK"]

    run(meet())


def test_a_change_of_resolution_is_announced() -> None:
    async def meet() -> None:
        async with broken.ChangesSize() as camera:
            sink = RecordingSink()
            await run_until(camera.address, sink, 25)
            assert [parameters.width for parameters in sink.parameters][:3] == [640, 1280, 640]
            assert [unit.keyframe for unit in sink.units[:21]] == [index % 10 == 0 for index in range(21)]

    asyncio.run(meet())


@pytest.mark.parametrize("behaviour", [bad.Short, broken.SaysGoodbye])
def test_the_camera_may_end_the_stream_in_good_order(behaviour: type[Camera]) -> None:
    async def meet() -> None:
        async with behaviour() as camera:
            sink = RecordingSink()
            async with asyncio.timeout(WITHIN_S):
                await source_of(camera.address).run(sink)
            assert len(sink.units) == 20

    asyncio.run(meet())


SIGN_INS = [
    ("Basic only", SignIn(offers=("Basic",)), "Basic"),
    ("MD5 before Basic", SignIn(offers=("Basic", "MD5")), "MD5"),
    ("SHA-256 before all", SignIn(offers=("Basic", "MD5", "SHA-256")), "SHA-256"),
    ("without a quality of protection", SignIn(offers=("MD5",), quality=False), "MD5"),
    ("a nonce for two requests", SignIn(offers=("SHA-256",), uses_count_max=2), "SHA-256"),
    ("a nonce for each request", SignIn(offers=("MD5",), uses_count_max=1), "MD5"),
    ("a password of odd letters", SignIn(password="ri/g@h%t:ü", offers=("MD5",)), "MD5"),
]


@pytest.mark.parametrize(("sign_in", "way"), [case[1:] for case in SIGN_INS], ids=[case[0] for case in SIGN_INS])
def test_we_sign_in_as_the_camera_asks(sign_in: SignIn, way: str) -> None:
    async def meet() -> None:
        async with Camera(replace(sign_in)) as camera:
            await run_until(camera.address, RecordingSink(), 3)
            assert camera.sign_in is not None
            assert set(camera.sign_in.accepted) == {way}
            assert all(quote(sign_in.password) not in asked.url for asked in camera.asked)

    asyncio.run(meet())


@pytest.mark.parametrize(
    ("who", "detail"),
    [("porch:wrong@", ""), ("other:right@", ""), ("", "asks for a user")],
)
@pytest.mark.parametrize("offers", [("Basic",), ("MD5",), ("Basic", "SHA-256")])
def test_a_wrong_password_is_refused_after_few_requests(who: str, detail: str, offers: tuple[str, ...]) -> None:
    async def meet() -> None:
        async with Camera(SignIn(offers=offers)) as camera:
            with pytest.raises(SourceError) as refused:
                await source_of(f"rtsp://{who}127.0.0.1:{camera.port}/live").run(RecordingSink())
            assert refused.value.problem is SourceProblem.REFUSED_PASSWORD
            assert detail in refused.value.detail
            assert len(camera.asked) <= 3
            assert "wrong" not in str(refused.value)

    asyncio.run(meet())


@pytest.mark.parametrize(("public", "method"), [(Camera.public, "GET_PARAMETER"), ("DESCRIBE", "OPTIONS")])
def test_the_session_is_kept_alive_as_the_camera_understands(public: str, method: str) -> None:
    async def meet() -> None:
        async with Camera() as camera:
            camera.public, camera.session = public, "Session: 7a ; timeout=2\r\n"
            began = time.monotonic()
            running = asyncio.create_task(source_of(camera.address).run(RecordingSink()))
            await until(lambda: camera.methods[4:] == [method])
            assert 0.8 < time.monotonic() - began < 2.0, "half the session's time-out"
            assert camera.asked[-1].fields["session"] == "7a"
            assert camera.methods[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(meet())


def test_cancelling_says_teardown_and_delivers_nothing_more() -> None:
    async def meet() -> None:
        async with Camera() as camera:
            sink = RecordingSink()
            await run_until(camera.address, sink, 5)
            count = len(sink.units)
            await until(lambda: camera.methods[-1] == "TEARDOWN")
            assert camera.asked[-1].fields["session"] == "7a"
            await asyncio.sleep(0.05)
            assert len(sink.units) == count

    asyncio.run(meet())


def test_requests_name_the_urls_of_the_description() -> None:
    async def meet() -> None:
        async with Camera() as camera:
            await run_until(camera.address, RecordingSink(), 1)
            base = f"rtsp://127.0.0.1:{camera.port}/live"
            assert [asked.url for asked in camera.asked[:4]] == [base, base, f"{base}/track1", f"{base}/"]

    asyncio.run(meet())


def test_a_fault_in_the_sink_is_not_hidden() -> None:
    class Faulty(RecordingSink):
        def access_unit(self, _: AccessUnit) -> None:
            raise RuntimeError("a fault of ours")

    async def meet() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with Camera() as camera:
            with pytest.raises(RuntimeError, match="fault of ours"):
                await source_of(camera.address).run(Faulty())

    asyncio.run(meet())


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", [broken.HugePicture, bad.EndlessHead, bad.HugeBody, bad.AsksWithoutEnd])
def test_memory_stays_bounded(behaviour: type[Camera]) -> None:
    """What the source holds at most beside its sink, while a camera of another process sends without end."""

    async def meet(port: int) -> None:
        with pytest.raises(SourceError):
            await source_of(f"rtsp://127.0.0.1:{port}/live").run(RecordingSink())

    with served([sys.executable, "-m", "tests.origin.rtsp_misbehaving", behaviour.__name__]) as port:
        asyncio.run(meet(port))  # once, so that what is loaded once is not counted
        tracemalloc.start()
        asyncio.run(meet(port))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2 * CONFIG.access_unit_bytes_max + MIB


@contextmanager
def served(command: list[str]) -> Iterator[int]:
    """Start a server of another process; gives its port."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        assert words[:1] == [b"port"], "the origin did not start: see its output above"
        yield int(words[1])
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(5) == 0


@pytest.fixture
def clip(clips: Path) -> Path:
    return clip_file(clips, CLIP)


@pytest.mark.origin
@pytest.mark.parametrize("run", LOOPS, ids=["asyncio", "uvloop"])
@pytest.mark.parametrize(
    ("options", "who"),
    [
        ((), ""),
        (("--user", "porch", "--password", "se cret"), "porch:se%20cret@"),
        (("--user", "porch", "--password", "se cret", "--digest"), "porch:se%20cret@"),
        (("--user", "porch", "--password", "se cret", "--digest", "--udp"), "porch:se%20cret@"),
    ],
    ids=["open", "Basic", "Digest", "UDP only, Digest"],
)
def test_gstreamers_server_is_received_whole(
    clip: Path, tmp_path: Path, run: Runner, options: tuple[str, ...], who: str
) -> None:
    async def meet(port: int) -> RecordingSink:
        sink = RecordingSink()
        await run_until(f"rtsp://{who}127.0.0.1:{port}/cameraname", sink, 40, Config())
        return sink

    with running_origin(tmp_path, clip, *options) as origin:
        sink = run(meet(origin.port))
    sent = [slices_of_annex_b(unit.annex_b) for unit in read_clip(clip)]
    first = sent.index(sink.units[0].nal_units)
    assert [unit.nal_units for unit in sink.units] == [sent[(first + at) % len(sent)] for at in range(len(sink.units))]
    assert len(sink.units) > len(sent) - first, "the loop's seam was crossed"
    assert {later.timestamp - unit.timestamp for unit, later in pairwise(sink.units)} <= {3599, 3600, 3601}
    (parameters,) = sink.parameters
    assert (parameters.width, parameters.height, parameters.reorder) == (CLIP.width, CLIP.height, False)
    assert parameters.codec.startswith("avc1.64")


@pytest.mark.origin
@pytest.mark.parametrize("digest", [(), ("--digest",)], ids=["Basic", "Digest"])
def test_gstreamers_server_refuses_a_wrong_password(clip: Path, tmp_path: Path, digest: tuple[str, ...]) -> None:
    with (
        running_origin(tmp_path, clip, "--user", "porch", "--password", "right", *digest) as origin,
        pytest.raises(SourceError) as refused,
    ):
        asyncio.run(source_of(f"rtsp://porch:wrong@127.0.0.1:{origin.port}/0").run(RecordingSink()))
    assert refused.value.problem is SourceProblem.REFUSED_PASSWORD


@pytest.mark.origin
def test_gstreamers_server_has_no_such_stream(clip: Path, tmp_path: Path) -> None:
    with running_origin(tmp_path, clip) as origin, pytest.raises(SourceError) as refused:
        asyncio.run(source_of(f"rtsp://127.0.0.1:{origin.port}/nothing").run(RecordingSink()))
    assert refused.value.problem is SourceProblem.NO_SUCH_STREAM


@pytest.mark.origin
def test_a_picture_is_in_the_sink_soon_after_it_was_pushed(clip: Path, tmp_path: Path) -> None:
    arrived: dict[tuple[bytes, ...], float] = {}

    class Timing(RecordingSink):
        def access_unit(self, unit: AccessUnit) -> None:
            arrived[unit.nal_units] = time.time()
            super().access_unit(unit)

    with running_origin(tmp_path, clip) as origin:
        asyncio.run(run_until(f"rtsp://127.0.0.1:{origin.port}/0", Timing(), 24, Config()))
        pushed = [origin.pushed_s(0, frame, CLIP.frames_count) for frame in range(CLIP.frames_count)]
    sent = [slices_of_annex_b(unit.annex_b) for unit in read_clip(clip)]
    delays = [arrived[nals] - pushed[index] for index, nals in enumerate(sent) if nals in arrived and pushed[index]]
    assert len(delays) >= 24
    assert statistics.median(delays) < 0.010


def test_a_camera_that_is_costly_to_read_takes_its_share_of_the_time_and_is_left() -> None:
    """Well within its bytes a second; it once kept every other home on the server waiting for seconds."""
    config = replace(CONFIG, freeze_s=60.0, keyframe_s=60.0, camera_bytes_per_s_max=8 * MIB, camera_loop_share_max=0.1)

    async def meet() -> tuple[SourceError, float]:
        async with broken.TinyUnits() as camera, asyncio.timeout(80):
            begun, used = time.monotonic(), time.thread_time()
            with pytest.raises(SourceError) as left:
                await source_of(camera.address, config).run(RecordingSink())
            return left.value, (time.thread_time() - used) / (time.monotonic() - begun)

    error, share = uvloop.run(meet())
    assert error.problem is SourceProblem.GARBAGE
    assert "time to read" in error.detail
    assert share < 0.5, "the camera of this test runs in the same thread, and takes the most of it"


def slices_of_annex_b(octets: bytes) -> tuple[bytes, ...]:
    nals = (nal.rstrip(b"\0") for nal in octets.split(b"\0\0\1"))
    return tuple(nal for nal in nals if nal and nal[0] & 31 in (1, 5))
