"""A view on its stream: which of its camera's tracks it is on, which it is to be on, and when it may turn.

Pure. views/quality.py decides the level; this makes of it what is sent. A view turns to another track only at one of
that track's keyframes: at once when the network is too poor for the track it is on (the newest group of the sub stream
is short), and at the *next* keyframe when it rises, so that until then the picture goes on. It never looks at another
camera's shelf: it is given its own camera's when the view is opened, and has no way to ask for more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from curtilage.cameras.sealed.cache import Shelf
from curtilage.cameras.sealed.sealer import KeyDelivery
from curtilage.cameras.views.quality import Level, Quality, Seen
from curtilage.cameras.views.view import View
from curtilage.wire.sealed_part import Track
from curtilage.wire.stream_record import RecordType, json_record

_GROUP_MS_MIN = 500


@dataclass(frozen=True, slots=True)
class TrackSource:
    """One track of one camera: who gives its keys, and where its parts stand."""

    keys: KeyDelivery = field(repr=False)
    shelf: Shelf


@dataclass(slots=True)
class CarriedView:
    """See the module's text."""

    view: View
    sources: Mapping[Track, TrackSource]
    """Of the view's own camera."""
    quality: Quality
    stale_ms: int
    """A sub stream without a picture for so long is none."""
    shelf: Shelf
    """Of the track the view is on."""
    _sub_end: int = -1
    _sub_grew_ms: int = 0
    """When the sub stream's shelf was last seen to have grown."""
    state: bytes | None = field(default=None, repr=False)
    """What the page was last told of its camera."""
    _next: TrackSource | None = None
    _next_from: int | None = None
    """Turn when the newest group begins at this place or later; None: at whatever group there is."""

    @property
    def resting(self) -> bool:
        """Nothing is sent: the page shows the last picture it has."""
        return self.quality.level is Level.LAST

    @property
    def stops(self) -> bool:
        """What still stands on the track it is on is not worth sending any more."""
        given_up = self.view.keys.track not in self.sources
        return (
            self.resting or given_up or (self._next is not None and self._next_from is None and self._ready(self._next))
        )

    def shelves(self) -> Iterator[Shelf]:
        """Where something may become due."""
        yield self.shelf
        if self._next is not None:
            yield self._next.shelf

    def look(self, seen: Seen, now_ms: int) -> bool:
        """How its connection is. True: the level changed, or the track it is to be on. ``now_ms`` never goes back."""
        before, planned = self.quality.level, self._planned()
        sub = self.sources.get(Track.SUB)
        has_sub = sub is not None and self._grows(sub, now_ms)
        level = self.quality.look(seen, now_ms, has_sub=has_sub)
        wanted = self.sources[Track.MAIN if level is Level.MAIN or sub is None or not has_sub else Track.SUB]
        if level is before and (wanted.shelf is planned or level is Level.LAST):
            return False
        self._plan(before, level, wanted)
        return True

    def main_bytes_per_s(self) -> float:
        """What the main stream's newest group of pictures needs; 0: not known."""
        shelf = self.sources[Track.MAIN].shelf
        newest_ms, first_ms = shelf.newest_time_ms(), shelf.group_time_ms()
        if newest_ms is None or first_ms is None or newest_ms - first_ms < _GROUP_MS_MIN:
            return 0.0
        return shelf.bytes * 1000 / (newest_ms - first_ms)

    def give_up_sub(self) -> None:
        """Its sub stream is none that this delivery can carry."""
        self.sources = {Track.MAIN: self.sources[Track.MAIN]}
        self._next, self._next_from = self.sources[Track.MAIN], None

    def turn_if_due(self) -> bool:
        """Turn to the track it is to be on, if that has the keyframe waited for."""
        following = self._next
        if following is None or self.resting or not self._ready(following):
            return False
        self._next = None
        self.view.turn(following.keys)
        self.view.keyframes_only = self.quality.level is Level.FEW
        self.shelf = following.shelf
        return True

    def record(self) -> bytes:
        """TRACK: what the page is sent from here on."""
        said: dict[str, str | int] = {
            "track": self.view.keys.track.name.lower(),
            "quality": self.quality.level.name.lower(),
        }
        return json_record(RecordType.TRACK, self.view.number, said)

    def _plan(self, before: Level, level: Level, wanted: TrackSource) -> None:
        falls = level > before
        if level is Level.LAST:
            return
        if falls and wanted.shelf is self.shelf:
            self._next = None
            self.view.keyframes_only = level is Level.FEW
            return
        self._next = wanted
        self._next_from = None if falls or before is Level.LAST else wanted.shelf.end

    def _grows(self, sub: TrackSource, now_ms: int) -> bool:
        """Pictures of it come, and there is a keyframe to begin with."""
        if sub.shelf.end != self._sub_end:
            self._sub_end, self._sub_grew_ms = sub.shelf.end, now_ms
        return sub.shelf.group_place() is not None and now_ms - self._sub_grew_ms < self.stale_ms

    def _planned(self) -> Shelf:
        return self._next.shelf if self._next is not None else self.shelf

    def _ready(self, source: TrackSource) -> bool:
        place = source.shelf.group_place()
        return place is not None and (self._next_from is None or source is not self._next or place >= self._next_from)
