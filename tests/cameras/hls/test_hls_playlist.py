"""Playlists as text, read back by a reader that shares no line with the writer."""

import re
from dataclasses import replace

from curtilage.cameras.hls.hls_playlist import (
    ListedPart,
    ListedSegment,
    Playlist,
    Rendition,
    Report,
    Variant,
    multivariant,
    report_text,
)
from tests.cameras.hls_reader import attributes, read_playlist


def segment(number: int, init_label: str = "init", *, whole: bool = True) -> ListedSegment:
    parts = tuple(ListedPart(f"p{number}x{place}", 0.2, place == 0) for place in range(10 if whole else 3))
    return ListedSegment(
        number=number,
        key_label="k",
        epoch=0,
        iv=number.to_bytes(16),
        init_label=init_label,
        begin_ms=1_790_000_000_000 + number * 2000,
        discontinuity=False,
        parts=parts,
        label=f"s{number}" if whole else None,
        duration_s=2.0 if whole else 0.0,
    )


def playlist(first: int, count: int, growing: ListedSegment | None = None) -> Playlist:
    whole = tuple(segment(number) for number in range(first, first + count))
    return Playlist(2, 0.21, 0, whole, growing, "hint")


def test_all_that_is_listed_is_read_back() -> None:
    read = read_playlist(playlist(5, 3, segment(8, whole=False)).text())
    assert [item.number for item in read.segments] == [5, 6, 7]
    assert [item.uri for item in read.segments] == [f"/parts/s{number}.m4s" for number in (5, 6, 7)]
    assert read.segments[0].date == "2026-09-21T14:13:30.000Z"
    assert [part.independent for part in read.segments[0].parts] == [True] + [False] * 9
    assert read.growing is not None
    assert [part.uri for part in read.growing.parts] == [f"/parts/p8x{place}.m4s" for place in range(3)]
    assert read.hint_uri == "/parts/hint.m4s"
    assert read.control["PART-HOLD-BACK"] == "0.63000"
    assert (read.control["HOLD-BACK"], read.control["CAN-SKIP-UNTIL"]) == ("6.0", "12.0")
    assert all(item.map_uri == "/parts/init.mp4" for item in read.segments)


def test_a_delta_update_leaves_out_what_lies_beyond_the_skip_boundary() -> None:
    whole = playlist(0, 9, segment(9, whole=False))
    read = read_playlist(whole.text(skip=True))
    # 0.6 s grow, 12 s may not be skipped: six segments of 2 s.
    assert (read.first_number, read.skipped) == (0, 3)
    assert [item.number for item in read.segments] == [3, 4, 5, 6, 7, 8]
    left = [item for item in whole.text().splitlines() if item.startswith(b"/parts")]
    assert [item for item in whole.text(skip=True).splitlines() if item.startswith(b"/parts")] == left[3:]


def test_with_nothing_to_leave_out_a_delta_update_is_the_playlist() -> None:
    for count in (1, 3, 6):
        assert playlist(0, count).text(skip=True) == playlist(0, count).text()
    assert b"EXT-X-SKIP" in playlist(0, 7).text(skip=True)


def test_a_new_init_part_stands_clear_between_keys() -> None:
    first, second = segment(0), replace(segment(1, "other"), discontinuity=True)
    text = Playlist(2, 0.21, 4, (first, second), None, None).text()
    read = read_playlist(text)
    assert [item.map_uri for item in read.segments] == ["/parts/init.mp4", "/parts/other.mp4"]
    assert [item.discontinuity for item in read.segments] == [False, True]
    assert read.discontinuity_sequence == 4
    assert text.index(b"METHOD=NONE") < text.index(b"/parts/other.mp4") < text.rindex(b"METHOD=AES-128")


def test_other_tracks_are_reported() -> None:
    reports = report_text(Report("sub.m3u8", 7, 2)) + report_text(Report("audio.m3u8", 3, None))
    text = playlist(0, 1).text() + reports
    assert read_playlist(text).reports == [
        {"URI": "sub.m3u8", "LAST-MSN": "7", "LAST-PART": "2"},
        {"URI": "audio.m3u8", "LAST-MSN": "3"},
    ]


def test_a_multivariant_playlist_names_what_is_known_of_each_track() -> None:
    main = Variant("main.m3u8", 2_000_000, "avc1.64001f", 1280, 720, 1_900_000, 24.99)
    bare = Variant("sub.m3u8", 300_000, "", 0, 0)
    lines = multivariant([main, bare]).decode().splitlines()
    assert lines[:2] == ["#EXTM3U", "#EXT-X-VERSION:9"]
    assert lines[3::2] == ["main.m3u8", "sub.m3u8"]
    said = [attributes(line.removeprefix("#EXT-X-STREAM-INF:")) for line in lines[2::2]]
    assert said[0] == {
        "BANDWIDTH": "2000000",
        "AVERAGE-BANDWIDTH": "1900000",
        "CODECS": "avc1.64001f",
        "RESOLUTION": "1280x720",
        "FRAME-RATE": "24.990",
    }
    assert said[1] == {"BANDWIDTH": "300000"}


VARIANT = Variant("main.m3u8", 2_000_000, "avc1.64001f", 640, 360, 1_000_000, 25.0)


def test_without_sound_the_multivariant_playlist_says_nothing_of_it() -> None:
    text = multivariant([VARIANT])
    assert text == multivariant([VARIANT], None)
    assert not re.search(rb"AUDIO|MEDIA|sound", text)


def test_sound_goes_with_each_variant_and_its_rate_and_codec_count() -> None:
    sound = Rendition("sound.m3u8", 64_000, "Opus", 50_000)
    sub = replace(VARIANT, uri="sub.m3u8", codec="", average_bits_per_s=0)
    lines = multivariant([VARIANT, sub], sound).decode().splitlines()
    assert lines[2] == (
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,URI="sound.m3u8"'
    )
    first, second = (attributes(line.removeprefix("#EXT-X-STREAM-INF:")) for line in lines[3::2])
    assert (first["BANDWIDTH"], first["AVERAGE-BANDWIDTH"]) == ("2064000", "1050000")
    assert (first["CODECS"], first["AUDIO"]) == ("avc1.64001f,Opus", "sound")
    assert (second["BANDWIDTH"], second["AUDIO"]) == ("2064000", "sound")
    assert not {"AVERAGE-BANDWIDTH", "CODECS"} & set(second), "half known is not said"
