"""How a command ends. docs/cli.md and ``--help`` list the same."""

import enum
from typing import Self

from curtilage.errors import Blame, CurtilageError


class ExitCode(enum.IntEnum):
    """A process's exit status, with what it means."""

    meaning: str

    OK = 0, "Done."
    REFUSED = 1, "Refused: there is no such thing, it is not allowed, or a limit is reached."
    USAGE = 2, "The command or a setting cannot be used as it was typed."
    UNREACHABLE = 3, "The server cannot be reached, or its port or data folder is taken."
    FAILED = 4, "Curtilage or the machine failed; it was not done, or it is not known whether."
    ALARM = (
        5,
        "What was asked for is shown, but the activity was changed from outside: it is not all, or not what it was.",
    )
    INTERRUPTED = 130, "Stopped by Ctrl-C before it was done. (A server stopped by Ctrl-C ends with 0.)"

    def __new__(cls, value: int, meaning: str) -> Self:
        """A number with words."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code


def table() -> str:
    """For ``--help``."""
    return "\n".join(f"  {code.value:>3}  {code.meaning}" for code in ExitCode)


class Unreachable(CurtilageError):
    """No server answers, and none could be started in this process."""


class Answered(CurtilageError):
    """The server answered with a problem (RFC 9457)."""

    def __init__(self, status: int, what: str, do: str) -> None:
        super().__init__(what, do=do)
        self.status = status
        self.blame = Blame.US if status >= 500 else Blame.PERSON


class Alarmed(CurtilageError):
    """The command did what it could, with this to be printed; what it shows was changed from outside."""

    def __init__(self, alarm: str, shown: str) -> None:
        super().__init__(alarm)
        self.shown = shown


def of_status(status: int) -> ExitCode:
    """The exit code for a problem's HTTP status."""
    if status >= 500:
        return ExitCode.FAILED
    return ExitCode.USAGE if status in (400, 422) else ExitCode.REFUSED
