"""Cameras of a home. Owners see all; a member sees those she has a live grant for."""

from typing import Annotated

from fastapi import APIRouter

from curtilage.cameras.cameras import CameraStatus
from curtilage.cameras.input.trust import Trust
from curtilage.consent.purpose import CAMERA_INPUT, CAMERA_SOUND, CAMERA_VIEW
from curtilage.home.actor import Actor
from curtilage.home.permission import Act, may
from curtilage.web.api.api_models import CameraOutput, FoundCameraOutput, NewCameraInput, SoundInput, TrustInput
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, agreed, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Someone, allowed
from curtilage.wire.identifier import DeviceId


def make_cameras(parts: Parts) -> APIRouter:
    """Routes /homes/{home}/cameras."""
    router = APIRouter(prefix=f"{API_PREFIX}homes/{{home}}/cameras", tags=["cameras"])

    @router.get("", operation_id="list_cameras", openapi_extra=purposes(CAMERA_INPUT, CAMERA_VIEW))
    async def list_cameras(actor: Someone) -> list[CameraOutput]:
        """The cameras the visitor may know of, and how they are."""
        return [_output(status) for status in cameras_seen(parts, actor)]

    @router.post("", status_code=201, operation_id="add_camera", openapi_extra=purposes(CAMERA_INPUT))
    async def add_camera(actor: Annotated[Actor, allowed(Act.ADD_CAMERA)], given: NewCameraInput) -> CameraOutput:
        """Add a camera by its address and begin to receive it."""
        device = agreed(await parts.cameras.add(actor, given.name, given.address, given.sub_address))
        return _output(seen(parts.cameras.status(actor.home, device.id)))

    @router.post("/find", operation_id="find_cameras", openapi_extra=purposes(CAMERA_INPUT))
    async def find_cameras(actor: Annotated[Actor, allowed(Act.ADD_CAMERA)]) -> list[FoundCameraOutput]:
        """Search the server's own network for cameras (ONVIF). Takes some seconds; adds nothing."""
        found = await parts.search.find()
        known = {status.host for status in parts.cameras.of_home(actor.home)}
        return [
            FoundCameraOutput(
                address=camera.address, called=camera.called, hardware=camera.hardware, added=camera.host in known
            )
            for camera in found
        ]

    @router.get("/{camera}", operation_id="show_camera", openapi_extra=purposes(CAMERA_INPUT, CAMERA_VIEW))
    async def show_camera(actor: Someone, camera: str) -> CameraOutput:
        """One camera and how it is."""
        mine = {status.device.id: status for status in cameras_seen(parts, actor)}
        return _output(seen(mine.get(DeviceId(camera))))

    @router.delete("/{camera}", status_code=204, operation_id="remove_camera", openapi_extra=purposes(CAMERA_INPUT))
    async def remove_camera(actor: Annotated[Actor, allowed(Act.REMOVE_CAMERA)], camera: str) -> None:
        """End its grants, cut its views, forget its address."""
        seen(await parts.cameras.remove(actor, DeviceId(camera)))

    @router.post(
        "/{camera}/unlock", status_code=204, operation_id="unlock_camera", openapi_extra=purposes(CAMERA_INPUT)
    )
    async def unlock_camera(actor: Annotated[Actor, allowed(Act.UNLOCK_CAMERA)], camera: str) -> None:
        """Record the revocation that could not be recorded, then show the camera again."""
        device = seen(parts.devices.get(actor.home, DeviceId(camera)))
        if not await parts.grants.unlock(actor.home, device.id, actor.person):
            raise Stopped(Problem(Kind.LOCKED))
        parts.cameras.locked(device.id)

    @router.post("/{camera}/trust", status_code=204, operation_id="trust_camera", openapi_extra=purposes(CAMERA_INPUT))
    async def trust_camera(actor: Annotated[Actor, allowed(Act.TRUST_CAMERA)], camera: str, given: TrustInput) -> None:
        """Take this key, and no other, for the camera's from now on."""
        seen(await parts.cameras.trust(actor, DeviceId(camera), Trust.in_key(given.fingerprint)))

    @router.put("/{camera}/sound", status_code=204, operation_id="switch_sound", openapi_extra=purposes(CAMERA_SOUND))
    async def switch_sound(actor: Annotated[Actor, allowed(Act.SWITCH_SOUND)], camera: str, given: SoundInput) -> None:
        """Receive the camera's sound, or no longer. On gives the home's consent to it."""
        seen(await parts.cameras.switch_sound(actor, DeviceId(camera), on=given.on))

    return router


def cameras_seen(parts: Parts, actor: Actor) -> list[CameraStatus]:
    """By name. A member's are those of her own live grants."""
    cameras = parts.cameras.of_home(actor.home)
    if actor.person is None or may(actor, Act.SEE_ALL_CAMERAS):
        return cameras
    granted = {grant.camera for grant in parts.grants.of_grantee(actor.home, actor.person)}
    return [status for status in cameras if status.device.id in granted]


def _output(status: CameraStatus) -> CameraOutput:
    device, state = status.device, status.state
    return CameraOutput(
        id=device.id,
        name=device.name,
        model=device.model,
        firmware=device.firmware,
        added_ms=device.added_ms,
        state=state.condition.value,
        since_ms=state.since_ms,
        words=status.words,
        do=state.do(),
        newest_picture_ms=status.newest_picture_ms,
        cached_bytes=status.cached_bytes,
        views_count=status.views_count,
        trust=status.trust,
        sound=status.sound,
    )
