"""Which cameras' sound is received now: a track for each whose sound is switched on, made and ended here.

Where the switch is kept, and that it rests on a consent: home/camera_sound.py. Ending a track is one call: nothing more
is sealed, what stands on its shelf is forgotten, and whoever listens is cut.
"""

from collections.abc import Callable

from curtilage.cameras.hls.hls import Hls
from curtilage.cameras.input.source import Source
from curtilage.cameras.media.audio_codec import GivesSound
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.sound_track import SoundTrack
from curtilage.cameras.views.views import Views
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.home.actor import Actor
from curtilage.home.camera_sound import CameraSounds
from curtilage.home.device import Device
from curtilage.wire.identifier import DeviceId, Entropy
from curtilage.wire.sealed_part import Track


class Sounds:
    """See the module's text."""

    def __init__(
        self,
        switched: CameraSounds,
        views: Views,
        cache: Cache,
        clock: Clock,
        config: Config,
        entropy: Entropy,
        hls: Hls,
    ) -> None:
        self._switched = switched
        self._views = views
        self._cache = cache
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._hls = hls
        self._tracks: dict[DeviceId, SoundTrack] = {}

    async def switch(self, actor: Actor, camera: DeviceId, *, on: bool) -> bool:
        """See CameraSounds; ``begin`` or ``end`` follows."""
        return await self._switched.switch(actor, camera, on=on)

    def said(self, camera: DeviceId) -> str:
        """``off``, ``none`` (switched on, but none comes that we know) or ``on``."""
        track = self._tracks.get(camera)
        return track.said if track is not None else "off"

    def begin(self, device: Device, changed: Callable[[], None]) -> bool:
        """Receive a running camera's sound, if it is switched on. True: from the next connection on."""
        if device.id in self._tracks or not self._switched.is_on(device.home, device.id):
            return False
        shelf = self._cache.shelf(device.id, Track.AUDIO)
        sealer = Sealer(Track.AUDIO, shelf, self._clock, self._config, self._entropy)
        tap = self._hls.tap(device.id, sealer, sealer, shelf, Track.AUDIO)

        def told() -> None:
            if track.parameters is None or tap.packager is None:  # what was known of it is not so any more
                tap.forget()
            changed()

        track = SoundTrack(sealer, shelf, self._clock, self._config.sound_part_ms, told, beside=tap)
        self._tracks[device.id] = track
        self._views.sound(device.id, track)
        return True

    def end(self, camera: DeviceId) -> bool:
        """At once. True: it was received; the camera still sends it, until the next connection."""
        track = self._tracks.pop(camera, None)
        if track is None:
            return False
        track.stop()
        self._hls.forget_sound(camera)
        self._views.sound(camera, None)
        return True

    def give(self, source: Source, camera: DeviceId) -> None:
        """A connection is about to begin: say where its sound is to go, if it is to come at all."""
        track = self._tracks.get(camera)
        if track is not None and isinstance(source, GivesSound):
            source.sound_to(track)

    async def close(self) -> None:
        """Finish what was begun."""
        await self._switched.close()
