"""Cross-origin requests (Fetch, §3.2) to WHEP: for who shows a token, never for who comes by a cookie.

A page of another origin may use a token it was given: nothing the browser adds by itself counts for such a request,
so ``*`` without credentials is all that is allowed. A preflight names ``Authorization``, and its answer is the same
whether or not what it asks about exists. Pure.
"""

from typing import Final

from curtilage.web.asked import WHEP_API, Asked, below

_ANY: Final = (b"access-control-allow-origin", b"*")
EXPOSED: Final = (_ANY, (b"access-control-expose-headers", b"Location, ETag, Link, Accept-Patch, Retry-After"))
"""On every answer to a request with a token, refusals too: a page must be able to read why."""
PREFLIGHT: Final = (
    _ANY,
    (b"access-control-allow-methods", b"OPTIONS, POST, GET, PATCH, DELETE"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, If-Match"),
    (b"access-control-max-age", b"600"),
    (b"accept-post", b"application/sdp"),
)
"""The answer to every preflight that is answered."""


def by_token(asked: Asked) -> bool:
    """Does it come with a token, to where tokens count? Then its cookies do not."""
    return asked.token is not None and not asked.odd and below(asked.path, WHEP_API)


def is_preflight(asked: Asked) -> bool:
    """Does a browser ask whether a page elsewhere may send a token to WHEP?"""
    return (
        asked.method == "OPTIONS"
        and asked.origin is not None
        and "authorization" in asked.wanted_headers
        and not asked.odd
        and asked.path != WHEP_API
        and below(asked.path, WHEP_API)
    )
