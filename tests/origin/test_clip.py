"""The clips: what they promise to tests and to the benchmark."""

from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.wire.mark import Mark, encode_mark
from tests.cameras.pictures import decode_annex_b
from tests.origin.clip import BENCHMARK, MARK_KEY, OTHER_SIZE, SMALL, WITH_B_FRAMES, ClipKind, clip_file, read_clip

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", [SMALL, OTHER_SIZE, WITH_B_FRAMES], ids=["small", "other size", "b-frames"])
def test_every_picture_carries_its_index_in_its_mark(kind: ClipKind, tmp_path: Path) -> None:
    units = list(read_clip(clip_file(tmp_path, kind)))
    shown = decode_annex_b([unit.annex_b for unit in units])
    assert len(units) == kind.frames_count == 100
    assert [unit.keyframe for unit in units] == [place % 50 == 0 for place in range(100)]
    assert [picture.mark for picture in shown] == [
        encode_mark(Mark(kind.home, kind.camera, index), MARK_KEY) for index in range(100)
    ]
    assert {(picture.width, picture.height) for picture in shown} == {(kind.width, kind.height)}


def test_each_group_stands_alone(tmp_path: Path) -> None:
    units = list(read_clip(clip_file(tmp_path, WITH_B_FRAMES)))
    shown = decode_annex_b([unit.annex_b for unit in units[50:]])
    assert [picture.mark_frame for picture in shown] == list(range(50, 100))


def test_a_clip_is_made_once(tmp_path: Path) -> None:
    first = clip_file(tmp_path, SMALL)
    made = first.stat().st_mtime_ns
    assert clip_file(tmp_path, SMALL).stat().st_mtime_ns == made
    assert clip_file(tmp_path, replace(SMALL, seed=2)) != first
    assert len(list(tmp_path.iterdir())) == 2


def test_a_clip_that_was_cut_off_is_no_clip(tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    cut.write_bytes(clip_file(tmp_path, SMALL).read_bytes()[:-1])
    with pytest.raises(ValueError, match="within an access unit"):
        list(read_clip(cut))


@pytest.mark.slow
def test_the_benchmarks_clip_spends_its_two_megabits(tmp_path: Path) -> None:
    kind = replace(BENCHMARK, duration_s=20)
    units = list(read_clip(clip_file(tmp_path, kind)))
    bits_per_s = sum(len(unit.annex_b) for unit in units) * 8 / kind.duration_s
    assert 1_800_000 < bits_per_s < 2_200_000
