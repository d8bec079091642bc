"""All running views: made only from a live grant, cut in the same call in which a grant ends.

Implements GrantEndListener. A cut resets the whole connection of the page that carried the view (a reset drops what the
kernel still holds; a polite end would wait behind it), and turns the camera's epoch so that whatever is sealed from now
on cannot be opened with a key that was given out before. The page opens a new connection and asks for its other views.

An alarm (a part that was not the view's own, or did not open) is counted once per view and cause and becomes an
entry in the home's ledger. Alarms wait in a bounded queue for ``next_alarm``; what does not fit is counted.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from curtilage.cameras.input.camera_state import CameraState
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import KeyDelivery, Sealer
from curtilage.cameras.views.carried_sound import CarriedSound
from curtilage.cameras.views.carried_view import CarriedView, TrackSource
from curtilage.cameras.views.quality import Level, Quality, quality_rules
from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.cameras.views.sound_track import SoundTrack
from curtilage.cameras.views.view import AlarmCause, Resume, View
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantCheck, GrantEnd
from curtilage.errors import RefusalReason, Refused
from curtilage.wire.identifier import (
    AccountId,
    DeviceId,
    Entropy,
    HomeId,
    PersonId,
    SessionDigest,
    ViewNumber,
    new_handle,
)
from curtilage.wire.sealed_part import Track
from curtilage.wire.stream_record import RecordType, json_record
from curtilage.wire.view_key import VIEW_ID_BYTES, ViewPublicKey

_ALARMS_WAITING_COUNT_MAX = 1024
_Delivery = TypeVar("_Delivery", bound=SealedStream)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One view's end by something that was not its own."""

    home: HomeId
    camera: DeviceId
    grantee: PersonId | DeviceId
    cause: AlarmCause


@dataclass(slots=True)
class _Shown:
    """A camera that can be seen: the sealers of its tracks and how it is."""

    sealers: tuple[Sealer, ...]
    """The main stream's first."""
    name: str = field(repr=False)
    host: str = field(repr=False)
    state: CameraState
    sound: SoundTrack | None = None
    """None: switched off."""

    def turn(self) -> None:
        """Somebody may see it no longer, nor hear it."""
        for sealer in self.sealers:
            sealer.turn()
        if self.sound is not None:
            self.sound.sealer.turn()


class Views:
    """Every sealed stream and its views, on this server."""

    def __init__(self, cache: Cache, config: Config, entropy: Entropy) -> None:
        self._cache = cache
        self._config = config
        self._entropy = entropy
        self._cameras: dict[DeviceId, _Shown] = {}
        self._streams: dict[str, SealedStream] = {}
        self._alarms: asyncio.Queue[Alarm] = asyncio.Queue(_ALARMS_WAITING_COUNT_MAX)
        self.opened: Callable[[DeviceId], None] = lambda _: None
        """Called after a view of a camera opened. Returns at once."""
        self.alarms_count = 0
        """Alarms since start."""
        self.alarms_unrecorded_count = 0
        """Alarms that found the queue full."""

    # Cameras come and go.

    def show(
        self, camera: DeviceId, name: str, host: str, sealer: Sealer, state: CameraState, sub: Sealer | None = None
    ) -> None:
        """The camera runs: views of it may be opened. ``name`` and ``host`` are for words about it; ``sub`` is its
        sub stream's.
        """
        self._cameras[camera] = _Shown((sealer, sub) if sub is not None else (sealer,), name, host, state)

    def hide(self, camera: DeviceId) -> None:
        """The camera was removed; its grants were ended before, which cut its views."""
        self._cameras.pop(camera, None)
        self._cut_where(lambda view: view.grant.camera == camera)

    def state_changed(self, camera: DeviceId, state: CameraState) -> None:
        """Tell every page that shows it."""
        shown = self._cameras.get(camera)
        if shown is None:
            return
        shown.state = state
        for stream in self._streams.values():
            for view in stream.views():
                if view.grant.camera == camera:
                    stream.tell(view.number, _state_record(view.number, shown))

    def sound(self, camera: DeviceId, sound: SoundTrack | None) -> None:
        """The camera's sound was switched on, or off (None): then whatever carries it is reset, as at a grant's end."""
        shown = self._cameras.get(camera)
        if shown is None:
            return
        shown.sound = sound
        if sound is None:
            self._cut_where(lambda view: view.grant.camera == camera and view.keys.track is Track.AUDIO)
        self.state_changed(camera, shown.state)

    def sound_of(self, camera: DeviceId) -> SoundTrack | None:
        """What deliveries that open sound themselves read; None: switched off, or no such camera."""
        shown = self._cameras.get(camera)
        return shown.sound if shown is not None else None

    # Pages come and go.

    def open_stream(
        self,
        account: AccountId,
        grant_check: GrantCheck,
        wake: Callable[[], None],
        abort: Callable[[], None],
        session: SessionDigest | None = None,
    ) -> SealedStream | Refused:
        """A page's streaming connection, of ``session``. Refused(BUSY) at streams_per_account_count_max."""
        mine = sum(stream.account == account and stream.page for stream in self._streams.values())
        if mine >= self._config.streams_per_account_count_max:
            return Refused(RefusalReason.BUSY, "Too many pages are open. Close one.")
        stream = SealedStream(
            new_handle(self._entropy), account, grant_check, wake, abort, self._alarmed, session=session
        )
        self._streams[stream.handle] = stream
        return stream

    def open_delivery(self, make: Callable[[Callable[[View], None]], _Delivery]) -> _Delivery:
        """A stream for a delivery with limits of its own; cut and counted like a page's. ``make`` gets ``alarmed``."""
        stream = make(self._alarmed)
        self._streams[stream.handle] = stream
        return stream

    def close_stream(self, stream: SealedStream) -> None:
        """The page is gone, or its session ended."""
        self._streams.pop(stream.handle, None)
        stream.cut_now()

    def close_streams_of(self, account: AccountId) -> None:
        """The account signed out everywhere, or left."""
        for stream in [stream for stream in self._streams.values() if stream.account == account]:
            self.close_stream(stream)

    def close_streams_of_session(self, session: SessionDigest) -> None:
        """It signed out; the account's other sessions go on."""
        for stream in [stream for stream in self._streams.values() if stream.session == session]:
            self.close_stream(stream)

    def close_all(self) -> None:
        """The server stops."""
        for stream in list(self._streams.values()):
            self.close_stream(stream)

    def stream(self, handle: str, account: AccountId) -> SealedStream | None:
        """The account's own open stream of that handle."""
        stream = self._streams.get(handle)
        return stream if stream is not None and stream.page and stream.account == account else None

    def open_view(
        self,
        stream: SealedStream,
        grant: Grant,
        public_key: ViewPublicKey,
        resume: Resume | None,
        *,
        sound: bool = False,
    ) -> tuple[View, bool] | Refused:
        """A view on ``stream`` by a grant that was checked in this very turn of the loop, and whether it resumes.

        ``sound``: of the camera's sound, beside a view of its picture. Refused(UNKNOWN) when the camera does not run or
        has no sound that is switched on, Refused(BUSY) at a limit.
        """
        shown = self._cameras.get(grant.camera)
        if shown is None or stream.cut or not stream.grant_check.still(grant):
            return Refused(RefusalReason.UNKNOWN)
        heard = shown.sound if sound else None
        if sound and (heard is None or heard.parameters is None):
            return Refused(RefusalReason.UNKNOWN)
        config = self._config
        if len(stream.views()) >= config.views_per_stream_count_max or self.count() >= config.views_count_max:
            return Refused(RefusalReason.BUSY, "Too many pictures at once.")
        sealer = shown.sealers[0] if heard is None else heard.sealer
        view = View(stream.take_number(), self._entropy(VIEW_ID_BYTES), grant, sealer, public_key)
        resumed = resume is not None and sealer.knows(resume.epoch_id)
        if resume is not None and resumed:
            view.resume(resume)
        carried = self._carried(view, shown, stream) if heard is None else self._carried_sound(view, heard)
        stream.add(carried, _state_record(view.number, shown))
        if heard is None:
            self.opened(grant.camera)
        return view, resumed

    def _carried_sound(self, view: View, sound: SoundTrack) -> CarriedView:
        source = {Track.AUDIO: TrackSource(sound.sealer, sound.shelf)}
        quality = Quality(quality_rules(self._config, Level.LAST))
        return CarriedSound(view, source, quality, self._config.view_stale_ms, sound.shelf)

    def _carried(self, view: View, shown: _Shown, stream: SealedStream) -> CarriedView:
        camera, config = view.grant.camera, self._config
        sources = {
            sealer.track: TrackSource(sealer, self._cache.shelf(camera, sealer.track)) for sealer in shown.sealers
        }
        # WebRTC hears of its viewer's network only while packets arrive there: it never sends nothing at all.
        quality = Quality(quality_rules(config, Level.LAST if stream.page else Level.FEW))
        return CarriedView(view, sources, quality, config.view_stale_ms, sources[view.keys.track].shelf)

    def tracks_of(self, view: View) -> Sequence[KeyDelivery]:
        """What a view may be turned to, the main stream first; its page must know them beforehand."""
        if view.keys.track is Track.AUDIO:
            return (view.keys,)
        shown = self._cameras.get(view.grant.camera)
        return shown.sealers if shown is not None else ()

    def count(self) -> int:
        """Running views."""
        return sum(len(stream.views()) for stream in self._streams.values())

    def count_of(self, grant: Grant) -> int:
        """Running views by one grant: "watching now"."""
        return sum(view.grant.id == grant.id for view in self._seeing())

    def count_of_camera(self, camera: DeviceId) -> int:
        """Running views of a camera."""
        return sum(view.grant.camera == camera for view in self._seeing())

    def _seeing(self) -> Iterator[View]:
        """Views of pictures: who listens too is counted once."""
        for stream in self._streams.values():
            yield from (view for view in stream.views() if view.keys.track is not Track.AUDIO)

    def alarm(self, stream: SealedStream, number: ViewNumber, cause: AlarmCause) -> bool:
        """The page's own report; False when the stream carries no such view (any more)."""
        view = stream.view(number)
        if view is None:
            return False
        view.end(cause)
        stream.remove(number)
        self._alarmed(view)
        return True

    def alarm_by(self, grant: Grant, cause: AlarmCause) -> None:
        """Another delivery met a part that is not the camera's own, on its way to this grant's viewer."""
        self._count_alarm(Alarm(grant.home, grant.camera, grant.grantee, cause))

    async def next_alarm(self) -> Alarm:
        """Wait for an alarm that is to be recorded."""
        return await self._alarms.get()

    # GrantEndListener: called in the turn in which the grant left memory; neither waits nor raises.

    def grant_ended(self, grant: Grant, end: GrantEnd) -> None:  # noqa: ARG002 why it ended makes no difference here
        """Cut its views, then turn the epoch."""
        self._cut_where(lambda view: view.grant.id == grant.id)
        shown = self._cameras.get(grant.camera)
        if shown is not None:
            shown.turn()

    def camera_locked(self, camera: DeviceId) -> None:
        """Nobody sees it until it is unlocked."""
        self.cut(camera)

    def cut(self, camera: DeviceId) -> None:
        """Reset whatever carries a view of it, and turn its epoch."""
        self._cut_where(lambda view: view.grant.camera == camera)
        shown = self._cameras.get(camera)
        if shown is not None:
            shown.turn()

    def _cut_where(self, ended: Callable[[View], bool]) -> None:
        cut = [stream for stream in self._streams.values() if any(ended(view) for view in stream.views())]
        # Pages first: a reset takes microseconds and leaves in the order of asking, while ending a view by WebRTC takes
        # a farewell and a task. With 80 of these before them, pages were reset 0.15 s later.
        for stream in sorted(cut, key=lambda stream: not stream.page):
            self.close_stream(stream)

    def _alarmed(self, view: View) -> None:
        if view.alarm is None:
            return
        self._count_alarm(Alarm(view.grant.home, view.grant.camera, view.grant.grantee, view.alarm))

    def _count_alarm(self, alarm: Alarm) -> None:
        self.alarms_count += 1
        try:
            self._alarms.put_nowait(alarm)
        except asyncio.QueueFull:
            self.alarms_unrecorded_count += 1


def _state_record(number: ViewNumber, shown: _Shown) -> bytes:
    state = shown.state
    return json_record(
        RecordType.STATE,
        number,
        {
            "state": state.condition.value,
            "words": state.words(shown.name, host=shown.host),
            "do": state.do(),
            "since": state.since_ms,
            "sound": shown.sound.said if shown.sound is not None else "off",
        },
    )
