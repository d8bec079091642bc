"""How much a track sends, measured on what was published: for the multivariant playlist (RFC 8216bis §4.4.6.2)."""

from dataclasses import dataclass

_BITS = 8
_SECONDS_MIN = 0.04


@dataclass(frozen=True, slots=True)
class Rate:
    """Of all segments so far, over all runs of a packager."""

    peak_bits_per_s: int = 0
    """BANDWIDTH: "the peak segment bit rate of the Variant Stream"; 0: nothing was measured yet."""
    bytes: int = 0
    seconds: float = 0.0
    pictures_count: int = 0

    def with_segment(self, size: int, duration_s: float, pictures_count: int) -> "Rate":
        """One segment more."""
        bits_per_s = int(size * _BITS / max(duration_s, _SECONDS_MIN))
        return Rate(
            max(self.peak_bits_per_s, bits_per_s),
            self.bytes + size,
            self.seconds + duration_s,
            self.pictures_count + pictures_count,
        )

    @property
    def average_bits_per_s(self) -> int:
        """AVERAGE-BANDWIDTH; 0: unknown."""
        return min(int(self.bytes * _BITS / max(self.seconds, _SECONDS_MIN)), self.peak_bits_per_s)

    @property
    def pictures_per_s(self) -> float:
        """FRAME-RATE; 0.0: unknown."""
        return self.pictures_count / self.seconds if self.seconds > 0 else 0.0
