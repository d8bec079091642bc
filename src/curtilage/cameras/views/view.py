"""A view: one viewer's running session on a stream. It exists only through a grant.

It is pure: parts from the shelf in, records for the page out. It guards the wall between a cache that may be wrong and
a connection that carries what it is given: every part's clear header, taken from the very bytes that would be sent, is
compared with what this view is for. One that does not fit ends the view with an alarm; nothing is sent.

States: WAITING until an init part and a keyframe came, RUNNING, ENDED (for good). A view that is turned to another
track of its camera is WAITING again: every track has a stream id, epochs and sequences of its own, and each part is
held against those of the track the view is on now. What it took of a track before, it never takes again.
"""

import enum
import struct
from dataclasses import dataclass, field

from curtilage.cameras.sealed.sealer import KeyDelivery
from curtilage.consent.grant import Grant
from curtilage.wire.identifier import ViewNumber
from curtilage.wire.sealed_part import HEADER_BYTES, VERSION, Kind, SealedPart, Track
from curtilage.wire.stream_record import key_record, part_record
from curtilage.wire.view_key import ViewPublicKey

_CLEAR = struct.Struct(">BBBB16s16sQ")
_KINDS = frozenset(Kind)
_EPOCHS_COUNT_MAX = 64
"""Keys of one view remembered as sent; an older one would simply be sent again."""


class AlarmCause(enum.Enum):
    """Why a view ended although its grant is live."""

    WRONG_STREAM = "wrong_stream"
    """A part of another camera, home or sealing process."""
    WRONG_TRACK = "wrong_track"
    WRONG_EPOCH = "wrong_epoch"
    """Sealed under a key that this camera's sealer does not know."""
    STALE_SEQUENCE = "stale_sequence"
    """A part that came before, or twice."""
    DOES_NOT_OPEN = "does_not_open"
    """Said by the page: the part did not open."""
    BAD_KEY = "bad_key"
    """Said by the page: the wrapped key was not signed by the sealer, or did not open."""
    NOT_MY_CAMERA = "not_my_camera"
    """Said by the person."""


class _State(enum.Enum):
    WAITING = enum.auto()
    RUNNING = enum.auto()
    ENDED = enum.auto()


@dataclass(frozen=True, slots=True)
class Resume:
    """What a page that lost its connection already has."""

    epoch_id: bytes
    sequence: int


@dataclass(slots=True)
class View:
    """See the module's text. ``place`` is its place on the shelf (sealed/cache.py)."""

    number: ViewNumber
    id: bytes
    grant: Grant
    keys: KeyDelivery
    public_key: ViewPublicKey
    place: int | None = None
    alarm: AlarmCause | None = None
    """Set once: the cause for which this view ended."""
    keyframes_only: bool = False
    """Take no picture that needs another. Between keyframes none can be left out: each needs the one before."""
    _state: _State = _State.WAITING
    _last_sequence: int = 0
    _have_init: bool = False
    _resumed_after: int = 0
    _taken: dict[Track, int] = field(default_factory=dict)
    """Last sequence of the tracks it was on before."""
    _sent_epochs: list[bytes] = field(default_factory=list)

    def resume(self, resume: Resume) -> None:
        """Go on after what the page has; the caller made sure that the epoch is one of this stream."""
        self._resumed_after = self._last_sequence = resume.sequence
        self._have_init = True
        self._state = _State.RUNNING

    def turn(self, keys: KeyDelivery) -> None:
        """Go on with this track of the same camera (or begin the one it is on anew), at a keyframe it has not had."""
        self._taken[self.keys.track] = self._last_sequence
        self.keys = keys
        self.place = None
        self._last_sequence = self._resumed_after = self._taken.get(keys.track, 0)
        self._have_init = self._last_sequence > 0
        if not self.ended:
            self._state = _State.WAITING

    @property
    def ended(self) -> bool:
        """Nothing more will be sent for it."""
        return self._state is _State.ENDED

    def end(self, cause: AlarmCause | None) -> None:
        """For good."""
        self._state = _State.ENDED
        self.alarm = self.alarm or cause

    def records(self, part: SealedPart) -> list[bytes]:
        """What to send for this part: nothing, the part, or its epoch's key and the part. May end the view."""
        key = self.take(part)
        return [*key, part_record(self.number, part)] if key is not None else []

    def take(self, part: SealedPart) -> list[bytes] | None:
        """As ``records``, without the part's own copy: its epoch's key if that is new. None: the part is not taken."""
        if self._state is _State.ENDED:
            return None
        if len(part.octets) < HEADER_BYTES:
            self.end(AlarmCause.WRONG_STREAM)
            return None
        version, kind, track, flags, stream_id, epoch_id, sequence = _CLEAR.unpack_from(part.octets)
        if version != VERSION or kind not in _KINDS or stream_id != self.keys.stream_id:
            self.end(AlarmCause.WRONG_STREAM)
            return None
        if track != self.keys.track:
            self.end(AlarmCause.WRONG_TRACK)
            return None
        if not self._wanted(Kind(kind), bool(flags & 1), sequence):
            return None
        if sequence <= self._last_sequence:
            self.end(AlarmCause.STALE_SEQUENCE)
            return None
        key = self._key(epoch_id)
        if key is None:
            self.end(AlarmCause.WRONG_EPOCH)
            return None
        self._last_sequence = sequence
        return key

    def _wanted(self, kind: Kind, keyframe: bool, sequence: int) -> bool:
        """False for what is rightly skipped: before the first keyframe, and what a resumed page already has."""
        if self._resumed_after:
            if sequence <= self._resumed_after:
                return False
            self._resumed_after = 0
        if kind is Kind.INIT:
            # A reader that fell behind meets the head of the newest group again; it is the one it has.
            again = self._have_init and sequence <= self._last_sequence
            self._have_init = True
            return not again
        if self._state is _State.WAITING and self._have_init and keyframe:
            self._state = _State.RUNNING
        return self._state is _State.RUNNING and (keyframe or not self.keyframes_only)

    def _key(self, epoch_id: bytes) -> list[bytes] | None:
        """The KEY record if this view has not had it, nothing if it has, None for an unknown epoch."""
        if epoch_id in self._sent_epochs:
            return []
        wrapped = self.keys.wrap(epoch_id, self.id, self.public_key)
        if wrapped is None:
            return None
        self._sent_epochs.append(epoch_id)
        del self._sent_epochs[:-_EPOCHS_COUNT_MAX]
        return [key_record(self.number, wrapped)]
