"""The application: every route, behind the defences of each door.

Routes come from routers alone, so that the list of routes can be read from the application itself; a test tries every
one of them as a stranger.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.errors import CurtilageError
from curtilage.web.api.api_account import make_account
from curtilage.web.api.api_activity import make_activity
from curtilage.web.api.api_cameras import make_cameras
from curtilage.web.api.api_certificate import make_certificate_api
from curtilage.web.api.api_consents import make_consents
from curtilage.web.api.api_description import make_description
from curtilage.web.api.api_display import make_display
from curtilage.web.api.api_displays import make_displays
from curtilage.web.api.api_grants import make_grants
from curtilage.web.api.api_hls import make_api_hls
from curtilage.web.api.api_homes import make_homes
from curtilage.web.api.api_models import ProblemOutput, problems
from curtilage.web.api.api_persons import make_persons
from curtilage.web.api.api_problems import make_problems
from curtilage.web.api.api_sessions import make_sessions
from curtilage.web.api.api_whep import make_whep
from curtilage.web.api.api_whep_address import make_whep_addresses
from curtilage.web.asked import API_PREFIX
from curtilage.web.defences import Defences, Door
from curtilage.web.hls import make_hls
from curtilage.web.pages.pages import make_pages
from curtilage.web.pages.pages_frame import make_environment, problem_page
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Kind, Problem, Stopped, of_error
from curtilage.web.purposed import PurposedRoute, purposes
from curtilage.web.sealed_stream import make_streams
from curtilage.web.stills import describe_stills, make_stills

STREAMS_PATH = f"{API_PREFIX}streams"
_BY_STATUS: Mapping[int, Problem] = {404: NOT_FOUND, 405: Problem(Kind.WRONG_METHOD), 415: Problem(Kind.WRONG_TYPE)}


@dataclass(frozen=True, slots=True)
class Application:
    """An ASGI application per door, around the same routes."""

    loopback: ASGIApp
    control: ASGIApp
    https: ASGIApp
    plain_lan: ASGIApp
    routes: FastAPI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: the loopback door."""
        await self.loopback(scope, receive, send)


def make_app(parts: Parts) -> Application:
    """Every route, behind the defences."""
    routes = make_routes(parts)
    return Application(
        loopback=Defences(routes, parts, Door.LOOPBACK),
        control=Defences(routes, parts, Door.CONTROL),
        https=Defences(routes, parts, Door.HTTPS),
        plain_lan=Defences(routes, parts, Door.PLAIN_LAN),
        routes=routes,
    )


def make_routes(parts: Parts) -> FastAPI:
    """The routes alone; never served without the defences."""
    environment = make_environment()
    routes = FastAPI(
        title="Curtilage",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        exception_handlers=_exception_handlers(environment),
    )
    views, streams = make_streams(parts)
    for make in (make_sessions, make_homes, make_persons, make_cameras, make_grants, make_activity, make_consents):
        routes.include_router(make(parts), responses=problems())
    routes.include_router(views, responses=problems())
    routes.include_router(make_api_hls(parts), responses=problems())
    routes.router.routes.extend(make_hls(parts))
    routes.include_router(make_whep(parts), responses=problems())
    routes.include_router(make_whep_addresses(parts), responses=problems())
    for make in (make_account, make_displays, make_display):
        routes.include_router(make(parts), responses=problems())
    routes.include_router(make_certificate_api(parts), responses=problems())
    routes.include_router(make_problems(), responses=problems())
    routes.include_router(make_description(parts.place), responses=problems())
    routes.router.routes.append(
        PurposedRoute(STREAMS_PATH, streams, method="POST", name="open_stream", ids=(CAMERA_VIEW,))
    )
    routes.router.routes.extend(make_stills(parts))
    for pages in make_pages(parts, environment):
        routes.include_router(pages, include_in_schema=False)
    _describe(routes)
    return routes


def _describe(routes: FastAPI) -> None:
    """Complete the OpenAPI document with what FastAPI cannot know."""
    made = routes.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        document["paths"].setdefault(STREAMS_PATH, {"post": _stream_operation()})
        for path, item in describe_stills().items():
            document["paths"].setdefault(path, item)
        document["components"]["schemas"].setdefault("ProblemOutput", ProblemOutput.model_json_schema())
        return document

    routes.openapi = openapi  # type: ignore[method-assign] # the way FastAPI's documentation shows


def _stream_operation() -> dict[str, Any]:
    reply = {"description": "Records, without end.", "content": {"application/octet-stream": {}}}
    return {
        "tags": ["views"],
        "operationId": "open_stream",
        "summary": "Open the page's one streaming connection (docs/spec/sealed-stream.md).",
        "responses": {"200": reply, **problems()},
        **purposes(CAMERA_VIEW),
    }


_Answer = Callable[[Request, Any], Coroutine[Any, Any, Response]]


def _exception_handlers(environment: Environment) -> dict[int | type[Exception], _Answer]:
    async def stopped(_request: Request, error: Stopped) -> Response:
        return respond(error.problem)

    async def ours(_request: Request, error: CurtilageError) -> Response:
        return respond(of_error(error))

    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        return respond(Problem(Kind.NOT_UNDERSTOOD, fields=_field_names(error)))

    async def http(request: Request, error: HTTPException) -> Response:
        problem = _BY_STATUS.get(error.status_code, Problem(Kind.NOT_UNDERSTOOD))
        answer = respond(problem) if request.url.path.startswith("/api") else problem_page(environment, problem)
        allow = (error.headers or {}).get("allow") or (error.headers or {}).get("Allow")
        if allow:
            answer.headers["allow"] = allow
        return answer

    async def failed(_request: Request, _error: Exception) -> Response:
        return respond(Problem(Kind.OUR_FAILURE))

    return {
        Stopped: stopped,
        CurtilageError: ours,
        RequestValidationError: invalid,
        HTTPException: http,
        Exception: failed,
    }


def respond(problem: Problem) -> Response:
    """A problem as Starlette's response."""
    response = Response(problem.body(), status_code=problem.status)
    response.raw_headers = list(problem.headers())
    return response


def _field_names(error: RequestValidationError) -> tuple[str, ...]:
    """Which fields, never their values. A name that we did not define is the client's own word: not repeated."""
    names = []
    for item in error.errors():
        named = [part for part in item["loc"][1:] if isinstance(part, str)]
        known = item["type"] != "extra_forbidden"
        names.append(".".join(named) if named and known else item["loc"][0])
    return tuple(dict.fromkeys(str(name) for name in names))
