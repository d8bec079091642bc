"""How a camera is, and the words a person reads about it.

Pure: an input tells what happened (``Event``), the table says what the camera's condition is then. The words follow
notes of one kind: who, what, when, no blame; and ``do`` says what helps. No address and no password is ever in them
(``host`` is given by the caller, from cameras/source_kind.py, ``host_of``).
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from curtilage.cameras.input.source import SourceProblem


class Condition(enum.Enum):
    """What a tile shows."""

    CONNECTING = "connecting"
    """No picture yet, and nothing known to be wrong."""
    LIVE = "live"
    RECONNECTING = "reconnecting"
    """The last connection ended; Curtilage tries again by itself, for ever."""
    LOCKED = "locked"
    """A revocation could not be recorded (full disk): nobody may see this camera until it is unlocked. Set by whoever
    asks the grants; an input never reaches it.
    """
    STOPPED = "stopped"
    """The input was told to end."""


class Event(enum.Enum):
    """What an input sees happen."""

    PICTURE = "picture"
    """The first picture of a connection."""
    FAILED = "failed"
    """A connection ended, or none came about."""
    STOPPED = "stopped"


NEXT: Mapping[tuple[Condition, Event], Condition] = {
    (Condition.CONNECTING, Event.PICTURE): Condition.LIVE,
    (Condition.CONNECTING, Event.FAILED): Condition.RECONNECTING,
    (Condition.CONNECTING, Event.STOPPED): Condition.STOPPED,
    (Condition.LIVE, Event.FAILED): Condition.RECONNECTING,
    (Condition.LIVE, Event.STOPPED): Condition.STOPPED,
    (Condition.RECONNECTING, Event.PICTURE): Condition.LIVE,
    (Condition.RECONNECTING, Event.FAILED): Condition.RECONNECTING,
    (Condition.RECONNECTING, Event.STOPPED): Condition.STOPPED,
    (Condition.STOPPED, Event.STOPPED): Condition.STOPPED,
}
"""Every move there is; any other is a bug, and raises KeyError."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a connection ended."""

    problem: SourceProblem | None
    """None: the error is ours, not the camera's."""
    detail: str = ""
    """For diagnostics. With UNSUPPORTED, TOO_MANY, UNCERTIFIED, CERTIFICATE, CHANGED_KEY a sentence for the person."""


@dataclass(frozen=True, slots=True)
class CameraState:
    """One camera's condition, since when, and what is wrong."""

    condition: Condition
    since_ms: int
    """When this condition began, ms since the Unix epoch."""
    ending: Ending | None = None
    """While RECONNECTING: why the last connection ended."""
    last_picture_ms: int | None = None
    """While RECONNECTING or STOPPED: time of the last picture, if there was one. A live camera's is in the cache."""

    @property
    def problem(self) -> SourceProblem | None:
        """What is wrong with the camera, if something is and it is the camera."""
        return None if self.ending is None else self.ending.problem

    def after(
        self, event: Event, now_ms: int, ending: Ending | None = None, last_picture_ms: int | None = None
    ) -> "CameraState":
        """The state after ``event``. The same object when nothing changed that anyone would show."""
        condition = NEXT[self.condition, event]
        if condition is self.condition and ending == self.ending:
            return self
        since_ms = self.since_ms if condition is self.condition else now_ms
        shown = None if condition is Condition.LIVE else last_picture_ms
        return CameraState(condition, since_ms, ending, shown)

    def words(self, name: str, now_ms: int | None = None, zone: tzinfo | None = None, host: str = "") -> str:
        """What is the case, in a sentence or two. With ``now_ms``, another day's time is written with its date.

        ``zone`` None: the machine's. ``host``: the camera's address without credentials, where its name does not help.
        """
        if self.condition is not Condition.RECONNECTING:
            return _CONDITION_WORDS[self.condition].format(name=name)
        words, _ = _ending_words(self.ending)
        said = words.format(name=name, host=host or name, detail=self.ending.detail if self.ending else "")
        if self.last_picture_ms is None:
            return said
        return f"No picture since {_when(self.last_picture_ms, now_ms, zone)}. {said}"

    def do(self) -> str:
        """What a person can do about it, in a sentence or two. Empty: nothing."""
        if self.condition is Condition.LOCKED:
            return "Free space, then unlock."
        return _ending_words(self.ending)[1] if self.condition is Condition.RECONNECTING else ""


_CONDITION_WORDS: Mapping[Condition, str] = {
    Condition.CONNECTING: "Connecting to {name}.",
    Condition.LIVE: "{name} is live.",
    Condition.LOCKED: "{name} is locked: the disk is full.",
    Condition.STOPPED: "{name} is switched off here.",
}

_PROBLEM_WORDS: Mapping[SourceProblem | None, tuple[str, str]] = {
    SourceProblem.UNREACHABLE: ("{name} does not answer.", "Check its power and Wi-Fi."),
    SourceProblem.REFUSED_PASSWORD: ("{name} refused the password.", "Enter it again."),
    SourceProblem.NOT_A_CAMERA: ("{host} answers, but is no camera.", "Check the address."),
    SourceProblem.NO_SUCH_STREAM: ("{name} answers, but has no such stream.", "Check the path in its address."),
    SourceProblem.NOT_TLS: ("{host} answers, but without TLS.", "Check the port, or use the camera's rtsp:// address."),
    SourceProblem.CERTIFICATE: (
        "{name} is not trusted yet. {detail}",
        "Set its clock and certificate right, or trust its key: curtilage camera trust NAME KEY.",
    ),
    SourceProblem.CHANGED_KEY: (
        "{name} shows another key than before: it was reset or replaced, or something else poses as it. {detail}",
        "Only if you know why, trust that key: curtilage camera trust NAME KEY.",
    ),
    SourceProblem.NO_VIDEO: ("{name} sends no H.264 or H.265 video.", "Choose H.264 in the camera's own settings."),
    SourceProblem.GARBAGE: (
        "{name} sends what cannot be read.",
        "Restart it; if that does not help, update its firmware.",
    ),
    SourceProblem.FROZEN: ("{name} is connected, but sends no picture.", "If it stays so, restart the camera."),
    SourceProblem.ENDED: ("{name} ended its stream.", "Nothing to do: it is asked again."),
    SourceProblem.UNCERTIFIED: (
        "{name} is not trusted. {detail}",
        "Give it a certificate of an authority that this machine knows: by FFmpeg its key alone cannot be trusted.",
    ),
    SourceProblem.TOO_MANY: (
        "{name} waits for its turn. {detail}",
        "Remove an ffmpeg: or sim: camera, or ask whoever runs this server to raise that setting.",
    ),
    SourceProblem.UNSUPPORTED: ("{name} cannot be shown. {detail}", "Change its address or its settings."),
    None: (
        "{name} could not be read; the error is in Curtilage.",
        "Nothing to do: it is tried again. Please report it.",
    ),
}
"""What is the case, and what to do. None: an error of ours."""


def _ending_words(ending: Ending | None) -> tuple[str, str]:
    return _PROBLEM_WORDS[None if ending is None else ending.problem]


def _when(time_ms: int, now_ms: int | None, zone: tzinfo | None) -> str:
    """``12:03``, or ``20 Nov, 12:03`` when that was another day than now."""
    then = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(zone)
    if now_ms is None or then.date() == datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date():
        return f"{then:%H:%M}"
    return f"{then.day} {then:%b, %H:%M}"
