"""The console: pages for people, over the same services as the API.

Rules: every page works without a script (pictures excepted: they are opened in the page); every form carries the
session's CSRF token; templates escape everything; a page about a home is reached only through the visitor's own Actor,
as in the API, so what is not theirs does not exist. Acts answer 303 and a page, never a page of their own, so that
going back repeats nothing; a code that is shown once is the exception.

The pages' own files are pages_*.py, one per page; pages_frame.py is what stands around them.
"""

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from jinja2 import Environment

from curtilage.consent.purpose import HOME_MEMBERSHIP
from curtilage.web.pages.pages_account import make_account_pages
from curtilage.web.pages.pages_activity import make_activity_pages
from curtilage.web.pages.pages_cameras import make_camera_pages
from curtilage.web.pages.pages_certificate import make_certificate_page
from curtilage.web.pages.pages_display import make_display_pages
from curtilage.web.pages.pages_displays import make_displays_pages
from curtilage.web.pages.pages_docs import make_docs_page
from curtilage.web.pages.pages_entry import make_entry_pages
from curtilage.web.pages.pages_find import make_find_pages
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.pages.pages_grants import make_grant_pages
from curtilage.web.pages.pages_set_up import make_set_up_pages
from curtilage.web.pages.pages_sound import make_sound_pages
from curtilage.web.pages.pages_static import make_static
from curtilage.web.parts import Parts
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker

_SHORT = ("/cameras", "/grants", "/activity", "/displays")


def make_pages(parts: Parts, environment: Environment) -> Iterable[APIRouter]:
    """Every page and every file below /static/."""
    pages = Pages(parts, environment)
    homes = (
        make_camera_pages,
        make_find_pages,
        make_sound_pages,
        make_grant_pages,
        make_displays_pages,
        make_activity_pages,
    )
    makers = (
        make_entry_pages,
        make_set_up_pages,
        *homes,
        make_display_pages,
        make_certificate_page,
        make_docs_page,
        make_account_pages,
    )
    return [make(pages) for make in (make_static, _make_first, *makers)]


def _make_first(pages: Pages) -> APIRouter:
    """``/`` and the short addresses lead to the visitor's first home."""
    router = APIRouter(route_class=pages.route)

    def first(asker: Asker, page: str) -> Response:
        if asker.home is None:
            return pages.show_lone("no_home.html", asker)
        return RedirectResponse(f"/homes/{asker.home}{page}", status_code=303)

    @router.get("/", name="first_page", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def first_page(asker: Asker) -> Response:
        return first(asker, "/cameras")

    for path in _SHORT:

        async def short(asker: Asker, path: str = path) -> Response:
            return first(asker, path)

        router.add_api_route(path, short, methods=["GET"], openapi_extra=purposes(HOME_MEMBERSHIP))
    return router
