"""How long parts and segments of LL-HLS become: of pictures by the camera's pace, of sound by its parts. Pure.

Pictures: a segment ends before a keyframe, so that a player can begin with it. Sound: a player can begin with every
part, so a segment ends when it is as long as it should be.
"""

import math
from dataclasses import dataclass

from curtilage.cameras.hls.hls_fragment import InitWords, Times
from curtilage.clock import MS_PER_SECOND

_PART_SLACK = 1.05
"""A part target this much over the parts' usual length: a trembling clock must not make parts a picture shorter."""
ROUNDING_S = 0.499
"""A segment's duration, rounded to whole seconds, must not exceed the target duration (§4.4.3.1)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one track, as its init part says."""

    ticks_per_s: int
    sound: bool

    @classmethod
    def of(cls, words: InitWords) -> "Pace":
        """The track's."""
        return cls(words.ticks_per_s, words.sound)

    def part_ticks(self, wanted_ms: int, times: Times) -> int:
        """The part target: as many fragments like this one as come closest to what is wanted."""
        each = max(times.duration, 1)
        wanted = wanted_ms * self.ticks_per_s // MS_PER_SECOND
        return math.ceil(max(1, round(wanted / each)) * each * _PART_SLACK)

    def step(self, times: Times, last: Times | None) -> int:
        """How long this picture is expected to last: as declared, but no longer than the last one really did. Sound
        lasts as long as is declared."""
        if self.sound or last is None or times.decode <= last.decode:
            return max(times.duration, 1)
        return max(min(times.duration, times.decode - last.decode), 1)

    def is_full(self, duration_s: float, part_s: float, target_s: int, *, between_parts: bool) -> bool:
        """One more part would make a segment of this duration too long."""
        if self.sound:
            return duration_s + part_s / 2 > target_s and (between_parts or duration_s > target_s)
        return between_parts and duration_s + part_s > target_s + ROUNDING_S

    def begun_ms(self, time_ms: int, times: Times) -> int:
        """When a fragment's first picture reached us; of sound, which comes when it is over, when it began."""
        return time_ms - times.duration * MS_PER_SECOND // self.ticks_per_s if self.sound else time_ms
