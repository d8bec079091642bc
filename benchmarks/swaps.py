"""Wrong home's parts put in the cache on purpose: 1,000 swaps, each on a view that was live.

Ten cameras of one home on one page; the other home's parts, which carry its mark, are put on their shelves in every way
a cache, pool or buffer can go wrong. While they are, every frame the browser presents has its mark read. A round is one
way of going wrong on all ten views: they must fall to the neutral card, each with one alarm in its home's ledger.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tests.chromium import chromium, mark_reader
from tests.origin.clip import OTHER_SIZE, SMALL, clip_file
from tests.origin.running import running_origin
from tests.web.browser.console import Console, browsing, running_console
from tests.web.house import House

from benchmarks.figures import Figure
from benchmarks.warm_home import CLIPS
from curtilage.cameras.sealed.cache import Shelf
from curtilage.home.session import Session
from curtilage.wire.identifier import DeviceId, HomeId
from curtilage.wire.sealed_part import HEADER_BYTES, SealedPart, Track

SWAPS_COUNT = 1_000
CAMERAS_COUNT = 10
ROSE = replace(SMALL, group_frames_count=10)
"""Short groups of pictures: what was put on a shelf stays there until the next keyframe, and a round must not meet the
last one's.
"""
_LIVE_MS = 15_000
_GROUP_MS = 600
_EARLY_PARTS_COUNT = 6
_RECORDER = """
(() => {
  const readMark = READER;
  window.homes = {};
  for (const video of document.querySelectorAll("[data-tile] video")) {
    const canvas = document.createElement("canvas");
    canvas.width = 320; canvas.height = 180;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const frame = () => {
      context.drawImage(video, 0, 0, 320, 180);
      const mark = readMark(context.getImageData(0, 0, 320, 180));
      const home = mark === null ? "unread" : String(mark.home);
      window.homes[home] = (window.homes[home] ?? 0) + 1;
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
  }
})()
"""


@dataclass(frozen=True)
class Street:
    """The home that is watched, its cameras, and the stranger's."""

    console: Console
    home: HomeId
    owner: Session
    cameras: list[DeviceId]
    strange: DeviceId


def whole_part(own: SealedPart, strange: SealedPart) -> SealedPart:
    """A cache under a wrong key: the stranger's part as it is."""
    del own
    return strange


def used_buffer(own: SealedPart, strange: SealedPart) -> SealedPart:
    """A buffer used again while it was being sent: the beginning is ours, the rest the stranger's."""
    half = len(own) // 2
    return SealedPart(spliced(own, strange).octets[:half] + strange.octets[half:])


def spliced(own: SealedPart, strange: SealedPart) -> SealedPart:
    """The worst: our own clear header with the next sequence before the stranger's ciphertext. Only opening tells."""
    header = replace(own.header, sequence=own.header.sequence + 1)
    return SealedPart(header.encode() + strange.octets[HEADER_BYTES:])


WAYS: tuple[Callable[[SealedPart, SealedPart], SealedPart], ...] = (whole_part, used_buffer, spliced)


def measure() -> list[Figure]:
    """All swaps."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rose, birch = clip_file(CLIPS, ROSE), clip_file(CLIPS, OTHER_SIZE)
        mounts = [f"--mount=rose{number}={rose}" for number in range(CAMERAS_COUNT)] + [f"--mount=birch={birch}"]
        with (
            running_origin(folder, rose, *mounts) as origin,
            running_console(folder, alarm_reports_per_minute_max=10_000) as console,
            chromium() as browser,
        ):
            street = _street(console, origin.port)
            with browsing(browser, console, street.owner) as (page, _):
                seen = _all_rounds(page, street)
            alarms = _alarm_causes(street)
    return _figures(seen, alarms)


def _street(console: Console, port: int) -> Street:
    async def make(house: House) -> Street:
        home, owner = await house.home("Rose house", "Alma")
        other, _ = await house.home("Birch flat", "Bo")
        cameras = [
            await house.camera(home, f"porch {number}", f"rtsp://127.0.0.1:{port}/rose{number}")
            for number in range(CAMERAS_COUNT)
        ]
        strange = await house.camera(other, "hall", f"rtsp://127.0.0.1:{port}/birch")
        return Street(console, home, owner, cameras, strange)

    street = console.do(make)
    person = console.house.parts.persons.of_account(street.owner.account)[0]
    for camera in street.cameras:
        console.grant(street.home, camera, person.id)
    time.sleep(3)
    return street


def _all_rounds(page: Page, street: Street) -> Counter[str]:
    """Marks seen by home's number, over all rounds."""
    seen: Counter[str] = Counter()
    for number in range(SWAPS_COUNT // CAMERAS_COUNT):
        seen.update(_round(page, street, WAYS[number % len(WAYS)]))
    return seen


def _round(page: Page, street: Street, way: Callable[[SealedPart, SealedPart], SealedPart]) -> dict[str, int]:
    page.goto(f"{street.console.base}/homes/{street.home}/cameras")
    page.evaluate(_RECORDER.replace("READER", mark_reader()))
    for camera in street.cameras:
        page.wait_for_selector(f"#camera-{camera}[data-state=live]", timeout=_LIVE_MS)
    street.console.do(lambda house: _swap(house, street, way))
    for camera in street.cameras:
        page.wait_for_selector(f"#camera-{camera}[data-state=neutral]", timeout=_LIVE_MS)
    page.wait_for_timeout(_GROUP_MS)
    left = page.evaluate("[...document.querySelectorAll('[data-tile] video')].filter((v) => v.readyState > 0).length")
    assert left == 0, "a picture stayed on the screen"
    homes: dict[str, int] = page.evaluate("window.homes")
    return homes


async def _swap(house: House, street: Street, way: Callable[[SealedPart, SealedPart], SealedPart]) -> None:
    """Put a stranger's part on every shelf, early in its group of pictures."""
    strange = _newest(_shelf(house, street.strange))
    for camera in street.cameras:
        shelf = _shelf(house, camera)
        # A keyframe in the same turn would sweep the part away before any view met it, and nothing would be tried.
        while not 2 <= len(shelf._parts) <= _EARLY_PARTS_COUNT:  # noqa: ASYNC110 -- a shelf tells nobody how full it is
            await asyncio.sleep(0.01)
        shelf.put(way(_newest(shelf), strange))
        # The swapped part stands in the place of the camera's own next one, so that no gap or repetition tells.
        cameras: Any = house.parts.cameras
        cameras._running[camera].sealer._sequence += 1


def _shelf(house: House, camera: DeviceId) -> Shelf:
    views: Any = house.parts.views
    found: Shelf = views._cache.shelf(camera, Track.MAIN)
    return found


def _newest(shelf: Shelf) -> SealedPart:
    return shelf.read(None).parts[-1]


def _alarm_causes(street: Street) -> Counter[str]:
    """The causes in the home's ledger, all pages of it."""

    async def read(house: House) -> Counter[str]:
        causes: Counter[str] = Counter()
        before: int | None = None
        while entries := await house.parts.ledger.entries(street.home, before, 200):
            causes.update(e.event.fact("cause") for e in entries if e.event.kind.value == "view_cut")
            before = entries[-1].position
        return causes

    return street.console.do(read)


def _figures(seen: Counter[str], alarms: Counter[str]) -> list[Figure]:
    strangers = seen[str(OTHER_SIZE.home)]
    read = seen[str(ROSE.home)]
    unread = seen["unread"]
    assert read > SWAPS_COUNT, "too few marks read: this says nothing"
    return [
        Figure(
            f"a stranger's pictures shown in {SWAPS_COUNT:,} swaps",
            0,
            float(strangers),
            "pictures",
            detail={"own marks read": str(read), "frames without a readable mark": str(unread)},
        ),
        Figure(
            "  views alarmed",
            SWAPS_COUNT,
            float(sum(alarms.values())),
            "alarms",
            at_least=True,
            detail={cause: str(count) for cause, count in sorted(alarms.items())},
        ),
    ]
