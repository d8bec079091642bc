"""The way from a code to the first picture: code, home, account, first camera seen live.

Until the account exists there is nothing to save under, so what was typed travels with the form; going back loses
nothing but the password. From the account on, every step is saved.
"""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from curtilage.consent.purpose import ACCOUNT, CAMERA_INPUT, CAMERA_VIEW, HOME_MEMBERSHIP, purpose
from curtilage.errors import CurtilageError, Refused
from curtilage.home.actor import Actor, Role
from curtilage.home.permission import Act
from curtilage.home.session import Session
from curtilage.web.api.api_sessions import client_address
from curtilage.web.pages.pages_camera_form import CameraForm, add_camera
from curtilage.web.pages.pages_entry import entered, problem_of_entry
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.pages.pages_tile import tiles
from curtilage.web.problem import Problem, of_error, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Visitor, allowed
from curtilage.wire.identifier import DeviceId

_ACCOUNT = purposes(ACCOUNT, HOME_MEMBERSHIP)
_INPUT = purposes(CAMERA_INPUT, CAMERA_VIEW)
_Adder = Annotated[Actor, allowed(Act.ADD_CAMERA)]
_Remover = Annotated[Actor, allowed(Act.REMOVE_CAMERA)]
_NEW_HOME = (("code", "Code"), ("home", "Home"), ("account", "Account"), ("camera", "Camera"))
_JOINING = (("code", "Code"), ("account", "Account"))
_Text = Annotated[str, Form(max_length=4096)]


@dataclass(frozen=True, slots=True)
class SetUpForm:
    """What was typed so far."""

    code: str = field(default="", repr=False)
    home: str = field(default="", repr=False)
    account: str = field(default="", repr=False)


def make_set_up_pages(pages: Pages) -> APIRouter:
    """/set-up and /homes/{home}/first-camera."""
    router = APIRouter(route_class=pages.route)

    @router.get("/set-up", name="set_up_page", openapi_extra=_ACCOUNT)
    async def set_up_page(asker: Asker) -> Response:
        return _show_step(pages, asker, "code", SetUpForm())

    @router.post("/set-up", name="set_up_form", openapi_extra=_ACCOUNT)
    async def set_up_form(
        asker: Asker,
        request: Request,
        step: _Text = "code",
        code: _Text = "",
        purpose_of_code: Annotated[str, Form(alias="for", max_length=16)] = "",
        home: _Text = "",
        account: _Text = "",
        password: _Text = "",
    ) -> Response:
        form = SetUpForm(code.strip(), home.strip(), account)
        if asker.session is not None:
            return await _join(pages, asker, asker.session, form, request)
        if step == "account":
            return await _set_up(pages, asker, form, password, request)
        step = "home" if step == "code" and purpose_of_code != "join" else "account"
        return _show_step(pages, asker, step, form)

    router.include_router(_make_first_camera(pages))
    return router


def _show_step(
    pages: Pages, asker: Visitor, step: str, form: SetUpForm, problem: Problem | None = None
) -> HTMLResponse:
    joining = step == "account" and not form.home
    steps = _JOINING if joining else _NEW_HOME
    return pages.show_lone("set_up.html", asker, problem, step=step, steps=steps, form=form)


async def _set_up(pages: Pages, asker: Visitor, form: SetUpForm, password: str, request: Request) -> Response:
    address = client_address(request)
    try:
        session = await pages.parts.accounts.set_up(form.code, form.account, password, form.home or None, address)
    except CurtilageError as error:
        return _show_step(pages, asker, "account", form, of_error(error))
    if isinstance(session, Refused):
        return _show_step(pages, asker, "code", form, problem_of_entry(session))
    return entered(pages, session, request, _next(pages, session))


async def _join(pages: Pages, asker: Visitor, session: Session, form: SetUpForm, request: Request) -> Response:
    """Somebody who is signed in joins one more home."""
    try:
        joined = await pages.parts.accounts.join(session.account, form.code, client_address(request))
    except CurtilageError as error:
        return _show_step(pages, asker, "code", form, of_error(error))
    if isinstance(joined, Refused):
        return _show_step(pages, asker, "code", form, problem_of_entry(joined))
    return RedirectResponse(f"/homes/{joined.home}/cameras", status_code=303)


def _next(pages: Pages, session: Session) -> str:
    """To the first camera where there is none and the person may add one."""
    persons = pages.parts.persons.of_account(session.account)
    newest = max(persons, key=lambda person: person.joined_ms, default=None)
    if newest is None:
        return "/"
    empty = newest.role is Role.OWNER and not pages.parts.cameras.of_home(newest.home)
    return f"/homes/{newest.home}/{'first-camera' if empty else 'cameras'}"


def _make_first_camera(pages: Pages) -> APIRouter:
    router = APIRouter(prefix="/homes/{home}", route_class=pages.route)

    def show(asker: Visitor, actor: Actor, form: CameraForm, problem: Problem | None = None) -> HTMLResponse:
        shown = tiles(pages.parts, actor)
        return pages.show(
            "first_camera.html",
            asker,
            actor,
            "",
            problem,
            camera=shown[-1] if shown else None,
            step="camera",
            steps=_NEW_HOME,
            form=form,
            purpose=purpose(CAMERA_INPUT),
            action=f"/homes/{actor.home}/first-camera",
            back=f"/homes/{actor.home}/cameras",
        )

    @router.get("/first-camera", name="first_camera_page", openapi_extra=_INPUT)
    async def first_camera_page(asker: Asker, actor: _Adder) -> Response:
        return show(asker, actor, CameraForm())

    @router.post("/first-camera", name="first_camera_form", openapi_extra=_INPUT)
    async def first_camera_form(
        asker: Asker, actor: _Adder, name: _Text = "", address: _Text = "", sub_address: _Text = ""
    ) -> Response:
        added = await add_camera(pages.parts, actor, name, address, sub_address)
        if isinstance(added, Problem):
            return show(asker, actor, CameraForm(name), added)
        return RedirectResponse(f"/homes/{actor.home}/first-camera", status_code=303)

    @router.post("/first-camera/again", name="first_camera_again", openapi_extra=_INPUT)
    async def first_camera_again(actor: _Remover, camera: _Text) -> Response:
        seen(await pages.parts.cameras.remove(actor, DeviceId(camera)))
        return RedirectResponse(f"/homes/{actor.home}/first-camera", status_code=303)

    return router
