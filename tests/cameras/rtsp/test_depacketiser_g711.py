"""A payload of G.711 lasts as long as it has bytes."""

import pytest

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.rtsp.depacketiser_g711 import G711Depacketiser
from curtilage.cameras.rtsp.sdp_audio import AudioMedia
from tests.cameras.sound_side import KeptSound, push, rtp_packet


@pytest.mark.parametrize("length", [1, 160, 320, 1280])
def test_each_byte_is_a_sample(length: int) -> None:
    sink = KeptSound()
    media = AudioMedia(0, "", AudioParameters(AudioCodec.PCMU, 8_000, 1))
    push(G711Depacketiser(sink, media), rtp_packet(bytes(length), 1, 0, 0, marker=True))
    (frame,) = sink.frames
    assert (frame.octets, frame.duration) == (bytes(length), length)
