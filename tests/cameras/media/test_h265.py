"""H.265's parameter sets and the heads of its slices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media import h265
from tests.origin.made_h265 import CRA, IDR, PPS, SPS, TRAIL, VPS, MadeSps, nal, pps_nal, slice_nal, vps_nal

# Written by x265.
REAL = [
    ("42010101600000030090000003000003003ca00a080b9f796ea4932b9a020000030002000003003210", (320, 180)),
]

MADE = [
    ("plain", MadeSps(), (640, 360), "hvc1.1.6.L93.90"),
    ("cropped", MadeSps(coded=(1920, 1088), crop=(0, 0, 0, 4)), (1920, 1080), "hvc1.1.6.L93.90"),
    ("4:2:2", MadeSps(chroma=2, crop=(1, 1, 3, 3)), (636, 354), "hvc1.1.6.L93.90"),
    ("4:4:4", MadeSps(chroma=3, crop=(1, 1, 3, 3)), (638, 354), "hvc1.1.6.L93.90"),
    ("planes apart", MadeSps(chroma=3, separate_planes=True, crop=(1, 0, 1, 0)), (639, 359), "hvc1.1.6.L93.90"),
    ("monochrome", MadeSps(chroma=0, crop=(1, 0, 1, 0)), (639, 359), "hvc1.1.6.L93.90"),
    ("three layers", MadeSps(sub_layers=3), (640, 360), "hvc1.1.6.L93.90"),
    ("three layers, one ordering", MadeSps(sub_layers=3, ordering_of_all=False), (640, 360), "hvc1.1.6.L93.90"),
    ("layers not described", MadeSps(sub_layers=7, layers_described=False), (640, 360), "hvc1.1.6.L93.90"),
    (
        "ten bits, high tier",
        MadeSps(profile=2, tier=1, level=120, compatibility=0x2000_0000, luma_depth=10, chroma_depth=10),
        (640, 360),
        "hvc1.2.4.H120.90",
    ),
    ("no constraints", MadeSps(constraints=bytes(6)), (640, 360), "hvc1.1.6.L93"),
    ("a profile space", MadeSps(space=2, constraints=b"\1\0\2\0\0\0"), (640, 360), "hvc1.B1.6.L93.1.0.2"),
]


@pytest.mark.parametrize(("text", "size"), REAL)
def test_a_parameter_set_of_an_encoder_is_read(text: str, size: tuple[int, int]) -> None:
    parameters = h265.read_sps(bytes.fromhex(text))
    assert parameters is not None
    assert (parameters.width, parameters.height, parameters.codec) == (*size, "hvc1.1.6.L60.90")


@pytest.mark.parametrize(("made", "size", "codec"), [case[1:] for case in MADE], ids=[case[0] for case in MADE])
def test_size_and_name_are_read(made: MadeSps, size: tuple[int, int], codec: str) -> None:
    parameters = h265.read_sps(made.nal())
    assert parameters is not None
    assert (parameters.width, parameters.height, parameters.codec) == (*size, codec)
    assert not parameters.reorder


@pytest.mark.parametrize("reordered", [0, 1, 4])
def test_it_says_whether_pictures_are_reordered(reordered: int) -> None:
    parameters = h265.read_sps(MadeSps(sub_layers=2, reordered=reordered).nal())
    assert parameters is not None
    assert parameters.reorder is (reordered > 0)


@given(
    st.builds(
        MadeSps,
        id=st.integers(0, 15),
        coded=st.tuples(st.integers(8, 8192), st.integers(8, 4320)),
        chroma=st.integers(0, 3),
        luma_depth=st.integers(8, 16),
        chroma_depth=st.integers(8, 16),
        sub_layers=st.integers(1, 7),
        layers_described=st.booleans(),
        ordering_of_all=st.booleans(),
        reordered=st.integers(0, 15),
        level=st.integers(0, 255),
        constraints=st.binary(min_size=6, max_size=6),
    )
)
def test_every_made_parameter_set_comes_back(made: MadeSps) -> None:
    parameters, described = h265.read_sps(made.nal()), h265.read_format(made.nal())
    assert parameters is not None
    assert described is not None
    assert (parameters.id, parameters.width, parameters.height) == (made.id, *made.coded)
    assert parameters.reorder is (made.reordered > 0)
    assert (described.chroma_format, described.luma_depth_minus8, described.chroma_depth_minus8) == (
        made.chroma, made.luma_depth - 8, made.chroma_depth - 8,
    )  # fmt: skip
    assert (described.sub_layers_count, described.sub_layers_nested) == (made.sub_layers, True)
    assert described.profile[5:11] == made.constraints


NO_SETS = [
    ("empty", b""),
    ("a head", MadeSps().nal()[:2]),
    ("cut", MadeSps().nal()[:15]),
    ("a PPS", pps_nal()),
    ("eight layers", nal(SPS, b"\x0e" + MadeSps().nal()[3:])),
    ("nothing left of it", MadeSps(coded=(16, 16), crop=(8, 0, 0, 0)).nal()),
    ("a side too long", MadeSps(coded=(16_889, 16)).nal()),
    ("an id too high", MadeSps(id=16).nal()),
    ("a depth too high", MadeSps(luma_depth=17).nal()),
    ("longer than any", MadeSps().nal() + bytes(1024)),
]


@pytest.mark.parametrize("octets", [case[1] for case in NO_SETS], ids=[case[0] for case in NO_SETS])
def test_what_is_no_sps_is_refused(octets: bytes) -> None:
    assert h265.read_sps(octets) is None
    assert h265.read_format(octets) is None


def test_ids_of_the_other_sets_are_read() -> None:
    assert h265.sps_id_of_pps(pps_nal(63, 15)) == (63, 15)
    assert h265.vps_id(vps_nal(11)) == 11
    for octets in (b"", nal(PPS, b""), MadeSps().nal(), pps_nal(64), pps_nal(0, 16), pps_nal() + bytes(1024)):
        assert h265.sps_id_of_pps(octets) is None
    assert h265.vps_id(pps_nal()) is None
    assert h265.vps_id(nal(VPS, b"")) is None


@pytest.mark.parametrize("kind", [TRAIL, IDR, CRA])
@pytest.mark.parametrize("pps", [0, 1, 63])
def test_a_slice_names_its_parameter_set(kind: int, pps: int) -> None:
    assert h265.pps_id_of_slice(slice_nal(kind, pps=pps)) == pps
    assert h265.begins_picture(slice_nal(kind, pps=pps))
    assert not h265.begins_picture(slice_nal(kind, first=False, pps=pps))


@given(st.binary(max_size=120), st.sampled_from([b"", b"\x42\1", b"\x44\1", b"\x40\1", MadeSps().nal()[:20]]))
def test_any_bytes_are_read_or_refused(octets: bytes, before: bytes) -> None:
    whole = before + octets
    parameters = h265.read_sps(whole)
    assert parameters is None or (parameters.width > 0 and parameters.height > 0)
    assert (h265.read_format(whole) is None) == (parameters is None)
    h265.sps_id_of_pps(whole)
    h265.vps_id(whole)
    h265.pps_id_of_slice(whole)
