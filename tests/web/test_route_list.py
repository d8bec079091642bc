"""The list of routes comes from the application, however its routers are put together."""

import inspect
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from curtilage.web.purposed import purposes
from curtilage.web.route_list import ListedRoute, _flat, every_route
from tests.web.house import House, in_house


def _router(path: str, operation: str, *ids: str, prefix: str = "") -> APIRouter:
    router = APIRouter(prefix=prefix)

    @router.get(path, operation_id=operation, openapi_extra=purposes(*ids))
    async def answer() -> None:
        """Nothing."""

    return router


def test_every_route_is_listed_however_deep() -> None:
    routes = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    outer = _router("/outer", "outer", "account", prefix="/one")
    outer.include_router(_router("/inner", "inner", prefix="/two"))
    routes.include_router(outer, prefix="/zero")

    @routes.post("/bare")
    async def bare() -> None:
        """Says no purpose."""

    assert every_route(routes) == (
        ListedRoute("POST", "/bare", "bare", None),
        ListedRoute("GET", "/zero/one/outer", "outer", ("account",)),
        ListedRoute("GET", "/zero/one/two/inner", "inner", ()),
    )


def test_no_request_waits_for_a_thread(tmp_path: Path) -> None:
    """FastAPI gives routes and dependencies that are plain functions to threads, which answer late on a busy server."""

    def threaded(dependant: Dependant) -> Iterator[str]:
        if dependant.call is not None and not inspect.iscoroutinefunction(dependant.call):
            yield getattr(dependant.call, "__qualname__", repr(dependant.call))
        for further in dependant.dependencies:
            yield from threaded(further)

    async def main(house: House) -> None:
        routes = [route for _, route in _flat("", house.app.routes.router) if isinstance(route, APIRoute)]
        assert len(routes) > 50
        assert {name for route in routes for name in threaded(route.dependant)} == set()

    in_house(tmp_path, main)
