"""What was published, measured."""

import pytest

from curtilage.cameras.hls.hls_rate import Rate


def test_nothing_measured_says_nothing() -> None:
    assert (Rate().peak_bits_per_s, Rate().average_bits_per_s, Rate().pictures_per_s) == (0, 0, 0.0)


def test_the_peak_is_a_segments_and_the_average_is_of_all() -> None:
    rate = Rate().with_segment(500_000, 2.0, 50).with_segment(250_000, 2.0, 50)
    assert (rate.peak_bits_per_s, rate.average_bits_per_s) == (2_000_000, 1_500_000)
    assert rate.pictures_per_s == pytest.approx(25)


def test_a_segment_without_length_divides_by_nothing() -> None:
    rate = Rate().with_segment(1000, 0.0, 1)
    assert rate.peak_bits_per_s == 200_000
    assert rate.average_bits_per_s <= rate.peak_bits_per_s
    assert rate.pictures_per_s == 0.0
