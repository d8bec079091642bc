"""The tap: beside a real sealer and cache; it costs nothing at rest and begins with the cache's pictures."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.cameras.hls.hls_packager import Begin, Packager
from curtilage.cameras.hls.hls_pieces import Pieces
from curtilage.cameras.hls.hls_tap import FIRST_NUMBER, Tap
from curtilage.cameras.hls.hls_tracks import TracksTime
from curtilage.cameras.media.part import Part
from curtilage.cameras.sealed.cache import Cache, Shelf
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.config import Config
from curtilage.consent.grant import Grant
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import SealedPart, Track
from tests.cameras.hls_reader import ReadPlaylist, read_playlist
from tests.cameras.hls_side import BEGIN_MS, muxed
from tests.cameras.pictures import Film, film
from tests.cameras.views.test_views import LiveGrants
from tests.held_clock import HeldClock
from tests.origin.clip import SMALL

GRANT = LiveGrants().make("porch")


class Camera:
    """A camera's sealer and shelf with a tap between."""

    def __init__(self, config: Config = Config(), first_parts: int = 0) -> None:  # noqa: B008 frozen
        self.pieces, self.alarms = Pieces(), list[Grant]()
        self.shelf: Shelf = Cache(config).shelf(DeviceId("porch"), Track.MAIN)
        self.sealer = Sealer(Track.MAIN, self.shelf, HeldClock(BEGIN_MS), config, secrets.token_bytes)

        def make(begin: Begin) -> Packager:
            return Packager(self.pieces, config, secrets.token_bytes, begin, BEGIN_MS)

        self.wanted: list[int] = []
        self.levelled: list[int] = []
        self.tap = Tap(
            self.sealer,
            self.sealer,
            self.shelf,
            make,
            self.alarms.append,
            Track.MAIN,
            TracksTime(BEGIN_MS),
            lambda: self.levelled.append(1),
            lambda: self.wanted.append(1),
            lambda: first_parts,
        )

    def push(self, parts: list[Part]) -> None:
        for part in parts:
            self.tap.part(part)

    def playlist(self) -> ReadPlaylist | None:
        packager = self.tap.packager
        text = packager.text(skip=False, first_epoch=0) if packager is not None else None
        return read_playlist(text) if text is not None else None


@pytest.fixture(name="taken")
def _taken(clips: Path) -> Film:
    return film(clips, SMALL)


def test_at_rest_everything_is_sealed_and_nothing_packaged(taken: Film) -> None:
    camera = Camera()
    camera.push(muxed(taken))
    assert camera.sealer.sealed_count == 101
    assert camera.tap.packager is None
    assert camera.pieces.bytes == 0


def test_it_begins_at_once_with_the_cached_group(taken: Film) -> None:
    camera = Camera()
    camera.push(muxed(taken)[:81])
    camera.tap.run(GRANT, 7.0)
    read = camera.playlist()
    assert read is not None
    assert camera.tap.asked_s == 7.0
    assert [segment.duration_s for segment in read.segments] == [30 / 25]
    assert read.segments[0].parts[0].independent
    camera.push(muxed(taken)[81:])
    after = camera.playlist()
    assert after is not None
    assert after.segments[0] == read.segments[0]
    assert after.growing is not None
    assert camera.alarms == []


def test_the_first_segment_of_a_camera_is_never_number_0_which_hls_js_takes_for_none(taken: Film) -> None:
    camera = Camera()
    camera.push(muxed(taken)[:81])
    camera.tap.run(GRANT, 7.0)
    read = camera.playlist()
    assert read is not None
    assert read.first_number == FIRST_NUMBER > 0


@pytest.mark.parametrize(("pictures", "more"), [(51, 14), (55, 10), (60, 5), (65, 0)])
def test_beside_sound_it_begins_as_soon_as_three_parts_are_there(taken: Film, pictures: int, more: int) -> None:
    camera = Camera(first_parts=3)
    camera.push(muxed(taken)[: pictures + 1])
    camera.tap.run(GRANT, 7.0)
    assert (camera.playlist() is None) == bool(more)
    for part in muxed(taken)[pictures + 1 : pictures + 1 + more]:
        assert camera.playlist() is None
        camera.tap.part(part)
    read = camera.playlist()
    assert read is not None
    assert [len(segment.parts) for segment in read.segments] == [3]
    camera.push(muxed(taken)[pictures + 1 + more :])
    after = camera.playlist()
    assert after is not None
    assert after.growing is not None
    assert len(after.growing.parts) > 3, "only the first is so short"


def test_asking_again_goes_on_with_the_same_run(taken: Film) -> None:
    camera = Camera()
    camera.push(muxed(taken)[:60])
    assert camera.tap.run(GRANT, 1.0) is camera.tap.run(GRANT, 2.0)
    assert camera.tap.asked_s == 2.0


def test_with_an_empty_cache_it_begins_with_the_next_keyframe_and_the_init_part_kept(taken: Film) -> None:
    camera = Camera(Config(cache_camera_bytes_max=64 * 1024, cache_camera_parts_count_max=8))
    camera.push(muxed(taken)[:41])
    assert camera.shelf.read(None).parts == ()
    camera.tap.run(GRANT, 1.0)
    assert camera.playlist() is None
    camera.push(muxed(taken, rounds=2)[41:])
    read = camera.playlist()
    assert read is not None
    assert read.segments[0].parts[0].independent
    assert read.segments[0].duration_s == 2.0


def test_a_foreign_part_on_the_shelf_is_never_packaged_and_told_once(taken: Film) -> None:
    rose, birch = Camera(), Camera()
    rose.push(muxed(taken)[:60])
    birch.push(muxed(taken)[:60])
    for part in birch.shelf.read(None).parts:
        rose.shelf.put(part)
    rose.tap.run(GRANT, 1.0)
    assert rose.alarms == [GRANT]
    assert rose.playlist() is None
    assert rose.pieces.bytes == 0
    rose.push(muxed(taken)[60:])
    assert rose.alarms == [GRANT]


FAULTS = {
    "a bit flipped": lambda part: SealedPart(part.octets[:-1] + bytes([part.octets[-1] ^ 1])),
    "cut short": lambda part: SealedPart(part.octets[:20]),
    "empty": lambda _: SealedPart(b""),
    "its time touched": lambda part: SealedPart(part.octets[:45] + b"\xff" + part.octets[46:]),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_part_that_does_not_open_keeps_the_whole_group_out(taken: Film, fault: object) -> None:
    camera = Camera()
    camera.push(muxed(taken)[:59])
    assert callable(fault)
    camera.shelf.put(fault(camera.shelf.read(None).parts[-1]))
    camera.tap.run(GRANT, 1.0)
    assert camera.alarms == [GRANT]
    assert camera.playlist() is None


def test_a_part_twice_is_told_too(taken: Film) -> None:
    camera = Camera()
    camera.push(muxed(taken)[:60])
    camera.shelf.put(camera.shelf.read(None).parts[-1])
    camera.tap.run(GRANT, 1.0)
    assert camera.alarms == [GRANT]


def test_rest_forgets_every_piece_and_a_stopped_camera_begins_no_more(taken: Film) -> None:
    camera = Camera()
    camera.push(muxed(taken)[:60])
    camera.tap.run(GRANT, 1.0)
    assert camera.pieces.bytes
    camera.tap.rest()
    assert camera.pieces.bytes == 0
    camera.tap.run(GRANT, 2.0)
    read = camera.playlist()
    assert read is not None
    assert (read.first_number, read.discontinuity_sequence) == (FIRST_NUMBER + 2, 1)
    camera.tap.stop()
    assert camera.tap.run(GRANT, 3.0) is None
    assert camera.pieces.bytes == 0


def test_what_cannot_be_packaged_ends_the_packager_and_not_the_camera(taken: Film) -> None:
    camera = Camera()
    parts = muxed(taken)
    camera.push(parts[:60])
    camera.tap.run(GRANT, 1.0)
    camera.push([replace(parts[60], octets=b"rubbish")])
    assert camera.tap.packager is None
    assert camera.pieces.bytes == 0
    camera.push(parts[61:])
    assert camera.sealer.sealed_count == 101


def test_a_camera_that_slows_down_is_begun_anew(taken: Film) -> None:
    camera = Camera()
    camera.push(muxed(taken)[:90])
    first = camera.tap.run(GRANT, 1.0)
    camera.push(muxed(taken, rounds=3, every=10)[120:])
    assert camera.tap.packager is not first
    read = camera.playlist()
    assert read is not None
    assert read.part_target_s == pytest.approx(0.42)
