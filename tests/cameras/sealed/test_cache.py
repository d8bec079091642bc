"""The cache: the newest group of pictures, within its bounds, and every part met exactly once."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.sealed.cache import Cache, Shelf
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import EpochKey, Kind, PartHeader, SealedPart, Track

PORCH, HALL = DeviceId("porch"), DeviceId("hall")
KEY = EpochKey(b"s" * 16, b"e" * 16, b"k" * 32)


def sealed(sequence: int, kind: Kind = Kind.MEDIA, keyframe: bool = False, size: int = 10) -> SealedPart:
    header = PartHeader(
        kind, Track.MAIN, keyframe or kind is Kind.INIT, KEY.stream_id, KEY.epoch_id, sequence, sequence
    )
    return KEY.seal(header, bytes(size))


def sequences(shelf: Shelf, place: int | None) -> list[int]:
    return [part.header.sequence for part in shelf.read(place).parts]


def filled(config: Config = Config()) -> Shelf:  # noqa: B008 frozen, so one default for all is right
    """init 1, keyframe 2, 3, 4, keyframe 5, 6."""
    shelf = Cache(config).shelf(PORCH, Track.MAIN)
    shelf.put(sealed(1, Kind.INIT))
    for sequence in range(2, 7):
        shelf.put(sealed(sequence, keyframe=sequence in {2, 5}))
    return shelf


def test_a_newcomer_gets_the_init_part_and_the_newest_group() -> None:
    assert sequences(filled(), None) == [1, 5, 6]


def test_one_who_is_up_to_date_gets_what_is_new_and_nothing_twice() -> None:
    shelf = filled()
    place = shelf.read(None).place
    assert sequences(shelf, place) == []
    shelf.put(sealed(7))
    assert sequences(shelf, place) == [7]


def test_one_who_fell_behind_starts_at_the_newest_group() -> None:
    shelf = filled()
    place = shelf.read(None).place
    for sequence in range(7, 12):
        shelf.put(sealed(sequence, keyframe=sequence == 10))
    assert sequences(shelf, place) == [1, 10, 11]


def test_nobody_starts_before_a_keyframe_came() -> None:
    shelf = Cache(Config()).shelf(PORCH, Track.MAIN)
    shelf.put(sealed(1, Kind.INIT))
    assert shelf.read(None).parts == ()
    assert shelf.read(None).place is None


def test_nobody_starts_without_an_init_part() -> None:
    shelf = Cache(Config()).shelf(PORCH, Track.MAIN)
    shelf.put(sealed(2, keyframe=True))
    assert shelf.read(None).place is None


def test_an_init_part_in_the_middle_of_a_group_is_met_in_its_place_and_heads_the_next_group() -> None:
    shelf = filled()
    place = shelf.read(None).place
    shelf.put(sealed(7, Kind.INIT))
    shelf.put(sealed(8))
    assert sequences(shelf, None) == [1, 5, 6, 7, 8]
    assert sequences(shelf, place) == [7, 8]
    shelf.put(sealed(9, keyframe=True))
    assert sequences(shelf, None) == [7, 9]


def test_a_group_too_large_leaves_those_up_to_date_in_peace_and_lets_newcomers_wait() -> None:
    shelf = filled(replace(Config(), cache_camera_parts_count_max=8))
    place = shelf.read(None).place
    for sequence in range(7, 30):
        shelf.put(sealed(sequence))
        assert sequences(shelf, place) == [sequence]
        place = shelf.read(place).place
    assert shelf.read(None).place is None
    shelf.put(sealed(30, keyframe=True))
    assert sequences(shelf, None) == [1, 30]


def test_all_shelves_together_stay_within_their_bound() -> None:
    cache = Cache(replace(Config(), cache_bytes_max=20_000))
    for camera in (PORCH, HALL):
        shelf = cache.shelf(camera, Track.MAIN)
        shelf.put(sealed(1, Kind.INIT))
        shelf.put(sealed(2, keyframe=True, size=12_000))
    assert cache.bytes <= 20_000
    assert cache.shelf(PORCH, Track.MAIN).read(None).place is None
    assert sequences(cache.shelf(HALL, Track.MAIN), None) == [1, 2]


def test_what_was_cleared_starts_again_at_the_next_keyframe() -> None:
    shelf = filled()
    shelf.clear()
    assert shelf.read(None).place is None
    shelf.put(sealed(7, keyframe=True))
    assert sequences(shelf, None) == [1, 7]


def test_a_dropped_camera_leaves_nothing_behind() -> None:
    cache = Cache(Config())
    cache.shelf(PORCH, Track.MAIN).put(sealed(2, keyframe=True))
    cache.drop(PORCH)
    assert cache.bytes == 0
    assert cache.shelf(PORCH, Track.MAIN).read(None).place is None


@given(st.lists(st.tuples(st.sampled_from([Kind.INIT, Kind.MEDIA]), st.booleans(), st.integers(0, 400)), max_size=60))
def test_bytes_are_counted_right_whatever_is_put(puts: list[tuple[Kind, bool, int]]) -> None:
    cache = Cache(replace(Config(), cache_camera_parts_count_max=8, cache_camera_bytes_max=64 * 1024))
    shelf = cache.shelf(PORCH, Track.MAIN)
    for sequence, (kind, keyframe, size) in enumerate(puts, 1):
        shelf.put(sealed(sequence, kind, keyframe, size))
        assert cache.bytes == shelf.bytes == sum(map(len, shelf._parts)) <= 64 * 1024
        assert len(shelf._parts) <= 8


def test_readers_are_woken_by_every_part() -> None:
    shelf = filled()
    woken: list[int] = []
    shelf.wakes.add(lambda: woken.append(1))
    shelf.put(sealed(7))
    assert woken == [1]
