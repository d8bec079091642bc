"""Media Source fed with real parts: the live edge is found and kept, whatever the camera's stream does meanwhile."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.h264 import read_sps
from curtilage.cameras.media.part import Muxer
from tests.origin.clip import OTHER_SIZE, SMALL, ClipKind, clip_file, read_clip
from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
_FRAMES_PER_S = 25
_GROUP = 50

_PLAY = """async ({ parts, feed }) => {
  const { Picture } = await import("/static/player/picture.js");
  const octets = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const video = document.querySelector("video");
  const seen = { sizes: [], times: [], undecodable: false, blocked: false, lags: [] };
  const picture = new Picture(video, {
    frame: (timeMs) => seen.times.push(timeMs),
    size: (width, height) => seen.sizes.push([width, height]),
    undecodable: () => (seen.undecodable = true),
    blocked: () => (seen.blocked = true),
  });
  picture.prepare();
  for (const [at, part] of parts.entries()) {
    const live = at >= feed.burst;
    if (part.init) picture.init(octets(part.octets));
    else picture.media(octets(part.octets), part.timeMs, part.keyframe, live ? 0 : 60_000);
    if (live) await new Promise((done) => setTimeout(done, feed.pauseMs));
    if (live) seen.lags.push(picture.behind);
    picture.tick();
  }
  await new Promise((done) => setTimeout(done, 300));
  seen.width = video.videoWidth;
  seen.ranges = video.buffered.length;
  picture.clear();
  seen.cleared = video.getAttribute("src") === null && video.readyState === 0;
  return seen;
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One workbench for all."""
    with workbench(chromium) as made:
        yield made


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where clips are kept."""
    return tmp_path_factory.mktemp("clips")


def _nal_units(annex_b: bytes) -> list[bytes]:
    return [unit for unit in re.split(rb"\x00{2,}\x01", annex_b) if unit]


class Stream:
    """Parts of clips, as a page would open them, one muxer for all of them."""

    def __init__(self, clips: Path) -> None:
        self._clips = clips
        self._muxer = Muxer()
        self.parts: list[dict[str, Any]] = []

    def clip(self, kind: ClipKind, count: int, start: int = 0) -> "Stream":
        """An init part and the first ``count`` pictures; the camera's clock begins at ``start``."""
        units = list(read_clip(clip_file(self._clips, kind)))[:count]
        first = _nal_units(units[0].annex_b)
        sps = next(unit for unit in first if unit[0] & 31 == 7)
        pps = tuple(unit for unit in first if unit[0] & 31 == 8)
        read = read_sps(sps)
        assert read is not None
        self._add(self._muxer.init(CodecParameters(sps, pps, kind.width, kind.height, read.codec), 0), init=True)
        for number, unit in enumerate(units):
            slices = tuple(item for item in _nal_units(unit.annex_b) if item[0] & 31 in (1, 5))
            self.picture(slices, start + number * 90_000 // _FRAMES_PER_S, keyframe=unit.keyframe)
        return self

    def picture(self, slices: tuple[bytes, ...], timestamp: int, *, keyframe: bool) -> None:
        """One picture."""
        self._add(self._muxer.media(AccessUnit(slices, timestamp, keyframe), 1000 + len(self.parts)), init=False)

    def restart(self) -> "Stream":
        """Another timeline, from zero: what a camera's new sealing process would send."""
        self._muxer = Muxer()
        return self

    def _add(self, part: Any, *, init: bool) -> None:
        octets = base64.b64encode(part.octets).decode()
        self.parts.append({"init": init, "octets": octets, "timeMs": part.time_ms, "keyframe": part.keyframe})


def _play(page: Page, stream: Stream, burst: int) -> dict[str, Any]:
    seen: dict[str, Any] = page.evaluate(
        _PLAY, {"parts": stream.parts, "feed": {"burst": burst, "pauseMs": 1000 // _FRAMES_PER_S}}
    )
    assert seen["cleared"]
    assert not seen["blocked"]
    return seen


def test_the_first_picture_of_a_burst_comes_at_once_the_rest_is_jumped_over_and_the_edge_is_kept(
    page: Page, clips: Path
) -> None:
    stream = Stream(clips).clip(replace(SMALL, duration_s=6), 150)
    del stream.parts[1 : _GROUP + 1]  # the newest group of pictures is not the camera's first
    seen = _play(page, stream, burst=40)
    assert seen["sizes"] == [[SMALL.width, SMALL.height]]
    first, *others = seen["times"]
    assert first == 1000 + _GROUP + 1, "it needs no other picture, so it waits for none"
    # A picture or two go by until the first was seen; the jump then leads over all others of the burst.
    assert sum(time < 1000 + _GROUP + 38 for time in others) <= 2, "the burst was played"
    assert len(seen["times"]) > 30
    assert sorted(seen["times"]) == seen["times"]
    assert sorted(seen["lags"])[len(seen["lags"]) // 2] < 0.2


def test_a_stream_that_changes_its_size_goes_on(page: Page, clips: Path) -> None:
    stream = Stream(clips).clip(SMALL, 30).clip(OTHER_SIZE, 40, start=2_000_000)
    seen = _play(page, stream, burst=10)
    assert seen["sizes"] == [[SMALL.width, SMALL.height], [OTHER_SIZE.width, OTHER_SIZE.height]]
    assert seen["width"] == OTHER_SIZE.width
    assert max(seen["times"]) > 1000 + 60
    assert not seen["undecodable"]


def test_the_same_init_part_again_changes_nothing(page: Page, clips: Path) -> None:
    stream = Stream(clips).clip(SMALL, 75)
    again = next(item for item in stream.parts if item["init"])
    stream.parts.insert(60, again)
    seen = _play(page, stream, burst=20)
    assert seen["sizes"] == [[SMALL.width, SMALL.height]]
    assert max(seen["times"]) >= 1000 + 70


def test_a_timeline_that_begins_again_is_followed(page: Page, clips: Path) -> None:
    stream = Stream(clips).clip(SMALL, 60).restart().clip(SMALL, 40)
    seen = _play(page, stream, burst=10)
    assert max(seen["times"]) > 1000 + 90
    assert not seen["undecodable"]


def test_missing_pictures_are_bridged_at_the_next_keyframe(page: Page, clips: Path) -> None:
    stream = Stream(clips).clip(SMALL, 90)
    del stream.parts[21 : _GROUP + 1]
    seen = _play(page, stream, burst=5)
    assert seen["ranges"] >= 1
    assert max(seen["times"]) > 1000 + 80


def test_pictures_of_garbage_are_given_up_without_harm(page: Page, clips: Path) -> None:
    stream = Stream(clips).clip(SMALL, 20)
    for number in range(40):
        keyframe = number % 10 == 0
        garbage = bytes((0x65 if keyframe else 0x41,)) + bytes(range(200))
        stream.picture((garbage,), 80_000 + number * 3600, keyframe=keyframe)
    seen = _play(page, stream, burst=5)
    assert seen["times"]
