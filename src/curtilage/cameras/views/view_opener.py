"""What a view does to see its own camera and nothing else, where it is opened here and not in a page.

It makes the checks of docs/spec/sealed-part.md §3 and §4 once for every delivery that opens parts in this process:
stills, Motion JPEG, WebRTC. It holds the view's private key and its epoch keys, and trusts the shelf as little as a
page does. What is not the view's own raises ``NotOurs``; the delivery then ends the view with that alarm.

Pure. It does not check that a sequence increases: that is a rule between parts, kept by views/view.py.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from curtilage.cameras.views.view import AlarmCause, View
from curtilage.wire.sealed_part import EpochKey, PartHeader, SealedPart
from curtilage.wire.view_key import ViewPublicKey, WrappedKey, unwrap

_EPOCHS_COUNT_MAX = 64
"""Keys of one view kept; parts of older epochs left the cache long ago."""


class NotOurs(Exception):
    """A key or a part that is not this view's own."""

    def __init__(self, cause: AlarmCause) -> None:
        super().__init__(cause.value)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Opened:
    """A part that is the view's own."""

    header: PartHeader
    clear: bytes = field(repr=False)
    """CMAF bytes."""


class ViewOpener:
    """One view's ephemeral P-256 key and the epoch keys wrapped to it. No repr shows them."""

    __slots__ = ("_epochs", "_private", "public_key")

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public_key = ViewPublicKey(point)
        """What the view's keys are to be wrapped to."""
        self._epochs: dict[bytes, EpochKey] = {}

    def take_key(self, view: View, payload: bytes) -> None:
        """A KEY record's payload: signed by this camera's sealer, for this view, track and stream (specification §4).

        Raises NotOurs.
        """
        keys = view.keys
        try:
            wrapped = WrappedKey.decode(payload)
        except ValueError:
            raise NotOurs(AlarmCause.BAD_KEY) from None
        mine = (wrapped.view_id, wrapped.stream_id, wrapped.track) == (view.id, keys.stream_id, keys.track)
        key = unwrap(wrapped, self._private, keys.sealer_point()) if mine else None
        if key is None:
            raise NotOurs(AlarmCause.BAD_KEY)
        self._epochs[key.epoch_id] = key
        while len(self._epochs) > _EPOCHS_COUNT_MAX:
            del self._epochs[next(iter(self._epochs))]

    def holds(self, epoch_id: bytes) -> bool:
        """The view was given this epoch's key."""
        return epoch_id in self._epochs

    def open(self, view: View, part: SealedPart) -> Opened:
        """Header compared, then opened (specification §3). Raises NotOurs."""
        try:
            header = part.header
        except ValueError:
            raise NotOurs(AlarmCause.WRONG_STREAM) from None
        if header.stream_id != view.keys.stream_id:
            raise NotOurs(AlarmCause.WRONG_STREAM)
        if header.track != view.keys.track:
            raise NotOurs(AlarmCause.WRONG_TRACK)
        key = self._epochs.get(header.epoch_id)
        if key is None:
            raise NotOurs(AlarmCause.WRONG_EPOCH)
        clear = key.open(part)
        if clear is None:
            raise NotOurs(AlarmCause.DOES_NOT_OPEN)
        return Opened(header, clear)

    def forget(self) -> None:
        """Let go of every epoch key."""
        self._epochs.clear()
