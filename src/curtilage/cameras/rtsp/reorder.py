"""Packets that came over UDP, back in the order in which they were sent.

Rules: pure; whoever pushes says what time it is. A packet that is next goes on at once. One that is early waits for
those before it, ``wait_ms`` at most and never more than ``packets_max`` of them; then the gap is given up and what
waits goes on, so that the depacketiser sees the loss. One that comes late, or twice, is dropped.

A source that begins to count anew (a camera that restarts its encoder) is followed (RFC 3550 appendix A.1).
"""

from curtilage.cameras.rtsp.rtp import HEAD, SEQUENCE_MASK

_LATE_COUNT_MAX = 100
"""MAX_MISORDER of RFC 3550: further back than this is no late packet but a new count."""


class Reorder:
    """One stream's packets."""

    __slots__ = ("_expected", "_packets_max", "_wait_ms", "_waiting", "given_up_count")

    def __init__(self, packets_max: int, wait_ms: int) -> None:
        self._packets_max = packets_max
        self._wait_ms = wait_ms
        self._expected: int | None = None
        self._waiting: dict[int, tuple[int, bytes]] = {}
        """Sequence -> when it came, and the packet; in the order in which they came."""
        self.given_up_count = 0
        """Gaps that were not filled in time."""

    def push(self, packet: bytes, now_ms: int) -> list[bytes]:
        """The packets that go on now, in order."""
        if len(packet) < HEAD.size:
            return []
        sequence = int.from_bytes(packet[2:4])
        if self._expected is None:
            self._expected = sequence
        early = (sequence - self._expected) & SEQUENCE_MASK
        if early > SEQUENCE_MASK // 2:
            if SEQUENCE_MASK + 1 - early <= _LATE_COUNT_MAX:
                return []
            self._waiting.clear()
            self._expected = sequence
        self._waiting.setdefault(sequence, (now_ms, packet))
        ready = self._next()
        while self._waiting and self._overdue(now_ms):
            self.given_up_count += 1
            expected = self._expected
            self._expected = min(self._waiting, key=lambda held: (held - expected) & SEQUENCE_MASK)
            ready += self._next()
        return ready

    def _overdue(self, now_ms: int) -> bool:
        came_first_ms, _ = next(iter(self._waiting.values()))
        return len(self._waiting) > self._packets_max or now_ms - came_first_ms >= self._wait_ms

    def _next(self) -> list[bytes]:
        ready = []
        assert self._expected is not None, "set with the first packet"
        while (held := self._waiting.pop(self._expected, None)) is not None:
            ready.append(held[1])
            self._expected = (self._expected + 1) & SEQUENCE_MASK
        return ready
