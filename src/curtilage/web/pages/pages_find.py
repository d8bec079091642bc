""" "Find my cameras": what answered on the server's network, and a form that adds one of them.

The page searches while it is loaded (a few seconds) and works without a script. What a camera calls itself is anybody's
word: it is shown as text, beside the address it answered from. The password goes in and never comes out.
"""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from curtilage.cameras.onvif.onvif_address import SCHEME, TLS_SCHEME
from curtilage.cameras.onvif.onvif_probe import FoundCamera
from curtilage.consent.purpose import CAMERA_INPUT, purpose
from curtilage.errors import CurtilageError
from curtilage.home.actor import Actor
from curtilage.home.permission import Act
from curtilage.web.pages.pages_camera_form import CameraForm, add_camera
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.problem import Problem, of_error
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Visitor, allowed

_INPUT = purposes(CAMERA_INPUT)
_Adder = Annotated[Actor, allowed(Act.ADD_CAMERA)]
_Text = Annotated[str, Form(max_length=1024)]
_SCHEMES = (SCHEME, TLS_SCHEME)


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A camera to choose."""

    address: str = field(repr=False)
    called: str
    added: bool
    """This home has one at the same host."""


def make_find_pages(pages: Pages) -> APIRouter:
    """/homes/{home}/cameras/find and what its form is sent to."""
    router = APIRouter(prefix="/homes/{home}/cameras", route_class=pages.route)

    async def show(asker: Visitor, actor: Actor, form: CameraForm, problem: Problem | None = None) -> Response:
        found: list[FoundCamera] = []
        try:
            found = await pages.parts.search.find()
        except CurtilageError as error:
            problem = problem or of_error(error)
        page = f"/homes/{actor.home}/cameras"
        return pages.show(
            "camera_find.html",
            asker,
            actor,
            "cameras",
            problem,
            form=form,
            found=_rows(pages, actor, found),
            purpose=purpose(CAMERA_INPUT),
            action=f"{page}/found",
            back=f"{page}/add",
        )

    @router.get("/find", name="camera_find_page", openapi_extra=_INPUT)
    async def camera_find_page(asker: Asker, actor: _Adder) -> Response:
        return await show(asker, actor, CameraForm())

    @router.post("/found", name="camera_found_form", openapi_extra=_INPUT)
    async def camera_found_form(
        asker: Asker, actor: _Adder, name: _Text = "", camera: _Text = "", who: _Text = "", password: _Text = ""
    ) -> Response:
        added = await add_camera(pages.parts, actor, name, signed(camera, who, password))
        if isinstance(added, Problem):
            return await show(asker, actor, CameraForm(name), added)
        return RedirectResponse(f"/homes/{actor.home}/cameras", status_code=303)

    return router


def signed(address: str, who: str, password: str) -> str:
    """The address a person chose, with what they typed to sign in with; unchanged when that is nothing."""
    scheme = next((scheme for scheme in _SCHEMES if address.startswith(scheme)), None)
    if not who or scheme is None:
        return address
    return f"{scheme}{quote(who, safe='')}:{quote(password, safe='')}@{address.removeprefix(scheme)}"


def _rows(pages: Pages, actor: Actor, found: list[FoundCamera]) -> list[FoundRow]:
    known = {status.host for status in pages.parts.cameras.of_home(actor.home)}
    return [
        FoundRow(
            camera.address, " ".join(dict.fromkeys((camera.called, camera.hardware))).strip(), camera.host in known
        )
        for camera in found
    ]
