"""One direction of a network that is poor: delay, loss, rate, a queue that overflows, outage. Pure.

Each packet is asked about once, when it comes; the answer is when it leaves at the other end, or never.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What the network is like, both ways."""

    delay_ms: float = 1.0
    """One way."""
    loss: float = 0.0
    """The part of packets that vanish, each by its own chance."""
    bits_per_s: float = 0.0
    """0: as fast as it goes."""
    queue_ms: float = 250.0
    """What may wait at that rate; further packets are dropped, as a router's queue does."""
    out: bool = False
    """Nothing passes."""
    udp: bool = True
    """False: UDP does not pass, as on many networks of offices and hotels. By the relay alone."""


class Link:
    """One direction."""

    def __init__(self, chance: Random) -> None:
        self.kind = Kind()
        self._chance = chance
        self._free_s = 0.0
        """When the last packet that was taken is through."""

    def leaves_s(self, now_s: float, size: int) -> float | None:
        """When a packet of ``size`` bytes that comes now arrives; None: it is lost. Packets keep their order."""
        if self.kind.out or self._chance.random() < self.kind.loss:
            return None
        return self.queued_s(now_s, size)

    def queued_s(self, now_s: float, size: int) -> float | None:
        """The same without loss and outage; None: the queue is full."""
        kind = self.kind
        begin_s = max(now_s, self._free_s)
        if kind.bits_per_s:
            if (begin_s - now_s) * 1000 > kind.queue_ms:
                return None
            begin_s += size * 8 / kind.bits_per_s
        self._free_s = begin_s
        return begin_s + kind.delay_ms / 1000
