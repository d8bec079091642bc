"""The API's own description as a page: made in the browser from the OpenAPI document, by a script of ours."""

from fastapi import APIRouter
from fastapi.responses import Response

from curtilage.web.pages.pages_frame import Pages
from curtilage.web.problem import Kind, Problem, Stopped
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker


def make_docs_page(pages: Pages) -> APIRouter:
    """/api/docs."""
    router = APIRouter(route_class=pages.route)

    @router.get("/api/docs", name="docs_page", openapi_extra=purposes())
    async def docs_page(asker: Asker) -> Response:
        actor = asker.actor(asker.home) if asker.home is not None else None
        if actor is None:
            raise Stopped(Problem(Kind.SIGN_IN_NEEDED))
        return pages.show("api_docs.html", asker, actor, "")

    return router
