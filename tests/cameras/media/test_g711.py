"""G.711's samples against the standard's own values, and every code there and back."""

import pytest

from curtilage.cameras.media.audio_codec import AudioCodec
from curtilage.cameras.media.g711 import codes, high_bytes, linear, low_bytes

LAWS = [AudioCodec.PCMU, AudioCodec.PCMA]
VALUES = [
    # G.711 tables 2a, 2b (µ-law, times 4) and 1a, 1b (A-law, times 8): the largest, the smallest, one between
    (AudioCodec.PCMU, 0x80, 32_124),
    (AudioCodec.PCMU, 0x00, -32_124),
    (AudioCodec.PCMU, 0xFF, 0),
    (AudioCodec.PCMU, 0x7F, -1),
    (AudioCodec.PCMU, 0xEF, 132),
    (AudioCodec.PCMA, 0xAA, 32_256),
    (AudioCodec.PCMA, 0x2A, -32_256),
    (AudioCodec.PCMA, 0xD5, 8),
    (AudioCodec.PCMA, 0x55, -8),
]


@pytest.mark.parametrize(("codec", "code", "sample"), VALUES)
def test_the_standards_values(codec: AudioCodec, code: int, sample: int) -> None:
    assert linear(codec, code) == sample


@pytest.mark.parametrize("codec", LAWS)
def test_every_code_comes_back(codec: AudioCodec) -> None:
    back = codes(codec)
    assert [back[linear(codec, code)] for code in range(256)] == list(range(256))


@pytest.mark.parametrize("codec", LAWS)
def test_the_tables_are_the_samples_bytes(codec: AudioCodec) -> None:
    pairs = zip(high_bytes(codec), low_bytes(codec), strict=True)
    assert [int.from_bytes(bytes(pair), signed=True) for pair in pairs] == [linear(codec, code) for code in range(256)]
