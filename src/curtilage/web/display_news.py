"""News for displays: a display that waits hears at once that it was let in, given a camera, woken or unpaired.

Each display holds one request at a time that is answered when there is news, or after display_wait_s. A display is
named by the digest of its secret, which stays the same from its first code to its end. Nothing here decides anything:
whoever was told looks for itself what is now so.

Bounded: displays remembered, and requests that wait for one display. A version that was forgotten begins at a random
number, so a display that knew another asks anew.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.wire.identifier import Entropy

_DISPLAYS_COUNT_MAX = 4096
_VERSION_BYTES = 5
_AWAY_S = 5.0
"""A page that asks anew is away for a moment."""


@dataclass(slots=True)
class _Told:
    version: int
    woken_ms: int = 0
    heard_s: float = float("-inf")
    waits: set[asyncio.Event] = field(default_factory=set)


class DisplayNews:
    """See the module's text."""

    def __init__(self, config: Config, clock: Clock, entropy: Entropy) -> None:
        self._config = config
        self._clock = clock
        self._entropy = entropy
        self._told: OrderedDict[bytes, _Told] = OrderedDict()

    def version(self, digest: bytes) -> str:
        """Changes with everything a display is told."""
        return str(self._of(digest).version)

    def woken_ms(self, digest: bytes) -> int:
        """When it was last told to wake; 0: not since the server started."""
        return self._of(digest).woken_ms

    def here(self, digest: bytes) -> bool:
        """Does it wait for news now, or did it a moment ago?"""
        told = self._of(digest)
        return bool(told.waits) or self._clock.monotonic() - told.heard_s < _AWAY_S

    def heard(self, digest: bytes) -> None:
        """It asked something: its page is open."""
        self._of(digest).heard_s = self._clock.monotonic()

    def tell(self, digest: bytes) -> None:
        """Something of it changed."""
        told = self._of(digest)
        told.version += 1
        for wait in told.waits:
            wait.set()

    def wake(self, digest: bytes) -> bool:
        """It is to show its cameras. False: it is not here to hear it."""
        self._of(digest).woken_ms = self._clock.now()
        self.tell(digest)
        return self.here(digest)

    async def wait(self, digest: bytes, version: str, longest_s: float, gone: "asyncio.Task[None]") -> bool:
        """Until there is something newer than ``version``, its page is ``gone``, or ``longest_s`` are over.

        False, at once: too many wait for this display already.
        """
        told = self._of(digest)
        self.heard(digest)
        if str(told.version) != version:
            return True
        if len(told.waits) >= self._config.display_waits_count_max:
            return False
        news = asyncio.Event()
        told.waits.add(news)
        heard = asyncio.create_task(news.wait())
        try:
            await asyncio.wait({heard, gone}, timeout=longest_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            heard.cancel()
            told.waits.discard(news)
            told.heard_s = float("-inf") if gone.done() else self._clock.monotonic()
        return True

    def _of(self, digest: bytes) -> _Told:
        told = self._told.get(digest)
        if told is None:
            told = self._told[digest] = _Told(int.from_bytes(self._entropy(_VERSION_BYTES), "big"))
            for other, known in list(self._told.items())[: max(0, len(self._told) - _DISPLAYS_COUNT_MAX)]:
                if not known.waits and other != digest:
                    del self._told[other]
        self._told.move_to_end(digest)
        return told
