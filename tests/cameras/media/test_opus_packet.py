"""How long an Opus packet lasts, from its first byte (RFC 6716 §3.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.opus_packet import opus_duration

DURATIONS = [
    (bytes([0 << 3]), 480),
    (bytes([3 << 3]), 2880),
    (bytes([13 << 3]), 960),
    (bytes([16 << 3]), 120),
    (bytes([31 << 3]), 960),
    (bytes([31 << 3 | 1]), 1920),
    (bytes([31 << 3 | 2]), 1920),
    (bytes([31 << 3 | 3, 6]), 5760),
    (bytes([31 << 3 | 3, 7]), 0),  # 140 ms
    (bytes([31 << 3 | 3, 0]), 0),
    (bytes([31 << 3 | 3]), 0),
    (b"", 0),
]


@pytest.mark.parametrize(("packet", "duration"), DURATIONS)
def test_the_first_byte_says_how_long_it_lasts(packet: bytes, duration: int) -> None:
    assert opus_duration(packet) == duration


@given(st.binary(max_size=20))
def test_any_bytes_last_at_most_120_ms(packet: bytes) -> None:
    assert 0 <= opus_duration(packet) <= 5760
