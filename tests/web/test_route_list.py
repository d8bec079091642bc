"""The list of routes comes from the application, however its routers are put together."""

from fastapi import APIRouter, FastAPI

from curtilage.web.purposed import purposes
from curtilage.web.route_list import ListedRoute, every_route


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
