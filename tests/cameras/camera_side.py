"""A running house's cameras, waited for until they are as a test expects."""

import asyncio
from collections.abc import Callable

from curtilage.cameras.cameras import CameraStatus
from curtilage.cameras.input.camera_state import Condition
from curtilage.wire.identifier import DeviceId, HomeId
from tests.web.house import House

_WAIT_S = 10.0


async def until(house: House, home: HomeId, camera: DeviceId, met: Callable[[CameraStatus], bool]) -> CameraStatus:
    """The camera's status once it is as expected; fails when it does not become so."""
    async with asyncio.timeout(_WAIT_S):
        while True:
            status = house.parts.cameras.status(home, camera)
            if status is not None and met(status):
                return status
            await asyncio.sleep(0.02)


def live(status: CameraStatus) -> bool:
    return status.state.condition is Condition.LIVE
