"""The list of all routes, read from the application itself: what the tests of the walls and of purposes go by."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from curtilage.web.purposed import EXTENSION


@dataclass(frozen=True, slots=True)
class ListedRoute:
    """One method of one path."""

    method: str
    path: str
    """With its places in braces."""
    operation: str
    """Its operation name; a page's is its function's name."""
    purposes: tuple[str, ...] | None
    """Ids of consent/purpose.py; None: the route does not say."""


def every_route(routes: FastAPI) -> tuple[ListedRoute, ...]:
    """By path and method. HEAD and OPTIONS are not listed beside the methods they go with; a route of its own is."""
    found = {
        (route.method, route.path): route
        for prefix, item in _flat("", routes.router)
        for route in _listed(prefix, item)
    }
    return tuple(found[key] for key in sorted(found, key=lambda key: (key[1], key[0])))


def _flat(prefix: str, router: Any) -> Iterator[tuple[str, Any]]:
    """Routes with the prefixes of the routers that include them: FastAPI keeps included routers as they are."""
    for item in router.routes:
        inner = getattr(item, "original_router", None)
        if inner is not None:
            yield from _flat(prefix + item.include_context.prefix, inner)
        else:
            yield prefix, item


def _listed(prefix: str, item: Any) -> Iterator[ListedRoute]:
    extra = getattr(item, "openapi_extra", None)
    said = extra.get(EXTENSION) if extra else None
    operation = getattr(item, "operation_id", None) or item.name
    methods = item.methods or {"ANY"}
    for method in sorted(methods if methods == {"OPTIONS"} else methods - {"HEAD", "OPTIONS"}):
        yield ListedRoute(method, prefix + item.path, operation, tuple(said) if said is not None else None)
