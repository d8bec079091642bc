"""A view that is opened here, in the server, for a viewer that cannot open parts: a still, Motion JPEG.

Pure. It does what a page does with the records of its view: takes the keys that were wrapped to it, and opens with
them. It opens keyframes only, keeps the newest alone, and trusts the shelf as little as a page does: what does not open
raises ``NotOurs``, and the caller reports it as the page would. It lives as long as its view, and is the one thing that
holds a clear picture of it.
"""

from dataclasses import dataclass, field

from curtilage.cameras.views.view import View
from curtilage.cameras.views.view_opener import ViewOpener
from curtilage.wire.sealed_part import SealedPart
from curtilage.wire.stream_record import RecordType, StreamRecord
from curtilage.wire.view_key import ViewPublicKey


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A picture that needs no other, clear."""

    init: bytes = field(repr=False)
    """The init part its decoder needs."""
    fragment: bytes = field(repr=False)
    time_ms: int
    """When it reached the server, ms since the Unix epoch."""


class StillView:
    """See the module's text."""

    __slots__ = ("_init", "_newest", "_opener", "_record_bytes_max", "_view")

    def __init__(self, record_bytes_max: int) -> None:
        self._opener = ViewOpener()
        self._record_bytes_max = record_bytes_max
        self._view: View | None = None
        self._init: bytes | None = None
        self._newest: Keyframe | None = None

    @property
    def public_key(self) -> ViewPublicKey:
        """What the view's keys are to be wrapped to."""
        return self._opener.public_key

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
        assert self._view is not None, "a view begins before its records come"
        if record.type is RecordType.KEY:
            self._opener.take_key(self._view, record.payload)
        elif record.type is RecordType.PART:
            self._take_part(self._view, SealedPart(record.payload))

    def _take_part(self, view: View, part: SealedPart) -> None:
        if not (part.is_init or part.is_keyframe):
            return
        opened = self._opener.open(view, part)
        if part.is_init:
            self._init = opened.clear
        elif self._init is not None:
            self._newest = Keyframe(self._init, opened.clear, opened.header.time_ms)
