"""Adding a camera from a form, on its own page and in the set-up. The address never comes back to the page."""

from dataclasses import dataclass, field

from curtilage.errors import CurtilageError, Refused
from curtilage.home.actor import Actor
from curtilage.home.device import Device
from curtilage.web.parts import Parts
from curtilage.web.problem import Problem, of_error, of_refusal


@dataclass(frozen=True, slots=True)
class CameraForm:
    """What is shown again after a problem."""

    name: str = field(default="", repr=False)


async def add_camera(parts: Parts, actor: Actor, name: str, address: str, sub_address: str = "") -> Device | Problem:
    """Pressing "Give consent and add" is the consent; cameras/cameras.py records it."""
    try:
        added = await parts.cameras.add(actor, name.strip(), address.strip(), sub_address.strip())
    except CurtilageError as error:
        return of_error(error)
    return of_refusal(added) if isinstance(added, Refused) else added
