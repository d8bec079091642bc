"""Where LL-HLS is tapped from a camera's track: beside the sealer, and only while somebody asks for it.

While nobody does, it costs one comparison for each picture. When somebody comes, the packager begins with the newest
group of pictures in the cache: its sealed parts are opened by the sealer that sealed them, for a viewer whose grant was
checked in this very turn, and encrypted again at once. A part on the shelf that this sealer did not seal does not open:
then nothing of the cache is taken, the alarm is raised, and the packager begins with the next keyframe.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from curtilage.cameras.cache import Shelf
from curtilage.cameras.hls_packager import Begin, Packager
from curtilage.cameras.part import Part, PartSink
from curtilage.consent.grant import Grant
from curtilage.wire.sealed_part import HEADER_BYTES, Kind, PartHeader, SealedPart


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
        "_begin",
        "_make",
        "_opener",
        "_shelf",
        "_sink",
        "_stopped",
        "_told",
        "asked_s",
        "packager",
    )

    def __init__(
        self,
        sink: PartSink,
        opener: PartOpener,
        shelf: Shelf,
        make: Callable[[Begin], Packager],
        alarm: Callable[[Grant], None],
    ) -> None:
        self._sink = sink
        self._opener = opener
        self._shelf = shelf
        self._make = make
        self._alarm = alarm
        self._begin = Begin()
        self._asked_by: Grant | None = None
        self._told = False
        """The alarm was raised in this run: one is enough."""
        self._stopped = False
        self.packager: Packager | None = None
        """None: nobody asks."""
        self.asked_s = 0.0
        """When somebody with a live grant asked last (monotonic, seconds)."""

    def part(self, part: Part) -> None:
        """See PartSink. What cannot be packaged ends the packager, never the camera's input."""
        self._sink.part(part)
        packager = self.packager
        if packager is None:
            return
        try:
            if packager.has_init or part.kind is Kind.INIT:
                packager.part(part)
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
        if self.packager is None:
            self._begin_anew()
        return self.packager

    def rest(self) -> None:
        """Nobody asks any more: forget every piece."""
        packager, self.packager = self.packager, None
        if packager is not None:
            self._begin = packager.stop()

    def stop(self) -> None:
        """The camera was removed or switched off."""
        self._stopped = True
        self.rest()

    def _begin_anew(self) -> None:
        self.rest()
        self._told = False
        self.packager = packager = self._make(self._begin)
        try:
            self._fill(packager)
            packager.end_segment()
        except ValueError:
            self.rest()

    def _fill(self, packager: Packager) -> None:
        for part in self._opened(self._shelf.read(None).parts):
            packager.part(part)

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
