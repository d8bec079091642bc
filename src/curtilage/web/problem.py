"""Problem details (RFC 9457): how every refusal and error leaves this server.

Rules: a problem never repeats what was sent to us (it could be a password in the wrong field), never tells whether a
thing that may not be seen exists, and always says what to do next. ``type`` is a relative reference below
``/api/problems/``, where each kind is explained.
"""

import enum
import http
import json
from dataclasses import dataclass
from typing import Any, TypeVar

from curtilage.errors import Blame, CurtilageError, RefusalReason, Refused
from curtilage.store.store import Conflict

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/api/problems/"


class Kind(enum.Enum):
    """Every kind there is: slug, HTTP status, title, what to do."""

    NOT_HTTP = ("not-http", 400, "This is not HTTP/1.1.", "Speak HTTP/1.1 here.")
    NOT_USABLE = ("not-usable", 400, "What was sent cannot be used.", "Change it and send it again.")
    SIGN_IN_NEEDED = ("sign-in-needed", 401, "Nobody is signed in.", "Sign in and try again.")
    SIGN_IN_REFUSED = ("sign-in-refused", 403, "That does not open this door.", "Check what you typed.")
    OWNERS_ONLY = ("owners-only", 403, "Only an owner of this home may do that.", "Ask an owner of the home.")
    OPERATOR_ONLY = ("operator-only", 403, "Only the operator of this server may do that.", "Use the command line.")
    HTTPS_NEEDED = ("https-needed", 403, "Only displays are served here.", "Use the HTTPS address of this server.")
    NOT_FROM_HERE = (
        "not-from-here",
        403,
        "The request does not come from a page of this server.",
        "Reload the page and try again.",
    )
    NOT_FOUND = ("not-found", 404, "There is nothing here for you.", "Check the address.")
    WRONG_METHOD = ("wrong-method", 405, "This cannot be done here.", "See the list of routes.")
    NOT_ACCEPTABLE = ("not-acceptable", 406, "What was asked for is not sent here.", "Ask for H.264 video to receive.")
    TOO_SLOW = ("too-slow", 408, "The request did not arrive in time.", "Send it again.")
    CONFLICT = ("conflict", 409, "That does not go together with what is there.", "Look again, then decide.")
    CHANGED_SINCE = ("changed-since", 412, "That is about an earlier state.", "Look again, then decide.")
    TOO_LONG = ("too-long", 413, "The request is too long.", "Send less.")
    WRONG_TYPE = ("wrong-type", 415, "This kind of content is not read here.", "Send JSON.")
    WRONG_HOST = ("wrong-host", 421, "This server is not known by that name.", "Use http://localhost and the port.")
    NOT_UNDERSTOOD = ("not-understood", 422, "What was sent has not the right form.", "Mend the fields named.")
    LOCKED = ("locked", 423, "The camera is locked.", "Free disk space, then unlock it.")
    STATE_NEEDED = ("state-needed", 428, "Say which state that is about.", "Send If-Match with the ETag you got.")
    BUSY = ("busy", 429, "A limit is reached.", "Wait a moment and try again.")
    HEAD_TOO_LONG = ("head-too-long", 431, "The head of the request is too long.", "Send fewer or shorter headers.")
    OUR_FAILURE = ("our-failure", 500, "Something broke on our side.", "Try again; tell the operator if it stays.")
    NOT_INSTALLED = (
        "not-installed",
        501,
        "This server was installed without that.",
        "Use another way to watch, or tell the operator.",
    )
    CANNOT_NOW = ("cannot-now", 503, "This cannot be done at the moment.", "Try again soon.")

    def __init__(self, slug: str, status: int, title: str, do: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title
        self.do = do


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer that is not the thing asked for."""

    kind: Kind
    detail: str = ""
    """This occurrence, in one sentence; empty for the kind's title alone."""
    do: str = ""
    """What to do, when it is more than the kind's general advice."""
    fields: tuple[str, ...] = ()
    """Names (never values) of what was not understood."""

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.kind.status

    @property
    def status_words(self) -> str:
        """The reason phrase of RFC 9110 for it."""
        return http.HTTPStatus(self.kind.status).phrase

    def body(self) -> bytes:
        """JSON, the same bytes for the same problem."""
        members: dict[str, Any] = {
            "type": TYPE_PREFIX + self.kind.slug,
            "title": self.kind.title,
            "status": self.kind.status,
        }
        if self.detail:
            members["detail"] = self.detail
        members["do"] = self.do or self.kind.do
        if self.fields:
            members["fields"] = list(self.fields)
        return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Those that describe the body, and that nothing may keep it."""
        return (
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(self.body())).encode()),
            (b"cache-control", b"no-store"),
        )


class Stopped(Exception):
    """Ends a request with ``problem``."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.kind.slug)
        self.problem = problem


NOT_FOUND = Problem(Kind.NOT_FOUND)
"""The one answer for what does not exist, was removed, ended, or is not yours."""


_Thing = TypeVar("_Thing")


def seen(thing: _Thing | None) -> _Thing:
    """The thing, or the end of the request with the one 404. False counts as None: "there was none to remove"."""
    if thing is None or thing is False:
        raise Stopped(NOT_FOUND)
    return thing


def agreed(thing: _Thing | Refused) -> _Thing:
    """The thing, or the end of the request with its refusal."""
    if isinstance(thing, Refused):
        raise Stopped(of_refusal(thing))
    return thing


def of_refusal(refused: Refused) -> Problem:
    """Every reason but LOCKED and BUSY is the same 404, without the refusal's words."""
    if refused.reason is RefusalReason.LOCKED:
        return Problem(Kind.LOCKED, refused.words)
    if refused.reason is RefusalReason.BUSY:
        return Problem(Kind.BUSY, refused.words)
    return NOT_FOUND


def of_error(error: CurtilageError) -> Problem:
    """By who erred. Our errors' words are for a person too; nothing in them is secret."""
    if isinstance(error, Conflict):
        return Problem(Kind.CONFLICT, error.what, error.do)
    if error.blame is Blame.PERSON:
        return Problem(Kind.NOT_USABLE, error.what, error.do)
    return Problem(Kind.CANNOT_NOW, error.what, error.do)
