"""The whole input on a real stream: GStreamer's RTSP server, our RTSP client, the muxer; FFmpeg judges the parts."""

import asyncio
import contextlib
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from curtilage.cameras.input.camera_state import CameraState, Condition
from curtilage.cameras.input.input import CameraInput
from curtilage.cameras.input.source import SourceProblem
from curtilage.cameras.media.part import Part
from curtilage.cameras.source_kind import make_source
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.wire.mark import decode_mark
from tests.cameras.pictures import TICKS_PER_FRAME, play
from tests.origin.clip import IN_H265, MARK_KEY, SMALL, clip_file
from tests.origin.running import running_origin

pytestmark = pytest.mark.origin
CONFIG = Config(reconnect_first_s=0.05, reconnect_last_s=0.1)


@dataclass
class Received:
    """What came of the stream."""

    parts: list[Part] = field(default_factory=list)
    states: list[CameraState] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def part(self, part: Part) -> None:
        self.parts.append(part)
        self.news.set()

    def changed(self, state: CameraState) -> None:
        self.states.append(state)
        self.news.set()


async def received(address: str, done: Callable[[Received], bool]) -> Received:
    """Run an input until ``done``."""
    got, clock = Received(), SystemClock()
    camera_input = CameraInput(
        lambda: make_source(address, CONFIG, clock, secrets.token_bytes),
        got, clock, CONFIG, got.changed, random.Random(1),
    )  # fmt: skip
    task = asyncio.create_task(camera_input.run())
    async with asyncio.timeout(20):
        while not done(got):
            got.news.clear()
            await got.news.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return got


def test_the_parts_of_a_real_stream_show_every_picture_in_order_over_the_loops_seam(
    clips: Path, tmp_path: Path
) -> None:
    with running_origin(tmp_path, clip_file(clips, SMALL)) as origin:
        got = asyncio.run(received(f"rtsp://127.0.0.1:{origin.port}/0", lambda got: len(got.parts) > 130))
    shown = play(got.parts)
    marks = [decode_mark(picture.mark or b"", MARK_KEY) for picture in shown]
    frames = [mark.frame for mark in marks if mark is not None]
    assert len(frames) == len(shown) > 125
    assert frames == [(frames[0] + place) % SMALL.frames_count for place in range(len(frames))]
    steps = {after.time - before.time for before, after in pairwise(shown)}
    assert all(abs(step - TICKS_PER_FRAME) <= 2 for step in steps), steps


def test_the_parts_of_a_real_h265_stream_show_every_picture_in_order(clips: Path, tmp_path: Path) -> None:
    with running_origin(tmp_path, clip_file(clips, IN_H265)) as origin:
        got = asyncio.run(received(f"rtsp://127.0.0.1:{origin.port}/0", lambda got: len(got.parts) > 60))
    shown = play(got.parts)
    frames = [mark.frame for picture in shown if (mark := decode_mark(picture.mark or b"", MARK_KEY)) is not None]
    assert len(frames) == len(shown) > 55
    assert frames == [(frames[0] + place) % IN_H265.frames_count for place in range(len(frames))]
    assert b"hvc1" in got.parts[0].octets


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("user:wrong@127.0.0.1:{}/0", SourceProblem.REFUSED_PASSWORD),
        ("user:right@127.0.0.1:{}/9", SourceProblem.NO_SUCH_STREAM),
    ],
)
def test_a_real_servers_refusal_becomes_the_right_words(
    path: str, problem: SourceProblem, clips: Path, tmp_path: Path
) -> None:
    who = ("--user", "user", "--password", "right", "--digest")
    with running_origin(tmp_path, clip_file(clips, SMALL), *who) as origin:
        got = asyncio.run(received(f"rtsp://{path.format(origin.port)}", lambda got: bool(got.states)))
    assert got.states[0].problem is problem


def test_a_camera_that_is_switched_off_is_said_to_be_away_since_its_last_picture(clips: Path, tmp_path: Path) -> None:
    with running_origin(tmp_path, clip_file(clips, SMALL)) as origin:

        def gone(got: Received) -> bool:
            if len(got.parts) > 10:
                origin.switch_off()
            return len(got.states) > 1

        got = asyncio.run(received(f"rtsp://127.0.0.1:{origin.port}/0", gone))
    away = got.states[1]
    assert away.condition is Condition.RECONNECTING
    assert away.problem in {SourceProblem.ENDED, SourceProblem.UNREACHABLE}
    assert away.last_picture_ms == got.parts[-1].time_ms
    assert away.words("Porch").startswith("No picture since ")
