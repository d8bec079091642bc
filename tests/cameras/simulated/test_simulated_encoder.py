"""The encoding process from within: the stream it makes and the records it writes."""

import io

from hypothesis import strategies as st

from curtilage.cameras.input.source_process import HEAD, RecordKind
from curtilage.cameras.media import h264
from curtilage.cameras.simulated.simulated_encoder import GROUP_FRAMES_COUNT, Encoder, records
from curtilage.cameras.simulated.simulated_scene import HEIGHT, WIDTH

GREY = (bytes([120]) * (WIDTH * HEIGHT), bytes([128]) * (WIDTH * HEIGHT // 4), bytes([128]) * (WIDTH * HEIGHT // 4))
NAL = st.binary(min_size=1, max_size=20).filter(lambda nal: b"\0\0" not in nal and nal[-1] != 0)


def test_every_picture_comes_out_at_once_in_groups_of_two_seconds() -> None:
    encoder = Encoder()
    keyframes = []
    for index in range(GROUP_FRAMES_COUNT * 2 + 1):
        ((keyframe, units),) = encoder.encode(GREY, index)
        assert units
        keyframes += [index] if keyframe else []
    assert keyframes == [0, GROUP_FRAMES_COUNT, 2 * GROUP_FRAMES_COUNT]


def test_a_keyframe_is_preceded_by_its_parameters_and_holds_none() -> None:
    (encoded,) = Encoder().encode(GREY, 0)
    parameters, picture = records(encoded, 0)
    assert [_kind(parameters), _kind(picture)] == [RecordKind.PARAMETERS, RecordKind.KEYFRAME]
    assert [nal[0] & h264.NAL_TYPE_MASK for nal in _units(parameters)] == [h264.SPS, h264.PPS]
    assert {nal[0] & h264.NAL_TYPE_MASK for nal in _units(picture)} == {h264.IDR_SLICE}
    said = h264.read_sps(_units(parameters)[0])
    assert said is not None
    assert (said.width, said.height, said.reorder) == (WIDTH, HEIGHT, False)


def test_a_picture_between_is_one_record_with_its_time() -> None:
    encoder = Encoder()
    list(encoder.encode(GREY, 0))
    (encoded,) = encoder.encode(GREY, 1)
    (picture,) = records(encoded, 3600)
    assert HEAD.unpack_from(picture) == (RecordKind.PICTURE, len(picture) - HEAD.size, 3600)


def _kind(record: bytes) -> RecordKind:
    return RecordKind(HEAD.unpack_from(record)[0])


def _units(record: bytes) -> list[bytes]:
    rest, units = io.BytesIO(record[HEAD.size :]), []
    while length := rest.read(4):
        units.append(rest.read(int.from_bytes(length, "big")))
    return units
