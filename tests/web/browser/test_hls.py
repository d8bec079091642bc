"""LL-HLS in players that nobody here wrote: hls.js in a real Chromium, Debian's ffmpeg without a cookie."""

import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from curtilage.wire.mark import Mark, decode_mark
from tests.chromium import signed_in_context
from tests.household import SignedIn, running_household
from tests.origin.clip import MARK_KEY, ClipKind, clip_file
from tests.origin.running import Origin, running_origin
from tests.web.browser.hls_page import CATCH_UP, bring_hls

pytestmark = [pytest.mark.browser, pytest.mark.origin]
CLIP = ClipKind(duration_s=8)
_WAIT_S = 20.0
_SETTLED_S = 1.0


def live_camera(owner: SignedIn, origin: Origin) -> str:
    """The origin's camera, once its pictures come."""
    address = f"rtsp://127.0.0.1:{origin.port}/0"
    camera = str(owner.ask("POST", f"/homes/{owner.home}/cameras", {"name": "porch", "address": address}).json()["id"])
    end = time.monotonic() + _WAIT_S
    while owner.ask("GET", f"/homes/{owner.home}/cameras/{camera}").json()["newest_picture_ms"] is None:
        assert time.monotonic() < end, "the camera did not come alive"
        time.sleep(0.1)
    return camera


def frames_seen(page: Page) -> list[tuple[float, Mark]]:
    """When each marked frame came to the screen (s since the Unix epoch), and its mark."""
    seen: dict[str, Any] = page.evaluate("({ frames: live.frames, origin: performance.timeOrigin })")
    found = []
    for at, home, camera, number, mac in seen["frames"]:
        octets = b"".join(
            (int(home).to_bytes(2), int(camera).to_bytes(2), int(number).to_bytes(4), int(mac).to_bytes(4))
        )
        mark = decode_mark(octets, MARK_KEY)
        assert mark is not None, "a mark that is not the camera's own"
        found.append(((seen["origin"] + at) / 1000, mark))
    return found


def latencies_ms(origin: Origin, frames: list[tuple[float, Mark]]) -> list[float]:
    """Pushed at the camera until seen."""
    return [1000 * (at - origin.pushed_s(0, mark.frame, CLIP.frames_count)) for at, mark in frames]


def test_hls_js_shows_the_cameras_own_marks_until_the_grant_ends(chromium: Browser, tmp_path: Path) -> None:
    clips = Path(tempfile.gettempdir()) / "curtilage-clips"
    with running_origin(tmp_path, clip_file(clips, CLIP)) as origin, running_household(tmp_path) as household:
        owner = household.home("Rose house", "Alma")
        camera = live_camera(owner, origin)
        context = signed_in_context(chromium, household.port, owner.cookie)
        page = context.new_page()
        page.goto(f"http://localhost:{household.port}/homes/{owner.home}/grants")
        bring_hls(page, CATCH_UP)
        page.evaluate("([grant, csrf]) => live.play(grant, csrf)", [owner.handle(camera), owner.csrf])
        time.sleep(6)
        frames = frames_seen(page)
        begun: float = page.evaluate("(performance.timeOrigin + live.begun) / 1000")
        assert frames, page.evaluate("live.errors")
        assert {(mark.home, mark.camera) for _, mark in frames} == {(CLIP.home, CLIP.camera)}
        late = sorted(latencies_ms(origin, [frame for frame in frames if frame[0] > begun + _SETTLED_S]))
        assert len(late) > 60
        print(f"first frame {1000 * (frames[0][0] - begun):.0f} ms, latency median {late[len(late) // 2]:.0f} ms")
        assert late[len(late) // 2] < 3000
        key_path: str = page.evaluate(_NEWEST_KEY)
        before: int = page.evaluate("path => fetch(path).then(answer => answer.status)", key_path)
        revoked_s = time.time()
        assert owner.ask("DELETE", f"/homes/{owner.home}/grants/{owner.grant_id(camera)}").status_code == 200
        after: int = page.evaluate("path => fetch(path).then(answer => answer.status)", key_path)
        assert (before, after) == (200, 404)
        time.sleep(5)
        for at, mark in frames_seen(page):
            if at > revoked_s:
                assert origin.pushed_s(0, mark.frame, CLIP.frames_count) <= revoked_s + 1, "sealed after the grant"
        assert 404 in [code for *_, code in page.evaluate("live.errors")]
        context.close()


_NEWEST_KEY = """
fetch(live.path.replace("index", "main")).then((answer) => answer.text()).then((text) =>
  live.path.replace("index.m3u8", "keys/" + text.split('URI="keys/').pop().split('"')[0]))
"""


def test_ffmpeg_plays_an_address_without_a_cookie_until_the_grant_ends(tmp_path: Path) -> None:
    program = shutil.which("ffmpeg")
    assert program is not None, "this test needs ffmpeg: apt-get install ffmpeg"
    clips = Path(tempfile.gettempdir()) / "curtilage-clips"
    with running_origin(tmp_path, clip_file(clips, CLIP)) as origin, running_household(tmp_path) as household:
        owner = household.home("Rose house", "Alma")
        camera = live_camera(owner, origin)
        opened = owner.ask("POST", "/hls", {"grant": owner.handle(camera), "player": "other"}).json()
        assert opened["until_ms"] > opened["now"]
        address = f"http://localhost:{household.port}{opened['path']}"
        command = [program, "-v", "warning", "-xerror", "-i", address, "-t", "5", "-f", "framecrc", "-"]
        played = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert played.returncode == 0, played.stderr
        assert len(re.findall(r"^0,", played.stdout, re.MULTILINE)) >= 100
        assert not re.search(r"error|invalid|corrupt", played.stderr, re.IGNORECASE), played.stderr
        assert owner.ask("DELETE", f"/homes/{owner.home}/grants/{owner.grant_id(camera)}").status_code == 200
        refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert refused.returncode != 0
        assert "404" in refused.stderr
