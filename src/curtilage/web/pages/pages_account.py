"""One's own account: where it belongs, what was consented to for it, leaving a home, and closing it."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from curtilage.consent.purpose import ACCOUNT, HOME_MEMBERSHIP, Purpose, purpose
from curtilage.errors import CurtilageError
from curtilage.home.actor import Actor
from curtilage.home.permission import Act
from curtilage.web.api.api_account import close
from curtilage.web.api.api_persons import end_membership
from curtilage.web.api.api_sessions import forget_session, memberships
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.problem import Kind, Problem, of_error, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Visitor, allowed

_OWN = purposes(ACCOUNT, HOME_MEMBERSHIP)
_Leaver = Annotated[Actor, allowed(Act.LEAVE_HOME)]
_NOT_SURE = Problem(Kind.NOT_USABLE, "Closing an account cannot be undone.", "Tick that you are sure.")


@dataclass(frozen=True, slots=True)
class OwnHome:
    """A home the account belongs to, and for which of the two purposes of persons its consent stands there."""

    id: str
    name: str = field(repr=False)
    role: str
    consents: tuple[Purpose, ...]


def make_account_pages(pages: Pages) -> APIRouter:
    """/account and /homes/{home}/leave."""
    router, in_home = APIRouter(route_class=pages.route), APIRouter(prefix="/homes/{home}", route_class=pages.route)

    @router.get("/account", name="account_page", openapi_extra=_OWN)
    async def account_page(asker: Asker) -> Response:
        return _show(pages, asker)

    @router.post("/account/close", name="account_close_form", openapi_extra=_OWN)
    async def account_close_form(
        asker: Asker, request: Request, sure: Annotated[str, Form(max_length=16)] = ""
    ) -> Response:
        session = seen(asker.session)
        if sure != "yes":
            return _show(pages, asker, _NOT_SURE)
        try:
            await close(pages.parts, session.account)
        except CurtilageError as error:
            return _show(pages, asker, of_error(error))
        response = RedirectResponse("/sign-in", status_code=303)
        forget_session(request, response)
        return response

    @in_home.post("/leave", name="leave_form", openapi_extra=_OWN)
    async def leave_form(asker: Asker, actor: _Leaver) -> Response:
        try:
            await end_membership(pages.parts, actor, seen(actor.person))
        except CurtilageError as error:
            return _show(pages, asker, of_error(error))
        return RedirectResponse("/", status_code=303)

    router.include_router(in_home)
    return router


def _show(pages: Pages, asker: Visitor, problem: Problem | None = None) -> Response:
    consents = pages.parts.consents
    homes = [
        OwnHome(
            home.id,
            home.name,
            home.role.value,
            tuple(purpose(one.purpose) for one in consents.of_person(person.home, person.id)),
        )
        for home in memberships(pages.parts, asker)
        for person in asker.persons
        if person.home == home.id
    ]
    return pages.show_lone("account.html", asker, problem, homes=homes)
