"""Which cameras' sound is switched on. A microphone is more than a picture: off until an owner says otherwise.

It guards promise P2 for sound. A switch rests on the home's consent for the purpose ``camera_sound``, by that consent's
own id: when it is withdrawn every sound of the home is off, and stays off when somebody consents anew, until each
camera is switched on again. Every switching is an entry in the home's ledger, and a stored one that does not stand by
the ledger (a row that was edited in or brought back) does not count.

It decides nothing about who may listen (a grant does) and receives no sound (cameras/views/sound_track.py).
"""

from collections.abc import Iterable

from curtilage.consent.consent import Consents
from curtilage.consent.event import Event, EventKind
from curtilage.consent.ledger import Ledger
from curtilage.consent.purpose import CAMERA_SOUND
from curtilage.consent.undisturbed import Undisturbed
from curtilage.home.actor import Actor
from curtilage.home.device import Devices
from curtilage.store.store import Statement, Store
from curtilage.wire.identifier import ConsentId, DeviceId, HomeId

_SELECT = "SELECT device, consent FROM camera_sounds"
_DELETE = "DELETE FROM camera_sounds WHERE device = $1"
_INSERT = "INSERT INTO camera_sounds (device, consent) VALUES ($1, $2)"
_CONSENT_STANDS = (
    "UPDATE consents SET withdrawn_ms = NULL WHERE id = $1 AND purpose = 'camera_sound' AND withdrawn_ms IS NULL"
)


class CameraSounds:
    """See the module's text."""

    def __init__(self, store: Store, ledger: Ledger, consents: Consents, devices: Devices) -> None:
        self._store = store
        self._ledger = ledger
        self._consents = consents
        self._devices = devices
        self._switched: dict[DeviceId, ConsentId] = {}
        self._undisturbed = Undisturbed()

    async def load(self, homes: Iterable[HomeId]) -> None:
        """Of these homes, whose consents and devices are loaded. Raises what the store raises on reading."""
        for home in homes:
            for row in await self._store.read(home, _SELECT):
                match row:
                    case (str(device), str(consent)) if self._ledger.standing(home).sound(device, consent):
                        self._switched[DeviceId(device)] = ConsentId(consent)

    def is_on(self, home: HomeId, camera: DeviceId) -> bool:
        """The camera's sound may be received."""
        switched = self._switched.get(camera)
        return (
            switched is not None
            and self._devices.get(home, camera) is not None
            and switched == self._consents.stands(home, CAMERA_SOUND)
        )

    async def switch(self, actor: Actor, camera: DeviceId, *, on: bool) -> bool:
        """Switch a camera's sound; on gives the actor's consent for the home unless one stands.

        False: no such camera in the actor's home. Nothing is recorded when it is so already. Raises what the store
        raises: a sound that was to be off is off then all the same, until a restart.
        """
        if self._devices.get(actor.home, camera) is None:
            return False
        if self.is_on(actor.home, camera) is not on:
            await self._undisturbed.run(self._on(actor, camera) if on else self._off(actor, camera))
        return True

    async def close(self) -> None:
        """Finish what was begun."""
        await self._undisturbed.close()

    async def _on(self, actor: Actor, camera: DeviceId) -> None:
        consent = await self._consents.give(actor.home, actor.person, CAMERA_SOUND)
        await self._ledger.record(
            actor.home,
            Event(EventKind.CAMERA_SOUND_ON, actor.person, (("camera", camera), ("consent", consent))),
            Statement(_CONSENT_STANDS, (consent,), rows_expected=1),
            Statement(_DELETE, (camera,)),
            Statement(_INSERT, (camera, consent)),
        )
        self._switched[camera] = consent

    async def _off(self, actor: Actor, camera: DeviceId) -> None:
        self._switched.pop(camera, None)
        await self._ledger.record(
            actor.home,
            Event(EventKind.CAMERA_SOUND_OFF, actor.person, (("camera", camera),)),
            Statement(_DELETE, (camera,)),
        )
