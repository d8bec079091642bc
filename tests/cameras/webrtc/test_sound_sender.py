"""Heads and reports of sound, octet by octet (RFC 3550 §5.1, §6.4.1)."""

import struct

from curtilage.cameras.webrtc.rtp_sender import StreamNumbers
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket
from curtilage.cameras.webrtc.sound_sender import SoundSender

NUMBERS = StreamNumbers(111, 0x11223344, 0xFFFF, 0xFFFF_FFF0)


def test_heads_count_wrap_and_mark_where_sound_begins() -> None:
    sender = SoundSender(NUMBERS, 48_000)
    packets = sender.packets(
        [SoundPacket(0x10, 960, b"one"), SoundPacket(0x10 + 960, 960, b"two"), SoundPacket(9_600, 960, b"three")]
    )
    assert packets == [
        bytes.fromhex("80ef ffff 00000000 11223344") + b"one",
        bytes.fromhex("806f 0000 000003c0 11223344") + b"two",
        bytes.fromhex("80ef 0001 00002570 11223344") + b"three",
    ]


def test_a_report_names_the_moment_at_which_the_newest_packet_begins() -> None:
    sender = SoundSender(StreamNumbers(8, 7, 0, 1_000), 8_000)
    assert sender.report() is None
    start = 1_790_000_000 * 8_000 + 2_000  # a quarter of a second
    sender.packets([SoundPacket(start - 160, 160, bytes(160)), SoundPacket(start, 160, bytes(160))])
    report = sender.report()
    assert report is not None
    head, kind, words, ssrc, ntp, timestamp, count, octets = struct.unpack(">BBHIQIII", report)
    assert (head, kind, words, ssrc) == (0x80, 200, 6, 7)
    assert ntp == (1_790_000_000 + 2_208_988_800) << 32 | 1 << 30
    assert timestamp == (start + 1_000) % 2**32
    assert (count, octets) == (2, 320)
