"""Closing an account: by its person, or by the operator. What is left of it is what other people's ledgers say of a
nameless somebody.
"""

from fastapi import APIRouter, Request, Response

from curtilage.consent.purpose import ACCOUNT
from curtilage.web.api.api_models import AccountNameInput
from curtilage.web.api.api_sessions import forget_session
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Operator
from curtilage.wire.identifier import AccountId


def make_account(parts: Parts) -> APIRouter:
    """Routes /account and /accounts."""
    router = APIRouter(prefix=API_PREFIX.rstrip("/"), tags=["account"])

    @router.delete("/account", status_code=204, operation_id="close_account", openapi_extra=purposes(ACCOUNT))
    async def close_account(asker: Asker, request: Request, response: Response) -> None:
        """Leave every home and destroy the account: its name, password, sessions and codes. The last owner of a home
        cannot (400): somebody else becomes an owner first, or the operator closes it.
        """
        if asker.session is None:
            raise Stopped(Problem(Kind.NOT_USABLE, "The operator has no account."))
        await close(parts, asker.session.account)
        forget_session(request, response)

    @router.post("/accounts/closed", status_code=204, operation_id="close_account_of", openapi_extra=purposes(ACCOUNT))
    async def close_account_of(_operator: Operator, given: AccountNameInput) -> None:
        """Close the account that signs in with this name, even if a home is left without an owner. The operator's."""
        await close(parts, seen(await parts.accounts.named(given.account)), by_operator=True)

    return router


async def close(parts: Parts, account: AccountId, *, by_operator: bool = False) -> None:
    """With all that the account has open. Raises what Accounts.close raises."""
    await parts.accounts.close(account, by_operator=by_operator)
    parts.views.close_streams_of(account)
    parts.hls.close_addresses_of(account)
