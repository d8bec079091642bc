"""Parts in a real player: whatever the camera's clock did, Media Source keeps every picture and sees no hole."""

import base64
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from curtilage.cameras.media.access_unit import AccessUnit
from curtilage.cameras.media.part import Muxer, Part
from tests.cameras.pictures import TICKS_PER_FRAME, Film, film, mux
from tests.origin.clip import OTHER_SIZE, SMALL, WITH_B_FRAMES, ClipKind

pytestmark = pytest.mark.browser
DAY = 24 * 3600 * 90_000

_PLAY = """async ([codec, parts]) => {
    const video = document.createElement("video");
    video.muted = true;
    document.body.append(video);
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((done) => source.addEventListener("sourceopen", done, {once: true}));
    const buffer = source.addSourceBuffer(`video/mp4; codecs="${codec}"`);
    for (const part of parts) {
        const octets = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
        const done = new Promise((ended) => buffer.addEventListener("updateend", ended, {once: true}));
        buffer.appendBuffer(octets);
        await done;
    }
    source.endOfStream();
    const ranges = [];
    for (let i = 0; i < buffer.buffered.length; i += 1) ranges.push([buffer.buffered.start(i), buffer.buffered.end(i)]);
    video.currentTime = ranges[0][0];
    video.playbackRate = 4;
    const ended = new Promise((done) => video.addEventListener("ended", done, {once: true}));
    await video.play();
    await Promise.race([ended, new Promise((late) => setTimeout(late, 15000))]);
    const quality = video.getVideoPlaybackQuality();
    const answer = {ranges, ended: video.ended, error: video.error && video.error.message,
                    width: video.videoWidth, pictures: quality.totalVideoFrames};
    video.remove();
    return answer;
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "this test needs Debian's chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def moved(taken: Film, *shifts: tuple[int, int]) -> Film:
    """The film with the camera's clock shifted by so much from each of these pictures on."""
    units: list[AccessUnit] = []
    for number, unit in enumerate(taken.units):
        by = sum(ticks for start, ticks in shifts if number >= start)
        units.append(replace(unit, timestamp=unit.timestamp + by))
    return Film(taken.parameters, tuple(units))


CLOCKS = {
    "steady": (),
    "one picture's time lost": ((30, TICKS_PER_FRAME),),
    "five pictures' time lost within a group": ((30, 5 * TICKS_PER_FRAME),),
    "forward an hour": ((30, DAY // 24),),
    "back a day": ((30, -DAY), (70, -DAY)),
    "trembling": tuple((number, (number * 7919 % 3000) - 1500) for number in range(5, 95)),
}


@pytest.mark.parametrize("kind", [SMALL, WITH_B_FRAMES], ids=["in order", "b-frames"])
@pytest.mark.parametrize("clock", list(CLOCKS))
def test_every_picture_is_kept_and_there_is_no_hole(page: Page, clips: Path, clock: str, kind: ClipKind) -> None:
    taken = film(clips, kind)
    answer = played(page, taken.parameters.codec, mux(Muxer(), moved(taken, *CLOCKS[clock])))
    assert answer["error"] is None
    assert len(answer["ranges"]) == 1, answer
    assert answer["ended"], answer
    assert answer["pictures"] >= len(taken.units), answer


def test_a_new_size_goes_on_without_a_hole(page: Page, clips: Path) -> None:
    muxer, first, second = Muxer(), film(clips, SMALL), film(clips, OTHER_SIZE)
    answer = played(page, first.parameters.codec, mux(muxer, first) + mux(muxer, second))
    assert answer["error"] is None
    assert len(answer["ranges"]) == 1, answer
    assert answer["width"] == OTHER_SIZE.width
    assert answer["pictures"] >= 200, answer


def played(page: Page, codec: str, parts: list[Part]) -> dict[str, Any]:
    """What the page's player says of the parts. It decodes a few pictures twice, for its seek to the beginning."""
    answer = page.evaluate(_PLAY, [codec, [base64.b64encode(part.octets).decode() for part in parts]])
    assert isinstance(answer, dict)
    return answer
