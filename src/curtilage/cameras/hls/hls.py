"""LL-HLS of all cameras: who may have it, under which addresses, and until when.

An *address* is a random 256-bit name below which a viewer's playlists and keys stand. It is made from a live grant and
ends with it, in the same call. Two kinds:

* for a browser that has signed in: a session's pages share one by grant, so that a cache in front asks once for all
  of them; the playlist alone shows only ciphertext, and the key needs the cookie of the grant's own person or display
  too;
* for a player without cookies (VLC, ffmpeg): the name is all it needs, so it lives shortly (``hls_address_s``).

Ciphertext lies under names of its own (hls/hls_pieces.py) that anybody may fetch who knows them. Only keys open it,
and a key is given only through an address whose grant is live at that moment. Implements GrantEndListener.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from curtilage.cameras.hls.hls_packager import Begin, Packager
from curtilage.cameras.hls.hls_pieces import Pieces
from curtilage.cameras.hls.hls_tap import PartOpener, Tap
from curtilage.cameras.hls.hls_tracks import TracksTime
from curtilage.cameras.media.part import PartSink
from curtilage.cameras.sealed.cache import Shelf
from curtilage.cameras.views.address_share import AddressBounds, giving_way
from curtilage.cameras.views.view import AlarmCause
from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantCheck, GrantEnd
from curtilage.errors import RefusalReason, Refused
from curtilage.wire.identifier import AccountId, DeviceId, Entropy, PersonId, SessionDigest, handle_digest, new_handle
from curtilage.wire.sealed_part import Track


@dataclass(frozen=True, slots=True)
class HlsAddress:
    """See the module's text."""

    handle: str = field(repr=False)
    grant: Grant
    grant_check: GrantCheck = field(repr=False)
    account: AccountId
    """Who asked for it: it ends when that account signs out everywhere."""
    by_session: bool
    """The key needs the session of the grant's person or display; otherwise the address alone opens it."""
    until_ms: int | None
    first_epoch: int
    """Nothing encrypted earlier is shown to it (Packager.epoch_for)."""
    first_sub_epoch: int
    """The same for the sub stream, whose keys are its own."""
    session: SessionDigest | None = field(default=None, repr=False)
    """Whose session asked for it: it ends when that does."""

    def first_epoch_of(self, track: Track) -> int:
        """Of a stream of pictures; of sound, which may begin at any time: Hls.first_epoch."""
        return self.first_sub_epoch if track is Track.SUB else self.first_epoch


_FIRST_PARTS = 3
"""Of a first segment beside sound: a player begins PART-HOLD-BACK before the newest part, which is three parts."""
_FIRST_SOUND_PARTS = 4
"""Sound comes when it is over, and must reach back to where a player begins with the pictures."""


def _no_want() -> None:
    """A main stream comes without being asked for."""


class Hls:
    """See the module's text."""

    def __init__(
        self, alarm: Callable[[Grant, AlarmCause], None], clock: Clock, config: Config, entropy: Entropy
    ) -> None:
        self._alarm = alarm
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._taps: dict[tuple[DeviceId, Track], Tap] = {}
        self._times: dict[DeviceId, TracksTime] = {}
        self._begins: dict[tuple[DeviceId, Track], Begin] = {}
        """Of tracks that are gone while their camera is still there: what comes again goes on counting."""
        self._addresses: dict[bytes, HlsAddress] = {}
        self.pieces = Pieces()
        """What is ready to be fetched, of all cameras."""

    # Cameras come and go.

    def tap(
        self,
        camera: DeviceId,
        sink: PartSink,
        opener: PartOpener,
        shelf: Shelf,
        track: Track = Track.MAIN,
        want: Callable[[], None] = _no_want,
    ) -> Tap:
        """What the camera's input pushes into instead of ``sink``; the main stream's first, then the sub stream's.

        ``want`` is called whenever somebody with a live grant asks for this track.
        """
        if track is Track.MAIN:
            self._forget_taps(camera)
        time = self._times.setdefault(camera, TracksTime(self._clock.now()))

        def make(begin: Begin) -> Packager:
            begin = replace(begin, discontinuity_sequence=self._discontinuity_number(camera))
            return Packager(self.pieces, self._config, self._entropy, begin, self._clock.now())

        def alarm(grant: Grant) -> None:
            self._alarm(grant, AlarmCause.DOES_NOT_OPEN)

        def first_parts() -> int:
            if track is Track.AUDIO:
                return _FIRST_SOUND_PARTS
            return _FIRST_PARTS if (camera, Track.AUDIO) in self._taps else 0

        made = Tap(sink, opener, shelf, make, alarm, track, time, lambda: self._level(camera), want, first_parts)
        made.begin = self._begins.pop((camera, track), made.begin)
        self._taps[camera, track] = made
        return made

    def asks_for(self, camera: DeviceId, track: Track) -> bool:
        """Did somebody with a live grant ask for this track lately?"""
        tap = self._taps.get((camera, track))
        return tap is not None and tap.packager is not None

    def forget_sound(self, camera: DeviceId) -> None:
        """It was switched off: its pieces and keys are gone with this call, the pictures stay."""
        tap = self._taps.pop((camera, Track.AUDIO), None)
        if tap is not None:
            tap.stop()
            self._begins[camera, Track.AUDIO] = tap.begin

    def forget_camera(self, camera: DeviceId) -> None:
        """It was removed or switched off."""
        self._forget_taps(camera)
        self._forget_where(lambda address: address.grant.camera == camera)

    # Viewers come and go.

    def open(
        self,
        grant: Grant,
        grant_check: GrantCheck,
        account: AccountId,
        *,
        by_session: bool,
        session: SessionDigest | None = None,
    ) -> HlsAddress | Refused:
        """An address by a grant that was checked in this very turn. Begins to package if nobody watched before.

        Of too many one ends (views/address_share.py). Refused(UNKNOWN) when the camera does not run.
        """
        packager = self._run(grant, Track.MAIN)
        if packager is None:
            return Refused(RefusalReason.UNKNOWN)
        self._run(grant, Track.AUDIO)  # in the same turn, so that both reach back as far as the cache does now
        first_epoch = packager.epoch_for(grant.made_ms)
        sub = self._taps.get((grant.camera, Track.SUB))
        first_sub_epoch = sub.first_epoch(grant.made_ms) if sub is not None else 0
        asking = (grant.id, account, session)
        for known in self._addresses.values() if by_session else ():
            the_same = known.by_session and (known.grant.id, known.account, known.session) == asking
            if the_same and known.first_epoch <= first_epoch:
                return known
        config = self._config
        bounds = AddressBounds(
            config.hls_addresses_per_grant_count_max,
            config.hls_addresses_per_account_count_max,
            config.hls_addresses_per_home_count_max,
            config.hls_addresses_count_max,
        )
        for over in giving_way(self._addresses, grant, account, bounds):
            del self._addresses[over]
        until_ms = grant.until_ms
        if not by_session:
            shortly_ms = self._clock.now() + config.hls_address_s * MS_PER_SECOND
            until_ms = shortly_ms if until_ms is None else min(until_ms, shortly_ms)
        handle = new_handle(self._entropy)
        made = HlsAddress(
            handle, grant, grant_check, account, by_session, until_ms, first_epoch, first_sub_epoch, session
        )
        self._addresses[handle_digest(made.handle)] = made
        return made

    def address(self, handle: str) -> HlsAddress | None:
        """The address, while it and its grant are live."""
        found = self._addresses.get(handle_digest(handle))
        if found is None or not found.grant_check.still(found.grant):
            return None
        if found.until_ms is not None and self._clock.now() >= found.until_ms:
            del self._addresses[handle_digest(handle)]
            return None
        return found

    def packager(self, handle: str, track: Track = Track.MAIN) -> tuple[HlsAddress, Packager] | None:
        """For a playlist: the live address and its camera's packager, begun again if it was at rest.

        None too when the camera has no such track.
        """
        found = self.address(handle)
        packager = self._run(found.grant, track) if found is not None else None
        return (found, packager) if found is not None and packager is not None else None

    def tap_of(self, handle: str, track: Track) -> Tap | None:
        """The track behind a live address, as it is: asking wakes nothing."""
        found = self.address(handle)
        return self._taps.get((found.grant.camera, track)) if found is not None else None

    def report(self, handle: str, track: Track) -> tuple[int, int | None] | None:
        """How far this track's playlist is for the address; None: it is at rest, or empty."""
        found, tap = self.address(handle), self.tap_of(handle, track)
        if found is None or tap is None or tap.packager is None:
            return None
        return tap.packager.newest(self.first_epoch(found, track))

    def first_epoch(self, address: HlsAddress, track: Track) -> int:
        """Nothing of the track that was encrypted earlier is shown to the address, nor opened for it.

        Sound may be switched on while somebody watches, so no number can be kept for it beforehand.
        """
        if track is not Track.AUDIO:
            return address.first_epoch_of(track)
        tap = self._taps.get((address.grant.camera, track))
        return tap.first_epoch(address.grant.made_ms) if tap is not None else 0

    def patience_s(self, tap: Tap) -> float:
        """How long the first multivariant playlist may still wait to learn what a sub stream is."""
        return max(0.0, tap.begun_s + self._config.hls_sub_wait_s - self._clock.monotonic())

    def key(self, handle: str, label: str, grantees: frozenset[PersonId | DeviceId]) -> bytes | None:
        """The key of that name for who has the address, and, where it needs one, its grantee's session."""
        address = self.address(handle)
        if address is None or (address.by_session and address.grant.grantee not in grantees):
            return None
        for track in Track:
            tap = self._taps.get((address.grant.camera, track))
            epoch = tap.packager.key(label) if tap is not None and tap.packager is not None else None
            if epoch is not None and epoch.number >= self.first_epoch(address, track):
                self._run(address.grant, track)
                return epoch.secret
        return None

    def close_addresses_of(self, account: AccountId) -> None:
        """The account signed out everywhere, or left."""
        self._forget_where(lambda address: address.account == account)

    def close_addresses_of_session(self, session: SessionDigest) -> None:
        """It signed out; the account's other sessions go on."""
        self._forget_where(lambda address: address.session == session)

    def rest(self) -> None:
        """Packagers that nobody asks any more, and addresses that are over. Called a few times a second."""
        before_s = self._clock.monotonic() - self._config.hls_idle_s
        for tap in self._taps.values():
            if tap.packager is not None and tap.asked_s < before_s:
                tap.rest()
        now_ms = self._clock.now()
        over = [
            key for key, known in self._addresses.items() if known.until_ms is not None and known.until_ms <= now_ms
        ]
        for key in over:
            del self._addresses[key]

    def count(self) -> int:
        """Addresses that are not over."""
        return len(self._addresses)

    # GrantEndListener: called in the turn in which the grant left memory; neither waits nor raises.

    def grant_ended(self, grant: Grant, end: GrantEnd) -> None:  # noqa: ARG002 why it ended makes no difference here
        """End its addresses, wake who waits by them, turn the key."""
        self._forget_where(lambda address: address.grant.id == grant.id)
        self._turn(grant.camera)

    def camera_locked(self, camera: DeviceId) -> None:
        """Nobody sees it until it is unlocked."""
        self._forget_where(lambda address: address.grant.camera == camera)
        for tap in self._taps_of(camera):
            tap.rest()

    def _turn(self, camera: DeviceId) -> None:
        for packager in self._packagers_of(camera):
            packager.turn()
            for wake in tuple(packager.wakes):
                wake()

    def _taps_of(self, camera: DeviceId) -> list[Tap]:
        return [tap for track in Track if (tap := self._taps.get((camera, track))) is not None]

    def _packagers_of(self, camera: DeviceId) -> list[Packager]:
        return [tap.packager for tap in self._taps_of(camera) if tap.packager is not None]

    def _forget_taps(self, camera: DeviceId) -> None:
        for tap in self._taps_of(camera):
            tap.stop()
        for track in Track:
            self._taps.pop((camera, track), None)
            self._begins.pop((camera, track), None)
        self._times.pop(camera, None)

    def _discontinuity_number(self, camera: DeviceId) -> int:
        """Where a track begins that is at rest now: where the other stands, so that both count alike."""
        running = [packager.discontinuity_number for packager in self._packagers_of(camera)]
        return max(running or [tap.begin.discontinuity_sequence for tap in self._taps_of(camera)], default=0)

    def _level(self, camera: DeviceId) -> None:
        """A track may have come to a discontinuity: the other comes to one with its next segment."""
        packagers = self._packagers_of(camera)
        number = max((packager.discontinuity_number for packager in packagers), default=0)
        for packager in packagers:
            packager.discontinue_to(number)

    def _run(self, grant: Grant, track: Track) -> Packager | None:
        tap = self._taps.get((grant.camera, track))
        return tap.run(grant, self._clock.monotonic()) if tap is not None else None

    def _forget_where(self, over: Callable[[HlsAddress], bool]) -> None:
        for key in [key for key, address in self._addresses.items() if over(address)]:
            del self._addresses[key]
