"""Who asks: a session's account and its persons, or the operator at the machine.

``defences.py`` finds out once per request and puts the Visitor into the ASGI scope; routes take it from there and
never look at a cookie. A visitor acts in a home only as an Actor, and there is none for a home that is not theirs: that
is the first wall of every route. Looking up nothing but the visitor's own persons, the answer cannot depend on what
exists elsewhere.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from curtilage.cameras.webrtc.whep_address import WhepAddress
from curtilage.home.actor import Actor, Role
from curtilage.home.display import PairedDisplay
from curtilage.home.home import Homes
from curtilage.home.permission import Act, may
from curtilage.home.person import Person
from curtilage.home.session import Session
from curtilage.web.problem import NOT_FOUND, Kind, Problem, Stopped
from curtilage.wire.identifier import DeviceId, HomeId, PersonId

_VISITOR = "curtilage.visitor"
Viewer = Session | PairedDisplay
"""Who may hold views."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One request's sender. Without session and not the operator: a stranger."""

    homes: Homes = field(repr=False)
    session: Session | None = None
    persons: tuple[Person, ...] = ()
    """The account's persons: one per home it belongs to."""
    operator: bool = False
    """Came through the control socket, which only the machine's operator can open."""
    display: PairedDisplay | None = None
    """A display, and nobody else: it acts in no home."""
    display_secret: str | None = field(default=None, repr=False)
    """On a display's own pages: the secret it showed, paired or not."""
    address: WhepAddress | None = field(default=None, repr=False)
    """What the token it showed stands for, and nobody: it reaches WHEP alone."""

    @property
    def known(self) -> bool:
        """Signed in, a paired display, the operator, or with a token."""
        return self.operator or self.viewer is not None or self.address is not None

    @property
    def viewer(self) -> Viewer | None:
        """Who may hold streams and views: whoever has a token, an account to count them for, and a CSRF token."""
        return self.display if self.display is not None else self.session

    @property
    def grantees(self) -> tuple[PersonId | DeviceId, ...]:
        """To whom a grant must have been made for this visitor to use it."""
        if self.display is not None:
            return (self.display.display.id,)
        return tuple(person.id for person in self.persons)

    @property
    def home(self) -> HomeId | None:
        """The home to show first: the one joined first."""
        first = min(self.persons, key=lambda person: person.joined_ms, default=None)
        return first.home if first is not None else None

    def person(self, home: HomeId) -> Person | None:
        """The account's person in ``home``."""
        return next((person for person in self.persons if person.home == home), None)

    def actor(self, home: HomeId) -> Actor | None:
        """In whose name things are done in ``home``; None when it is no home of theirs, existing or not."""
        if self.operator:
            return Actor(home, None, Role.OWNER) if self.homes.get(home) is not None else None
        person = self.person(home)
        return Actor(home, person.id, person.role) if person is not None else None


def put_visitor(scope: MutableMapping[str, Any], visitor: Visitor) -> None:
    """For defences.py alone."""
    scope[_VISITOR] = visitor


def visitor_of(scope: Mapping[str, Any]) -> Visitor:
    """For plain ASGI parts."""
    found = scope[_VISITOR]
    assert isinstance(found, Visitor)
    return found


# Dependencies are coroutines although nothing in them waits: FastAPI gives plain functions to threads, and on a busy
# server each of those comes back late. Revoking must not.


async def visitor(request: Request) -> Visitor:
    """For routes and pages."""
    return visitor_of(request.scope)


async def actor(request: Request, home: str) -> Actor:
    """The visitor's actor in the path's home. Stops with the 404 that everything unseen gets."""
    return _actor(request, home)


def allowed(act: Act) -> Any:
    """A dependency: the actor, who may do ``act``. Whoever may not is told so before anything is looked up."""

    async def acting(request: Request, home: str) -> Actor:
        found = _actor(request, home)
        if not may(found, act):
            raise Stopped(Problem(Kind.OWNERS_ONLY))
        return found

    return Depends(acting)


async def operator(request: Request) -> Visitor:
    """The operator alone."""
    found = visitor_of(request.scope)
    if not found.operator:
        raise Stopped(Problem(Kind.OPERATOR_ONLY))
    return found


def _actor(request: Request, home: str) -> Actor:
    found = visitor_of(request.scope).actor(HomeId(home))
    if found is None:
        raise Stopped(NOT_FOUND)
    return found


Asker = Annotated[Visitor, Depends(visitor)]
Someone = Annotated[Actor, Depends(actor)]
"""A person of the path's home."""
Owner = Annotated[Actor, allowed(Act.MAKE_GRANT)]
"""An owner of the path's home, or the operator."""
Operator = Annotated[Visitor, Depends(operator)]
