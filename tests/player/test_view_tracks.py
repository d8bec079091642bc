"""A view that the server turns to another track: the picture goes on, and a part of any other track is an alarm."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from curtilage.cameras.media.part import Part
from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.cameras.views.view import View
from curtilage.cameras.views.views import Views
from curtilage.errors import Refused
from curtilage.wire.sealed_part import SealedPart, Track
from curtilage.wire.stream_record import RecordType, StreamRecord, json_record, part_record
from curtilage.wire.view_key import ViewPublicKey
from tests.cameras.two_tracks import EASY, POOR, STEP_MS, TwoTracks
from tests.origin.clip import OTHER_SIZE, SMALL, ClipKind
from tests.player.test_picture import Stream
from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
_BEGIN = """async () => {
  const { View } = await import("/static/player/view.js");
  const { RecordParser } = await import("/static/player/stream_record.js");
  const video = document.querySelector("video");
  const seen = { sizes: [], qualities: [], alarms: [], frames: 0, blanks: 0 };
  const view = new View("grant", video, { now: () => 3_000 }, {
    opened: () => {}, camera: () => {}, ended: () => {}, refused: () => {}, lost: () => {}, blocked: () => {},
    frame: () => (seen.frames += 1),
    alarm: (cause) => seen.alarms.push(cause),
    undecodable: () => seen.alarms.push("undecodable"),
    size: (width, height) => seen.sizes.push(`${width}x${height}`),
    quality: (name) => seen.qualities.push(name),
  });
  const parser = new RecordParser();
  const first = video.src;
  window.bench = {
    seen, video, opened: (reply) => view.opened(reply), clear: () => view.clear(),
    async take(octets) {
      for (const record of parser.push(Uint8Array.from(atob(octets), (letter) => letter.charCodeAt(0)))) {
        view.record(record.type, record.payload);
        if (record.type === 3) await new Promise((done) => setTimeout(done, 10));
        if (seen.frames > 0 && (video.readyState < 2 || video.videoWidth === 0)) seen.blanks += 1;
      }
      await new Promise((done) => setTimeout(done, 200));
      return { ...seen, width: video.videoWidth, source: video.getAttribute("src") !== null };
    },
  };
  return (await view.request()).key;
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


class Watched:
    """The porch with pictures that can be decoded, and a page's view of it."""

    def __init__(self, page: Page, clips: Path) -> None:
        self.page = page
        self.house = TwoTracks()
        self.tracks = {Track.MAIN: self._parts(clips, SMALL), Track.SUB: self._parts(clips, OTHER_SIZE)}
        self.stream, self.view = self._opened()
        for track in self.tracks:
            self.push(track, 3)

    @staticmethod
    def _parts(clips: Path, kind: ClipKind) -> list[Part]:
        made = Stream(clips).clip(kind, 100).parts
        kinds = {True: 1, False: 2}
        return [
            Part(kinds[part["init"]], part["keyframe"] or part["init"], 2_990, base64.b64decode(part["octets"]))  # type: ignore[arg-type] # its numbers are Kind's
            for part in made
        ]

    def _opened(self) -> tuple[SealedStream, View]:
        for track in self.tracks:
            self.house.shelf(track).clear()
        stream, _ = self.house.page()
        key = self.page.evaluate(_BEGIN)
        public = ViewPublicKey(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
        opened = self.house.views.open_view(stream, self.house.grants.make("porch"), public, None)
        assert not isinstance(opened, Refused)
        self.page.evaluate("(reply) => window.bench.opened(reply)", self._reply(self.house.views, opened[0]))
        return stream, opened[0]

    @staticmethod
    def _reply(views: Views, view: View) -> dict[str, Any]:
        tracks = {keys.track.name.lower(): keys for keys in views.tracks_of(view)}
        return {
            "view_id": view.id.hex(),
            "stream_ids": {name: keys.stream_id.hex() for name, keys in tracks.items()},
            "sealers": {name: base64.urlsafe_b64encode(keys.sealer_point()).decode() for name, keys in tracks.items()},
            "until_ms": None,
        }

    def push(self, track: Track, count: int) -> None:
        """The track's next pictures."""
        sealer = self.house.sub if track is Track.SUB else self.house.sealers["porch"]
        for _ in range(count):
            sealer.part(self.tracks[track].pop(0))

    def look(self, poor: bool, seconds: float) -> None:
        """As a server does."""
        for _ in range(int(seconds * 1000) // STEP_MS):
            self.house.now_ms += STEP_MS
            self.push(Track.SUB, 1)
            self.stream.look(POOR if poor else EASY, self.house.now_ms)

    def due(self) -> bytes:
        """What is to be sent now."""
        return b"".join(self.stream.due())

    def take(self, octets: bytes) -> dict[str, Any]:
        """What the page makes of it."""
        found: dict[str, Any] = self.page.evaluate(
            "(octets) => window.bench.take(octets)", base64.b64encode(octets).decode()
        )
        return found


def test_the_picture_goes_on_from_track_to_track_without_a_blank(page: Page, clips: Path) -> None:
    watched = Watched(page, clips)
    watched.push(Track.MAIN, 10)
    watched.take(watched.due())
    watched.look(poor=True, seconds=1)
    seen = watched.take(watched.due())
    assert seen["sizes"] == ["320x180", "480x270"]
    watched.look(poor=False, seconds=10.4)
    watched.push(Track.MAIN, 50)
    seen = watched.take(watched.due())
    assert seen["alarms"] == []
    assert seen["sizes"] == ["320x180", "480x270", "320x180"], "the main stream's init part is still known"
    assert seen["qualities"] == ["main", "sub", "main"]
    assert seen["frames"] > 3
    assert seen["blanks"] == 0
    assert seen["width"] == 320


def _part(watched: Watched, track: Track) -> SealedPart:
    return watched.house.shelf(track).read(None).parts[-1]


def _key(watched: Watched, track: Track) -> bytes:
    sealer = watched.house.sub if track is Track.SUB else watched.house.sealers["porch"]
    wrapped = sealer.wrap(_part(watched, track).header.epoch_id, watched.view.id, watched.view.public_key)
    assert wrapped is not None
    return StreamRecord(RecordType.KEY, watched.view.number, wrapped.encode()).encode()


def _attacks(watched: Watched) -> dict[str, tuple[bytes, str]]:
    number = watched.view.number
    main, sub = _part(watched, Track.MAIN), _part(watched, Track.SUB)
    posing = SealedPart(sub.octets[:2] + bytes((Track.MAIN,)) + sub.octets[3:])
    unknown = json_record(RecordType.TRACK, number, {"track": "audio", "quality": "main"})
    return {
        "a part of the track that was left": (part_record(number, main), "wrong_stream"),
        "a part that poses as another track's": (part_record(number, posing), "wrong_track"),
        "a key of the track that was left": (_key(watched, Track.MAIN), "bad_key"),
        "a track that the view was not told of": (unknown, "wrong_track"),
        "a part of the sub stream twice": (part_record(number, sub), "stale_sequence"),
    }


@pytest.mark.parametrize(
    "attack",
    [
        "a part of the track that was left",
        "a part that poses as another track's",
        "a key of the track that was left",
        "a track that the view was not told of",
        "a part of the sub stream twice",
    ],
)
def test_what_is_not_of_the_track_it_was_told_is_an_alarm_and_clears_the_picture(
    page: Page, clips: Path, attack: str
) -> None:
    watched = Watched(page, clips)
    watched.push(Track.MAIN, 5)
    watched.take(watched.due())
    watched.look(poor=True, seconds=1)
    assert watched.take(watched.due())["alarms"] == []
    octets, cause = _attacks(watched)[attack]
    seen = watched.take(octets)
    assert seen["alarms"] == [cause]
    assert not seen["source"]


def test_a_part_of_the_sub_stream_before_the_word_is_an_alarm(page: Page, clips: Path) -> None:
    watched = Watched(page, clips)
    watched.take(watched.due())
    seen = watched.take(_key(watched, Track.SUB) + part_record(watched.view.number, _part(watched, Track.SUB)))
    assert seen["alarms"][0] == "bad_key"
    assert not seen["source"]
