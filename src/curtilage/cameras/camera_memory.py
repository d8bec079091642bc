"""Where what was learned of one camera is kept: what it is trusted by, its model and firmware. Implements CameraMemory.

Only the camera that the source was made for can be written to, and only while it is there.
"""

from curtilage.cameras.input.trust import Trust, with_trust
from curtilage.consent.event import EventKind
from curtilage.home.device import Device, Devices
from curtilage.wire.identifier import PersonId


class DeviceMemory:
    """See the module's text."""

    __slots__ = ("_device", "_devices", "_sub")

    def __init__(self, devices: Devices, device: Device, *, sub: bool = False) -> None:
        self._devices = devices
        self._device = device
        self._sub = sub
        """What it is trusted by is kept with the address of its sub stream."""

    async def trust(self, trust: Trust) -> None:
        """See CameraMemory. Entered in the home's ledger as Curtilage's own doing."""
        await self._change(trust, None, EventKind.CAMERA_KEY_KEPT)

    async def trust_anew(self, trust: Trust, person: PersonId | None) -> None:
        """A person (None: the operator) trusts the camera by this from now on."""
        await self._change(trust, person, EventKind.CAMERA_KEY_TRUSTED)

    async def describe(self, model: str, firmware: str) -> None:
        """See CameraMemory."""
        await self._devices.describe(self._device.home, self._device.id, model, firmware)

    async def _change(self, trust: Trust, person: PersonId | None, kind: EventKind) -> None:
        home, camera = self._device.home, self._device.id
        address_of = self._devices.sub_address_of if self._sub else self._devices.address_of
        address = with_trust(address_of(home, camera), trust)
        await self._devices.change_address(home, camera, address, person, kind, sub=self._sub)
