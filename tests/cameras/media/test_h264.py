"""Parameter sets and the heads of slices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media import h264
from curtilage.cameras.media.bit_reader import raw_payload
from tests.origin.made_h264 import IDR, MadeSps, emulation_prevented, pps_nal, slice_nal

# Written by encoders: x264 at 1280x720 (High, VUI with timing), a Baseline camera at 640x480, x264 1920x1080 cropped.
REAL = [
    ("6764001facd9405005bb016a02020280000003008000001e478c18cb", (1280, 720, "avc1.64001f")),
    ("6742001e95a8280f649b80", (640, 480, "avc1.42001e")),
    ("67640028acd940780227e5c044000003000400000300c83c60c658", (1920, 1080, "avc1.640028")),
]

MADE = [
    ("plain", MadeSps(), (640, 360), True),
    ("cropped", MadeSps(width=1280, height=718), (1280, 718), True),
    ("interlaced and cropped", MadeSps(width=720, height=540, frames_only=False), (720, 540), True),
    ("4:2:2", MadeSps(profile=122, chroma_format=2, width=650, height=362), (650, 362), True),
    ("4:4:4", MadeSps(profile=244, chroma_format=3, width=650, height=362), (650, 362), True),
    ("monochrome", MadeSps(chroma_format=0, width=650, height=362), (650, 362), True),
    ("scaling lists", MadeSps(scaling=True), (640, 360), True),
    ("baseline never reorders", MadeSps(profile=66), (640, 360), False),
    ("order type 2 never reorders", MadeSps(profile=77, order_type=2), (640, 360), False),
    ("order type 1 may", MadeSps(profile=77, order_type=1), (640, 360), True),
    ("one reference is too few to reorder", MadeSps(profile=77, references=1), (640, 360), False),
    ("an intra profile never reorders", MadeSps(profile=100, constraints=0x10), (640, 360), False),
    ("the restriction says none", MadeSps(reorder_frames=0), (640, 360), False),
    ("the restriction says two", MadeSps(reorder_frames=2), (640, 360), True),
    ("a full VUI before it", MadeSps(full_vui=True, reorder_frames=0), (640, 360), False),
    ("a full VUI without it", MadeSps(full_vui=True), (640, 360), True),
]


@pytest.mark.parametrize(("text", "expected"), REAL)
def test_a_parameter_set_of_an_encoder_is_read(text: str, expected: tuple[int, int, str]) -> None:
    parameters = h264.read_sps(bytes.fromhex(text))
    assert parameters is not None
    assert (parameters.width, parameters.height, parameters.codec) == expected


@pytest.mark.parametrize(("made", "size", "reorder"), [case[1:] for case in MADE], ids=[case[0] for case in MADE])
def test_size_and_order_are_read(made: MadeSps, size: tuple[int, int], reorder: bool) -> None:
    parameters = h264.read_sps(made.nal())
    assert parameters is not None
    assert (parameters.width, parameters.height) == size
    assert parameters.reorder is reorder
    assert parameters.codec == f"avc1.{made.profile:02x}{made.constraints:02x}{made.level:02x}"
    assert parameters.id == made.id


@given(
    st.builds(
        MadeSps,
        width=st.integers(1, 2000).map(lambda half: 2 * half),
        height=st.integers(1, 1000).map(lambda quarter: 4 * quarter),
        profile=st.sampled_from([66, 77, 88, 100, 110, 122]),
        level=st.integers(0, 255),
        id=st.integers(0, 31),
        chroma_format=st.just(1),
        scaling=st.booleans(),
        order_type=st.integers(0, 2),
        references=st.integers(0, 16),
        frames_only=st.booleans(),
        reorder_frames=st.one_of(st.none(), st.integers(0, 16)),
        full_vui=st.booleans(),
    )
)
def test_every_made_parameter_set_comes_back(made: MadeSps) -> None:
    parameters = h264.read_sps(made.nal())
    assert parameters is not None
    assert (parameters.id, parameters.width, parameters.height) == (made.id, made.width, made.height)
    if parameters.reorder:
        assert made.reorder_frames != 0


NO_SETS = [
    ("empty", b""),
    ("only a head", b"\x67"),
    ("not an SPS", pps_nal()),
    ("cut short", MadeSps().nal()[:6]),
    ("too long", MadeSps().nal() + bytes(2000)),
    ("id out of range", MadeSps(id=32).nal()),
    ("endless code", b"\x67\x64\0\x1f" + b"\0" * 20),
    ("cropped to nothing", MadeSps(cropped_more=640).nal()),
    ("more macroblocks than any level", MadeSps(width=16 * 400, height=16 * 400).nal()),
]


@pytest.mark.parametrize("nal", [case[1] for case in NO_SETS], ids=[case[0] for case in NO_SETS])
def test_what_is_no_parameter_set_gives_none(nal: bytes) -> None:
    assert h264.read_sps(nal) is None


def test_a_vui_that_ends_too_early_spoils_nothing() -> None:
    whole = MadeSps(full_vui=True, reorder_frames=0).nal()
    parameters = h264.read_sps(whole[:-4])
    assert parameters is not None
    assert (parameters.width, parameters.reorder) == (640, True)


@pytest.mark.parametrize(("pps_id", "sps_id"), [(0, 0), (1, 0), (255, 31), (7, 3)])
def test_a_picture_parameter_set_names_its_sequence(pps_id: int, sps_id: int) -> None:
    assert h264.sps_id_of_pps(pps_nal(pps_id, sps_id)) == (pps_id, sps_id)


def test_what_is_no_picture_parameter_set_gives_none() -> None:
    assert h264.sps_id_of_pps(MadeSps().nal()) is None
    assert h264.sps_id_of_pps(b"\x68") is None
    assert h264.sps_id_of_pps(pps_nal(256, 0)) is None
    assert h264.sps_id_of_pps(pps_nal(0, 32)) is None


@given(st.integers(0, 139_264), st.integers(0, 255), st.sampled_from([1, IDR]))
def test_the_head_of_a_slice_is_read(first_mb: int, pps_id: int, kind: int) -> None:
    nal = slice_nal(kind, first_mb, pps_id)
    assert h264.begins_picture(nal) is (first_mb == 0)
    assert h264.pps_id_of_slice(nal) == pps_id


def test_a_slice_without_a_head_names_nothing() -> None:
    assert h264.pps_id_of_slice(b"\x65") is None
    assert not h264.begins_picture(b"\x65")


@given(st.binary(max_size=60))
def test_emulation_prevention_comes_off_again(payload: bytes) -> None:
    assert raw_payload(b"\x67" + emulation_prevented(payload), h264.NAL_HEAD_BYTES) == payload


@given(
    st.binary(max_size=120),
    st.sampled_from([b"", b"\x67", b"\x67\x64\0\x1f\xac", b"\x68", MadeSps(full_vui=True).nal()[:20]]),
)
def test_any_bytes_are_read_or_refused(octets: bytes, before: bytes) -> None:
    parameters = h264.read_sps(before + octets)
    if parameters is not None:
        assert 0 < parameters.width * parameters.height <= 256 * 139_264
    ids = h264.sps_id_of_pps(before + octets)
    assert ids is None or (ids[0] <= 255 and ids[1] <= 31)
    h264.pps_id_of_slice(before + octets)
    h264.begins_picture(before + octets)
