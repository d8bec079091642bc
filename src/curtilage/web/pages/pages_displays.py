"""Displays in the console: which there are, waking and unpairing them, and letting one in by the code it shows."""

import re
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from curtilage.consent.purpose import ACCOUNT, CAMERA_VIEW, purpose
from curtilage.errors import CurtilageError
from curtilage.home.actor import Actor
from curtilage.home.pairing import shown_code, typed_pairing_code
from curtilage.home.permission import Act, may
from curtilage.web.api.api_cameras import cameras_seen
from curtilage.web.api.api_displays import display_output, pair, unpair
from curtilage.web.pages.pages_end import chosen_end
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.pages.pages_words import SOON_MS, exact_words, remaining_words, write_local
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Kind, Problem, Stopped, of_error, seen
from curtilage.web.public_place import public_origin
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Visitor, allowed
from curtilage.wire.identifier import DeviceId

_SHOWING = purposes(CAMERA_VIEW)
_Reader = Annotated[Actor, allowed(Act.SEE_DISPLAYS)]
_Waker = Annotated[Actor, allowed(Act.WAKE_DISPLAY)]
_Pairer = Annotated[Actor, allowed(Act.PAIR_DISPLAY)]
_Remover = Annotated[Actor, allowed(Act.REMOVE_DISPLAY)]
_Text = Annotated[str, Form(max_length=4096)]
_Code = Annotated[str, Query(max_length=64)]
_Said = Annotated[str, Query(max_length=16)]
_PAIRING_PAGE = re.compile(r"/[pP](/[A-Za-z]{1,32})?")
_NO_CAMERA = Problem(Kind.NOT_USABLE, "A display needs a camera to show and an end.", "Choose what is missing.")


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A camera that a display shows."""

    name: str = field(repr=False)
    until: str
    soon: bool


@dataclass(frozen=True, slots=True)
class DisplayRow:
    """One display."""

    id: str
    name: str = field(repr=False)
    here: bool
    cameras: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True)
class PairingForm:
    """What was chosen, shown again after a problem. No camera is ticked to begin with."""

    code: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    cameras: tuple[str, ...] = ()
    until: str = ""
    at: str = ""


def is_pairing_page(path: str) -> bool:
    """Where a display's QR leads: the one place besides the first page that signing in may go on to."""
    return _PAIRING_PAGE.fullmatch(path) is not None


def code_of_path(text: str) -> str | None:
    """The letters of a code in an address, which has one spelling but for capitals: what differs is no code."""
    return typed_pairing_code(text) if text.isalpha() else None


def make_displays_pages(pages: Pages) -> APIRouter:
    """/homes/{home}/displays, and /p."""
    router = APIRouter(prefix="/homes/{home}/displays", route_class=pages.route)
    parts = pages.parts

    @router.get("", name="displays_page", openapi_extra=_SHOWING)
    async def displays_page(asker: Asker, actor: _Reader, request: Request, said: _Said = "") -> Response:
        now = parts.clock.now()
        rows = [_row(parts, actor, display.id, now) for display in parts.displays.of_home(actor.home)]
        return pages.show(
            "displays.html", asker, actor, "displays", displays=rows, said=said, address=_address(parts, request)
        )

    @router.post("/{display}/wake", name="display_wake_form", openapi_extra=_SHOWING)
    async def display_wake_form(actor: _Waker, display: str) -> Response:
        found = seen(parts.displays.get(actor.home, DeviceId(display)))
        said = "woken" if parts.display_news.wake(found.digest) else "away"
        return RedirectResponse(f"/homes/{actor.home}/displays?said={said}", status_code=303)

    @router.post("/{display}/remove", name="display_remove_form", openapi_extra=_SHOWING)
    async def display_remove_form(actor: _Remover, display: str) -> Response:
        await unpair(parts, seen(parts.displays.get(actor.home, DeviceId(display))), actor)
        return RedirectResponse(f"/homes/{actor.home}/displays?said=unpaired", status_code=303)

    _add_pairing(router, pages)
    both = APIRouter()
    both.include_router(router)
    both.include_router(_make_way_in(pages))
    return both


def _add_pairing(router: APIRouter, pages: Pages) -> None:
    @router.get("/pair", name="display_pair_page", openapi_extra=_SHOWING)
    async def display_pair_page(asker: Asker, actor: _Pairer, request: Request, code: _Code = "") -> Response:
        letters = typed_pairing_code(code)
        form = PairingForm(code=shown_code(letters) if letters is not None else "")
        return _show_form(pages, asker, actor, request, form)

    @router.post("/pair", name="display_pair_form", openapi_extra=_SHOWING)
    async def display_pair_form(
        asker: Asker,
        actor: _Pairer,
        request: Request,
        code: _Text = "",
        name: _Text = "",
        camera: Annotated[list[str] | None, Form()] = None,
        until: _Text = "",
        at: _Text = "",
    ) -> Response:
        form = PairingForm(code, name, tuple(dict.fromkeys(camera or ())), until, at)
        problem = await _pair(pages.parts, actor, form)
        if problem is NOT_FOUND:
            raise Stopped(NOT_FOUND)
        if problem is not None:
            return _show_form(pages, asker, actor, request, form, problem)
        return RedirectResponse(f"/homes/{actor.home}/displays?said=paired", status_code=303)


def _make_way_in(pages: Pages) -> APIRouter:
    """Where a display's QR leads, and what its screen tells to type: to the form, or to signing in first."""
    router = APIRouter(route_class=pages.route)

    def lead(asker: Visitor, code: str) -> Response:
        letters = seen(code_of_path(code)) if code else None
        path = f"/p/{letters}" if letters is not None else "/p"
        if asker.session is None:
            return pages.show_lone("sign_in.html", asker, form={"account": "", "by_code": False, "to": path})
        actors = [asker.actor(person.home) for person in asker.persons]
        owned = next((actor for actor in actors if actor is not None and may(actor, Act.PAIR_DISPLAY)), None)
        if owned is None:
            raise Stopped(Problem(Kind.OWNERS_ONLY))
        query = f"?code={letters}" if letters is not None else ""
        return RedirectResponse(f"/homes/{owned.home}/displays/pair{query}", status_code=303)

    for name, path in (("pairing_way_in", "/p"), ("pairing_way_in_capital", "/P")):

        async def way_in(asker: Asker, code: str = "") -> Response:
            return lead(asker, code)

        for suffix in ("", "/{code}"):
            router.add_api_route(
                path + suffix, way_in, methods=["GET"], name=name, openapi_extra=purposes(ACCOUNT, CAMERA_VIEW)
            )
    return router


def _show_form(
    pages: Pages, asker: Visitor, actor: Actor, request: Request, form: PairingForm, problem: Problem | None = None
) -> HTMLResponse:
    others = [
        person.home
        for person in asker.persons
        if person.home != actor.home
        and (other := asker.actor(person.home)) is not None
        and may(other, Act.PAIR_DISPLAY)
    ]
    homes = [home for home in map(pages.parts.homes.get, others) if home is not None]
    return pages.show(
        "display_pair.html",
        asker,
        actor,
        "displays",
        problem,
        form=form,
        letters=typed_pairing_code(form.code) or "",
        others=homes,
        cameras=[status.device for status in cameras_seen(pages.parts, actor)],
        purpose=purpose(CAMERA_VIEW),
        address=_address(pages.parts, request),
        earliest=write_local(pages.parts.clock.now()),
    )


def _address(parts: Parts, request: Request) -> str:
    """What to open on a display: under the public name, else the one by which this visitor came."""
    return f"{public_origin(parts.place, request.url)}/display".removeprefix("http://")


async def _pair(parts: Parts, actor: Actor, form: PairingForm) -> Problem | None:
    """None: it is in, and sees what was ticked."""
    if len(form.cameras) > parts.config.cameras_per_home_count_max:
        return Problem(Kind.NOT_USABLE, "That is more cameras than a home can have.")
    until_ms = chosen_end(form.until, form.at, parts.clock.now())
    if not form.cameras:
        return _NO_CAMERA
    if isinstance(until_ms, Problem):
        return until_ms
    try:
        await pair(parts, actor, form.code, form.name, tuple(DeviceId(camera) for camera in form.cameras), until_ms)
    except Stopped as stopped:
        return stopped.problem
    except CurtilageError as error:
        return of_error(error)
    return None


def _row(parts: Parts, actor: Actor, display: DeviceId, now_ms: int) -> DisplayRow:
    said = display_output(parts, actor, seen(parts.displays.get(actor.home, display)))
    cameras = []
    for grant in said.grants:
        end = grant.until_ms
        until = f"until {exact_words(end, now_ms)} ({remaining_words(end, now_ms)})" if end is not None else ""
        cameras.append(ShownRow(grant.camera_name, until, end is not None and end - now_ms < SOON_MS))
    return DisplayRow(said.id, said.name, said.here, tuple(cameras))
