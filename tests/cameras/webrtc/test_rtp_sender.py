"""One viewer's RTP: increasing timestamps, unbroken sequences, a pace, and repairs of what was really sent."""

import itertools
import struct
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.webrtc.packetiser import Picture
from curtilage.cameras.webrtc.rtp_sender import RtpSender, StreamNumbers
from curtilage.config import Config

NUMBERS = StreamNumbers(108, 0x1234_5678, 0xFFF0, 2**32 - 4000)
FAST = replace(Config(), webrtc_pace_burst_bytes=1024 * 1024)


def picture(number: int, packets: int = 2, size: int = 100, *, keyframe: bool = False) -> Picture:
    """The ``number``-th picture at 25 a second."""
    payloads = tuple(bytes((number % 256, place)) + bytes(size - 2) for place in range(packets))
    return Picture(keyframe, number * 3600, 1000 + number * 40, payloads, packets * size)


def read(packets: list[bytes]) -> list[tuple[int, int, bool]]:
    """Sequence, timestamp and marker."""
    heads = [struct.unpack_from(">BBHII", packet) for packet in packets]
    assert all(head[0] == 0x80 and head[1] & 0x7F == 108 and head[4] == 0x1234_5678 for head in heads)
    return [(head[2], head[3], bool(head[1] & 0x80)) for head in heads]


def test_a_burst_plays_in_no_time_and_ends_at_the_live_picture() -> None:
    sender = RtpSender(NUMBERS, FAST)
    sender.burst([picture(number, 1, keyframe=number == 0) for number in range(50)])
    sender.live(picture(50, 1))
    times = [time for _, time, _ in read(list(sender.due(0.0)))]
    steps = {(after - before) % 2**32 for before, after in itertools.pairwise(times[:50])}
    assert steps == {90}
    assert times[49] == (NUMBERS.timestamp + 49 * 3600) % 2**32
    assert times[50] == (NUMBERS.timestamp + 50 * 3600) % 2**32


def test_sequences_run_on_over_their_end_and_the_last_packet_is_marked() -> None:
    sender = RtpSender(NUMBERS, FAST)
    for number in range(20):
        sender.live(picture(number, 3))
    packets = read(list(sender.due(0.0)))
    assert [sequence for sequence, _, _ in packets] == [(0xFFF0 + place) % 2**16 for place in range(60)]
    assert [marker for _, _, marker in packets] == [place % 3 == 2 for place in range(60)]


@given(st.lists(st.one_of(st.just("live"), st.integers(1, 300)), min_size=1, max_size=12))
def test_timestamps_always_increase_whatever_is_repeated(steps: list[str | int]) -> None:
    sender = RtpSender(replace(NUMBERS, timestamp=0), FAST)
    number, group = 0, [picture(0, 1, keyframe=True)]
    times: list[int] = []
    sender.burst(group)
    for step in steps:
        if step == "live":
            number += 1
            sender.live(picture(number, 1))
        else:
            group = [picture(max(0, number - int(step)) + place, 1) for place in range(min(int(step), number + 1))]
            sender.burst(group)
        times += [time for _, time, _ in read(list(sender.due(float(len(times)))))]
    assert times == sorted(set(times))


def test_packets_leave_at_the_pace_and_not_faster() -> None:
    config = replace(Config(), webrtc_pace_bytes_per_s=100_000, webrtc_pace_burst_bytes=5_000)
    sender = RtpSender(NUMBERS, config)
    sender.burst([picture(0, 100, 1000, keyframe=True)])
    first = len(list(sender.due(10.0)))
    assert 4 <= first <= 6
    assert sender.wait_s is not None
    assert sender.wait_s > 0
    sent, now = first, 10.0
    for _ in range(100):
        now += 0.01
        sent += len(list(sender.due(now)))
    assert 95 <= sent <= 100
    list(sender.due(now + 1))
    assert sender.wait_s is None


def test_what_waits_is_bounded_and_sending_goes_on_at_a_keyframe() -> None:
    config = replace(Config(), webrtc_queue_bytes_max=10_000, webrtc_pace_burst_bytes=2_100)
    sender = RtpSender(NUMBERS, config)
    sender.live(picture(0, 4, 1000, keyframe=True))
    half = list(sender.due(0.0))
    assert 0 < len(half) < 4
    for number in range(1, 10):
        sender.live(picture(number, 2, 1000))
    assert sender.dropped_count > 0
    sender.live(picture(10, 1, 100, keyframe=True))
    sender.live(picture(11, 1, 100))
    rest = [packet for second in range(1, 20) for packet in sender.due(float(second))]
    sequences = [sequence for sequence, _, _ in read(half + rest)]
    assert sequences == [(0xFFF0 + place) % 2**16 for place in range(len(sequences))], "no hole for the viewer"
    assert [packet[12] for packet in rest][-2:] == [10, 11]
    assert {packet[12] for packet in half + rest} == {0, 10, 11}


def test_a_lost_packet_is_sent_again_as_it_was_and_one_never_sent_is_not() -> None:
    sender = RtpSender(NUMBERS, FAST)
    for number in range(20):
        sender.live(picture(number, 3))
    packets = list(sender.due(0.0))
    for place in (0, 17, 59):
        sender.lost((0xFFF0 + place) % 2**16)
    sender.lost(0xFFF0 - 1)
    sender.lost((0xFFF0 + 60) % 2**16)
    sender.lost(99_999_999)
    assert list(sender.due(1.0)) == [packets[0], packets[17], packets[59]]
    assert sender.repaired_count == 3


def test_repairs_are_bounded_and_paced_and_old_pictures_forgotten() -> None:
    config = replace(FAST, webrtc_repairs_waiting_count_max=10, webrtc_repair_pictures_count_max=4)
    sender = RtpSender(NUMBERS, config)
    for number in range(8):
        sender.live(picture(number, 1))
    packets = list(sender.due(0.0))
    for _ in range(100):
        for place in range(8):
            sender.lost((0xFFF0 + place) % 2**16)
    assert list(sender.due(1.0)) == packets[4:]


def test_nothing_is_left_after_forgetting() -> None:
    sender = RtpSender(NUMBERS, Config())
    sender.burst([picture(number, 50, 1000, keyframe=number == 0) for number in range(5)])
    list(sender.due(0.0))
    sender.lost(0xFFF0)
    sender.forget()
    assert list(sender.due(100.0)) == []
    assert sender.wait_s is None


def test_the_report_says_when_the_newest_picture_reached_the_sealer() -> None:
    sender = RtpSender(NUMBERS, FAST)
    assert sender.report() is None
    sender.live(picture(3))
    list(sender.due(0.0))
    report = sender.report()
    assert report is not None
    head, kind, words, ssrc, ntp, timestamp, packets, octets = struct.unpack(">BBHIQIII", report)
    assert (head, kind, words, ssrc) == (0x80, 200, 6, NUMBERS.ssrc)
    assert timestamp == (NUMBERS.timestamp + 3 * 3600) % 2**32
    assert ((ntp >> 32) - 2_208_988_800) * 1000 + round((ntp & 0xFFFF_FFFF) * 1000 / 2**32) == 1120
    assert (packets, octets) == (2, 200)
    assert sender.newest == (timestamp, 1120), "the same, for who cannot read RTCP"


def test_after_a_turn_the_time_between_pictures_is_that_of_their_sealing() -> None:
    sender = RtpSender(replace(NUMBERS, timestamp=0), FAST)
    sender.live(picture(0, 1, keyframe=True))
    sender.live(picture(1, 1))
    before = list(sender.due(0.0))
    sender.turn()
    other = replace(picture(900, 1, keyframe=True), time_ms=1_000 + 140)
    sender.live(other)
    sender.live(replace(picture(901, 1), time_ms=1_000 + 180))
    assert [time for _, time, _ in read(before + list(sender.due(0.0)))] == [0, 3600, 140 * 90, 180 * 90]


def test_a_turn_drops_what_waits_of_the_other_track_and_repairs_it_no_more() -> None:
    sender = RtpSender(NUMBERS, replace(Config(), webrtc_pace_burst_bytes=2 * 1024))
    sender.pace_bytes_per_s = 64 * 1024.0
    for number in range(10):
        sender.live(picture(number, 10, size=1_000, keyframe=number == 0))
    gone = read(list(sender.due(0.0)))
    assert 0 < len(gone) < 10
    sender.turn()
    sender.live(picture(500, 1, keyframe=True))
    rest = read([packet for at in range(1, 40) for packet in sender.due(at / 4)])
    assert len(gone) + len(rest) == 11, "the picture that is half sent is finished, then the other track's begins"
    assert not sender.lost(gone[0][0] - 1)


def test_repairs_leave_room_for_pictures() -> None:
    sender = RtpSender(NUMBERS, replace(Config(), webrtc_pace_burst_bytes=200 * 1024))
    for number in range(50):
        sender.live(picture(number, 2, size=1_000, keyframe=number == 0))
    sent = read(list(sender.due(0.0)))
    sender.pace_bytes_per_s = 64 * 1024.0
    list(sender.due(0.1))
    for sequence, _, _ in sent:
        sender.lost(sequence)
    for number in range(50, 60):
        sender.live(picture(number, 2, size=1_000))
    leaving = read([packet for at in range(20) for packet in sender.due(0.2 + at / 50)])
    new = [sequence for sequence, _, _ in leaving if sequence not in {old for old, _, _ in sent}]
    assert len(new) >= len(leaving) // 3


def test_a_probe_repeats_the_newest_packets_and_ends() -> None:
    sender = RtpSender(NUMBERS, FAST)
    sender.live(picture(0, 3, size=1_000, keyframe=True))
    first = list(sender.due(0.0))
    sender.probe(10_000)
    again = list(sender.due(1.0))
    assert set(again) == set(first)
    assert 9 <= len(again) <= 11
    assert list(sender.due(2.0)) == []
    assert sender.wait_s is None


def test_what_the_viewer_is_told_to_wait_stands_in_each_packet_once_there_was_loss() -> None:
    sender = RtpSender(replace(NUMBERS, delay_id=6), FAST)
    sender.live(picture(0, 1, size=100, keyframe=True))
    sender.delay_ms = 240
    sender.live(picture(1, 1, size=100))
    (packet, _) = list(sender.due(0.0))
    assert packet[0] == 0x90
    assert packet[12:20] == bytes.fromhex("bede0001") + bytes((6 << 4 | 2,)) + (24 << 12 | 100).to_bytes(3)
    sender.delay_ms = None
    sender.live(picture(2, 1, size=100))
    assert [packet[0] for packet in sender.due(1.0)] == [0x80]
