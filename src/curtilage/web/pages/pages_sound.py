"""The page on which an owner switches a camera's sound, under the purpose's own words."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from curtilage.consent.purpose import CAMERA_SOUND, purpose
from curtilage.home.actor import Actor
from curtilage.home.permission import Act
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.problem import seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, allowed
from curtilage.wire.identifier import DeviceId

_SOUND = purposes(CAMERA_SOUND)
_Switcher = Annotated[Actor, allowed(Act.SWITCH_SOUND)]


def make_sound_pages(pages: Pages) -> APIRouter:
    """/homes/{home}/cameras/{camera}/sound."""
    router = APIRouter(prefix="/homes/{home}/cameras/{camera}/sound", route_class=pages.route)

    @router.get("", name="camera_sound_page", openapi_extra=_SOUND)
    async def camera_sound_page(asker: Asker, actor: _Switcher, camera: str) -> Response:
        status = seen(pages.parts.cameras.status(actor.home, DeviceId(camera)))
        back = f"/homes/{actor.home}/cameras"
        return pages.show(
            "camera_sound.html",
            asker,
            actor,
            "cameras",
            camera=status.device,
            on=status.sound != "off",
            sound=status.sound,
            purpose=purpose(CAMERA_SOUND),
            action=f"{back}/{status.device.id}/sound",
            back=back,
        )

    @router.post("", name="camera_sound_form", openapi_extra=_SOUND)
    async def camera_sound_form(
        actor: _Switcher, camera: str, on: Annotated[str, Form(max_length=8)] = "no"
    ) -> Response:
        seen(await pages.parts.cameras.switch_sound(actor, DeviceId(camera), on=on == "yes"))
        return RedirectResponse(f"/homes/{actor.home}/cameras/{camera}/sound", status_code=303)

    return router
