"""Who may see what, until when: one row each, one press to revoke. Making a grant is a sentence. Inviting a person."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from curtilage.consent.grant import Grant, GranteeKind
from curtilage.consent.purpose import ACCOUNT, CAMERA_VIEW, HOME_MEMBERSHIP, purpose
from curtilage.errors import CurtilageError, Refused
from curtilage.home.actor import Actor, Role
from curtilage.home.code import CodeKind
from curtilage.home.permission import Act, may
from curtilage.web.api.api_cameras import cameras_seen
from curtilage.web.api.api_grants import grant_to_person, grantee_name, grants_seen, revoke
from curtilage.web.api.api_persons import persons_seen
from curtilage.web.pages.pages_end import MISSING, chosen_end
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.pages.pages_words import (
    SOON_MS,
    exact_words,
    remaining_words,
    write_local,
)
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Kind, Problem, Stopped, of_error, of_refusal, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Someone, Visitor, allowed
from curtilage.wire.identifier import DeviceId, GrantId, PersonId

_VIEWING = purposes(CAMERA_VIEW)
_MEMBERSHIP = purposes(HOME_MEMBERSHIP, ACCOUNT)
_Maker = Annotated[Actor, allowed(Act.MAKE_GRANT)]
_Revoker = Annotated[Actor, allowed(Act.REVOKE_GRANT)]
_Inviter = Annotated[Actor, allowed(Act.ADD_PERSON)]
_CodeMaker = Annotated[Actor, allowed(Act.MAKE_SIGN_IN_CODE)]
_MS_PER_S = 1000
_STOPPED_MS_MAX = 60_000
_Text = Annotated[str, Form(max_length=4096)]


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One grant as a sentence."""

    id: GrantId
    who: str = field(repr=False)
    camera: str = field(repr=False)
    until: str
    remaining: str
    soon: bool
    watching: bool
    icon: str = "person"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the home."""

    id: PersonId
    name: str = field(repr=False)
    role_words: str
    joined: bool


@dataclass(frozen=True, slots=True)
class GrantForm:
    """What was chosen, shown again after a problem. No camera is ticked to begin with."""

    person: str = ""
    cameras: tuple[str, ...] = ()
    until: str = ""
    at: str = ""


def make_grant_pages(pages: Pages) -> APIRouter:
    """/homes/{home}/grants and /homes/{home}/persons."""
    router = APIRouter(prefix="/homes/{home}", route_class=pages.route)

    @router.get("/grants", name="grants_page", openapi_extra=_VIEWING)
    async def grants_page(
        asker: Asker, actor: Someone, stopped_ms: Annotated[int | None, Query(ge=0, le=_STOPPED_MS_MAX)] = None
    ) -> Response:
        return _show(pages, asker, actor, GrantForm(), stopped_ms=stopped_ms)

    @router.post("/grants", name="grant_form", openapi_extra=_VIEWING)
    async def grant_form(
        asker: Asker,
        actor: _Maker,
        person: _Text = "",
        camera: Annotated[list[str] | None, Form()] = None,
        until: _Text = "",
        at: _Text = "",
    ) -> Response:
        form = GrantForm(person, tuple(camera or ()), until, at)
        problem = await _make(pages.parts, actor, form)
        if problem is not None:
            return _show(pages, asker, actor, form, problem)
        return RedirectResponse(f"/homes/{actor.home}/grants", status_code=303)

    @router.post("/grants/{grant}/revoke", name="revoke_form", openapi_extra=_VIEWING)
    async def revoke_form(actor: _Revoker, grant: str) -> Response:
        stopped_ms = await revoke(pages.parts, actor, GrantId(grant))
        to = f"/homes/{actor.home}/grants?stopped_ms={min(stopped_ms, _STOPPED_MS_MAX)}"
        return RedirectResponse(to, status_code=303)

    _add_persons(router, pages)
    return router


def _add_persons(router: APIRouter, pages: Pages) -> None:
    parts = pages.parts

    def show_code(asker: Visitor, actor: Actor, person: str, code: str, request: Request) -> HTMLResponse:
        address = f"{request.url.scheme}://{request.url.netloc}/set-up"
        return pages.show("code.html", asker, actor, "", person=person, code=code, address=address)

    @router.post("/persons", name="person_form", openapi_extra=_MEMBERSHIP)
    async def person_form(
        asker: Asker, actor: _Inviter, request: Request, name: _Text = "", role: _Text = "member"
    ) -> Response:
        try:
            made = await parts.persons.add(actor.home, name.strip(), Role(role), actor)
        except ValueError:
            return _show(
                pages, asker, actor, GrantForm(), Problem(Kind.NOT_USABLE, "A person is an owner or a member.")
            )
        except CurtilageError as error:
            return _show(pages, asker, actor, GrantForm(), of_error(error))
        if isinstance(made, Refused):
            return _show(pages, asker, actor, GrantForm(), of_refusal(made))
        return show_code(asker, actor, made.person.name, made.code, request)

    @router.post("/persons/{person}/code", name="person_code_form", openapi_extra=_MEMBERSHIP)
    async def person_code_form(asker: Asker, actor: _CodeMaker, request: Request, person: str) -> Response:
        found = seen(parts.persons.get(actor.home, PersonId(person)))
        if found.account is not None:
            raise Stopped(NOT_FOUND)
        code = await parts.codes.make(CodeKind.JOIN, actor.home, found.id, 1, parts.config.code_age_s_max, actor.person)
        return show_code(asker, actor, found.name, code, request)


def _show(
    pages: Pages,
    asker: Visitor,
    actor: Actor,
    form: GrantForm,
    problem: Problem | None = None,
    stopped_ms: int | None = None,
) -> HTMLResponse:
    parts = pages.parts
    now = parts.clock.now()
    persons = [
        PersonRow(person.id, person.name, person.role.value, joined=person.account is not None)
        for person in persons_seen(parts, actor)
    ]
    return pages.show(
        "grants.html",
        asker,
        actor,
        "grants",
        problem,
        grants=[_row(parts, actor, grant, now) for grant in grants_seen(parts, actor)],
        persons=persons,
        displays=parts.displays.of_home(actor.home) if may(actor, Act.MAKE_GRANT) else [],
        cameras=[status.device for status in cameras_seen(parts, actor)],
        form=form,
        purpose=purpose(CAMERA_VIEW),
        earliest=write_local(now),
        stopped=_stopped_words(stopped_ms),
    )


def _stopped_words(stopped_ms: int | None) -> str:
    if stopped_ms is None:
        return ""
    return f"Revoked. The picture stopped after {max(stopped_ms, 10) / _MS_PER_S:.2g} s."


def _row(parts: Parts, actor: Actor, grant: Grant, now: int) -> GrantRow:
    camera = parts.devices.get(grant.home, grant.camera)
    name = grantee_name(parts, grant) or "Somebody who left"
    return GrantRow(
        id=grant.id,
        who="You" if grant.grantee == actor.person else name,
        camera=camera.name if camera is not None else "",
        until=_until_words(grant, actor, now),
        remaining=remaining_words(grant.until_ms, now) if grant.until_ms is not None else "",
        soon=grant.until_ms is not None and grant.until_ms - now < SOON_MS,
        watching=parts.views.count_of(grant) > 0,
        icon="display" if grant.grantee_kind is GranteeKind.DISPLAY else "person",
    )


def _until_words(grant: Grant, actor: Actor, now: int) -> str:
    if grant.until_ms is not None:
        return f"until {exact_words(grant.until_ms, now)}"
    return "until you revoke it" if may(actor, Act.REVOKE_GRANT) else "until it is revoked"


async def _make(parts: Parts, actor: Actor, form: GrantForm) -> Problem | None:
    """One grant per ticked camera; None when all were made."""
    now = parts.clock.now()
    until_ms = chosen_end(form.until, form.at, now)
    if not form.person or not form.cameras:
        return MISSING
    if isinstance(until_ms, Problem):
        return until_ms
    if len(form.cameras) > parts.config.cameras_per_home_count_max:
        return Problem(Kind.NOT_USABLE, "That is more cameras than a home can have.")
    try:
        for camera in dict.fromkeys(form.cameras):
            await grant_to_person(parts, actor, DeviceId(camera), PersonId(form.person), until_ms)
    except Stopped as stopped:
        return stopped.problem
    except CurtilageError as error:
        return of_error(error)
    return None
