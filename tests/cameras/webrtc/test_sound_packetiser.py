"""Payloads of sound: an Opus frame each, 20 ms of G.711, octet for octet what the camera sent."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_codec import AudioCodec
from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.media.flac import FlacWriter
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket, SoundPacketiser

LAWS = st.sampled_from([AudioCodec.PCMU, AudioCodec.PCMA])


def run_of(law: AudioCodec, start: int, codes: bytes) -> AudioRun:
    return AudioRun(start, ((FlacWriter(law, 8_000).frame(codes, start), len(codes)),))


def test_one_packet_for_each_frame_of_opus() -> None:
    run = AudioRun(1_000, ((b"\xfcone", 960), (b"\xfctwo", 480), (b"\xfcthree", 960)))
    assert list(SoundPacketiser(AudioCodec.OPUS).packets(run)) == [
        SoundPacket(1_000, 960, b"\xfcone"),
        SoundPacket(1_960, 480, b"\xfctwo"),
        SoundPacket(2_440, 960, b"\xfcthree"),
    ]


def test_an_opus_packet_that_fits_no_link_is_left_out_and_keeps_its_time() -> None:
    run = AudioRun(0, ((bytes(1_276), 960), (b"", 960), (bytes(1_275), 960)))
    assert [packet.start for packet in SoundPacketiser(AudioCodec.OPUS).packets(run)] == [1_920]


def test_g711_leaves_in_packets_of_20_ms_and_the_rest_waits_for_more() -> None:
    packetiser, codes = SoundPacketiser(AudioCodec.PCMA), bytes(range(256)) * 4
    first = list(packetiser.packets(run_of(AudioCodec.PCMA, 8_000, codes[:500])))
    second = list(packetiser.packets(run_of(AudioCodec.PCMA, 8_500, codes[500:960])))
    assert [(packet.start, packet.duration) for packet in first] == [(8_000, 160), (8_160, 160), (8_320, 160)]
    assert [(packet.start, packet.duration) for packet in second] == [(8_480, 160), (8_640, 160), (8_800, 160)]
    assert b"".join(packet.payload for packet in first + second) == codes[:960]


def test_before_a_hole_the_rest_goes_out_short() -> None:
    packetiser, codes = SoundPacketiser(AudioCodec.PCMU), bytes(range(256))
    list(packetiser.packets(run_of(AudioCodec.PCMU, 0, codes[:170])))
    after = list(packetiser.packets(run_of(AudioCodec.PCMU, 400, codes[:160])))
    assert after == [SoundPacket(160, 10, codes[160:170]), SoundPacket(400, 160, codes[:160])]


def test_what_was_forgotten_does_not_come_back() -> None:
    packetiser = SoundPacketiser(AudioCodec.PCMU)
    list(packetiser.packets(run_of(AudioCodec.PCMU, 0, bytes(100))))
    packetiser.forget()
    assert list(packetiser.packets(run_of(AudioCodec.PCMU, 100, bytes(100)))) == []


@given(law=LAWS, pieces=st.lists(st.binary(min_size=16, max_size=700), min_size=1, max_size=8))
def test_no_octet_of_g711_is_lost_changed_or_moved(law: AudioCodec, pieces: list[bytes]) -> None:
    packetiser, start, packets = SoundPacketiser(law), 5_000, list[SoundPacket]()
    for piece in pieces:
        packets += packetiser.packets(run_of(law, start, piece))
        start += len(piece)
    whole = b"".join(pieces)
    assert b"".join(packet.payload for packet in packets) == whole[: len(whole) - len(whole) % 160]
    assert all(packet.duration == len(packet.payload) == 160 for packet in packets)
    assert all(after.start - before.start == 160 for before, after in pairwise(packets))


@pytest.mark.parametrize("octets", [b"", b"\xff\xf9", b"no flac at all", bytes(1_000)])
def test_what_is_no_such_sound_is_an_error(octets: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 flac.py's words
        list(SoundPacketiser(AudioCodec.PCMA).packets(AudioRun(0, ((octets, 160),))))


def test_a_frame_of_another_length_than_said_is_an_error() -> None:
    run = run_of(AudioCodec.PCMA, 0, bytes(160))
    with pytest.raises(ValueError, match="length"):
        list(SoundPacketiser(AudioCodec.PCMA).packets(AudioRun(0, ((run.frames[0][0], 161),))))
