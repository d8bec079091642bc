"""The records between the server and a transcoder: what is written is read again, and noise is None."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket
from curtilage.cameras.webrtc.transcoder_records import (
    LENGTH,
    RECORD_BYTES_MAX,
    Opening,
    Reply,
    encode_opening,
    encode_reply,
    encode_run,
    read_opening,
    read_reply,
    read_run,
)

RATE = 16_000
RUN = AudioRun(1_700_000_000 * RATE, ((b"\x21" * 200, 1024), (b"\x22" * 7, 1024)))
REPLY = Reply(tuple(SoundPacket(48_000 + at * 960, 960, bytes((at,)) * (at + 1)) for at in range(5)), 2)


def payload(record: bytes | None) -> bytes:
    """Without its length, which is checked."""
    assert record is not None
    assert LENGTH.unpack_from(record) == (len(record) - LENGTH.size,)
    return record[LENGTH.size :]


@given(
    st.integers(0, 2**62),
    st.lists(st.tuples(st.binary(max_size=300), st.integers(1, RATE // 64)), min_size=1, max_size=64),
)
def test_a_run_is_read_as_it_was_written(start: int, frames: list[tuple[bytes, int]]) -> None:
    run = AudioRun(start, tuple(frames))
    assert read_run(payload(encode_run(run, RATE))) == run


@given(
    st.integers(0, 2**60),
    st.integers(0, 255),
    st.lists(st.tuples(st.integers(0, 9_000), st.binary(min_size=1, max_size=1275)), max_size=128),
)
def test_a_reply_is_read_as_it_was_written(start: int, faults: int, made: list[tuple[int, bytes]]) -> None:
    packets = list[SoundPacket]()
    for gap, octets in made:
        packets.append(SoundPacket(start + gap, 960, octets))
        start += gap + 960
    reply = Reply(tuple(packets), faults)
    assert read_reply(payload(encode_reply(reply))) == reply


@given(st.integers(1, 2**32 - 1), st.sampled_from([1, 2]), st.binary(min_size=1, max_size=64))
def test_an_opening_is_read_as_it_was_written(rate_hz: int, channels: int, config: bytes) -> None:
    opening = Opening(rate_hz, channels, config)
    assert read_opening(payload(encode_opening(opening))) == opening
    assert repr(config) not in repr(opening)


@given(st.binary(max_size=400))
def test_noise_is_none_or_a_value(noise: bytes) -> None:
    for read in (read_opening, read_run, read_reply):
        read(noise)


@pytest.mark.parametrize("cut", [1, 3, 200, 215])
def test_what_is_cut_off_or_too_long_is_none(cut: int) -> None:
    assert read_run(payload(encode_run(RUN, RATE))[:-cut]) is None
    assert read_run(payload(encode_run(RUN, RATE)) + b"\0") is None


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\0\x01",
        b"\0\xff" + b"\0" * 8 + b"\0\x01x",
        payload(encode_reply(REPLY))[:-1],
        payload(encode_reply(REPLY)) + b"\0",
        payload(encode_reply(replace(REPLY, packets=(REPLY.packets[1], REPLY.packets[0])))),
        payload(encode_reply(replace(REPLY, packets=(SoundPacket(0, 960, b""),)))),
        payload(encode_reply(replace(REPLY, packets=(SoundPacket(0, 960, bytes(1276)),)))),
        payload(encode_reply(replace(REPLY, packets=(SoundPacket(2**63, 960, b"x"),)))),
    ],
)
def test_a_reply_that_no_transcoder_writes_is_none(record: bytes) -> None:
    assert read_reply(record) is None


@pytest.mark.parametrize(
    "run",
    [
        AudioRun(0, ((b"x", RATE + 1),)),
        AudioRun(0, ((b"x", 1),) * 65),
        AudioRun(0, ((bytes(8_192), 1024),)),
        AudioRun(0, ((bytes(8_191), 100),) * 17),
        AudioRun(2**63, ((b"x", 1024),)),
    ],
)
def test_a_run_that_no_camera_sends_is_not_written(run: AudioRun) -> None:
    assert encode_run(run, RATE) is None


@pytest.mark.parametrize(("rate_hz", "channels", "config"), [(0, 1, b"x"), (1, 0, b"x"), (1, 3, b"x"), (1, 1, b"")])
def test_an_opening_of_no_sound_is_none(rate_hz: int, channels: int, config: bytes) -> None:
    assert read_opening(payload(encode_opening(Opening(rate_hz, channels, config)))) is None
    assert read_opening(payload(encode_opening(Opening(1, 1, bytes(65))))) is None


def test_the_longest_of_each_fits() -> None:
    most = Reply(tuple(SoundPacket(at * 960, 960, bytes(1275)) for at in range(101)), 255)
    assert len(payload(encode_reply(most))) <= RECORD_BYTES_MAX
