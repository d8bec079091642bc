"""Which parameter sets a picture uses, and what changes them."""

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media import h264
from curtilage.cameras.media.parameter_sets import ParameterSets
from tests.origin.made_h264 import IDR, MadeSps, pps_nal, slice_nal

PIXELS_MAX = 1920 * 1088


def sets_with(*nals: bytes) -> ParameterSets:
    sets = ParameterSets(h264, PIXELS_MAX)
    for nal in nals:
        sets.add(nal)
    return sets


def test_a_picture_gets_its_own_sets_and_no_others() -> None:
    small, large = MadeSps().nal(), MadeSps(id=1, width=1280, height=720).nal()
    sets = sets_with(small, large, pps_nal(0, 0), pps_nal(1, 1), pps_nal(2, 1))
    first, second = sets.parameters_of(slice_nal(IDR, 0, 0)), sets.parameters_of(slice_nal(IDR, 0, 2))
    assert first is not None
    assert second is not None
    assert (first.sps, first.pps, first.width) == (small, (pps_nal(0, 0),), 640)
    assert (second.sps, second.pps, second.width) == (large, (pps_nal(1, 1), pps_nal(2, 1)), 1280)


def test_only_what_is_new_changes_anything() -> None:
    sets = ParameterSets(h264, PIXELS_MAX)
    assert sets.add(MadeSps().nal())
    assert not sets.add(MadeSps().nal())
    assert sets.add(pps_nal())
    assert not sets.add(pps_nal())
    assert sets.add(MadeSps(width=320).nal())
    assert not sets.add(b"\x67")
    assert not sets.add(b"\x68")


def test_unchanged_sets_give_the_very_same_parameters() -> None:
    sets = sets_with(MadeSps().nal(), pps_nal())
    first = sets.parameters_of(slice_nal(IDR))
    sets.add(MadeSps().nal())
    assert sets.parameters_of(slice_nal(IDR)) is first
    sets.add(MadeSps(width=320).nal())
    changed = sets.parameters_of(slice_nal(IDR))
    assert changed is not None
    assert changed.width == 320


def test_a_picture_without_its_sets_is_explained() -> None:
    for sets in (sets_with(), sets_with(MadeSps().nal()), sets_with(pps_nal(0, 3), MadeSps().nal())):
        assert sets.parameters_of(slice_nal(IDR)) is None
        assert "did not come" in sets.trouble
    assert sets_with(MadeSps().nal(), pps_nal()).parameters_of(b"\x65") is None


def test_a_picture_beyond_the_limit_is_never_announced() -> None:
    sets = sets_with(MadeSps(width=3840, height=2160).nal(), pps_nal())
    assert sets.parameters_of(slice_nal(IDR)) is None
    assert sets.trouble == "the picture is too large: 3840 by 2160 pixels"


NALS = st.one_of(
    st.builds(lambda sps_id, width: MadeSps(id=sps_id, width=width * 2).nal(), st.integers(0, 31), st.integers(1, 100)),
    st.builds(pps_nal, st.integers(0, 255), st.integers(0, 31)),
    st.binary(min_size=1, max_size=40),
)


@given(st.lists(NALS, max_size=30), st.binary(max_size=20))
def test_any_sets_and_any_slice_are_taken(nals: list[bytes], nal: bytes) -> None:
    sets = sets_with(*nals)
    for pps_id in range(4):
        made = sets.parameters_of(slice_nal(IDR, 0, pps_id))
        assert made is None or made.pps
    sets.parameters_of(b"\x65" + nal)
