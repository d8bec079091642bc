"""Which AAC is transcoded, and what is said of the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble, is_transcoded, trouble_of

CASES = {
    "16 kHz, mono": (16_000, 1, "1408", True),
    "48 kHz, stereo": (48_000, 2, "1190", True),
    "44.1 kHz, mono": (44_100, 1, "1208", True),
    "7,350 Hz, mono": (7_350, 1, "1608", True),
    "HE-AAC of 8 kHz under a clock of 16": (16_000, 1, "1588", True),
    "96 kHz": (96_000, 2, "1010", False),
    "a clock of 96 kHz": (96_000, 2, "1190", False),
    "7.1": (48_000, 8, "11b8", False),
    "5.1": (48_000, 6, "11b0", False),
    "5.1 that is said to be stereo": (48_000, 2, "11b0", False),
    "main profile": (16_000, 1, "0c08", False),
    "channels said elsewhere": (16_000, 1, "1400", False),
    "1 Hz": (1, 1, "178000008800", False),
    "nothing": (16_000, 1, "", False),
}


@pytest.mark.parametrize(("rate_hz", "channels", "config", "good"), CASES.values(), ids=CASES)
def test_low_complexity_of_two_channels_at_most_is_transcoded(
    rate_hz: int, channels: int, config: str, good: bool
) -> None:
    camera = AudioParameters(AudioCodec.AAC, rate_hz, channels, bytes.fromhex(config))
    assert trouble_of(camera) is (None if good else SoundTrouble.NO_SUCH_AAC)


@given(st.binary(max_size=12))
def test_any_configuration_gives_an_answer(config: bytes) -> None:
    trouble_of(AudioParameters(AudioCodec.AAC, 16_000, 1, config))


@pytest.mark.parametrize("codec", AudioCodec)
def test_what_browsers_take_is_left_as_it_is(codec: AudioCodec) -> None:
    assert is_transcoded(AudioParameters(codec, 8_000, 1)) == (codec is AudioCodec.AAC)
