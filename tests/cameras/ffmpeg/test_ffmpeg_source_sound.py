"""The sound of cameras that FFmpeg reads: byte for byte what was sent, and only where it is wanted."""

import asyncio
import contextlib
import itertools
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from curtilage.cameras.ffmpeg.ffmpeg_address import FfmpegAddress
from curtilage.cameras.ffmpeg.ffmpeg_source import FfmpegSource
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.cameras.ffmpeg.flv_tags import SCRIPT, SOUND, SOUND_AND_PICTURES, Tag, read_flv, write_flv
from tests.cameras.ffmpeg.sounding_film import Tone, sounding_film
from tests.cameras.ffmpeg.test_ffmpeg_source import CLIP, CONFIG, serving, slices_of
from tests.cameras.recording_sink import RecordingSink
from tests.cameras.sound_side import KeptSound
from tests.cameras.tones import tone_hz
from tests.origin.clip import SMALL, clip_file
from tests.origin.running import running_origin

pytestmark = pytest.mark.slow
AAC, OPUS = AudioCodec.AAC, AudioCodec.OPUS


def ended(
    address: str, sound: KeptSound | None, sink: RecordingSink | None = None, config: Config = CONFIG
) -> SourceError:
    """How the source ended."""

    async def main() -> SourceError:
        source = FfmpegSource(FfmpegAddress.parse(address), config, SystemClock())
        if sound is not None:
            source.sound_to(sound)
        with pytest.raises(SourceError) as wrong:
            async with asyncio.timeout(30):
                await source.run(sink or RecordingSink())
        return wrong.value

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("form", "tone", "parameters"),
    [
        ("flv", Tone("aac", 16_000), AudioParameters(AAC, 16_000, 1, b"\x14\x08\x56\xe5\x00")),
        ("flv", Tone("aac", 44_100, channels=2), AudioParameters(AAC, 44_100, 2, b"\x12\x10\x56\xe5\x00")),
        ("mpegts", Tone("aac", 48_000), AudioParameters(AAC, 48_000, 1, b"\x11\x88")),
        ("matroska", Tone("aac", 8_000), AudioParameters(AAC, 8_000, 1, b"\x15\x88\x56\xe5\x00")),
        ("flv", Tone("pcm_alaw", 8_000), AudioParameters(AudioCodec.PCMA, 8_000, 1)),
        ("flv", Tone("pcm_mulaw", 8_000), AudioParameters(AudioCodec.PCMU, 8_000, 1)),
        ("matroska", Tone("libopus", 48_000), AudioParameters(OPUS, 48_000, 2)),
        ("mpegts", Tone("libopus", 48_000), AudioParameters(OPUS, 48_000, 2)),
    ],
)
def test_what_is_sent_is_what_comes_beside_the_whole_picture(
    clips: Path, form: str, tone: Tone, parameters: AudioParameters
) -> None:
    film, sound, sink = sounding_film(clips, CLIP, form, tone), KeptSound(), RecordingSink()
    with serving(200, film.octets) as port:
        assert ended(f"ffmpeg:http://127.0.0.1:{port}/a", sound, sink).problem is SourceProblem.ENDED
    assert sound.parameters == [parameters]
    assert [frame.octets for frame in sound.frames] == film.sound
    assert tone_hz(parameters, sound.frames) == pytest.approx(tone.hertz, rel=0.01)
    assert [unit.nal_units[-1] for unit in sink.units] == slices_of(clips, CLIP)
    steps = {
        abs(later.timestamp - one.timestamp - one.duration)
        for one, later in zip(sound.frames, sound.frames[1:], strict=False)
    }
    assert max(steps) <= parameters.rate_hz // 1000 + 1, "stamps are rounded to milliseconds, no more"


def test_without_the_wish_nothing_of_it_leaves_the_process(clips: Path) -> None:
    film, sink = sounding_film(clips, CLIP, "flv", Tone("aac", 16_000)), RecordingSink()
    with serving(200, film.octets) as port:
        assert ended(f"ffmpeg:http://127.0.0.1:{port}/a.flv", None, sink).problem is SourceProblem.ENDED
    assert [unit.nal_units[-1] for unit in sink.units] == slices_of(clips, CLIP)


@pytest.mark.parametrize(("form", "tone"), [("matroska", Tone("mp3", 44_100)), ("avi", Tone("pcm_alaw", 44_100))])
def test_other_sound_is_told_as_none(clips: Path, form: str, tone: Tone) -> None:
    film, sound, sink = sounding_film(clips, CLIP, form, tone), KeptSound(), RecordingSink()
    with serving(200, film.octets) as port:
        assert ended(f"ffmpeg:http://127.0.0.1:{port}/a", sound, sink).problem is SourceProblem.ENDED
    assert (sound.parameters, sound.frames) == ([None], [])
    assert [unit.nal_units[-1] for unit in sink.units] == slices_of(clips, CLIP)


def spoiled(clips: Path, spoil: Callable[[list[Tag]], list[Tag]]) -> tuple[SourceError, KeptSound, RecordingSink]:
    """What comes of a camera that does so to its tags."""
    head, tags = read_flv(sounding_film(clips, CLIP, "flv", Tone("aac", 16_000)).octets)
    sound, sink = KeptSound(), RecordingSink()
    with serving(200, write_flv(head, spoil(tags))) as port:
        return ended(f"ffmpeg:http://127.0.0.1:{port}/a.flv", sound, sink), sound, sink


def test_sound_without_a_configuration_is_none_and_the_picture_is_whole(clips: Path) -> None:
    wrong, sound, sink = spoiled(clips, lambda tags: [tag for tag in tags if not tag.is_config])
    assert (wrong.problem, sound.parameters, sound.frames) == (SourceProblem.ENDED, [None], [])
    assert [unit.nal_units[-1] for unit in sink.units] == slices_of(clips, CLIP)


def test_a_configuration_that_changes_is_told_before_what_it_decodes(clips: Path) -> None:
    head, tags = read_flv(sounding_film(clips, CLIP, "flv", Tone("aac", 16_000)).octets)
    _, others = read_flv(sounding_film(clips, CLIP, "flv", Tone("aac", 48_000, channels=2)).octets)
    later = [tag.at(tag.time_ms + 1_000) for tag in others if tag.kind != SCRIPT]
    sound, sink = KeptSound(), RecordingSink()
    with serving(200, write_flv(head, tags + later)) as port:
        assert ended(f"ffmpeg:http://127.0.0.1:{port}/a.flv", sound, sink).problem is SourceProblem.ENDED
    assert [(known.rate_hz, known.channels) for known in sound.parameters if known] == [(16_000, 1), (48_000, 2)]
    assert {frame.duration for frame in sound.frames} == {1024}
    assert len(sink.units) == 50


@contextmanager
def living(head: bytes, tags: list[Tag]) -> Iterator[int]:
    """A camera over HTTP that sends these tags of a second again and again, each at its time."""

    class Live(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(head)
                begun_s = time.monotonic()
                for second, tag in itertools.product(range(20), tags):
                    at_ms = 1_000 * second + tag.time_ms
                    time.sleep(max(0.0, begun_s + at_ms / 1_000 - time.monotonic()))
                    self.wfile.write(write_flv(b"", [tag.at(at_ms)]))

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Live)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("with_sound", [False, True])
def test_a_camera_that_describes_sound_and_sends_none_is_shown_soon(clips: Path, *, with_sound: bool) -> None:
    """One whose microphone is switched off; FFmpeg itself waits up to 90 s for what never comes."""

    async def main(port: int) -> KeptSound:
        sink, sound = RecordingSink(), KeptSound()
        source = FfmpegSource(FfmpegAddress.parse(f"ffmpeg:http://127.0.0.1:{port}/a.flv"), CONFIG, SystemClock())
        if with_sound:
            source.sound_to(sound)
        running = asyncio.create_task(source.run(sink))
        async with asyncio.timeout(10):
            while len(sink.units) < 30:  # noqa: ASYNC110 - a sink tells nobody that it grew
                await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.wait({running})
        return sound

    head, tags = read_flv(sounding_film(clips, CLIP, "flv", Tone("aac", 16_000)).octets)
    assert head[4] == SOUND_AND_PICTURES
    with living(head, [tag for tag in tags if tag.kind not in (SOUND, SCRIPT)]) as port:
        sound = asyncio.run(main(port))
    assert (sound.parameters, sound.frames) == ([None] if with_sound else [], [])


@pytest.mark.parametrize("jump_ms", [-1_000, -2_000_000_000, 1_000_000_000, 2_147_000_000])
def test_stamps_that_jump_or_are_negative_harm_nothing(clips: Path, jump_ms: int) -> None:
    def jump(tags: list[Tag]) -> list[Tag]:
        return [tag.at(tag.time_ms + jump_ms) if tag.kind == SOUND and tag.time_ms > 400 else tag for tag in tags]

    wrong, sound, sink = spoiled(clips, jump)
    assert wrong.problem is SourceProblem.ENDED
    assert [unit.nal_units[-1] for unit in sink.units] == slices_of(clips, CLIP)
    assert len(sound.frames) >= 15
    assert all(0 <= frame.timestamp < 1 << 64 for frame in sound.frames)


def test_a_flood_of_tiny_packets_of_sound_is_left(clips: Path) -> None:
    head, tags = read_flv(sounding_film(clips, CLIP, "flv", Tone("pcm_alaw", 8_000)).octets)
    first = next(tag for tag in tags if tag.kind == SOUND)
    tiny = [Tag(SOUND, 1_000, first.payload[:2])] * 400_000
    sound = KeptSound()
    with serving(200, write_flv(head, tags + tiny)) as port:
        wrong = ended(
            f"ffmpeg:http://127.0.0.1:{port}/a.flv", sound, config=replace(CONFIG, camera_loop_share_max=0.01)
        )
    assert (wrong.problem, wrong.detail) == (
        SourceProblem.GARBAGE,
        "it takes more time to read than any camera should",
    )


@pytest.mark.origin
def test_gstreamers_server_is_asked_for_its_sound_only_where_it_is_wanted(clips: Path, tmp_path: Path) -> None:
    async def main(port: int, mount: str, sound: KeptSound | None) -> None:
        sink, source = RecordingSink(), FfmpegSource(
            FfmpegAddress.parse(f"ffmpeg:rtsp://127.0.0.1:{port}/{mount}"), CONFIG, SystemClock()
        )  # fmt: skip
        if sound is not None:
            source.sound_to(sound)
        running = asyncio.create_task(source.run(sink))
        async with asyncio.timeout(30):
            while len(sink.units) < 50:  # noqa: ASYNC110 - a sink tells nobody that it grew
                await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.wait({running})

    clip = clip_file(clips, SMALL)
    mounts = [word for name in ("wanted", "silent") for word in ("--mount", f"{name}={clip}")]
    sounds = [word for name in ("wanted", "silent") for word in ("--sound", f"{name}=aac:700")]
    sound = KeptSound()
    with running_origin(tmp_path, clip, *mounts, *sounds) as origin:
        asyncio.run(main(origin.port, "wanted", sound))
        asyncio.run(main(origin.port, "silent", None))
        asked = [found[1] for line in origin.said() if (found := re.search(r"asked SETUP \S+/(\w+/\S+)", line))]
    assert asked == ["wanted/stream=0", "wanted/stream=1", "silent/stream=0"]
    (parameters,) = sound.parameters
    assert parameters is not None
    assert tone_hz(parameters, sound.frames) == pytest.approx(700, rel=0.01)


def test_a_camera_by_rtmp_is_heard(clips: Path, tmp_path: Path) -> None:
    film, file = sounding_film(clips, CLIP, "flv", Tone("aac", 16_000)), tmp_path / "porch.flv"
    file.write_bytes(film.octets)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"rtmp://127.0.0.1:{free.getsockname()[1]}/live/porch"
    program = shutil.which("ffmpeg")
    assert program is not None, "ffmpeg is missing: see make test"
    command = (program, "-v", "quiet", "-i", str(file), "-c", "copy", "-f", "flv", "-listen", "1", address)
    sound, sink = KeptSound(), RecordingSink()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as camera:
        until_s = time.monotonic() + 20
        while ended(f"ffmpeg:{address}", sound, sink).problem is SourceProblem.UNREACHABLE and not sink.units:
            assert time.monotonic() < until_s
            time.sleep(0.2)
        camera.kill()
    assert sound.parameters == [AudioParameters(AAC, 16_000, 1, b"\x14\x08\x56\xe5\x00")]
    assert [frame.octets for frame in sound.frames] == film.sound
    assert [unit.nal_units[-1] for unit in sink.units] == slices_of(clips, CLIP)
