"""What a view is shown while its network is poor: a pure rule, without I/O and without a clock of its own.

Four levels, from best to least: the main stream; the sub stream; of that its keyframes alone; the last own picture with
its age, while nothing is sent. It goes down when what was sent waits too long, is lost too much, or is not answered; it
goes up again when all was easy for a while. Nothing is ever transcoded, so these are all the levels a camera has.

Rules it guards:
* It does not flap. Every failed rise doubles the wait before the next; a rise that lasted takes that back. In any
  minute there are at most ``changes_per_minute_max`` changes, whatever is seen, and rises leave room for falls.
* One look decides nothing: strain must last, and after a change the network is given time to settle.
"""

import enum
from collections import deque
from dataclasses import dataclass

from curtilage.config import Config

_MINUTE_MS = 60_000


class Level(enum.IntEnum):
    """What is sent; less with each."""

    MAIN = 0
    SUB = 1
    FEW = 2
    """Keyframes alone: in a stream of I- and P-pictures all others are needed by the next."""
    LAST = 3
    """Nothing: the page shows the last picture it has, with its age."""


_LEVELS_BELOW_MAIN = 3
_SUB_WAIT_TIMES = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the server sees of a view's connection at one moment."""

    wait_ms: int = 0
    """How long the oldest byte that has not left this machine waits."""
    unanswered_ms: int = 0
    """Sealed stream: how long the oldest byte waits to be acknowledged. WebRTC: how old the last report is."""
    loss: float = 0.0
    """WebRTC: the part of packets that the last report calls lost, 0 to 1. TCP repairs, and shows it as waiting."""
    repair_share: float = 0.0
    """WebRTC: packets sent again for each packet sent, lately."""
    round_trip_ms: int = 0
    """WebRTC: from the last report."""
    room: bool = True
    """False: whether the main stream fits is still to be found out."""
    lossy: bool = False
    """Sealed stream: TCP repairs all the time. Nothing can be probed there, and a rise that fails costs seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Limits. Sealed stream and WebRTC have their own for what is strain; the times are the same."""

    least: Level = Level.LAST
    """It falls no lower."""
    wait_ms: int = 400
    sub_wait_times: float = 1.0
    """On the sub stream so many times ``wait_ms`` is too much."""
    unanswered_ms: int = 2_500
    loss: float = 0.15
    repair_share: float = 0.15
    easy_share: float = 0.5
    """All below this share of its limit: easy."""
    strain_for_ms: int = 300
    settle_ms: int = 1_500
    rise_main_ms: int = 10_000
    rise_sub_ms: int = 2_000
    rise_from_last_ms: int = 200
    lossy_times: int = 6
    """So many times ``rise_main_ms`` on a lossy network."""
    rise_ms_max: int = 300_000
    lasting_ms: int = 60_000
    """A rise that was not followed by a fall for so long has succeeded."""
    changes_per_minute_max: int = 12


def quality_rules(config: Config, least: Level) -> Rules:
    """The limits of views as the settings say.

    A delivery that can fall to nothing is one over TCP: a packet that is lost twice holds up everything for most of a
    second. Keyframes alone would not come sooner, so on the sub stream that is waited for.
    """
    return Rules(
        least=least,
        sub_wait_times=_SUB_WAIT_TIMES if least is Level.LAST else 1.0,
        wait_ms=config.quality_wait_ms,
        unanswered_ms=config.quality_silence_ms,
        repair_share=config.quality_loss_percent / 100,
        loss=config.quality_loss_percent / 100,
        rise_main_ms=config.quality_rise_ms,
        changes_per_minute_max=config.quality_changes_per_minute_max,
    )


class Quality:
    """One view's level."""

    __slots__ = (
        "_changes", "_easy_since", "_failures", "_risen_at", "_rules", "_strained_since", "level", "wants_room",
    )  # fmt: skip

    def __init__(self, rules: Rules, level: Level = Level.MAIN) -> None:
        self._rules = rules
        self.level = level
        self._strained_since: int | None = None
        self._easy_since: int | None = None
        self._risen_at: int | None = None
        self.wants_room = False
        """It would rise to the main stream if there were room."""
        self._failures = 0
        """Rises to the main stream in a row that did not last."""
        self._changes: deque[int] = deque(maxlen=rules.changes_per_minute_max)

    def look(self, seen: Seen, now_ms: int, *, has_sub: bool) -> Level:
        """The level from now on. ``now_ms`` never goes back; call it a few times a second.

        ``has_sub``: pictures of the sub stream are there to be sent. Without, the keyframes are the main stream's.
        """
        strain = self._strain(seen)
        self.wants_room = False
        self._strained_since = _since(self._strained_since, now_ms, holds=strain >= 1)
        self._easy_since = _since(self._easy_since, now_ms, holds=strain <= self._rules.easy_share)
        if self._risen_at is not None and now_ms - self._risen_at >= self._rules.lasting_ms:
            self._risen_at, self._failures = None, 0
        if self.level is Level.SUB and not has_sub:
            self._change(Level.FEW, now_ms)  # the camera's sub stream is gone: not the network's doing
        elif self._strained_since is not None:
            self._fall(now_ms, has_sub=has_sub)
        elif self._easy_since is not None:
            self._rise(now_ms, has_sub=has_sub, seen=seen)
        return self.level

    def no_room(self) -> None:
        """It was tried out: the main stream does not fit. As good as a rise that failed, and cheaper."""
        self._failures += 1
        self._easy_since = None

    def _strain(self, seen: Seen) -> float:
        """1 or more: too much."""
        rules = self._rules
        times = rules.sub_wait_times if self.level is Level.SUB else 1.0
        return max(
            seen.wait_ms / (rules.wait_ms * times),
            seen.unanswered_ms / rules.unanswered_ms,
            seen.loss / rules.loss,
            seen.repair_share / rules.repair_share,
        )

    def _fall(self, now_ms: int, *, has_sub: bool) -> None:
        rules = self._rules
        assert self._strained_since is not None, "it is strained"
        settled = not self._changes or now_ms - self._changes[-1] >= rules.settle_ms
        if self.level >= rules.least or now_ms - self._strained_since < rules.strain_for_ms or not settled:
            return
        below = Level(self.level + 1)
        if not self._change(Level.FEW if below is Level.SUB and not has_sub else below, now_ms):
            return
        if self._risen_at is not None:
            self._risen_at = None
            self._failures += 1

    def _rise(self, now_ms: int, *, has_sub: bool, seen: Seen) -> None:
        assert self._easy_since is not None, "it is easy"
        # Up to here a fall through all levels still fits into the minute.
        room = self._count_in_minute(now_ms) + 1 + _LEVELS_BELOW_MAIN <= self._rules.changes_per_minute_max
        above = Level.SUB if self.level >= Level.FEW and has_sub else Level.MAIN
        if self.level is Level.LAST and not has_sub:
            above = Level.FEW
        if self.level is Level.MAIN or not room or now_ms - self._easy_since < self._patience_ms(above, seen):
            return
        if above is Level.MAIN and has_sub and not seen.room:
            self.wants_room = True
            return
        if self._change(above, now_ms):
            self._easy_since = now_ms
            if above is Level.MAIN:
                self._risen_at = now_ms

    def _patience_ms(self, above: Level, seen: Seen) -> int:
        rules = self._rules
        if above is Level.MAIN:
            first_ms = rules.rise_main_ms * (rules.lossy_times if seen.lossy else 1)
            return int(min(rules.rise_ms_max, first_ms * 2.0 ** min(self._failures, 32)))
        return rules.rise_from_last_ms if self.level is Level.LAST else rules.rise_sub_ms

    def _change(self, level: Level, now_ms: int) -> bool:
        """False: there were too many in this minute."""
        if self._count_in_minute(now_ms) >= self._rules.changes_per_minute_max:
            return False
        self._changes.append(now_ms)
        self._strained_since = self._easy_since = None
        self.level = level
        return True

    def _count_in_minute(self, now_ms: int) -> int:
        return sum(now_ms - at_ms < _MINUTE_MS for at_ms in self._changes)


def _since(before: int | None, now_ms: int, *, holds: bool) -> int | None:
    if not holds:
        return None
    return now_ms if before is None else before
