"""AudioSpecificConfigs as cameras send them, and any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.aac_config import AacConfig, AacConfigError, read_aac_config

CONFIGS = [
    ("1408", AacConfig(2, 16_000, 1, 1024)),
    ("1190", AacConfig(2, 48_000, 2, 1024)),
    ("1588", AacConfig(2, 8_000, 1, 1024)),
    ("140c", AacConfig(2, 16_000, 1, 960)),
    ("2b0a0800", AacConfig(2, 24_000, 1, 1024)),  # HE-AAC said explicitly: the core's rate is the first
    ("1780 1f40 08".replace(" ", ""), AacConfig(2, 0x3E80, 1, 1024)),  # a rate written out: 16,000
]
REFUSED = ["", "14", "1400", "f8", "5c08", "16f0", "ff" * 8, "178000000800"]


@pytest.mark.parametrize(("text", "config"), CONFIGS)
def test_cameras_configurations_are_read(text: str, config: AacConfig) -> None:
    assert read_aac_config(bytes.fromhex(text)) == config


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_carried_is_said_so(text: str) -> None:
    with pytest.raises(AacConfigError):
        read_aac_config(bytes.fromhex(text))


@given(st.binary(max_size=40))
def test_any_bytes_give_a_configuration_or_the_error(octets: bytes) -> None:
    try:
        config = read_aac_config(octets)
    except AacConfigError:
        return
    assert config.rate_hz > 0
    assert config.channels > 0
