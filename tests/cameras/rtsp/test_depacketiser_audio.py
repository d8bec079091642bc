"""What holds for every codec of sound: whose packets count, and what a lost one means."""

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.rtsp.depacketiser_g711 import G711Depacketiser
from curtilage.cameras.rtsp.sdp_audio import AudioMedia
from tests.cameras.sound_side import KeptSound, push, rtp_packet

MEDIA = AudioMedia(8, "", AudioParameters(AudioCodec.PCMA, 8_000, 1))


def test_packets_of_another_kind_and_repeated_ones_are_not_heard() -> None:
    sink = KeptSound()
    one, two = rtp_packet(b"one", 1, 100, 8), rtp_packet(b"two", 2, 103, 8)
    push(
        G711Depacketiser(sink, MEDIA), one, rtp_packet(b"x", 2, 1, 9), two, two, one, b"short", rtp_packet(b"", 3, 5, 8)
    )
    assert [frame.octets for frame in sink.frames] == [b"one", b"two"]


def test_a_lost_packet_is_a_gap_in_time() -> None:
    sink = KeptSound()
    depacketiser = G711Depacketiser(sink, MEDIA)
    push(depacketiser, rtp_packet(b"a" * 160, 0xFFFF, 0, 8), rtp_packet(b"b" * 160, 1, 320, 8))
    first, second = sink.frames
    assert second.timestamp - first.timestamp == 320
    assert depacketiser.lost_packets_count == 1


def test_packets_are_taken_where_they_lie_in_a_buffer() -> None:
    sink = KeptSound()
    packet = rtp_packet(b"sound", 1, 5, 8)
    buffer = memoryview(b"$\2\0\x11" + packet + b"more")
    assert G711Depacketiser(sink, MEDIA).packets(buffer, 4, 4 + len(packet), len(buffer)) == 4 + len(packet)
    assert sink.frames[0].octets == b"sound"


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_packets_do_no_harm(packets: list[bytes]) -> None:
    sink = KeptSound()
    push(G711Depacketiser(sink, MEDIA), *packets)
    assert all(frame.duration > 0 for frame in sink.frames)


def test_a_source_that_counts_anew_is_followed_at_once() -> None:
    sink = KeptSound()
    depacketiser = G711Depacketiser(sink, MEDIA)
    push(depacketiser, rtp_packet(b"old", 20_000, 0, 8), rtp_packet(b"new", 5, 7_000, 8))
    push(depacketiser, rtp_packet(b"two", 6, 7_003, 8), rtp_packet(b"late", 4, 6_990, 8))
    assert [frame.octets for frame in sink.frames] == [b"old", b"new", b"two"]
    assert depacketiser.lost_packets_count == 0
