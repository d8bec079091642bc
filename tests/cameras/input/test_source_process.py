"""What a source's process may write: pictures, problems; anything else is the camera's problem, never ours."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.source_process import (
    HEAD,
    RecordKind,
    encode_problem,
    encode_record,
    push_records,
    require,
)
from curtilage.errors import install_words
from tests.cameras.recording_sink import RecordingSink
from tests.origin import made_h265
from tests.origin.made_h264 import IDR, MadeSps, pps_nal, slice_nal


def pushed(octets: bytes) -> RecordingSink:
    """What came before the process ended."""

    async def main() -> RecordingSink:
        reader, sink = asyncio.StreamReader(), RecordingSink()
        reader.feed_data(octets)
        reader.feed_eof()
        with pytest.raises(SourceError, match="ended"):
            await push_records(reader, sink, 1 << 20)
        return sink

    return asyncio.run(main())


def test_pictures_and_their_parameters_are_handed_over() -> None:
    sets, picture = (MadeSps().nal(), pps_nal()), slice_nal(IDR)
    sink = pushed(encode_record(RecordKind.PARAMETERS, 0, sets) + encode_record(RecordKind.KEYFRAME, 90, [picture]))
    assert [(unit.nal_units, unit.timestamp, unit.keyframe) for unit in sink.units] == [((picture,), 90, True)]
    assert (sink.parameters[0].sps, sink.parameters[0].pps, sink.parameters[0].vps) == (sets[0], sets[1:], ())


def test_h265s_parameters_too() -> None:
    sets = (made_h265.vps_nal(), made_h265.MadeSps().nal(), made_h265.pps_nal())
    (parameters,) = pushed(encode_record(RecordKind.PARAMETERS_H265, 0, sets)).parameters
    assert (parameters.vps, parameters.sps, parameters.pps) == (sets[:1], sets[1], sets[2:])
    assert parameters.codec == "hvc1.1.6.L93.90"


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (b"", SourceProblem.ENDED),
        (b"\x02\0\0", SourceProblem.ENDED),
        (encode_record(RecordKind.PICTURE, 0, [b"\x41"])[:-1], SourceProblem.ENDED),
        (b"\x09" + bytes(12), SourceProblem.GARBAGE),
        (encode_record(RecordKind.PARAMETERS, 0, []), SourceProblem.GARBAGE),
        (encode_record(RecordKind.PARAMETERS, 0, [b"\x67\x64"]), SourceProblem.GARBAGE),
        (encode_record(RecordKind.PARAMETERS_H265, 0, [b"\x40\1"]), SourceProblem.GARBAGE),
        (encode_problem(SourceProblem.REFUSED_PASSWORD, ""), SourceProblem.REFUSED_PASSWORD),
        (HEAD.pack(RecordKind.PROBLEM, 1, 0) + b"x", SourceProblem.GARBAGE),
        (HEAD.pack(RecordKind.PICTURE, 2, 0) + b"\0\0", SourceProblem.GARBAGE),
    ],
)
def test_a_process_that_writes_nonsense_is_a_problem_of_the_camera(record: bytes, problem: SourceProblem) -> None:
    async def main() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(record)
        reader.feed_eof()
        await push_records(reader, RecordingSink(), 1 << 20)

    with pytest.raises(SourceError) as ended:
        asyncio.run(main())
    assert ended.value.problem is problem


@given(st.binary(max_size=100))
def test_no_bytes_from_the_process_surprise_the_source(octets: bytes) -> None:
    async def main() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(octets)
        reader.feed_eof()
        await push_records(reader, RecordingSink(), 64)

    with pytest.raises(SourceError):
        asyncio.run(main())


def test_without_the_extra_it_says_what_to_install() -> None:
    with pytest.raises(SourceError) as refused:
        require(("av", "a_module_that_is_not_there"), install_words("demo"))
    assert refused.value.problem is SourceProblem.UNSUPPORTED
    assert ".venv/bin/python -m pip install -e '.[demo]'" in refused.value.detail
