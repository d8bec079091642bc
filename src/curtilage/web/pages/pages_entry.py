"""Signing in and out as pages. A wrong name, password or code is one answer, as in the API."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from curtilage.consent.purpose import ACCOUNT
from curtilage.errors import CurtilageError, RefusalReason, Refused
from curtilage.home.session import Session
from curtilage.web.api.api_sessions import client_address, end_session, forget_session, remember_session
from curtilage.web.pages.pages_displays import is_pairing_page
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.problem import Kind, Problem, of_error, of_refusal
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker

_ACCOUNT = purposes(ACCOUNT)
_Text = Annotated[str, Form(max_length=4096)]


def make_entry_pages(pages: Pages) -> APIRouter:
    """/sign-in and /sign-out."""
    router = APIRouter(route_class=pages.route)
    accounts = pages.parts.accounts

    @router.get("/sign-in", name="sign_in_page", openapi_extra=_ACCOUNT)
    async def sign_in_page(asker: Asker) -> Response:
        if asker.session is not None:
            return RedirectResponse("/", status_code=303)
        return pages.show_lone("sign_in.html", asker, form={"account": "", "by_code": False, "to": ""})

    @router.post("/sign-in", name="sign_in_form", openapi_extra=_ACCOUNT)
    async def sign_in_form(
        asker: Asker, request: Request, account: _Text = "", password: _Text = "", code: _Text = "", to: _Text = ""
    ) -> Response:
        to = to if is_pairing_page(to) else ""
        address = client_address(request)
        try:
            if code:
                session = await accounts.sign_in_by_code(code, address)
            else:
                session = await accounts.sign_in(account, password, address)
        except CurtilageError as error:
            problem = of_error(error)
        else:
            if isinstance(session, Session):
                return entered(pages, session, request, to or "/")
            problem = problem_of_entry(session)
        form = {"account": account, "by_code": bool(code), "to": to}
        return pages.show_lone("sign_in.html", asker, problem, form=form)

    @router.post("/sign-out", name="sign_out_form", openapi_extra=_ACCOUNT)
    async def sign_out_form(asker: Asker, request: Request) -> Response:
        if asker.session is not None:
            await end_session(pages.parts, asker.session)
        response = RedirectResponse("/sign-in", status_code=303)
        forget_session(request, response)
        return response

    return router


def entered(pages: Pages, session: Session, request: Request, to: str) -> Response:
    """Signed in: the cookie, and on to ``to``."""
    response = RedirectResponse(to, status_code=303)
    remember_session(pages.parts, session, request, response)
    return response


def problem_of_entry(refused: Refused) -> Problem:
    """What to show beside the form."""
    if refused.reason in (RefusalReason.BUSY, RefusalReason.LOCKED):
        return of_refusal(refused)
    return Problem(Kind.SIGN_IN_REFUSED, refused.words)
