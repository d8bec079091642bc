"""Setting up, signing in and out: the only routes of the API that answer without a session.

Signing in never says which of the two was wrong, the account or the password.
"""

from fastapi import APIRouter, Request, Response

from curtilage.consent.purpose import ACCOUNT
from curtilage.errors import RefusalReason, Refused
from curtilage.home.session import Session
from curtilage.web.api.api_models import MembershipOutput, SessionOutput, SetUp, SignIn
from curtilage.web.asked import API_PREFIX, session_cookie
from curtilage.web.client_address import counted_address
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, of_refusal
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Visitor


def make_sessions(parts: Parts) -> APIRouter:
    """Routes /setup and /sessions."""
    router = APIRouter(prefix=API_PREFIX.rstrip("/"), tags=["sessions"])

    @router.post("/setup", status_code=201, operation_id="set_up", openapi_extra=purposes(ACCOUNT))
    async def set_up(given: SetUp, request: Request, response: Response) -> SessionOutput:
        """Use a set-up or joining code: makes the account, joins the home, signs in."""
        session = await parts.accounts.set_up(
            given.code, given.account, given.password, given.home, client_address(request)
        )
        return signed_in(parts, session, request, response)

    @router.post("/sessions", status_code=201, operation_id="sign_in", openapi_extra=purposes(ACCOUNT))
    async def sign_in(given: SignIn, request: Request, response: Response) -> SessionOutput:
        """Sign in with account and password, or with a code."""
        address = client_address(request)
        if given.code is not None and given.account is None and given.password is None:
            session = await parts.accounts.sign_in_by_code(given.code, address)
        elif given.code is None and given.account is not None and given.password is not None:
            session = await parts.accounts.sign_in(given.account, given.password, address)
        else:
            raise Stopped(Problem(Kind.NOT_UNDERSTOOD, "Either account and password, or a code."))
        return signed_in(parts, session, request, response)

    @router.get("/sessions/current", operation_id="show_session", openapi_extra=purposes(ACCOUNT))
    async def show_session(asker: Asker) -> SessionOutput:
        """Who is signed in, and where they belong."""
        return session_output(parts, asker)

    @router.delete("/sessions/current", status_code=204, operation_id="sign_out", openapi_extra=purposes(ACCOUNT))
    async def sign_out(asker: Asker, request: Request, response: Response) -> None:
        """End this session, and at once whatever is watched by it. The account's other sessions go on."""
        if asker.session is not None:
            await end_session(parts, asker.session)
        forget_session(request, response)

    @router.delete("/sessions", status_code=204, operation_id="sign_out_everywhere", openapi_extra=purposes(ACCOUNT))
    async def sign_out_everywhere(asker: Asker, request: Request, response: Response) -> None:
        """End every session of the account and their streams; its sign-in codes are void."""
        if asker.session is not None:
            parts.views.close_streams_of(asker.session.account)
            parts.hls.close_addresses_of(asker.session.account)
            await parts.accounts.sign_out_everywhere(asker.session.account)
        forget_session(request, response)

    return router


async def end_session(parts: Parts, session: Session) -> None:
    """With all that it has open. For the pages too. Raises what Sessions.end raises."""
    parts.views.close_streams_of_session(session.digest)
    parts.hls.close_addresses_of_session(session.digest)
    await parts.sessions.end(session.token)


def signed_in(parts: Parts, session: Session | Refused, request: Request, response: Response) -> SessionOutput:
    """Set the cookie, or stop: a wrong name, password or code is one answer. For the pages too."""
    if isinstance(session, Refused):
        if session.reason in (RefusalReason.BUSY, RefusalReason.LOCKED):
            raise Stopped(of_refusal(session))
        raise Stopped(Problem(Kind.SIGN_IN_REFUSED, session.words))
    remember_session(parts, session, request, response)
    visitor = Visitor(parts.homes, session, tuple(parts.persons.of_account(session.account)))
    return session_output(parts, visitor)


def remember_session(parts: Parts, session: Session, request: Request, response: Response) -> None:
    """Set the session's cookie."""
    secure = request.url.scheme == "https"
    cookie = session_cookie(session.token, parts.config.session_age_s_max, secure=secure, host=request.url.netloc)
    response.headers["set-cookie"] = cookie


def forget_session(request: Request, response: Response) -> None:
    """Take the session's cookie away."""
    response.headers["set-cookie"] = session_cookie(
        "", 0, secure=request.url.scheme == "https", host=request.url.netloc
    )


def session_output(parts: Parts, visitor: Visitor) -> SessionOutput:
    """What a page must know to act."""
    session = visitor.session
    return SessionOutput(
        account=session.account if session is not None else None,
        csrf=session.csrf if session is not None else None,
        operator=visitor.operator,
        homes=memberships(parts, visitor),
    )


def memberships(parts: Parts, visitor: Visitor) -> list[MembershipOutput]:
    """The visitor's homes; the operator's are all there are, by name."""
    homes = parts.homes.all() if visitor.operator else [parts.homes.get(person.home) for person in visitor.persons]
    found = []
    for home in homes:
        actor = visitor.actor(home.id) if home is not None else None
        if home is not None and actor is not None:
            found.append(MembershipOutput(id=home.id, name=home.name, role=actor.role, person=actor.person))
    return sorted(found, key=lambda item: item.name)


def client_address(request: Request) -> str:
    """Whose wrong passwords are counted together."""
    return counted_address(request.client.host) if request.client is not None else "control"
