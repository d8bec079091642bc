"""Opus out of RTP: a payload is a packet."""

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.rtsp.depacketiser_opus import OpusDepacketiser
from curtilage.cameras.rtsp.sdp_audio import AudioMedia
from tests.cameras.sound_side import KeptSound, push, rtp_packet


def test_what_lasts_no_time_is_counted_and_not_heard() -> None:
    sink = KeptSound()
    depacketiser = OpusDepacketiser(sink, AudioMedia(98, "", AudioParameters(AudioCodec.OPUS, 48_000, 2)))
    push(depacketiser, rtp_packet(b"\xf8sound", 1, 0, 98), rtp_packet(b"\xfb", 2, 960, 98))
    assert [frame.duration for frame in sink.frames] == [960]
    assert depacketiser.damaged_count == 1
