"""Every route says what for it touches personal data: ``x-purpose`` in the OpenAPI document, from the one table.

tests/web/test_purpose.py holds the routes and consent/purpose.py to each other.
"""

from typing import Any

EXTENSION = "x-purpose"


def purposes(*ids: str) -> dict[str, Any]:
    """For a route's ``openapi_extra``; ids of consent/purpose.py. None: nothing personal passes here."""
    return {EXTENSION: list(ids)}
