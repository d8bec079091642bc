"""The boxes: written, read back, and compared with what FFmpeg writes."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.fmp4 import FragmentWriter, box, full_box, init_segment
from tests.cameras.boxes import read_boxes, read_fragment
from tests.cameras.pictures import film
from tests.origin.clip import SMALL


def test_a_box_is_size_type_and_payload() -> None:
    assert box(b"free", b"ab", b"c") == b"\0\0\0\x0bfreeabc"
    assert full_box(b"free", 1, 2, b"c") == b"\0\0\0\x0dfree\x01\0\0\x02c"


def test_the_init_segment_holds_every_box_a_player_needs(clips: Path) -> None:
    octets = init_segment(film(clips, SMALL).parameters)
    kinds = _tree(octets)
    assert kinds == [
        "ftyp", "moov", "moov/mvhd", "moov/trak", "moov/trak/tkhd", "moov/trak/mdia", "moov/trak/mdia/mdhd",
        "moov/trak/mdia/hdlr", "moov/trak/mdia/minf", "moov/trak/mdia/minf/vmhd", "moov/trak/mdia/minf/dinf",
        "moov/trak/mdia/minf/stbl", "moov/trak/mdia/minf/stbl/stsd", "moov/trak/mdia/minf/stbl/stts",
        "moov/trak/mdia/minf/stbl/stsc", "moov/trak/mdia/minf/stbl/stco", "moov/trak/mdia/minf/stbl/stsz",
        "moov/mvex", "moov/mvex/trex",
    ]  # fmt: skip


@pytest.mark.parametrize("sides", [(0, 100), (100, 0), (65_536, 100), (100, 65_536)])
def test_sides_that_do_not_fit_a_sample_entry_are_refused(sides: tuple[int, int], clips: Path) -> None:
    with pytest.raises(ValueError, match="sides"):
        init_segment(replace(film(clips, SMALL).parameters, width=sides[0], height=sides[1]))


@given(
    st.lists(st.binary(max_size=60), max_size=6),
    st.integers(0, 2**33),
    st.tuples(st.integers(0, 2**64 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**32 - 1)),
    st.booleans(),
)
def test_a_fragment_reads_back_as_it_was_written(
    nal_units: list[bytes], sequence: int, placed: tuple[int, int, int], keyframe: bool
) -> None:
    fragment = read_fragment(FragmentWriter().write(nal_units, sequence, placed, keyframe=keyframe))
    assert fragment.nal_units == tuple(nal_units)
    assert (fragment.decode_time, fragment.offset, fragment.duration) == placed
    assert (fragment.sequence, fragment.sync) == (sequence % 2**32, keyframe)


def _tree(octets: bytes, above: str = "") -> list[str]:
    found = []
    for kind, content in read_boxes(octets):
        path = above + kind.decode()
        found.append(path)
        if kind in {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex"}:
            found += _tree(content, f"{path}/")
    return found
