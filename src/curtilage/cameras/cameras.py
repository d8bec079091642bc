"""The cameras of this server: which run, how they are, adding one and taking one away.

Each running camera is one task: source, muxer, sealer, shelf. A camera that fails disturbs no other: its task ends in a
state that says why, never in an exception that nobody reads. A camera runs while its home's consent to receive pictures
stands: when it is withdrawn every camera of the home is switched off in the same call, and its pictures are forgotten.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from curtilage.cameras.camera_memory import DeviceMemory
from curtilage.cameras.hls.hls import Hls
from curtilage.cameras.input.camera_state import CameraState, Condition
from curtilage.cameras.input.input import CameraInput
from curtilage.cameras.input.source import KeyframeOnDemand, Source, SourceError, SourceProblem
from curtilage.cameras.input.trust import Remembers, Trust, split_trust
from curtilage.cameras.sealed.cache import Cache, Shelf
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.sounds import Sounds
from curtilage.cameras.source_kind import host_of, may_have_key, sub_address_of
from curtilage.cameras.sub_stream import SubStream
from curtilage.cameras.views.views import Views
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.consent.consent import Consent, Consents
from curtilage.consent.grant import GranteeKind
from curtilage.consent.grants import Grants
from curtilage.consent.purpose import CAMERA_INPUT, CAMERA_SOUND, CAMERA_VIEW
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import PersonError, Refused
from curtilage.home.actor import Actor
from curtilage.home.device import Device, Devices
from curtilage.vault.sealing import SealBroken
from curtilage.wire.identifier import DeviceId, Entropy, HomeId
from curtilage.wire.sealed_part import Track

_JITTER_SEED_BYTES = 16
_STOP_S = 5.0
SourceOf = Callable[[str, HomeId], Source]
"""Makes the source of an address, for a camera of that home; raises PersonError for an address of no known kind."""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """A camera as its tile and ``camera status`` show it."""

    device: Device
    state: CameraState
    words: str
    """How it is, for a person."""
    newest_picture_ms: int | None
    """Time of the newest part in the cache."""
    cached_bytes: int
    views_count: int
    trust: str = ""
    """Under TLS: what the camera is known by; empty: nothing, or not met yet."""
    host: str = ""
    """That its address names; empty: none."""
    sound: str = "off"
    """``off``: switched off; ``none``: on, but the camera sends none that we know; ``on``."""


@dataclass(slots=True)
class _Running:
    device: Device
    host: str
    input: CameraInput
    shelf: Shelf
    sealer: Sealer
    task: asyncio.Task[None] | None
    """None: switched off, because the home's consent does not stand."""
    sub: SubStream | None
    """None: the camera has no second stream."""
    source: Source | None = None
    """Of the newest connection."""
    keyframe_asked_ms: int | None = None
    """When its camera was asked for a keyframe last."""


class Cameras:
    """See the module's text."""

    def __init__(
        self,
        devices: Devices,
        consents: Consents,
        grants: Grants,
        views: Views,
        cache: Cache,
        clock: Clock,
        config: Config,
        entropy: Entropy,
        source_of: SourceOf,
        hls: Hls,
        sounds: Sounds,
    ) -> None:
        self._devices = devices
        self._sounds = sounds
        self._consents = consents
        self._grants = grants
        self._views = views
        self._cache = cache
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._source_of = source_of
        self._hls = hls
        self._undisturbed = Undisturbed()
        self._running: dict[DeviceId, _Running] = {}
        self._asking: set[asyncio.Task[None]] = set()
        views.opened = self._view_opened

    def start(self, homes: Iterable[HomeId]) -> None:
        """Run every camera of these homes whose consent stands; list the others as switched off."""
        for home in homes:
            for device in self._devices.of_home(home):
                self._start(device)

    async def add(self, actor: Actor, name: str, address: str, sub_address: str = "") -> Device | Refused:
        """Add a camera to the actor's home and run it. Who adds it may see it until revoked, by a grant like any other.

        Raises PersonError (name taken, address of no known kind) and what the store raises.
        """
        self._source_of(address, actor.home)  # raises before anything is stored
        if sub_address:
            self._source_of(sub_address, actor.home)
        return await self._undisturbed.run(self._add(actor, name, address, sub_address))

    async def remove(self, actor: Actor, camera: DeviceId) -> bool:
        """End its grants (which cuts its views), stop it, forget its pictures and address. False: no such camera.

        Raises what the store raises (the grants are over then, the camera is still there).
        """
        return await self._undisturbed.run(self._remove(actor, camera))

    async def _add(self, actor: Actor, name: str, address: str, sub_address: str) -> Device | Refused:
        device = await self._devices.add_camera(actor.home, name, address, actor, sub_address=sub_address)
        if isinstance(device, Refused):
            return device
        # The consent just given stands for the home: cameras that were switched off go on as well.
        self.start([actor.home])
        if actor.person is not None:
            consent = await self._consents.give(actor.home, actor.person, CAMERA_VIEW)
            await self._grants.make(
                actor.person, actor.home, device.id, GranteeKind.PERSON, actor.person, None, consent
            )
        return device

    async def _remove(self, actor: Actor, camera: DeviceId) -> bool:
        removed = await self._devices.remove(actor.home, camera, actor)
        if removed:
            await self._stop(camera)
        return removed

    async def switch_sound(self, actor: Actor, camera: DeviceId, *, on: bool) -> bool:
        """False: no such camera in the actor's home. Off is off before it is recorded. Raises what the store raises."""
        running = self._running.get(camera)
        if running is None or running.device.home != actor.home:
            return False
        if not on:
            self._end_sound(running)
        switched = await self._sounds.switch(actor, camera, on=on)
        self._begin_sound(running)
        return switched

    def consent_withdrawn(self, consent: Consent) -> None:
        """See ConsentEndListener."""
        for running in [running for running in self._running.values() if running.device.home == consent.home]:
            if consent.purpose == CAMERA_SOUND:
                self._end_sound(running)
            if consent.purpose != CAMERA_INPUT:
                continue
            if running.task is not None:
                running.task.cancel()
                running.task = None
            running.sealer.stop()
            if running.sub is not None:
                running.sub.stop()
            self._sounds.end(running.device.id)
            self._hls.forget_camera(running.device.id)
            running.shelf.clear()
            self._views.cut(running.device.id)
            self._views.state_changed(running.device.id, self._state(running))

    def status(self, home: HomeId, camera: DeviceId) -> CameraStatus | None:
        """How a camera of this home is."""
        running = self._running.get(camera)
        return self._status(running) if running is not None and running.device.home == home else None

    def of_home(self, home: HomeId) -> list[CameraStatus]:
        """All cameras of a home, by name."""
        mine = [running for running in self._running.values() if running.device.home == home]
        return [self._status(running) for running in sorted(mine, key=lambda running: running.device.name)]

    async def trust(self, actor: Actor, camera: DeviceId, trust: Trust) -> bool:
        """Know the camera by this from now on, and try it at once. False: no such camera in the actor's home.

        Raises PersonError: its address is not under TLS; and what the store raises.
        """
        running = self._running.get(camera)
        if running is None or running.device.home != actor.home:
            return False
        if not may_have_key(self._devices.address_of(actor.home, camera)):
            do = "If it speaks TLS, remove it and add it by its rtsps:// address."
            raise PersonError("This camera's address is not under TLS: it shows no key to know it by.", do=do)
        await DeviceMemory(self._devices, running.device).trust_anew(trust, actor.person)
        if may_have_key(self._devices.sub_address_of(actor.home, camera)):
            await DeviceMemory(self._devices, running.device, sub=True).trust_anew(trust, actor.person)
        running.input.hurry()
        return True

    def locked(self, camera: DeviceId) -> None:
        """Tell its pages that it is locked, or no longer."""
        running = self._running.get(camera)
        if running is not None:
            self._views.state_changed(camera, self._state(running))

    async def close(self) -> None:
        """Finish what was begun, then stop every camera."""
        await self._undisturbed.close()
        await self._sounds.close()
        for task in self._asking:
            task.cancel()
        for camera in list(self._running):
            await self._stop(camera)

    def _start(self, device: Device) -> None:
        known = self._running.get(device.id)
        consented = self._consents.stands(device.home, CAMERA_INPUT) is not None
        if known is not None and (known.task is not None or not consented):
            return
        shelf = self._cache.shelf(device.id, Track.MAIN)
        sealer = Sealer(Track.MAIN, shelf, self._clock, self._config, self._entropy)
        address = self._devices.address_of(device.home, device.id)

        def changed(state: CameraState) -> None:
            self._views.state_changed(device.id, self._locked_or(device, state))

        jitter = random.Random(self._entropy(_JITTER_SEED_BYTES))  # noqa: S311 - how long to pause is no secret
        sink = self._hls.tap(device.id, sealer, sealer, shelf)
        camera_input = CameraInput(lambda: self._source(device), sink, self._clock, self._config, changed, jitter)
        running_input = self._run(device, camera_input, shelf) if consented else None
        task = asyncio.create_task(running_input, name=f"camera {device.id}") if running_input is not None else None
        sub = self._sub_stream(device) if consented else None
        running = _Running(device, host_of(address), camera_input, shelf, sealer, task, sub)
        self._running[device.id] = running
        sub_sealer = sub.sealer if sub is not None else None
        self._views.show(device.id, device.name, running.host, sealer, self._state(running), sub_sealer)
        self._begin_sound(running)

    def _begin_sound(self, running: _Running) -> None:
        changed = lambda: self._views.state_changed(running.device.id, self._state(running))  # noqa: E731 - as above
        if running.task is not None and self._sounds.begin(running.device, changed):
            running.input.reconnect()

    def _end_sound(self, running: _Running) -> None:
        if self._sounds.end(running.device.id):
            running.input.reconnect()

    def _sub_stream(self, device: Device) -> SubStream | None:
        """Its second stream, at rest; None: nobody named one, and the camera names none by itself."""
        if not self._sub_address(device)[0]:
            return None
        shelf = self._cache.shelf(device.id, Track.SUB)
        sealer = Sealer(Track.SUB, shelf, self._clock, self._config, self._entropy)

        def want() -> None:
            made.want()

        sink = self._hls.tap(device.id, sealer, sealer, shelf, Track.SUB, want)

        def make_input() -> CameraInput:
            jitter = random.Random(self._entropy(_JITTER_SEED_BYTES))  # noqa: S311 - as above
            make = lambda: self._sub_source(device)  # noqa: E731 - reads better than one more function inside
            return CameraInput(make, sink, self._clock, self._config, lambda _: None, jitter)

        def watched() -> bool:
            return self._views.count_of_camera(device.id) > 0 or self._hls.asks_for(device.id, Track.SUB)

        made = SubStream(sealer, shelf, self._config, make_input, watched)
        return made

    def _sub_address(self, device: Device) -> tuple[str, bool]:
        """The sub stream's address, empty: none; and whether a person named it."""
        named = self._devices.sub_address_of(device.home, device.id)
        return (named, True) if named else (sub_address_of(self._devices.address_of(device.home, device.id)), False)

    def _sub_source(self, device: Device) -> Source:
        """As _source, for its sub stream."""
        try:
            address, named = self._sub_address(device)
        except KeyError:
            raise SourceError(SourceProblem.ENDED, "it was removed") from None
        source = self._source_of(address, device.home)
        if isinstance(source, Remembers):
            source.remember_in(DeviceMemory(self._devices, device, sub=named))
        return source

    def _source(self, device: Device) -> Source:
        """For one connection, by the address as it stands now."""
        try:
            running = self._running[device.id]
            source = self._source_of(self._devices.address_of(device.home, device.id), device.home)
        except KeyError:
            raise SourceError(SourceProblem.ENDED, "it was removed") from None
        if isinstance(source, Remembers):
            source.remember_in(DeviceMemory(self._devices, device))
        self._sounds.give(source, device.id)
        running.source = source
        return source

    def _view_opened(self, camera: DeviceId) -> None:
        """Begin its sub stream; ask its camera for a keyframe when the newest is old, now and then."""
        known = self._running.get(camera)
        if known is not None and known.sub is not None:
            known.sub.want()
        running, now_ms, old_ms = self._running.get(camera), self._clock.now(), self._config.keyframe_wanted_ms
        source: object = running.source if running is not None else None
        if running is None or not isinstance(source, KeyframeOnDemand):
            return
        keyframe_ms, asked_ms = running.shelf.group_time_ms(), running.keyframe_asked_ms
        if any(at_ms is not None and now_ms - at_ms <= old_ms for at_ms in (keyframe_ms, asked_ms)):
            return
        running.keyframe_asked_ms = now_ms
        task = asyncio.create_task(_ask_keyframe(source), name=f"keyframe of {camera}")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _run(self, device: Device, camera_input: CameraInput, shelf: Shelf) -> None:
        """The input, and beside it the watch that forgets pictures too old to be shown."""
        async with asyncio.TaskGroup() as group:
            group.create_task(camera_input.run(), name=f"input {device.id}")
            group.create_task(self._forget_old(device, shelf), name=f"watch {device.id}")

    async def _forget_old(self, device: Device, shelf: Shelf) -> None:
        """A silent camera's last pictures leave the cache when no page would show them any more."""
        while True:
            await asyncio.sleep(self._config.view_neutral_ms / 2000)
            for kept in (shelf, self._cache.shelf(device.id, Track.AUDIO)):
                newest = kept.newest_time_ms()
                if newest is not None and self._clock.now() - newest > self._config.view_neutral_ms:
                    kept.clear()

    async def _stop(self, camera: DeviceId) -> None:
        running = self._running.pop(camera, None)
        if running is None:
            return
        self._views.hide(camera)
        running.sealer.stop()
        self._sounds.end(camera)
        self._hls.forget_camera(camera)
        ending = {task for task in (running.task, running.sub.stop() if running.sub is not None else None) if task}
        for task in ending:
            task.cancel()
        if ending:
            # Waited for, not awaited: its errors are its state's, and our own cancellation must stay ours.
            await asyncio.wait(ending, timeout=_STOP_S)
        self._cache.drop(camera)

    def _status(self, running: _Running) -> CameraStatus:
        state = self._state(running)
        device = self._devices.get(running.device.home, running.device.id) or running.device
        return CameraStatus(
            device,
            state,
            state.words(running.device.name, host=running.host),
            running.shelf.newest_time_ms(),
            running.shelf.bytes,
            self._views.count_of_camera(running.device.id),
            self._trust(device),
            running.host,
            self._sounds.said(running.device.id),
        )

    def _trust(self, device: Device) -> str:
        try:
            _, trust = split_trust(self._devices.address_of(device.home, device.id))
        except (KeyError, SealBroken):
            return ""
        return str(trust) if trust is not None else ""

    def _state(self, running: _Running) -> CameraState:
        state = running.input.state
        if running.task is None:
            state = CameraState(Condition.STOPPED, state.since_ms)
        return self._locked_or(running.device, state)

    def _locked_or(self, device: Device, state: CameraState) -> CameraState:
        if self._grants.locked(device.id):
            return CameraState(Condition.LOCKED, state.since_ms)
        return state


async def _ask_keyframe(source: KeyframeOnDemand) -> None:
    """A camera that cannot sends its next keyframe when it does; that is no failure of its stream."""
    with contextlib.suppress(SourceError):
        await source.ask_keyframe()
