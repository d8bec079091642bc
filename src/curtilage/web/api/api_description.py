"""The API's description of itself (OpenAPI 3.1), for programs; /api/docs shows it to people."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from curtilage.web.asked import API_PREFIX
from curtilage.web.public_place import PublicPlace
from curtilage.web.purposed import purposes


def make_description(place: PublicPlace | None) -> APIRouter:
    """Route /api/v1/openapi.json."""
    router = APIRouter(tags=["description"])

    @router.get(f"{API_PREFIX}openapi.json", operation_id="describe_api", openapi_extra=purposes())
    async def describe_api(request: Request) -> JSONResponse:
        """Every route, what it takes, answers, and for which purposes it touches personal data."""
        # "/" is where the document was fetched from, whichever door that was (OpenAPI 3.1 §4.8.5).
        servers = [{"url": "/"}, *([{"url": place.origin}] if place is not None else [])]
        return JSONResponse({**request.app.openapi(), "servers": servers})

    return router
