"""A view that is opened here, in the server, for a viewer that cannot open parts: a still, Motion JPEG.

Pure. It does what a page does with the records of its view: takes the keys that were wrapped to it, and opens with
them. It opens keyframes only, keeps the newest alone, and trusts the shelf as little as a page does: what does not open
raises ``NotOurs``, and the caller reports it as the page would. It lives as long as its view, and is the one thing that
holds a clear picture of it.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from curtilage.cameras.view import AlarmCause, View
from curtilage.wire.sealed_part import EpochKey, SealedPart
from curtilage.wire.stream_record import RecordType, StreamRecord
from curtilage.wire.view_key import ViewPublicKey, WrappedKey, unwrap

_EPOCHS_COUNT_MAX = 4


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A picture that needs no other, clear."""

    init: bytes = field(repr=False)
    """The init part its decoder needs."""
    fragment: bytes = field(repr=False)
    time_ms: int
    """When it reached the server, ms since the Unix epoch."""


class NotOurs(Exception):
    """A key or a part that is not this view's own."""

    def __init__(self, cause: AlarmCause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class StillView:
    """See the module's text."""

    __slots__ = ("_epochs", "_init", "_newest", "_private", "_record_bytes_max", "_view")

    def __init__(self, record_bytes_max: int) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._record_bytes_max = record_bytes_max
        self._view: View | None = None
        self._epochs: dict[bytes, EpochKey] = {}
        self._init: bytes | None = None
        self._newest: Keyframe | None = None

    @property
    def public_key(self) -> ViewPublicKey:
        """What the view's keys are to be wrapped to."""
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return ViewPublicKey(point)

    def begin(self, view: View) -> None:
        """The view that was opened with ``public_key``."""
        self._view = view

    def has_newer(self) -> bool:
        """A keyframe came since ``take_newest``."""
        return self._newest is not None

    def take_newest(self) -> Keyframe | None:
        """The newest keyframe, if one came since this was last asked."""
        newest, self._newest = self._newest, None
        return newest

    def record(self, octets: bytes) -> None:
        """One encoded record of this view, in order. Raises NotOurs."""
        found = StreamRecord.decode(octets, self._record_bytes_max)
        assert found is not None, "our own stream gives out whole records"
        record, _ = found
        if record.type is RecordType.KEY:
            self._take_key(record.payload)
        elif record.type is RecordType.PART:
            self._take_part(SealedPart.decode(record.payload))

    def _take_key(self, payload: bytes) -> None:
        assert self._view is not None, "a view begins before its records come"
        wrapped, keys = WrappedKey.decode(payload), self._view.keys
        mine = (wrapped.view_id, wrapped.stream_id, wrapped.track) == (self._view.id, keys.stream_id, keys.track)
        key = unwrap(wrapped, self._private, keys.sealer_point()) if mine else None
        if key is None:
            raise NotOurs(AlarmCause.BAD_KEY)
        self._epochs[key.epoch_id] = key
        while len(self._epochs) > _EPOCHS_COUNT_MAX:
            del self._epochs[next(iter(self._epochs))]

    def _take_part(self, part: SealedPart) -> None:
        if not (part.is_init or part.is_keyframe):
            return
        header = part.header
        key = self._epochs.get(header.epoch_id)
        if key is None:
            raise NotOurs(AlarmCause.WRONG_EPOCH)
        octets = key.open(part)
        if octets is None:
            raise NotOurs(AlarmCause.DOES_NOT_OPEN)
        if part.is_init:
            self._init = octets
        elif self._init is not None:
            self._newest = Keyframe(self._init, octets, header.time_ms)
