"""The transcoder, in this process: the tone stays the tone, at its own time; what is hostile costs itself alone."""

import io
import itertools
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket
from curtilage.cameras.webrtc.transcoder import Transcoding, read_record, serve
from curtilage.cameras.webrtc.transcoder_records import LENGTH, Opening, Reply, encode_opening, encode_run, read_reply
from tests.cameras.aac_tone import EPOCH_S, AacTone, aac_tone, tone_in

pytestmark = pytest.mark.slow  # encoders
FORMS = list(itertools.product((7_350, 8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000), (1, 2)))


def transcoded(tone: AacTone, transcoding: Transcoding, units: range) -> list[SoundPacket]:
    """A run for each unit, none of them faulty."""
    replies = [transcoding.run(tone.run(at)) for at in units]
    assert not any(reply.faults for reply in replies)
    return [packet for reply in replies for packet in reply.packets]


@pytest.mark.parametrize(("rate_hz", "channels"), FORMS)
def test_the_tone_is_the_cameras_and_its_packets_follow_each_other_at_its_own_time(rate_hz: int, channels: int) -> None:
    tone = aac_tone(rate_hz, channels)
    packets = transcoded(tone, Transcoding(tone.opening), range(len(tone.units)))
    assert packets[0].start == EPOCH_S * 48_000 - 120
    assert {after.start - before.start for before, after in itertools.pairwise(packets)} == {960}
    whole_ms = len(tone.units) * 1024 * 1000 // rate_hz
    assert whole_ms - 25 <= len(packets) * 20 <= whole_ms
    assert abs(tone_in(packets) - 700) < 3


@pytest.mark.parametrize(("clock_hz", "duration"), [(16_000, 2048), (8_000, 1024)])
def test_a_rate_that_is_told_twice_keeps_the_tone_and_its_time(clock_hz: int, duration: int) -> None:
    """HE-AAC told explicitly (§1.6.5): the decoder puts out twice the core's rate."""
    tone = aac_tone(8_000)
    transcoding = Transcoding(Opening(clock_hz, 1, bytes.fromhex("2d8c0800")))
    runs = [AudioRun((at + 9) * duration, ((unit, duration),)) for at, unit in enumerate(tone.units)]
    packets = [packet for run in runs for packet in transcoding.run(run).packets]
    assert packets[0].start == 9 * 6 * 1024 - 120
    assert abs(tone_in(packets) - 700) < 3


def test_what_is_made_of_a_frame_waits_for_less_than_a_packet() -> None:
    """The delay that is added: 20 ms at most until a packet is full, and 2.5 ms of the codec's own."""
    tone = aac_tone(48_000)
    transcoding = Transcoding(tone.opening)
    for at in range(20):
        made = transcoding.run(tone.run(at)).packets
        end = (EPOCH_S * 48_000) + (at + 1) * 1024
        assert not made or 0 <= end - (made[-1].start + 120 + 960) < 960


def test_a_gap_in_the_aac_is_a_gap_in_the_opus() -> None:
    tone = aac_tone(16_000, length_s=4)
    transcoding = Transcoding(tone.opening)
    before = transcoded(tone, transcoding, range(20))
    after = transcoded(tone, transcoding, range(35, 60))
    assert before[-1].start + 960 <= EPOCH_S * 48_000 + 20 * 3 * 1024
    assert after[0].start == EPOCH_S * 48_000 + 35 * 3 * 1024 - 120
    assert abs(tone_in(after) - 700) < 3


def test_after_what_cannot_be_decoded_the_next_frame_comes_at_its_own_time() -> None:
    tone = aac_tone(16_000)
    transcoding = Transcoding(tone.opening)
    transcoded(tone, transcoding, range(4))
    for octets in (b"", b"\xff" * 400, b"\x00" * 9):
        run = AudioRun(tone.run(4).start, ((octets, 1024),))
        assert transcoding.run(run) == Reply((), 1)
    packets = transcoded(tone, transcoding, range(5, 20))
    assert packets[0].start == EPOCH_S * 48_000 + 5 * 3 * 1024 - 120


OTHERS = {"another length": (16_000, 1, 960), "six channels": (16_000, 6, 1024), "another rate": (44_100, 1, 1024)}


@pytest.mark.parametrize(("rate_hz", "channels", "samples"), OTHERS.values(), ids=OTHERS)
def test_what_is_not_as_it_was_announced_is_left_out(rate_hz: int, channels: int, samples: int) -> None:
    said, sent = aac_tone(16_000), aac_tone(rate_hz, channels)
    opening = Opening(16_000, 1, sent.config if rate_hz != 16_000 or channels > 2 else said.config)
    transcoding = Transcoding(opening)
    for at in range(5):
        assert transcoding.run(AudioRun(at * samples, ((sent.units[at], samples),))) == Reply((), 1)


@settings(max_examples=60, deadline=None)
@given(
    st.binary(min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 400), st.integers(0, 255)), max_size=12),
)
def test_noise_and_flipped_bits_give_packets_or_faults_and_nothing_else(
    config: bytes, flips: list[tuple[int, int, int]]
) -> None:
    tone = aac_tone(16_000)
    units = [bytearray(unit) for unit in tone.units]
    for number, place, bits in flips:
        units[number][place % len(units[number])] ^= bits
    for opening in (tone.opening, Opening(16_000, 1, config)):
        try:
            transcoding = Transcoding(opening)
        except ValueError:
            continue
        for at, unit in enumerate(units):
            reply = transcoding.run(AudioRun(at * 1024, ((bytes(unit), 1024),)))
            assert reply.faults <= 1
            assert len(reply.packets) <= 4


@pytest.mark.parametrize("octets", [b"", b"\0", LENGTH.pack(0), LENGTH.pack(1 << 20), LENGTH.pack(9) + b"short"])
def test_a_record_that_is_not_whole_ends_the_process(octets: bytes) -> None:
    out = io.BytesIO()
    serve(io.BytesIO(octets), out)
    assert out.getvalue() == b""


def written(said: bytes) -> io.BytesIO:
    """By a process that was told so much; never in this one, whose limits they would be."""
    command = (sys.executable, "-m", "curtilage.cameras.webrtc.transcoder")
    return io.BytesIO(subprocess.run(command, input=said, capture_output=True, check=True, timeout=30).stdout)


def test_a_process_says_that_it_is_ready_and_answers_each_run() -> None:
    tone = aac_tone(16_000)
    runs = [tone.run(0, 3), tone.run(3, 3)]
    said = encode_opening(tone.opening) + b"".join(encode_run(run, 16_000) or b"" for run in runs)
    out = written(said)
    replies = [read_reply(record) for record in iter(lambda: read_record(out), None)]
    assert replies[0] == Reply((), 0)
    made = Transcoding(tone.opening)
    assert [[p.start for p in reply.packets] for reply in replies[1:] if reply] == [
        [p.start for p in made.run(run).packets] for run in runs
    ]


def test_a_process_that_can_make_nothing_of_the_configuration_says_so() -> None:
    out = written(encode_opening(Opening(16_000, 1, bytes.fromhex("f8ffffff"))))
    assert [read_reply(record) for record in iter(lambda: read_record(out), None)] == [Reply((), 1)]


_TRIES = """
import os, socket, sys
from curtilage.cameras.webrtc import transcoder
transcoder.limit()
tries = [lambda: open(sys.argv[0]), lambda: open("/dev/null"), lambda: socket.socket(), lambda: os.dup(0),
         lambda: os.open(".", os.O_RDONLY), lambda: bytearray(transcoder.MEMORY_BYTES_MAX)]
for attempt in tries:
    try:
        attempt()
    except (OSError, MemoryError):
        continue
    sys.exit(1)
transcoder.limit_time()
while True:
    pass
"""


def test_when_it_is_ready_it_opens_no_file_and_no_socket_and_has_no_time_without_end() -> None:
    ended = subprocess.run((sys.executable, "-c", _TRIES), check=False, timeout=60)
    assert ended.returncode == -24, "SIGXCPU"
