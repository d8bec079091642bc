"""Homes: those of the visitor; making one is the operator's."""

from fastapi import APIRouter

from curtilage.consent.purpose import HOME_MEMBERSHIP
from curtilage.web.api_models import MembershipOutput, NewHomeInput, NewHomeOutput
from curtilage.web.api_sessions import memberships
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Operator


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
        made = await parts.homes.create(given.name)
        return NewHomeOutput(id=made.home.id, name=made.home.name, code=made.code)

    return router
