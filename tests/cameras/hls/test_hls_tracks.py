"""Two tracks of a camera on one time line, whenever each was begun."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.hls.hls_fragment import fragment_times
from curtilage.cameras.hls.hls_tracks import TracksTime
from curtilage.cameras.media.fmp4 import FragmentWriter
from curtilage.cameras.media.part import Part
from curtilage.wire.sealed_part import Kind, Track

BEGIN_MS = 1_790_000_000_000
STEP = 3_600
"""Ticks of a picture at 25 a second."""


def picture(decode: int, at_ms: int) -> Part:
    """One of a track's own time line, at the server at this time."""
    octets = FragmentWriter().write([b"\x41" * 9], 1, (decode, 0, STEP), keyframe=False)
    return Part(Kind.MEDIA, keyframe=False, time_ms=BEGIN_MS + at_ms, octets=octets)


INIT = Part(Kind.INIT, keyframe=True, time_ms=BEGIN_MS, octets=b"init")


def decode_of(part: Part) -> int:
    return fragment_times(part.octets).decode


def test_pictures_that_came_at_one_time_have_one_time_whichever_track_began_first() -> None:
    time = TracksTime(BEGIN_MS)
    main = [decode_of(time.placed(Track.MAIN, picture(7 + STEP * n, 40 * n))) for n in range(500)]
    sub = [decode_of(time.placed(Track.SUB, picture(STEP * n, 12_000 + 40 * n))) for n in range(100)]
    assert [after - before for before, after in itertools.pairwise(main)] == [STEP] * 499
    assert main[300:400] == sub


def test_a_track_joins_where_the_other_stands_though_the_cameras_clock_is_slow() -> None:
    time = TracksTime(BEGIN_MS)
    main = [decode_of(time.placed(Track.MAIN, picture(STEP * n, 41 * n))) for n in range(1000)]
    sub = decode_of(time.placed(Track.SUB, picture(0, 41 * 999)))
    assert abs(sub - main[999]) < 100 * 90, "of a second's drift, a tenth at most"


def test_an_init_part_stays_as_it_is_and_begins_the_track_anew() -> None:
    time = TracksTime(BEGIN_MS)
    assert time.placed(Track.MAIN, INIT) is INIT
    first = decode_of(time.placed(Track.MAIN, picture(0, 0)))
    time.placed(Track.MAIN, INIT)
    after = decode_of(time.placed(Track.MAIN, picture(STEP, 10_000)))
    assert after - first == 10_000 * 90, "nothing came for ten seconds, and so it is told"


def test_what_is_forgotten_leads_nobody() -> None:
    time = TracksTime(BEGIN_MS)
    time.placed(Track.MAIN, picture(0, 0))
    time.placed(Track.MAIN, picture(9_000_000, 40))
    time.forget(Track.MAIN)
    time.forget(Track.AUDIO)
    assert decode_of(time.placed(Track.SUB, picture(0, 80))) == (60_000 + 80) * 90


def test_everything_but_the_time_stays() -> None:
    given_part = picture(5, 0)
    placed = TracksTime(BEGIN_MS).placed(Track.MAIN, given_part)
    assert placed == replace(given_part, octets=placed.octets)
    assert len(placed.octets) == len(given_part.octets)
    assert sum(a != b for a, b in zip(placed.octets, given_part.octets, strict=True)) <= 8


@given(octets=st.binary(max_size=200))
def test_what_is_no_fragment_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match=r"box|fragment"):
        TracksTime(BEGIN_MS).placed(Track.MAIN, Part(Kind.MEDIA, keyframe=True, time_ms=BEGIN_MS, octets=octets))
