"""The packager: real pictures in; playlists that keep RFC 8216bis's rules, and ciphertext that plays, out."""

from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

import pytest

from curtilage.cameras.hls.hls_packager import Begin, Packager
from curtilage.cameras.media.part import Muxer, Part
from curtilage.config import MIB, Config
from curtilage.wire.sealed_part import Kind
from tests.cameras.hls_reader import decrypted
from tests.cameras.hls_side import BEGIN_MS, Side, label_of, muxed
from tests.cameras.pictures import Film, film
from tests.origin.clip import OTHER_SIZE, SMALL


@pytest.fixture(name="taken", scope="module")
def _taken(clips: Path) -> Film:
    """100 pictures in two groups, four seconds."""
    return film(clips, SMALL)


def test_the_whole_of_it_plays_in_segments_and_in_parts(taken: Film) -> None:
    side = Side()
    side.push(muxed(taken))
    side.packager.end_segment()
    read = side.playlist()
    assert [segment.duration_s for segment in read.segments] == [2.0, 2.0]
    assert side.shown(read.segments) == list(range(100))
    for segment in read.segments:
        assert side.of_parts(segment) == side.whole(segment)
        assert [part.duration_s for part in segment.parts] == [0.2] * 10
        assert [part.independent for part in segment.parts] == [True] + [False] * 9


def test_every_rule_holds_after_every_picture(taken: Film) -> None:
    side = Side()
    side.push(muxed(taken)[:51])
    side.packager.end_segment()
    numbers = []
    for part in muxed(taken, rounds=3)[51:]:
        side.packager.part(part)
        read = side.playlist()
        numbers.append((read.segments[-1].number, len(read.growing.parts) if read.growing is not None else 0))
    assert numbers == sorted(numbers), "a playlist never goes back"


def test_a_hint_always_comes_true(taken: Film) -> None:
    """Whatever ends a part: its length, a keyframe, a key turn, a lost picture."""
    side = Side(Config(epoch_turns_per_s_max=100))
    hints: list[str] = []
    for number, part in enumerate(muxed(taken, rounds=2)):
        if number in {60, 61, 97, 150}:
            side.packager.turn()
        if number in {70, 123}:
            continue
        side.packager.part(part)
        if side.packager.text(skip=False, first_epoch=0) is None:
            continue
        read = side.playlist()
        if read.hint_uri not in hints:
            assert all(side.pieces.get(label_of(hint)) is not None for hint in hints), "every hint before came true"
            assert read.hint_uri is not None
            hints.append(read.hint_uri)
        assert side.pieces.awaited(label_of(hints[-1])) is not None
    listed = {part.uri for part in side.playlist().all_parts()}
    assert set(hints[:-1]) <= listed | set(hints[:1])
    assert len(hints) > 30


def test_a_key_turn_ends_the_segment_and_the_old_key_opens_nothing_after_it(taken: Film) -> None:
    side = Side()
    parts = muxed(taken, rounds=2)
    side.push(parts[:71])
    before = side.packager.key(side.playlist().segments[0].key_uri.removeprefix("keys/"))
    side.packager.turn()
    side.push(parts[71:])
    side.packager.end_segment()
    segments = side.playlist().segments
    assert [round(segment.duration_s, 2) for segment in segments] == [2.0, 0.8, 1.2, 2.0, 2.0]
    assert len({segment.key_uri for segment in segments}) == 2
    assert segments[1].key_uri != segments[2].key_uri
    assert before is not None
    for segment in segments[2:]:
        assert segment.uri is not None
        for uri in (segment.uri, *(part.uri for part in segment.parts)):
            try:
                opened = decrypted(side.piece(uri), before.secret, segment.iv)
            except ValueError:
                continue
            assert b"mdat" not in opened
    assert side.shown(segments) == [*range(100), *range(100)]


def test_turns_are_coalesced_and_none_is_lost(taken: Film) -> None:
    side = Side()
    for part in muxed(taken):
        side.packager.turn()
        side.packager.part(part)
    side.packager.end_segment()
    segments = side.playlist().segments
    keys = [segment.key_uri for segment in segments]
    assert len(set(keys)) == len(keys)
    assert len(segments) <= 4 * 5 + 1
    assert side.shown(segments) == list(range(100))


def test_an_epoch_ends_by_itself(taken: Film) -> None:
    side = Side(Config(epoch_s=2))
    side.push(muxed(taken))
    side.packager.end_segment()
    assert len({segment.key_uri for segment in side.playlist().segments}) == 2


@pytest.mark.parametrize(("every", "part_s"), [(1, 0.2), (2, 0.16), (3, 0.24), (5, 0.2), (10, 0.4), (25, 1.0)])
def test_parts_are_as_long_as_the_cameras_pace_allows(taken: Film, every: int, part_s: float) -> None:
    """25, 12.5, 8.3, 5, 2.5 and 1 picture a second; the camera's pace was learned before."""
    side = Side(Config(hls_target_s=4))
    parts = muxed(taken, rounds=2, every=every)
    side.packager.part(parts[0])
    side.push(parts[101:])
    side.packager.end_segment()
    listed = [part.duration_s for segment in side.playlist().segments for part in segment.parts]
    assert max(set(listed), key=listed.count) == part_s
    assert not side.packager.outgrown


def test_long_groups_are_cut_at_the_target_duration(taken: Film) -> None:
    parts = muxed(taken, rounds=2)
    only_first = [replace(part, keyframe=part.keyframe and number < 2) for number, part in enumerate(parts)]
    side = Side()
    side.push(only_first)
    side.packager.end_segment()
    segments = side.playlist().segments
    assert max(segment.duration_s for segment in segments) <= 2.499
    assert [segment.parts[0].independent for segment in segments] == [True] + [False] * (len(segments) - 1)
    assert len(side.shown(segments)) == 200


def test_the_window_moves_and_what_left_it_is_gone(taken: Film) -> None:
    side = Side(Config(hls_window_s=8))
    parts = muxed(taken, rounds=5)
    side.push(parts[:120])
    first = side.playlist().segments[0]
    assert first.uri is not None
    side.push(parts[120:])
    read = side.playlist()
    assert [segment.number for segment in read.segments] == [5, 6, 7, 8]
    for uri in (first.uri, first.parts[0].uri):
        assert side.pieces.get(label_of(uri)) is None
    assert [bool(segment.parts) for segment in read.segments] == [False, True, True, True]
    assert side.packager.bytes == side.pieces.bytes


def test_memory_is_bounded_for_a_camera_and_for_all(taken: Film) -> None:
    big = [replace(part, octets=part.octets + bytes(200_000)) for part in muxed(taken, rounds=3)]
    for config in (Config(hls_camera_bytes_max=8 * MIB), Config(hls_bytes_max=8 * MIB)):
        side = Side(config)
        most = 0
        for part in big:
            side.packager.part(part)
            most = max(most, side.pieces.bytes)
        # What grows is above the bound: a segment's parts, and at its end the whole of it.
        assert most <= 8 * MIB + 2 * 2.5 * 25 * 210_000
        assert side.pieces.bytes <= 8 * MIB + 2.5 * 25 * 210_000


def test_cameras_share_what_there_is_for_all(taken: Film) -> None:
    big = [replace(part, octets=part.octets + bytes(60_000)) for part in muxed(taken, rounds=4)]
    first, second = Side(Config(hls_bytes_max=24 * MIB)), Side(Config(hls_bytes_max=24 * MIB))
    second.pieces, second.packager = first.pieces, Packager(first.pieces, Config(hls_bytes_max=24 * MIB), token_bytes,
                                                            Begin(), BEGIN_MS)  # fmt: skip
    for part in big:
        first.packager.part(part)
        second.packager.part(part)
    assert first.pieces.packagers_count == 2
    assert len(first.playlist().segments) == len(second.playlist().segments) >= 1
    assert first.packager.bytes <= 12 * MIB + 2.5 * 25 * 61_000
    second.packager.stop()
    assert first.pieces.packagers_count == 1
    assert first.pieces.bytes == first.packager.bytes


def test_a_new_init_part_is_a_discontinuity(taken: Film, clips: Path) -> None:
    side = Side(Config(hls_window_s=8))
    muxer, other = Muxer(), film(clips, OTHER_SIZE)
    first = [muxer.init(taken.parameters, BEGIN_MS)] + [muxer.media(unit, BEGIN_MS) for unit in taken.units]
    second = [muxer.init(other.parameters, BEGIN_MS)] + [muxer.media(unit, BEGIN_MS) for unit in other.units]
    side.push(first)
    side.push(second)
    side.packager.end_segment()
    read = side.playlist()
    assert [segment.discontinuity for segment in read.segments] == [False, False, True, False]
    assert read.segments[0].map_uri != read.segments[2].map_uri
    assert len(side.shown(read.segments[2:])) == 100
    assert side.packager.words is not None
    assert side.packager.words.width == OTHER_SIZE.width
    side.push([muxer.media(unit, BEGIN_MS) for unit in other.units * 2])
    moved = side.playlist()
    assert (moved.discontinuity_sequence, moved.segments[0].discontinuity) == (1, False)
    assert side.pieces.get(label_of(read.segments[0].map_uri or "")) is None, "the old init part is gone as well"


def test_a_run_after_rest_goes_on_in_numbers(taken: Film) -> None:
    side = Side()
    side.push(muxed(taken))
    hint = side.playlist().hint_uri
    begin = side.packager.stop()
    assert (side.pieces.bytes, side.packager.bytes) == (0, 0)
    assert side.pieces.awaited(label_of(hint or "")) is None
    assert begin == Begin(2, 1, 1, side.packager.rate)
    again = Side(begin=begin)
    again.push(muxed(taken))
    read = again.playlist()
    assert (read.first_number, read.discontinuity_sequence) == (2, 1)


def test_a_camera_that_slows_down_outgrows_its_packager(taken: Film) -> None:
    side = Side()
    side.push(muxed(taken)[:60])
    assert not side.packager.outgrown
    slow = muxed(taken, rounds=2, every=10)
    side.push(slow[120:126])
    assert not side.packager.outgrown, "a hiccup is none"
    side.push(slow[126:140])
    assert side.packager.outgrown


@pytest.fixture(name="asked", scope="module")
def _asked(taken: Film) -> Side:
    """Eight seconds and a little more; who only asks changes nothing."""
    side = Side()
    side.push(muxed(taken, rounds=3)[: 1 + 212])
    assert side.playlist().segments[-1].number == 3
    return side


QUESTIONS = [
    ("a segment long gone", 0, None, True),
    ("a part long gone", 0, 3, True),
    ("the newest whole one", 3, None, True),
    ("its last part", 3, 9, True),
    ("its part after the last: the first of the next", 3, 10, True),
    ("far beyond its last", 3, 999, True),
    ("a part that is there", 4, 1, True),
    ("the part that grows", 4, 2, False),
    ("the segment that grows", 4, None, False),
    ("the one after it", 5, None, False),
    ("its first part", 5, 0, False),
]


@pytest.mark.parametrize(("what", "number", "part", "there"), QUESTIONS, ids=[item[0] for item in QUESTIONS])
def test_what_the_playlist_has(asked: Side, what: str, number: int, part: int | None, there: bool) -> None:
    assert asked.packager.has(number, part) is there, what
    assert not asked.packager.too_far(number, part) or part == 999


FAR = [(6, None), (6, 0), (7, None), (4, 200), (5, 200), (2**63, None), (2**63, 0), (2**64 - 1, 2**64 - 1), (4, 2**63)]


@pytest.mark.parametrize(("number", "part"), FAR)
def test_the_far_future_is_too_far(asked: Side, number: int, part: int | None) -> None:
    assert asked.packager.too_far(number, part)


def test_a_new_grant_opens_no_epoch_before_it(taken: Film) -> None:
    side = Side()
    parts = muxed(taken, rounds=2)
    side.push(parts[:101])
    assert side.packager.epoch_for(BEGIN_MS - 1) == 0
    first = side.packager.epoch_for(BEGIN_MS + 4000)
    assert first == 1
    assert side.packager.text(skip=False, first_epoch=first) is None
    side.push(parts[101:])
    side.packager.end_segment()
    read, everything = side.playlist(first_epoch=first), side.playlist()
    assert [segment.number for segment in read.segments] == [2, 3]
    assert len(everything.segments) == 4
    assert {segment.key_uri for segment in read.segments}.isdisjoint(item.key_uri for item in everything.segments[:2])
    assert side.packager.epoch_for(BEGIN_MS + 4000) == 1, "the epoch is young enough now: no second turn"


def test_nothing_begins_without_init_part_and_keyframe(taken: Film) -> None:
    side, parts = Side(), muxed(taken)
    side.push(parts[1:51])
    assert not side.packager.has_init
    side.packager.part(parts[0])
    side.push(parts[30:60])
    side.packager.end_segment()
    read = side.playlist()
    assert read.segments[0].parts[0].independent
    assert side.shown(read.segments) == list(range(50, 59))


def test_what_is_no_fragment_is_refused_and_nothing_kept(taken: Film) -> None:
    side = Side()
    side.push(muxed(taken)[:60])
    before = side.pieces.bytes
    for kind in Kind:
        with pytest.raises(ValueError, match=r"."):
            side.packager.part(Part(kind, keyframe=True, time_ms=BEGIN_MS, octets=b"rubbish"))
    assert side.pieces.bytes == before
    assert side.playlist().segments


def test_the_bit_rate_is_that_of_the_largest_segment(taken: Film) -> None:
    side = Side()
    assert side.packager.rate.peak_bits_per_s == 0
    side.push(muxed(taken))
    assert 100_000 < side.packager.rate.peak_bits_per_s < 900_000
    assert 0.2 < side.packager.part_target_s < 0.22


def test_who_waits_is_woken_by_parts_and_turns(taken: Film) -> None:
    side, woken = Side(), list[int]()
    parts = muxed(taken)
    side.packager.wakes.add(lambda: woken.append(1))
    side.push(parts[:51])
    assert len(woken) == 1 + 10, "the init part and ten parts"


def test_nothing_but_init_parts_is_kept_in_the_clear(taken: Film) -> None:
    side = Side()
    side.push(muxed(taken, rounds=2))
    clear = [octets for octets in side.pieces._kept.values() if b"moof" in octets or b"mdat" in octets]
    inits = [octets for octets in side.pieces._kept.values() if b"ftyp" in octets]
    assert (len(clear), len(inits)) == (0, 1)
    assert b"mdat" not in inits[0]
    growing = side.packager._growing
    assert growing is not None
    assert not any(b"moof" in piece for piece in growing.cipher._pieces)
