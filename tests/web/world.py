"""A home with one of everything, things that are over, and a stranger's home beside it."""

import base64
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from curtilage.cameras.sealed_stream import SealedStream
from curtilage.consent.grant import Grant, GranteeKind
from curtilage.home.person import NewPerson, Person
from curtilage.home.session import Session
from curtilage.web.problem import Kind
from curtilage.wire.identifier import DeviceId, HomeId
from curtilage.wire.view_key import ViewPublicKey
from tests.web.cases import Case, Who, filled
from tests.web.house import PASSWORD, Answer, Browser, House, house

NEVER = "abcdefghijklmnopqrstuvwxyz"
"""The form of an identifier; nobody's."""
NEVER_HANDLE = "A" * 43


def view_key() -> ViewPublicKey:
    """A page's new key."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return ViewPublicKey(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


@dataclass(frozen=True)
class World:
    """See the module's text. ``names``: what stands for the words in braces of cases.py."""

    house: House
    owner: Session
    member: Session
    home: HomeId
    names: Mapping[str, str]
    over: Mapping[str, str]
    """As ``names``, of things that were there: removed, revoked, expired."""

    def never(self, **kept: str) -> Mapping[str, str]:
        """As ``names``, of things that never were."""
        handles = {"stream", "handle"}
        made_up = {name: NEVER_HANDLE if name in handles else NEVER for name in self.names}
        numbers = {"position": "999999", "view": "999999"}
        return {**made_up, **numbers, "key": self.names["key"], "pass": PASSWORD, **kept}

    def browser(self, who: Who) -> Browser:
        """Whoever may."""
        sessions = {Who.OWNER: self.owner, Who.MEMBER: self.member}
        return self.house.operator() if who is Who.OPERATOR else self.house.browser(sessions.get(who))

    async def state(self) -> tuple[object, ...]:
        """All that a wall which gave way would have changed."""
        parts, home = self.house.parts, self.home
        entries = await parts.ledger.entries(home, None, 1)
        things = (parts.persons.of_home(home), parts.devices.of_home(home), parts.grants.of_home(home))
        return entries[0].position, *(tuple(thing) for thing in things), parts.views.count()


async def ask_case(browser: Browser, case: Case, names: Mapping[str, str], **headers: str) -> Answer:
    """The case's request with these names."""
    value, form = filled(case.value, names), filled(case.form, names)
    return await browser.ask(case.method, filled(case.path, names), value, form, **headers)


@contextlib.asynccontextmanager
async def world(folder: Path, **settings: float) -> AsyncIterator[World]:
    """Rose house: Alma owns it, Ada has a grant for its porch."""
    async with house(folder, **settings) as made:
        yield await make_world(made, "Rose house", "Alma", "Ada")


async def make_world(made: House, name: str, owner: str, member: str) -> World:
    """A home with one of everything."""
    home, owned = await made.home(name, owner)
    person, session = await made.member(home, member)
    camera = await made.camera(home, f"{name} porch")
    grant = await make_grant(made, home, camera, person)
    stream, view = open_view(made, session, grant)
    waiting = await made.parts.persons.add(home, f"{member} to be", person.role, made.by_operator(home))
    assert isinstance(waiting, NewPerson)
    names = {
        "home": home,
        "person": person.id,
        "waiting": waiting.person.id,
        "camera": camera,
        "grant": grant.id,
        "handle": grant.handle,
        "stream": stream.handle,
        "view": str(view),
        "key": base64.urlsafe_b64encode(view_key().point).decode().rstrip("="),
        "consent": str(made.parts.consents.stands(home, "camera_view")),
        "position": "0",
        "slug": Kind.NOT_FOUND.slug,
        "path:path": "console/console.css",
        "pass": PASSWORD,
        "set_up_code": await _set_up_code(made),
    }
    return World(made, owned, session, home, names, {**names, **await _things_over(made, home, name, person, grant)})


async def make_grant(made: House, home: HomeId, camera: DeviceId, person: Person, until_ms: int | None = None) -> Grant:
    """A live grant."""
    consent = await made.parts.consents.give(home, None, "camera_view")
    grant = await made.parts.grants.make(None, home, camera, GranteeKind.PERSON, person.id, until_ms, consent)
    assert isinstance(grant, Grant)
    return grant


def open_view(made: House, session: Session, grant: Grant) -> tuple[SealedStream, int]:
    """A page's stream with one view on it, without a connection under it."""
    stream = made.parts.views.open_stream(session.account, made.parts.grants, lambda: None, lambda: None)
    assert isinstance(stream, SealedStream)
    opened = made.parts.views.open_view(stream, grant, view_key(), None)
    assert isinstance(opened, tuple)
    return stream, opened[0].number


async def _set_up_code(made: House) -> str:
    home: Any = await made.parts.homes.create("Elm")
    return str(home.code)


async def _things_over(made: House, home: HomeId, name: str, person: Person, grant: Grant) -> Mapping[str, str]:
    left, session = await made.member(home, f"{name} guest")
    camera = await made.camera(home, f"{name} shed")
    revoked = await make_grant(made, home, camera, left)
    stream, view = open_view(made, session, revoked)
    await made.parts.grants.revoke(home, revoked.id, None)
    await made.parts.persons.remove(home, left.id, made.by_operator(home))
    await made.parts.cameras.remove(made.by_operator(home), camera)
    assert made.parts.grants.still(grant)
    assert person.account is not None
    return {
        "person": left.id,
        "waiting": left.id,
        "camera": camera,
        "grant": revoked.id,
        "handle": revoked.handle,
        "stream": stream.handle,
        "view": str(view),
    }
