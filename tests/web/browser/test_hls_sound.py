"""Picture and tone by LL-HLS in players that nobody here wrote: hls.js in a real Chromium, ffmpeg, VLC."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import signed_in_context
from tests.household import Household, SignedIn, running_household
from tests.origin.clip import clip_file
from tests.origin.running import Origin, running_origin
from tests.web.browser.hls_page import CATCH_UP, bring_hls
from tests.web.browser.test_hls import CLIP, frames_seen, latencies_ms, live_camera
from tests.web.browser.test_hls_sub import STATUS, SUB, camera_of_two, go_to, shown_now, shows, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.origin, pytest.mark.slow]
TONES = {"aac": 700.0, "pcma": 1000.0, "opus": 1700.0}
CODECS = {"aac": "mp4a.40.2", "pcma": "fLaC", "opus": "Opus"}
_LISTEN = """async (wait) => {
  const { video } = live;
  if (window.analyser === undefined || window.analysed !== video) {
    video.muted = false;
    const context = new AudioContext();
    window.analyser = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
    context.createMediaElementSource(video).connect(window.analyser);
    window.analysed = video;
  }
  await new Promise((done) => setTimeout(done, wait));
  const { analyser } = window;
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const top = levels.indexOf(Math.max(...levels));
  return { tone: top * analyser.context.sampleRate / analyser.fftSize, level: levels[top] };
}"""
_SOUND_KEY = """
fetch(live.path.replace("index", "sound")).then((answer) => answer.text()).then((text) =>
  live.path.replace("index.m3u8", "keys/" + text.split('URI="keys/').pop().split('"')[0]))
"""
_FETCHED = "performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.endsWith('.m4s'))"


@dataclass
class Place:
    """A camera with a picture and a tone, its sound switched on."""

    household: Household
    origin: Origin
    owner: SignedIn
    camera: str

    def switch(self, *, on: bool) -> None:
        reply = self.owner.ask("PUT", f"/homes/{self.owner.home}/cameras/{self.camera}/sound", {"on": on})
        assert reply.status_code == 204, reply.text
        wait_for(lambda: self.status()["sound"] == ("on" if on else "off"))

    def status(self) -> dict[str, object]:
        return dict(self.owner.ask("GET", f"/homes/{self.owner.home}/cameras/{self.camera}").json())

    def address(self) -> str:
        """For a player without cookies."""
        opened = self.owner.ask("POST", "/hls", {"grant": self.owner.handle(self.camera), "player": "other"}).json()
        return f"http://localhost:{self.household.port}{opened['path']}"

    def playing(self, browser: Browser) -> Page:
        """hls.js at it."""
        page = signed_in_context(browser, self.household.port, self.owner.cookie).new_page()
        page.goto(f"http://localhost:{self.household.port}/homes/{self.owner.home}/grants")
        bring_hls(page, CATCH_UP)
        page.evaluate("([grant, csrf]) => live.play(grant, csrf)", [self.owner.handle(self.camera), self.owner.csrf])
        return page


@contextmanager
def sounding(folder: Path, codec: str, *, both: bool = False) -> Iterator[Place]:
    """Made for one test. ``both``: the camera has a sub stream too."""
    clips = Path(tempfile.gettempdir()) / "curtilage-clips"
    sound = ["--sound", f"0={codec}:{TONES[codec]:.0f}"]
    with (
        running_origin(folder, clip_file(clips, CLIP), "--mount", f"sub={clip_file(clips, SUB)}", *sound) as origin,
        running_household(folder, reconnect_first_s=0.05) as household,
    ):
        owner = household.home("Rose house", "Alma")
        camera = camera_of_two(owner, origin) if both else live_camera(owner, origin)
        place = Place(household, origin, owner, camera)
        place.switch(on=True)
        wait_for(lambda: place.status()["state"] == "live")
        yield place


@pytest.mark.parametrize("codec", TONES)
def test_hls_js_plays_the_cameras_picture_and_tone_at_the_live_edge(
    chromium: Browser, tmp_path: Path, codec: str
) -> None:
    with sounding(tmp_path, codec) as place:
        page = place.playing(chromium)
        wait_for(lambda: bool(frames_seen(page)), "no picture")
        _hears(page, codec)
        assert page.evaluate("live.hls.levels[0].audioCodec").lower() == CODECS[codec].lower()
        assert {mark.camera for _, mark in frames_seen(page)} == {CLIP.camera}
        wait_for(partial(_is_live, page, place.origin), "it fell behind and stayed there")
        assert not [error for error in page.evaluate("live.errors") if error[2]], "nothing fatal"
        page.context.close()


@pytest.mark.alone
@pytest.mark.parametrize("codec", TONES)
def test_in_a_first_view_hls_js_does_not_fetch_the_same_parts_again_and_again(
    chromium: Browser, tmp_path: Path, codec: str
) -> None:
    with sounding(tmp_path, codec) as place:
        page = place.playing(chromium)
        wait_for(lambda: len(frames_seen(page)) > 25, "no picture")
        first: list[str] = page.evaluate(_FETCHED)
        assert len(first) > 3, "parts"
        # On a busy machine a seek may break off one that is then fetched anew; it was each of segment 0, many times.
        assert len(first) - len(set(first)) < 3, page.evaluate("live.errors")
        page.context.close()


def test_the_tone_goes_on_while_hls_js_goes_to_the_sub_stream(chromium: Browser, tmp_path: Path) -> None:
    with sounding(tmp_path, "aac", both=True) as place:
        page = place.playing(chromium)
        wait_for(lambda: shown_now(page) is not None, "no picture")
        for kind in (SUB, CLIP):
            go_to(page, kind.height)
            wait_for(partial(shows, page, kind), "it did not change over")
            _hears(page, "aac")
        assert not [error for error in page.evaluate("live.errors") if error[2]], "nothing fatal"
        page.context.close()


def _is_live(page: Page, origin: Origin) -> bool:
    """The last two seconds' pictures are less than three seconds old in the median: the page catches up again."""
    late = sorted(latencies_ms(origin, frames_seen(page)[-50:]))
    return late[len(late) // 2] < 3000


def _hears(page: Page, codec: str) -> dict[str, float]:
    """The camera's tone, within a quarter of a minute: hls.js waits in the beginning, above all for G.711."""
    heard: dict[str, float] = {}
    for _ in range(8):
        heard = page.evaluate(_LISTEN, 2_000)
        if abs(heard["tone"] - TONES[codec]) < 15 and heard["level"] > -50:
            return heard
    pytest.fail(f"no tone: {heard}, {page.evaluate('live.errors')}")


def test_switched_off_the_rendition_is_gone_and_what_is_left_of_it_is_refused(
    chromium: Browser, tmp_path: Path
) -> None:
    with sounding(tmp_path, "aac") as place:
        page = place.playing(chromium)
        wait_for(lambda: bool(frames_seen(page)), "no picture")
        path, key_path = str(page.evaluate("live.path")), str(page.evaluate(_SOUND_KEY))
        ways = [path.replace("index", "sound"), key_path]
        assert [page.evaluate(STATUS, way) for way in ways] == [200, 200]
        assert "TYPE=AUDIO" in page.evaluate("path => fetch(path, { cache: 'no-store' }).then((a) => a.text())", path)
        place.switch(on=False)
        assert [page.evaluate(STATUS, way) for way in ways] == [404, 404]
        index = str(page.evaluate("path => fetch(path, { cache: 'no-store' }).then((a) => a.text())", path))
        assert not re.search("AUDIO|mp4a|sound", index)
        assert page.evaluate(STATUS, path.replace("index", "main")) == 200
        page.context.close()


def test_a_grants_end_refuses_the_key_of_sound(chromium: Browser, tmp_path: Path) -> None:
    with sounding(tmp_path, "opus") as place:
        page = place.playing(chromium)
        wait_for(lambda: bool(frames_seen(page)), "no picture")
        path, key_path = str(page.evaluate("live.path")), str(page.evaluate(_SOUND_KEY))
        ways = [key_path, path.replace("index", "sound")]
        before = [page.evaluate(STATUS, way) for way in ways]
        owner = place.owner
        gone = owner.ask("DELETE", f"/homes/{owner.home}/grants/{owner.grant_id(place.camera)}")
        assert gone.status_code == 200
        assert (before, [page.evaluate(STATUS, way) for way in ways]) == ([200] * 2, [404] * 2)
        page.context.close()


@pytest.mark.parametrize("codec", TONES)
def test_ffmpeg_finds_picture_and_sound_and_decodes_both(tmp_path: Path, codec: str) -> None:
    probe, program = shutil.which("ffprobe"), shutil.which("ffmpeg")
    assert probe is not None, "this test needs ffmpeg: apt-get install ffmpeg"
    assert program is not None
    with sounding(tmp_path, codec) as place:
        address = place.address()
        shown = ["-show_entries", "stream=codec_type,codec_name", "-of", "json", address]
        told = subprocess.run([probe, "-v", "error", *shown], capture_output=True, timeout=60, check=True)
        kinds = {item["codec_type"]: item["codec_name"] for item in json.loads(told.stdout)["streams"]}
        assert kinds == {"video": "h264", "audio": {"aac": "aac", "pcma": "flac", "opus": "opus"}[codec]}
        command = [program, "-v", "warning", "-xerror", "-i", address, "-t", "5", "-f", "framecrc", "-"]
        played = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert played.returncode == 0, played.stderr
        assert not re.search(r"error|invalid|corrupt", played.stderr, re.IGNORECASE), played.stderr
        assert len(re.findall(r"^0,", played.stdout, re.MULTILINE)) >= 100
        assert len(re.findall(r"^1,", played.stdout, re.MULTILINE)) >= 50


def test_vlc_takes_picture_and_sound(tmp_path: Path) -> None:
    program, probe = shutil.which("vlc"), shutil.which("ffprobe")
    assert program is not None, "this test needs VLC: apt-get install vlc-bin vlc-plugin-base"
    assert probe is not None, "this test needs ffmpeg: apt-get install ffmpeg"
    # VLC refuses to run as root.
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    with sounding(tmp_path, "aac") as place:
        out = "--sout=#std{access=file,mux=ts,dst=-}"
        play = ["-I", "dummy", "--quiet", "--run-time=8", out, place.address(), "vlc://quit"]
        played = subprocess.run([*nobody, program, *play], capture_output=True, timeout=60, check=False)
        shown = ["-show_entries", "stream=codec_name", "-of", "csv=p=0", "-"]
        told = subprocess.run([probe, "-v", "quiet", *shown], input=played.stdout, capture_output=True, check=False)
        assert {name.strip(",") for name in told.stdout.decode().split()} == {"h264", "aac"}, played.stderr[-500:]
