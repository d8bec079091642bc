"""Errors say who erred, what to do, and whether the outcome is definite.

An error is *raised* when something went wrong. A refusal ("no, you may not") is not an error but a value:
functions that may refuse return ``Refused`` beside their result. A failure is what a drill *observes*.

``definite`` is True when the thing asked for certainly did not happen; False when it may have happened
(a connection broke after the request was sent). Callers that retry must look at it.
"""

import enum
from dataclasses import dataclass


class Blame(enum.Enum):
    """Who has to act so that it works next time."""

    PERSON = "person"
    """Whoever typed or clicked: a wrong password, a name that is taken."""
    PEER = "peer"
    """The other end of a protocol: a camera that sends garbage."""
    PARTNER = "partner"
    """A platform or carrier we are integrated with."""
    US = "us"
    """Curtilage itself, or the machine it runs on: a full disk, a bug."""


class CurtilageError(Exception):
    """Base of every error that leaves a room. Never raised itself."""

    blame: Blame = Blame.US

    def __init__(self, what: str, *, do: str = "", definite: bool = True) -> None:
        super().__init__(what)
        self.what = what
        """One sentence for the person who sees it: what happened."""
        self.do = do
        """One sentence: what to do now. Empty when there is nothing to do."""
        self.definite = definite
        """Certainly did not happen (True), or perhaps did (False)."""

    def __str__(self) -> str:
        return f"{self.what} {self.do}".strip()


class PersonError(CurtilageError):
    """The person's input cannot be used; saying it again differently helps."""

    blame = Blame.PERSON


class PeerError(CurtilageError):
    """The other end of a protocol broke it, refused us, or is silent."""

    blame = Blame.PEER


class PartnerError(CurtilageError):
    """A partner platform or carrier failed."""

    blame = Blame.PARTNER


class OurError(CurtilageError):
    """We, or the machine under us, failed."""

    blame = Blame.US


def install_words(extra: str) -> str:
    """How an extra of this program is installed. Never by the program's name alone: no package of that name is ours."""
    return f".venv/bin/python -m pip install -e '.[{extra}]'"


class RefusalReason(enum.Enum):
    """Why a person may not. Strangers never see the difference: at the doors every reason but LOCKED and BUSY
    becomes the same 404 (a thing one may not see does not exist).
    """

    UNKNOWN = "unknown"
    """No such thing, or not yours: the two are one reason on purpose."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    LOCKED = "locked"
    """The camera is locked because a revocation could not be recorded (full disk)."""
    BUSY = "busy"
    """A limit of config.py is reached; later it may work."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Refusal is a value: returned, never raised."""

    reason: RefusalReason
    words: str = ""
    """For the person, in plain words; may be empty."""
