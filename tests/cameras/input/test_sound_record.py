"""What a process may write of sound: what we carry, and nothing else."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.input.sound_record import SoundRecords, encode_parameters, read_parameters
from curtilage.cameras.input.source import SourceError
from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from tests.cameras.sound_side import KeptSound

KNOWN = [
    None,
    AudioParameters(AudioCodec.AAC, 16_000, 1, b"\x14\x08"),
    AudioParameters(AudioCodec.OPUS, 48_000, 2),
    AudioParameters(AudioCodec.PCMU, 8_000, 1),
    AudioParameters(AudioCodec.PCMA, 16_000, 1),
]
WRONG = [
    b"\0",
    b"\4\0\0\x1f\x40\1",
    b"\2\0\0\x1f\x40\2",
    b"\2\0\0\x1f\x41\1",
    b"\2\0\0\x1f\x40\1config",
    b"\1\0\0\xbb\x80\6",
    encode_parameters(AudioParameters(AudioCodec.AAC, 16_001, 1, b"\x14\x08")),
    encode_parameters(AudioParameters(AudioCodec.AAC, 16_000, 2, b"\x14\x08")),
    encode_parameters(AudioParameters(AudioCodec.AAC, 16_000, 1, b"")),
    encode_parameters(AudioParameters(AudioCodec.AAC, 16_000, 1, b"\x14\x08" + bytes(63))),
]


@pytest.mark.parametrize("parameters", KNOWN)
def test_what_is_carried_reads_back(parameters: AudioParameters | None) -> None:
    assert read_parameters(encode_parameters(parameters)) == parameters


@pytest.mark.parametrize("octets", WRONG)
def test_what_is_not_carried_is_refused(octets: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        read_parameters(octets)


@given(st.binary(max_size=90))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    try:
        read = read_parameters(octets)
    except (ValueError, struct.error):
        return
    assert encode_parameters(read) == octets


def test_frames_last_as_long_as_they_say() -> None:
    for parameters, octets, duration in (
        (KNOWN[1], b"aac", 1024),
        (KNOWN[2], b"\xf8opus", 960),
        (KNOWN[3], bytes(160), 160),
    ):
        sink = KeptSound()
        records = SoundRecords(sink)
        records.parameters(encode_parameters(parameters))
        records.frame(octets, 77)
        assert sink.parameters == [parameters]
        assert [(frame.octets, frame.timestamp, frame.duration) for frame in sink.frames] == [(octets, 77, duration)]


def test_sound_that_changes_again_and_again_is_left() -> None:
    sink = KeptSound()
    records = SoundRecords(sink)
    for number in range(20):
        records.parameters(encode_parameters(KNOWN[number % 2]))
    with pytest.raises(SourceError, match="again and again"):
        records.parameters(encode_parameters(None))
    assert len(sink.parameters) == 20


@pytest.mark.parametrize("parameters", [None, KNOWN[2], KNOWN[3]])
@pytest.mark.parametrize("octets", [b"", b"\xfb", bytes(65_536)])
def test_what_is_no_frame_of_the_sound_announced_is_refused(parameters: AudioParameters | None, octets: bytes) -> None:
    sink = KeptSound()
    records = SoundRecords(sink)
    if octets == b"\xfb" and parameters is KNOWN[3]:
        octets = b""
    with pytest.raises(ValueError, match="a frame"):
        records.frame(b"before", 0)
    records.parameters(encode_parameters(parameters))
    with pytest.raises(ValueError, match="a frame"):
        records.frame(octets, 0)
    assert not sink.frames
