"""Consents: the purposes in words, what was consented to, and withdrawing."""

from typing import Annotated

from fastapi import APIRouter

from curtilage.consent.purpose import ACTIVITY, PURPOSES, Purpose
from curtilage.home.actor import Actor
from curtilage.home.permission import Act
from curtilage.web.api_models import PurposeOutput
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import allowed
from curtilage.wire.identifier import ConsentId


def make_consents(parts: Parts) -> APIRouter:
    """Routes /homes/{home}/consents."""
    router = APIRouter(prefix=f"{API_PREFIX}homes/{{home}}/consents", tags=["consents"])

    @router.get("", operation_id="list_consents", openapi_extra=purposes(ACTIVITY))
    async def list_consents(actor: Annotated[Actor, allowed(Act.SEE_CONSENTS)]) -> list[PurposeOutput]:
        """Every purpose, and the consent that stands for it."""
        return [_output(parts, actor, purpose) for purpose in PURPOSES]

    @router.delete("/{consent}", status_code=204, operation_id="withdraw_consent", openapi_extra=purposes(ACTIVITY))
    async def withdraw_consent(actor: Annotated[Actor, allowed(Act.WITHDRAW_CONSENT)], consent: str) -> None:
        """Withdraw; what followed from it ends."""
        seen(await parts.consents.withdraw(actor.home, ConsentId(consent), actor.person))

    return router


def _output(parts: Parts, actor: Actor, purpose: Purpose) -> PurposeOutput:
    return PurposeOutput(
        purpose=purpose.id,
        words=purpose.title,
        what=purpose.what,
        to_whom=purpose.to_whom,
        why=purpose.why,
        kept=purpose.kept,
        consent=parts.consents.stands(actor.home, purpose.id),
    )
