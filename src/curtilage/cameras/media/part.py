"""A part: one piece of a camera's stream in the clear, and the muxer that makes parts from pictures.

Parts exist only between the input and the sealer, in one turn of the event loop; nothing stores them. What caches,
views and connections take is the sealed part (wire/sealed_part.py).

The muxer keeps no picture: a part holds exactly one, and is complete when ``media`` returns.
"""

from dataclasses import dataclass, field
from typing import Protocol

from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.fmp4 import FragmentWriter, init_segment
from curtilage.cameras.media.timeline import Timeline
from curtilage.wire.sealed_part import Kind


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a stream, clear."""

    kind: Kind
    keyframe: bool
    """Decoding can start here. For INIT always True."""
    time_ms: int
    """When the picture reached the muxer, ms since the Unix epoch."""
    octets: bytes = field(repr=False)
    """INIT: ftyp and moov. MEDIA: one moof and mdat."""


class PartSink(Protocol):
    """What takes parts: the sealer. Called synchronously; it neither waits nor raises."""

    def part(self, part: Part) -> None:
        """Take one part. An INIT part comes before the first MEDIA part and whenever the codec's parameters change."""
        ...


class Muxer:
    """One camera's parts. It outlives connections, so that the timeline and the sequence go on after a reconnect."""

    __slots__ = ("_sequence", "_timeline", "_writer")

    def __init__(self) -> None:
        self._timeline = Timeline()
        self._writer = FragmentWriter()
        self._sequence = 0

    def init(self, parameters: CodecParameters, now_ms: int) -> Part:
        """The INIT part for pictures that follow. Raises ValueError when the parameters fit no ``avc1`` track."""
        octets = init_segment(parameters)
        self._timeline.restart(reorder=parameters.reorder)
        return Part(Kind.INIT, keyframe=True, time_ms=now_ms, octets=octets)

    def media(self, unit: AccessUnit, now_ms: int) -> Part:
        """One picture as a MEDIA part."""
        self._sequence += 1
        placed = self._timeline.place(unit.timestamp)
        octets = self._writer.write(unit.nal_units, self._sequence, placed, keyframe=unit.keyframe)
        return Part(Kind.MEDIA, unit.keyframe, now_ms, octets)
