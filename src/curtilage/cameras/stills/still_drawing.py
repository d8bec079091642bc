"""What a viewer of stills is sent next, and how old it is said to be.

A camera that goes on sending keyframes which do not decode must not keep an old picture looking live: only what was
really drawn counts as shown, and it gets older until something else was drawn.
"""

import contextlib
from dataclasses import dataclass, field

from curtilage.cameras.stills.still_process import StillFailed, StillProcess
from curtilage.cameras.stills.still_view import Keyframe
from curtilage.clock import Clock
from curtilage.config import Config

_SECOND_MS, _MINUTE_MS, _HOUR_MS = 1_000, 60_000, 3_600_000
_CARD_WORDS = "No picture."


@dataclass(frozen=True, slots=True)
class Drawn:
    """A JPEG to be sent."""

    jpeg: bytes = field(repr=False)
    age_ms: int | None
    """Of its picture; None: the neutral card, which is no picture."""


class StillDrawing:
    """One view's pictures, drawn by the view's own process."""

    __slots__ = ("_clock", "_config", "_drawn_s", "_process", "_shown")

    def __init__(self, process: StillProcess, config: Config, clock: Clock) -> None:
        self._process = process
        self._config = config
        self._clock = clock
        self._shown: Keyframe | None = None
        self._drawn_s = clock.monotonic() - config.mjpeg_redraw_s

    async def first(self, picture: Keyframe) -> Drawn:
        """``picture``. Raises StillFailed; then what was shown before still is."""
        age_ms = self._age_ms(picture)
        jpeg = await self._process.jpeg(picture, self._words(age_ms))
        self._shown = picture
        return self._sent(jpeg, age_ms)

    async def next(self, newest: Keyframe | None) -> Drawn | None:
        """``newest``, or else what is shown with its age, or the neutral card; None while nothing need be sent.

        Raises StillFailed when not even the card can be drawn: what stands on the screen then cannot be made to tell
        its age any more.
        """
        if newest is not None:
            with contextlib.suppress(StillFailed):
                return await self.first(newest)
        if self._clock.monotonic() < self._drawn_s + self._config.mjpeg_redraw_s:
            return None  # broken keyframes may come often
        age_ms = self._age_ms(self._shown) if self._shown is not None else self._config.view_neutral_ms
        if age_ms < self._config.view_stale_ms:
            return None
        if self._shown is not None and age_ms < self._config.view_neutral_ms:
            with contextlib.suppress(StillFailed):
                return self._sent(await self._again(self._shown, self._words(age_ms)), age_ms)
        return self._sent(await self._process.neutral(_CARD_WORDS), None)

    async def _again(self, shown: Keyframe, words: str) -> bytes:
        try:
            return await self._process.again(words)
        except StillFailed:  # a broken keyframe took the process with it
            return await self._process.jpeg(shown, words)

    def _sent(self, jpeg: bytes, age_ms: int | None) -> Drawn:
        self._drawn_s = self._clock.monotonic()
        return Drawn(jpeg, age_ms)

    def _age_ms(self, picture: Keyframe) -> int:
        return max(0, self._clock.now() - picture.time_ms)

    def _words(self, age_ms: int) -> str:
        return age_words(age_ms) if age_ms >= self._config.view_stale_ms else ""


def age_words(age_ms: int) -> str:
    """How old a picture is, for people."""
    for unit_ms, unit in ((_HOUR_MS, "h"), (_MINUTE_MS, "min")):
        if age_ms >= 2 * unit_ms:
            return f"{age_ms // unit_ms} {unit} ago"
    return f"{age_ms // _SECOND_MS} s ago"
