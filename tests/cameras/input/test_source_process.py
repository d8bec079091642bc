"""What a source's process may write: pictures, problems; anything else is the camera's problem, never ours."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.source_process import (
    HEAD,
    RecordKind,
    RecordMeter,
    encode_problem,
    encode_record,
    encode_sound,
    push_records,
    require,
)
from curtilage.cameras.media.access_unit import AccessUnit
from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters
from curtilage.config import Config
from curtilage.errors import install_words
from tests.cameras.recording_sink import RecordingSink
from tests.cameras.sound_side import KeptSound
from tests.held_clock import HeldClock
from tests.origin import made_h265
from tests.origin.made_h264 import IDR, MadeSps, pps_nal, slice_nal
from tests.turns import counted_turns


def meter(clock: HeldClock | None = None, access_unit_bytes_max: int = 1 << 20) -> RecordMeter:
    config = Config(access_unit_bytes_max=access_unit_bytes_max, camera_bytes_per_s_max=4096, camera_loop_share_max=0.5)
    return RecordMeter(config, clock or HeldClock())


def pushed(octets: bytes) -> RecordingSink:
    """What came before the process ended."""

    async def main() -> RecordingSink:
        reader, sink = asyncio.StreamReader(), RecordingSink()
        reader.feed_data(octets)
        reader.feed_eof()
        with pytest.raises(SourceError, match="ended"):
            await push_records(reader, sink, meter())
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
        (encode_sound(None), SourceProblem.GARBAGE),
        (encode_sound(AudioFrame(b"x", 0, 1)), SourceProblem.GARBAGE),
    ],
)
def test_a_process_that_writes_nonsense_is_a_problem_of_the_camera(record: bytes, problem: SourceProblem) -> None:
    async def main() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(record)
        reader.feed_eof()
        await push_records(reader, RecordingSink(), meter())

    with pytest.raises(SourceError) as ended:
        asyncio.run(main())
    assert ended.value.problem is problem


@given(st.binary(max_size=100))
def test_no_bytes_from_the_process_surprise_the_source(octets: bytes) -> None:
    async def main() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(octets)
        reader.feed_eof()
        await push_records(reader, RecordingSink(), meter(access_unit_bytes_max=64))

    with pytest.raises(SourceError):
        asyncio.run(main())


def test_without_the_extra_it_says_what_to_install() -> None:
    with pytest.raises(SourceError) as refused:
        require(("av", "a_module_that_is_not_there"), install_words("demo"))
    assert refused.value.problem is SourceProblem.UNSUPPORTED
    assert ".venv/bin/python -m pip install -e '.[demo]'" in refused.value.detail


PCMA = AudioParameters(AudioCodec.PCMA, 8_000, 1)
BEGUN = encode_record(RecordKind.PARAMETERS, 0, (MadeSps().nal(), pps_nal()))
LONG = encode_record(RecordKind.KEYFRAME, 0, [bytes(60)])
"""A whole record, whose payload has 64 octets."""


@pytest.mark.parametrize(("length_max", "problem"), [(64, SourceProblem.ENDED), (63, SourceProblem.GARBAGE)])
def test_a_record_longer_than_any_picture_is_refused_though_it_is_whole(
    length_max: int, problem: SourceProblem
) -> None:
    sink = RecordingSink()
    assert ended_by(BEGUN + LONG, sink, meter(access_unit_bytes_max=length_max)).problem is problem
    assert len(sink.units) == (problem is SourceProblem.ENDED)


def ended_by(octets: bytes, sink: RecordingSink, counting: RecordMeter, sound: KeptSound | None = None) -> SourceError:
    async def main() -> SourceError:
        reader = asyncio.StreamReader()
        reader.feed_data(octets)
        reader.feed_eof()
        with pytest.raises(SourceError) as ended:
            await push_records(reader, sink, counting, sound)
        return ended.value

    return asyncio.run(main())


class Busy(RecordingSink):
    """Each picture takes so long."""

    def __init__(self, clock: HeldClock, took_s: float) -> None:
        super().__init__()
        self._clock = clock
        self._took_s = took_s

    def access_unit(self, unit: AccessUnit) -> None:
        """See Sink."""
        super().access_unit(unit)
        self._clock.pass_s(self._took_s)
        self._clock.worked_s += self._took_s


def test_many_small_pictures_leave_others_their_turns() -> None:
    async def main() -> None:
        clock = HeldClock()
        reader = asyncio.StreamReader()
        reader.feed_data(BEGUN + encode_record(RecordKind.KEYFRAME, 0, [b"\x65"]) * 1_000)
        reader.feed_eof()
        async with counted_turns() as turns:
            with pytest.raises(SourceError, match="ended"):
                await push_records(reader, Busy(clock, 0.000_1), meter(clock))
        assert turns.count >= 1_000 * 0.000_1 / 0.002 - 5

    asyncio.run(main())


def test_a_camera_that_takes_more_than_its_share_again_and_again_is_left() -> None:
    clock = HeldClock()
    sink = Busy(clock, 0.1)
    wrong = ended_by(BEGUN + encode_record(RecordKind.KEYFRAME, 0, [b"\x65"]) * 1_000, sink, meter(clock))
    assert (wrong.problem, wrong.detail) == (
        SourceProblem.GARBAGE,
        "it takes more time to read than any camera should",
    )
    assert len(sink.units) < 20


def test_a_camera_that_sends_more_than_any_should_is_left() -> None:
    clock = HeldClock()
    counting = meter(clock)
    counting.begin(10_000)
    clock.pass_s(3)
    counting.begin(1)
    clock.pass_s(1)
    counting.begin(4095)
    clock.pass_s(0.5)
    counting.begin(4096)
    clock.pass_s(0.5)
    with pytest.raises(SourceError, match="sends more"):
        counting.begin(1)


def test_sound_that_was_asked_for_is_handed_over_among_the_pictures() -> None:
    sink, sound, frame = RecordingSink(), KeptSound(), AudioFrame(b"sound", 5, 5)
    octets = encode_sound(PCMA) + BEGUN + encode_sound(frame) + LONG + encode_sound(None)
    assert ended_by(octets, sink, meter(), sound).problem is SourceProblem.ENDED
    assert (sound.parameters, sound.frames, len(sink.units)) == ([PCMA, None], [frame], 1)


def test_sound_that_is_none_is_a_problem_of_the_camera_too() -> None:
    for octets in (encode_sound(AudioFrame(b"x", 0, 1)), encode_sound(PCMA) + encode_sound(AudioFrame(b"", 0, 1))):
        sound = KeptSound()
        assert ended_by(octets, RecordingSink(), meter(), sound).problem is SourceProblem.GARBAGE
        assert not sound.frames


class BusySound(KeptSound):
    """Each frame takes so long."""

    def __init__(self, clock: HeldClock, took_s: float) -> None:
        super().__init__()
        self._clock = clock
        self._took_s = took_s

    def audio_frame(self, frame: AudioFrame) -> None:
        """See SoundSink."""
        super().audio_frame(frame)
        self._clock.pass_s(self._took_s)
        self._clock.worked_s += self._took_s


def test_pictures_and_sound_have_one_share_together() -> None:
    clock = HeldClock()
    both = encode_sound(AudioFrame(b"x", 0, 1)) + encode_record(RecordKind.KEYFRAME, 0, [b"\x65"])
    sink, sound = Busy(clock, 0.05), BusySound(clock, 0.05)
    wrong = ended_by(encode_sound(PCMA) + BEGUN + both * 1_000, sink, meter(clock), sound)
    assert "takes more time" in wrong.detail
    assert len(sink.units) + len(sound.frames) < 40
