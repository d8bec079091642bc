"""Where LL-HLS is tapped from a camera's track: beside the sealer, and only while somebody asks for it.

While nobody does, it costs one comparison for each picture. When somebody comes, the packager begins with the newest
group of pictures in the cache: its sealed parts are opened by the sealer that sealed them, for a viewer whose grant was
checked in this very turn, and encrypted again at once. A part on the shelf that this sealer did not seal does not open:
then nothing of the cache is taken, the alarm is raised, and the packager begins with the next keyframe.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from curtilage.cameras.hls.hls_fragment import InitWords
from curtilage.cameras.hls.hls_packager import Begin, Packager
from curtilage.cameras.hls.hls_rate import Rate
from curtilage.cameras.hls.hls_tracks import TracksTime
from curtilage.cameras.media.part import Part, PartSink
from curtilage.cameras.sealed.cache import Shelf
from curtilage.consent.grant import Grant
from curtilage.wire.sealed_part import HEADER_BYTES, Kind, PartHeader, SealedPart, Track

FIRST_NUMBER = 1
"""A track's first media sequence number. hls.js (1.7.4) takes 0 for none: it forgets which parts of segment 0 it has as
they are appended, fetches them again and stalls. Any number serves (RFC 8216bis §4.4.3.2)."""


class PartOpener(Protocol):
    """What opens the cache's parts again: the sealer."""

    def open(self, part: SealedPart) -> bytes | None:
        """The clear bytes; None when this sealer did not seal the part, or its key is forgotten."""
        ...


class Tap:
    """One track of one camera. Implements PartSink around another sink."""

    __slots__ = (
        "_alarm",
        "_asked_by",
        "_first_parts",
        "_level",
        "_make",
        "_opener",
        "_shelf",
        "_sink",
        "_stopped",
        "_time",
        "_told",
        "_track",
        "_want",
        "_words",
        "asked_s",
        "begin",
        "begun_s",
        "packager",
    )

    def __init__(
        self,
        sink: PartSink,
        opener: PartOpener,
        shelf: Shelf,
        make: Callable[[Begin], Packager],
        alarm: Callable[[Grant], None],
        track: Track,
        time: TracksTime,
        level: Callable[[], None],
        want: Callable[[], None],
        first_parts: Callable[[], int] = lambda: 0,
    ) -> None:
        """``level`` is called when this track may have come to a discontinuity, ``want`` when somebody asks for it.

        ``first_parts``: how many parts the segment that a run begins with must have at least.
        """
        self._sink = sink
        self._opener = opener
        self._shelf = shelf
        self._make = make
        self._alarm = alarm
        self._track = track
        self._time = time
        self._level = level
        self._want = want
        self._first_parts = first_parts
        self._words: InitWords | None = None
        self.begin = Begin(number=FIRST_NUMBER)
        """Where the next run begins."""
        self._asked_by: Grant | None = None
        self._told = False
        """The alarm was raised in this run: one is enough."""
        self._stopped = False
        self.packager: Packager | None = None
        """None: nobody asks."""
        self.asked_s = 0.0
        """When somebody with a live grant asked last (monotonic, seconds)."""
        self.begun_s = 0.0
        """When somebody asked first in this run."""

    @property
    def words(self) -> InitWords | None:
        """Codec and size as this run or the one before knew them; None: it never was packaged."""
        packager = self.packager
        return packager.words if packager is not None and packager.words is not None else self._words

    @property
    def rate(self) -> Rate:
        """As measured in all runs so far."""
        return self.packager.rate if self.packager is not None else self.begin.rate

    def first_epoch(self, made_ms: int) -> int:
        """The first epoch that somebody may open whose grant was made then; at rest: the next run's."""
        return self.packager.epoch_for(made_ms) if self.packager is not None else self.begin.epoch

    def part(self, part: Part) -> None:
        """See PartSink. What cannot be packaged ends the packager, never the camera's input."""
        self._sink.part(part)
        packager = self.packager
        if packager is None:
            return
        try:
            if packager.has_init or part.kind is Kind.INIT:
                self._package(packager, part)
            elif part.keyframe:
                # The camera does not say its init part again; the sink has just put it on the shelf with this picture.
                self._fill(packager)
            if packager.outgrown:
                self._begin_anew()
        except ValueError:
            self.rest()

    def run(self, grant: Grant, now_s: float) -> Packager | None:
        """Somebody with a live grant asks: the packager, begun if need be. None when the camera was stopped."""
        if self._stopped:
            return None
        self.asked_s, self._asked_by = now_s, grant
        self._want()
        if self.packager is None:
            self.begun_s = now_s
            self._begin_anew()
        return self.packager

    def rest(self) -> None:
        """Nobody asks any more: forget every piece."""
        packager, self.packager = self.packager, None
        if packager is not None:
            self._words = packager.words or self._words
            self.begin = packager.stop()
            self._time.forget(self._track)

    def forget(self) -> None:
        """The track is no longer there: nobody is told what it was."""
        self.rest()
        self._words = None

    def stop(self) -> None:
        """The camera was removed or switched off."""
        self._stopped = True
        self.rest()

    def _begin_anew(self) -> None:
        self.rest()
        self._told = False
        self.packager = packager = self._make(self.begin)
        try:
            self._fill(packager)
            packager.end_first_segment(self._first_parts())
        except ValueError:
            self.rest()

    def _fill(self, packager: Packager) -> None:
        for part in self._opened(self._shelf.read(None).parts):
            self._package(packager, part)

    def _package(self, packager: Packager, part: Part) -> None:
        sound = self._track is Track.AUDIO
        placed = self._time.placed_sound(part) if sound else self._time.placed(self._track, part)
        if placed is None:
            return
        packager.part(placed)
        if part.kind is Kind.INIT:
            self._level()

    def _opened(self, sealed: Sequence[SealedPart]) -> list[Part]:
        """All of them clear, or none."""
        parts: list[Part] = []
        sequence = 0
        for item in sealed:
            octets = self._opener.open(item)
            header = PartHeader.decode(item.octets) if len(item.octets) >= HEADER_BYTES and octets is not None else None
            if header is None or octets is None or header.sequence <= sequence:
                self._tell()
                return []
            sequence = header.sequence
            parts.append(Part(header.kind, header.keyframe, header.time_ms, octets))
        return parts

    def _tell(self) -> None:
        if not self._told and self._asked_by is not None:
            self._told = True
            self._alarm(self._asked_by)
