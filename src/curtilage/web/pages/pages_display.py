"""The display's own page: a code and its QR until somebody lets it in, then its cameras. And the picture of a QR.

Any tablet, TV or old phone opens it, so nothing on the page with the code needs a new browser. The page knows the
display by its cookie; it holds no control of a person.
"""

import importlib
import io
from collections.abc import Callable
from types import ModuleType

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.home.display import PairedDisplay
from curtilage.home.pairing import typed_pairing_code
from curtilage.web.api.api_display import remember_display
from curtilage.web.display_view import shown_cameras
from curtilage.web.pages.pages_displays import code_of_path
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.problem import NOT_FOUND, Stopped, seen
from curtilage.web.public_place import public_origin
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker
from curtilage.wire.identifier import handle_digest

_SHOWING = purposes(CAMERA_VIEW)
_COLUMNS_MAX = 4
_QUIET_ZONE = 4
"""Modules of white around a QR (ISO/IEC 18004 §6.3.8)."""


def make_display_pages(pages: Pages) -> APIRouter:
    """/display and below."""
    router = APIRouter(route_class=pages.route)
    drawings = Drawings(pages.parts.config.pairings_count_max)

    @router.get("/display", name="display_page", openapi_extra=_SHOWING)
    async def display_page(asker: Asker, request: Request) -> Response:
        if asker.display is None:
            address = f"{public_origin(pages.parts.place, request.url)}/p".removeprefix("http://")
            return pages.show_lone("display_pairing.html", asker, address=address, drawn=can_draw())
        response = _show_grid(pages, asker.display)
        remember_display(asker.display.token, request, response)
        return response

    @router.get("/display/qr/{code}", name="display_qr", openapi_extra=_SHOWING)
    async def display_qr(asker: Asker, code: str, request: Request) -> Response:
        """Of the code that this display itself waits with, drawn once: drawing takes the server's time, and whoever
        has no such code is a stranger. Whether somebody else waits with it cannot be told.
        """
        pairing = seen(pages.parts.pairings.waiting(asker.display_secret))
        letters = seen(code_of_path(code))
        if letters != typed_pairing_code(pairing.code):
            raise Stopped(NOT_FOUND)
        return Response(
            seen(drawings.of(f"{public_origin(pages.parts.place, request.url)}/p/{letters}")),
            media_type="image/svg+xml",
        )

    return router


Load = Callable[[str], ModuleType]


def can_draw(load: Load = importlib.import_module) -> bool:
    """Is what draws a QR installed (``displays``)? Without it the page shows the code alone."""
    try:
        load("segno")
    except ImportError:
        return False
    return True


def qr(address: str, load: Load = importlib.import_module) -> bytes | None:
    """None: see can_draw. An SVG, black on white.

    All in capitals, which need fewer modules (scheme and host do not care, RFC 9110 §4.2.3;
    the path answers to both). Level M: a screen may glare.
    """
    if not can_draw(load):
        return None
    drawn = io.BytesIO()
    load("segno").make(address.upper(), error="m", boost_error=False, micro=False).save(
        drawn, kind="svg", border=_QUIET_ZONE, light="#FFFFFF", dark="#000000", xmldecl=False, omitsize=True
    )
    return drawn.getvalue()


class Drawings:
    """QRs that were drawn, at most ``count_max``; the oldest is forgotten first."""

    __slots__ = ("_count_max", "_draw", "_drawn")

    def __init__(self, count_max: int, draw: Callable[[str], bytes | None] = qr) -> None:
        self._count_max = count_max
        self._draw = draw
        self._drawn: dict[str, bytes | None] = {}

    def of(self, address: str) -> bytes | None:
        """As ``qr``."""
        if address not in self._drawn:
            self._drawn[address] = self._draw(address)
            if len(self._drawn) > self._count_max:
                del self._drawn[next(iter(self._drawn))]
        return self._drawn[address]


def _show_grid(pages: Pages, paired: PairedDisplay) -> HTMLResponse:
    parts, display = pages.parts, paired.display
    cameras, digest = shown_cameras(parts, display), handle_digest(paired.token)
    home = parts.homes.get(display.home)
    values = {
        "display": display.name,
        "home": home.name if home is not None else "",
        "cameras": cameras,
        "columns": columns(len(cameras)),
        "csrf": paired.csrf,
        "version": parts.display_news.version(digest),
        "woken_ms": parts.display_news.woken_ms(digest),
        "quiet_s": parts.config.display_quiet_s,
    }
    return HTMLResponse(pages.environment.get_template("display_grid.html").render(values))


def columns(count: int) -> int:
    """Of a wide screen: 1, 2, 2x2, 3x2, 3x3, then 4."""
    return min(_COLUMNS_MAX, next(side for side in range(1, count + 2) if side * side >= count))
