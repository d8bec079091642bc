"""Every route says what for it touches personal data: ``x-purpose`` in the OpenAPI document, from the one table.

tests/web/test_purpose.py holds the routes and consent/purpose.py to each other.
"""

from typing import Any

from starlette.routing import Route
from starlette.types import ASGIApp

EXTENSION = "x-purpose"


def purposes(*ids: str) -> dict[str, Any]:
    """For a route's ``openapi_extra``; ids of consent/purpose.py. None: nothing personal passes here."""
    return {EXTENSION: list(ids)}


class PurposedRoute(Route):
    """A plain ASGI route that says its purposes as FastAPI's do. ``head``: HEAD is answered where GET is."""

    def __init__(
        self, path: str, endpoint: ASGIApp, *, method: str, name: str, ids: tuple[str, ...], head: bool = True
    ) -> None:
        super().__init__(path, endpoint, methods=[method], name=name)
        if not head and self.methods is not None:
            self.methods.discard(
                "HEAD"
            )  # Starlette's own addition: a view would be opened for somebody who sees nothing
        self.openapi_extra = purposes(*ids)
