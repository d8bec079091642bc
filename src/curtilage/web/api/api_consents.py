"""Consents: the purposes in words, what was consented to, and withdrawing."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from curtilage.consent.consent import Consent
from curtilage.consent.purpose import ACCOUNT, ACTIVITY, PURPOSES, Purpose
from curtilage.home.actor import Actor
from curtilage.home.permission import Act, may
from curtilage.web.api.api_account import close
from curtilage.web.api.api_models import PurposeOutput
from curtilage.web.api.api_persons import end_membership
from curtilage.web.api.api_sessions import forget_session
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Someone, allowed
from curtilage.wire.identifier import ConsentId


def make_consents(parts: Parts) -> APIRouter:
    """Routes /homes/{home}/consents."""
    router = APIRouter(prefix=f"{API_PREFIX}homes/{{home}}/consents", tags=["consents"])

    @router.get("", operation_id="list_consents", openapi_extra=purposes(ACTIVITY))
    async def list_consents(actor: Annotated[Actor, allowed(Act.SEE_CONSENTS)]) -> list[PurposeOutput]:
        """Every purpose, and the consent that stands for it: the home's, or the visitor's own."""
        return [_output(parts, actor, purpose) for purpose in PURPOSES]

    @router.delete("/{consent}", status_code=204, operation_id="withdraw_consent", openapi_extra=purposes(ACTIVITY))
    async def withdraw_consent(
        actor: Someone, consent: str, asker: Asker, request: Request, response: Response
    ) -> None:
        """Withdraw; what followed from it ends. Everybody may withdraw their own: belonging to a home ends by leaving
        it, and signing in by closing the account.
        """
        own = _own(parts, actor, consent)
        if own is not None and own.purpose == ACCOUNT and asker.session is not None:
            await close(parts, asker.session.account)
            forget_session(request, response)
        elif own is not None:
            await end_membership(parts, actor, seen(own.person))
        elif may(actor, Act.WITHDRAW_CONSENT):
            seen(await parts.consents.withdraw(actor.home, ConsentId(consent), actor.person))
        else:
            raise Stopped(Problem(Kind.OWNERS_ONLY))

    return router


def _own(parts: Parts, actor: Actor, consent: str) -> Consent | None:
    """The actor's own consent of that id."""
    mine = parts.consents.of_person(actor.home, actor.person) if actor.person is not None else []
    return next((item for item in mine if item.id == consent), None)


def _output(parts: Parts, actor: Actor, purpose: Purpose) -> PurposeOutput:
    return PurposeOutput(
        purpose=purpose.id,
        words=purpose.title,
        what=purpose.what,
        to_whom=purpose.to_whom,
        why=purpose.why,
        kept=purpose.kept,
        consent=parts.consents.stands(actor.home, purpose.id, actor.person),
    )
