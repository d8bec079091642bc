"""A clock that stands still until the test moves it."""


class HeldClock:
    """Implements Clock. Moving the wall back is what a person with a screwdriver does; ``now`` must not care."""

    def __init__(self, now_ms: int = 1_790_000_000_000) -> None:
        self.now_ms = now_ms
        self.monotonic_s = 1_000.0
        self.worked_s = 1.0

    def now(self) -> int:
        """See Clock."""
        return self.now_ms

    def monotonic(self) -> float:
        """See Clock."""
        return self.monotonic_s

    def worked(self) -> float:
        """See Clock."""
        return self.worked_s

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ms += round(seconds * 1000)
        self.monotonic_s += seconds
