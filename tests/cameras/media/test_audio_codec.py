"""What parts of each codec are called where a browser is asked whether it plays them."""

import pytest

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters

NAMES = [
    (AudioParameters(AudioCodec.AAC, 16_000, 1, b"\x14\x08"), "mp4a.40.2", False),
    (AudioParameters(AudioCodec.OPUS, 48_000, 2), "opus", False),
    (AudioParameters(AudioCodec.PCMU, 8_000, 1), "flac", True),
    (AudioParameters(AudioCodec.PCMA, 8_000, 1), "flac", True),
]


@pytest.mark.parametrize(("parameters", "name", "g711"), NAMES)
def test_each_codec_has_its_name(parameters: AudioParameters, name: str, g711: bool) -> None:
    assert parameters.name == name
    assert parameters.is_g711 is g711


def test_what_was_heard_is_in_no_repr() -> None:
    assert "14" not in repr(AudioParameters(AudioCodec.AAC, 16_000, 1, b"\x14\x14"))
