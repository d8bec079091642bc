"""Main and sub stream in players that nobody here wrote: hls.js changes over; ffmpeg and VLC play each."""

import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import signed_in_context
from tests.household import SignedIn, running_household
from tests.origin.clip import ClipKind, clip_file
from tests.origin.running import Origin, running_origin
from tests.web.browser.hls_page import CATCH_UP, bring_hls
from tests.web.browser.test_hls import CLIP, frames_seen

pytestmark = [pytest.mark.browser, pytest.mark.origin]
SUB = ClipKind(width=640, height=360, duration_s=8, bits_per_s=300_000, camera=2)
_WAIT_S = 20.0


def camera_of_two(owner: SignedIn, origin: Origin) -> str:
    """The origin's camera with both its streams, once the pictures of its main stream come."""
    address = f"rtsp://127.0.0.1:{origin.port}"
    given = {"name": "porch", "address": f"{address}/0", "sub_address": f"{address}/sub"}
    camera = str(owner.ask("POST", f"/homes/{owner.home}/cameras", given).json()["id"])
    wait_for(lambda: owner.ask("GET", f"/homes/{owner.home}/cameras/{camera}").json()["newest_picture_ms"] is not None)
    return camera


@contextmanager
def home_of_two(folder: Path) -> Iterator[tuple[SignedIn, str]]:
    """An owner at a running server, and a camera with both its streams."""
    clips = Path(tempfile.gettempdir()) / "curtilage-clips"
    mount = f"sub={clip_file(clips, SUB)}"
    with (
        running_origin(folder, clip_file(clips, CLIP), "--mount", mount) as origin,
        running_household(folder) as household,
    ):
        owner = household.home("Rose house", "Alma")
        yield owner, camera_of_two(owner, origin)


def wait_for(met: Callable[[], bool], why: str = "it did not come") -> None:
    """Bounded."""
    end = time.monotonic() + _WAIT_S
    while not met():
        assert time.monotonic() < end, why
        time.sleep(0.1)


def shown_now(page: Page) -> int | None:
    """The camera in the mark of the newest frame on the screen; each mark's code is checked."""
    seen = frames_seen(page)
    return seen[-1][1].camera if seen else None


def shows(page: Page, kind: ClipKind) -> bool:
    return shown_now(page) == kind.camera


def go_to(page: Page, height: int) -> None:
    """hls.js's own way: what comes next is of the other stream."""
    page.evaluate("height => { live.hls.nextLevel = live.hls.levels.findIndex((l) => l.height === height); }", height)


def test_hls_js_goes_to_the_sub_stream_and_back(chromium: Browser, tmp_path: Path) -> None:
    with home_of_two(tmp_path) as (owner, camera):
        context = signed_in_context(chromium, owner.port, owner.cookie)
        page = context.new_page()
        page.goto(f"http://localhost:{owner.port}/homes/{owner.home}/grants")
        bring_hls(page, CATCH_UP)
        page.evaluate("([grant, csrf]) => live.play(grant, csrf)", [owner.handle(camera), owner.csrf])
        wait_for(lambda: shown_now(page) is not None, "no picture")
        levels = page.evaluate("live.hls.levels.map((l) => [l.height, l.videoCodec, l.frameRate])")
        assert [height for height, *_ in levels] == [SUB.height, CLIP.height]
        assert all(str(codec).startswith("avc1.") for _, codec, _ in levels)
        for kind in (CLIP, SUB, CLIP, SUB):
            go_to(page, kind.height)
            wait_for(partial(shows, page, kind), "it did not change over")
            time.sleep(3)
            assert shown_now(page) == kind.camera
        dates = page.evaluate("live.dates")
        assert all(after - before > -400 for before, after in itertools.pairwise(dates)), "it never went back"
        assert not [error for error in page.evaluate("live.errors") if error[2]], "nothing fatal"
        path = str(page.evaluate("live.path"))
        key_path = str(page.evaluate(_SUB_KEY))
        before: int = page.evaluate(STATUS, key_path)
        assert owner.ask("DELETE", f"/homes/{owner.home}/grants/{owner.grant_id(camera)}").status_code == 200
        ways = [key_path, path, path.replace("index", "main"), path.replace("index", "sub")]
        after = [page.evaluate(STATUS, way) for way in ways]
        assert (before, after) == (200, [404] * 4)
        context.close()


STATUS = "path => fetch(path, { cache: 'no-store' }).then(answer => answer.status)"
"""Past the browser's own cache: playlists are public for a second."""
_SUB_KEY = """
fetch(live.path.replace("index", "sub")).then((answer) => answer.text()).then((text) =>
  live.path.replace("index.m3u8", "keys/" + text.split('URI="keys/').pop().split('"')[0]))
"""


def test_ffmpeg_finds_both_and_plays_the_smaller(tmp_path: Path) -> None:
    probe, program = shutil.which("ffprobe"), shutil.which("ffmpeg")
    assert probe is not None, "this test needs ffmpeg: apt-get install ffmpeg"
    assert program is not None
    with home_of_two(tmp_path) as (owner, camera):
        opened = owner.ask("POST", "/hls", {"grant": owner.handle(camera), "player": "other"}).json()
        address = f"http://localhost:{owner.port}{opened['path']}"
        shown = ["-show_entries", "stream=width,height", "-show_programs", "-of", "json"]
        told = subprocess.run([probe, "-v", "error", *shown, address], capture_output=True, timeout=60, check=True)
        sizes = {(item["width"], item["height"]) for item in json.loads(told.stdout)["streams"]}
        assert sizes == {(CLIP.width, CLIP.height), (SUB.width, SUB.height)}
        command = [
            program,
            "-v",
            "warning",
            "-xerror",
            "-i",
            address,
            "-map",
            "0:p:1:v",
            "-t",
            "4",
            "-f",
            "framecrc",
            "-",
        ]
        played = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert played.returncode == 0, played.stderr
        assert f"#dimensions 0: {SUB.width}x{SUB.height}" in played.stdout
        # Of both streams' first picture, not of this one's, ffmpeg counts the four seconds.
        assert len([line for line in played.stdout.splitlines() if line.startswith("0,")]) >= 40


def test_vlc_plays_each_without_a_cookie(tmp_path: Path) -> None:
    program, probe = shutil.which("vlc"), shutil.which("ffprobe")
    assert program is not None, "this test needs VLC: apt-get install vlc-bin vlc-plugin-base"
    assert probe is not None, "this test needs ffmpeg: apt-get install ffmpeg"
    # VLC refuses to run as root.
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    out = "--sout=#std{access=file,mux=ts,dst=-}"
    with home_of_two(tmp_path) as (owner, camera):
        opened = {"grant": owner.handle(camera), "player": "other"}
        address = f"http://localhost:{owner.port}{owner.ask('POST', '/hls', opened).json()['path']}"
        for logic, kind in (("lowest", SUB), ("highest", CLIP)):
            play = ["-I", "dummy", "--quiet", f"--adaptive-logic={logic}", "--run-time=8", out, address, "vlc://quit"]
            played = subprocess.run([*nobody, program, *play], capture_output=True, timeout=60, check=False)
            shown = ["-select_streams", "v", "-show_entries", "frame=width,height", "-of", "csv=p=0"]
            told = subprocess.run(
                [probe, "-v", "quiet", *shown, "-"], input=played.stdout, capture_output=True, timeout=60, check=False
            )
            sizes = told.stdout.decode().split()
            assert len(sizes) >= 50, played.stderr[-500:]
            assert {size.strip(",") for size in sizes} == {f"{kind.width},{kind.height}"}
