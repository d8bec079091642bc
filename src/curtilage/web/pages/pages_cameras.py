"""The first page: one sentence, at most one banner, the tiles. Adding and removing cameras."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from curtilage.cameras.input.camera_state import Condition
from curtilage.consent.grant import GranteeKind
from curtilage.consent.purpose import CAMERA_INPUT, CAMERA_VIEW, purpose
from curtilage.home.actor import Actor
from curtilage.home.permission import Act, may
from curtilage.web.api.api_cameras import cameras_seen
from curtilage.web.pages.pages_camera_form import CameraForm, add_camera
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.pages.pages_tile import tiles
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Someone, Visitor, allowed
from curtilage.wire.identifier import DeviceId

_INPUT = purposes(CAMERA_INPUT)
_SEEING = purposes(CAMERA_INPUT, CAMERA_VIEW)
_Adder = Annotated[Actor, allowed(Act.ADD_CAMERA)]
_Remover = Annotated[Actor, allowed(Act.REMOVE_CAMERA)]
_Unlocker = Annotated[Actor, allowed(Act.UNLOCK_CAMERA)]
_Text = Annotated[str, Form(max_length=4096)]


@dataclass(frozen=True, slots=True)
class Seers:
    """How many may see this home's cameras."""

    persons: int
    displays: int


def make_camera_pages(pages: Pages) -> APIRouter:
    """/homes/{home}/cameras."""
    router = APIRouter(prefix="/homes/{home}/cameras", route_class=pages.route)

    @router.get("", name="cameras_page", openapi_extra=_SEEING)
    async def cameras_page(asker: Asker, actor: Someone) -> Response:
        return _show_cameras(pages, asker, actor)

    def show_form(asker: Visitor, actor: Actor, form: CameraForm, problem: Problem | None = None) -> HTMLResponse:
        page = f"/homes/{actor.home}/cameras"
        return pages.show(
            "camera_add.html",
            asker,
            actor,
            "cameras",
            problem,
            form=form,
            purpose=purpose(CAMERA_INPUT),
            action=f"{page}/add",
            back=page,
        )

    @router.get("/add", name="camera_add_page", openapi_extra=_INPUT)
    async def camera_add_page(asker: Asker, actor: _Adder) -> Response:
        return show_form(asker, actor, CameraForm())

    @router.post("/add", name="camera_add_form", openapi_extra=_INPUT)
    async def camera_add_form(
        asker: Asker, actor: _Adder, name: _Text = "", address: _Text = "", sub_address: _Text = ""
    ) -> Response:
        added = await add_camera(pages.parts, actor, name, address, sub_address)
        if isinstance(added, Problem):
            return show_form(asker, actor, CameraForm(name), added)
        return RedirectResponse(f"/homes/{actor.home}/cameras", status_code=303)

    @router.post("/{camera}/remove", name="camera_remove_form", openapi_extra=_INPUT)
    async def camera_remove_form(actor: _Remover, camera: str) -> Response:
        seen(await pages.parts.cameras.remove(actor, DeviceId(camera)))
        return RedirectResponse(f"/homes/{actor.home}/cameras", status_code=303)

    @router.post("/{camera}/unlock", name="camera_unlock_form", openapi_extra=_INPUT)
    async def camera_unlock_form(actor: _Unlocker, camera: str) -> Response:
        await _unlock(pages.parts, actor, DeviceId(camera))
        return RedirectResponse(f"/homes/{actor.home}/cameras", status_code=303)

    return router


def _show_cameras(pages: Pages, asker: Visitor, actor: Actor) -> HTMLResponse:
    parts = pages.parts
    known = cameras_seen(parts, actor)
    live = [status for status in known if status.state.condition is Condition.LIVE]
    locked = next((status.device for status in known if parts.grants.locked(status.device.id)), None)
    seers = _seers(parts, actor)
    return pages.show(
        "cameras.html",
        asker,
        actor,
        "cameras",
        cameras=tiles(parts, actor),
        live_count=len(live),
        locked=locked,
        seers=seers,
        people_words=f"{seers.persons} {'person' if seers.persons == 1 else 'people'}",
        displays_words=f"{seers.displays} display{'' if seers.displays == 1 else 's'}",
    )


def _seers(parts: Parts, actor: Actor) -> Seers:
    grants = parts.grants.of_home(actor.home) if may(actor, Act.SEE_ALL_GRANTS) else []
    persons = {grant.grantee for grant in grants if grant.grantee_kind is GranteeKind.PERSON}
    displays = {grant.grantee for grant in grants if grant.grantee_kind is GranteeKind.DISPLAY}
    return Seers(len(persons), len(displays))


async def _unlock(parts: Parts, actor: Actor, camera: DeviceId) -> None:
    seen(parts.devices.get(actor.home, camera))
    if not await parts.grants.unlock(actor.home, camera, actor.person):
        raise Stopped(Problem(Kind.LOCKED))
    parts.cameras.locked(camera)
