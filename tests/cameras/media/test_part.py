"""The muxer: real clips through FFmpeg, anything through our own reader."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.part import Muxer, Part
from curtilage.wire.sealed_part import Kind
from tests.cameras.boxes import read_fragment
from tests.cameras.pictures import TICKS_PER_FRAME, film, mux, packet_times, play
from tests.origin.clip import OTHER_SIZE, SMALL, WITH_B_FRAMES, ClipKind

KINDS = [
    SMALL,
    OTHER_SIZE,
    WITH_B_FRAMES,
    ClipKind(width=320, height=180, duration_s=2, bits_per_s=300_000, profile="baseline"),
    ClipKind(width=352, height=288, duration_s=2, bits_per_s=300_000, profile="main", group_frames_count=10),
    ClipKind(width=322, height=182, duration_s=2, bits_per_s=300_000, b_frames_count=3),
    ClipKind(width=640, height=360, duration_s=2, bits_per_s=500_000, profile="main", b_frames_count=1),
]
SPS = bytes.fromhex("6742c00bd902844000000300400000 0c83c50a92".replace(" ", ""))
PARAMETERS = CodecParameters(SPS, (b"\x68\xcb\x83\xcb\x20",), 320, 180, "avc1.42c00b")


@pytest.mark.parametrize(
    "kind", KINDS, ids=lambda kind: f"{kind.width}x{kind.height}-{kind.profile}-{kind.b_frames_count}b"
)
def test_ffmpeg_shows_every_picture_at_its_time(kind: ClipKind, clips: Path) -> None:
    shown = play(mux(Muxer(), film(clips, kind)))
    assert [picture.mark_frame for picture in shown] == list(range(kind.frames_count))
    assert {(picture.width, picture.height) for picture in shown} == {(kind.width, kind.height)}
    assert [picture.time - shown[0].time for picture in shown] == [
        n * TICKS_PER_FRAME for n in range(kind.frames_count)
    ]


@pytest.mark.parametrize("kind", [SMALL, WITH_B_FRAMES])
def test_a_player_can_begin_at_any_keyframe(kind: ClipKind, clips: Path) -> None:
    parts = mux(Muxer(), film(clips, kind))
    starts = [place for place, part in enumerate(parts) if part.keyframe and part.kind is Kind.MEDIA]
    assert len(starts) == 2
    shown = play([parts[0], *parts[starts[1] :]])
    assert [picture.mark_frame for picture in shown] == list(range(50, 100))


def test_every_packet_has_the_interval_as_its_duration(clips: Path) -> None:
    times = packet_times(mux(Muxer(), film(clips, SMALL)))
    assert {duration for _, _, duration in times} == {TICKS_PER_FRAME}


def test_a_reconnect_and_a_new_size_go_on_where_the_pictures_ended(clips: Path) -> None:
    muxer = Muxer()
    first = mux(muxer, film(clips, SMALL))
    second = mux(muxer, film(clips, OTHER_SIZE))
    ends = read_fragment(first[-1].octets)
    assert play(second)[0].time == ends.decode_time + TICKS_PER_FRAME
    assert read_fragment(second[1].octets).sequence == ends.sequence + 1


def test_parts_say_when_the_picture_came_and_show_no_octets() -> None:
    muxer = Muxer()
    init = muxer.init(PARAMETERS, 5)
    media = muxer.media(AccessUnit((b"\x65abc",), 0, keyframe=True), 7)
    assert (init.kind, init.keyframe, init.time_ms) == (Kind.INIT, True, 5)
    assert (media.kind, media.keyframe, media.time_ms) == (Kind.MEDIA, True, 7)
    assert "abc" not in repr(media)


UNITS = st.builds(
    AccessUnit,
    st.lists(st.binary(min_size=1, max_size=50), max_size=5).map(tuple),
    st.integers(-(2**66), 2**66),
    st.booleans(),
)


@given(st.lists(UNITS, max_size=40), st.booleans())
def test_any_access_units_become_parts_that_read_back(units: list[AccessUnit], reorder: bool) -> None:
    muxer = Muxer()
    muxer.init(CodecParameters(SPS, PARAMETERS.pps, 320, 180, "avc1.42c00b", reorder), 0)
    last = -1
    for number, unit in enumerate(units, 1):
        part = muxer.media(unit, number)
        fragment = read_fragment(part.octets)
        assert part == Part(Kind.MEDIA, unit.keyframe, number, part.octets)
        assert (fragment.nal_units, fragment.sync, fragment.sequence) == (unit.nal_units, unit.keyframe, number)
        assert fragment.decode_time > last
        last = fragment.decode_time
