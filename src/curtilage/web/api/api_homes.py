"""Homes: those of the visitor; making one is the operator's."""

from fastapi import APIRouter, Request

from curtilage.consent.purpose import HOME_MEMBERSHIP
from curtilage.errors import RefusalReason, Refused
from curtilage.home.code import CodeKind
from curtilage.web.api.api_models import CodeOutput, JoinInput, MembershipOutput, NewHomeInput, NewHomeOutput
from curtilage.web.api.api_sessions import client_address, memberships
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, agreed
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Operator, Someone, Visitor


def make_homes(parts: Parts) -> APIRouter:
    """Routes /homes."""
    router = APIRouter(prefix=f"{API_PREFIX}homes", tags=["homes"])

    @router.get("", operation_id="list_homes", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def list_homes(asker: Asker) -> list[MembershipOutput]:
        """The visitor's homes."""
        return memberships(parts, asker)

    @router.post("", status_code=201, operation_id="create_home", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def create_home(_operator: Operator, given: NewHomeInput) -> NewHomeOutput:
        """Make a home; its first owner uses the code."""
        made = agreed(await parts.homes.create(given.name))
        return NewHomeOutput(id=made.home.id, name=made.home.name, code=made.code)

    @router.post("/joined", status_code=201, operation_id="join_home", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def join_home(asker: Asker, request: Request, given: JoinInput) -> list[MembershipOutput]:
        """An account that exists uses a joining code: one more home."""
        if asker.session is None:
            raise Stopped(Problem(Kind.NOT_USABLE, "The operator belongs to no home."))
        joined = await parts.accounts.join(asker.session.account, given.code, client_address(request))
        if isinstance(joined, Refused) and joined.reason is RefusalReason.UNKNOWN:
            raise Stopped(Problem(Kind.SIGN_IN_REFUSED, joined.words))
        agreed(joined)
        persons = tuple(parts.persons.of_account(asker.session.account))
        return memberships(parts, Visitor(parts.homes, asker.session, persons))

    router.include_router(_make_in_home(parts))
    return router


def _make_in_home(parts: Parts) -> APIRouter:
    router = APIRouter(prefix="/{home}")

    @router.post("/codes", status_code=201, operation_id="make_set_up_code", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def make_set_up_code(actor: Someone) -> CodeOutput:
        """Another set-up code, for a home whose first was lost: it makes an owner. The operator's."""
        if actor.person is not None:
            raise Stopped(Problem(Kind.OPERATOR_ONLY))
        age_s = parts.config.code_age_s_max
        return CodeOutput(code=await parts.codes.make(CodeKind.SET_UP, actor.home, None, 1, age_s))

    return router
