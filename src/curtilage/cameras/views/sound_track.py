"""A camera's sound while it is switched on: frames in, sealed parts out, on a shelf of its own.

It stands beside the camera's picture and never in its way: another sealer, so another stream id, key and sequence;
another shelf; and where no sound comes, nothing happens. It exists only while the home's consent stands and the
camera's sound is on (home/camera_sound.py); ``stop`` ends it in the same call.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from curtilage.cameras.media.audio_codec import AudioFrame, AudioParameters
from curtilage.cameras.media.audio_part import AudioMuxer
from curtilage.cameras.media.part import PartSink
from curtilage.cameras.sealed.cache import Shelf
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.clock import Clock


@dataclass(slots=True, eq=False)
class SoundTrack:
    """Implements SoundSink."""

    sealer: Sealer
    shelf: Shelf
    clock: Clock
    part_ms: int
    """About how long a part is."""
    changed: Callable[[], None] = field(repr=False)
    """Called when it became known whether the camera has sound, and which. Returns at once."""
    parameters: AudioParameters | None = None
    """Of what is on the shelf; None: the camera describes no sound that we know, or was not asked yet."""
    beside: PartSink | None = None
    """What parts go through on their way to the sealer: a delivery with an encryption of its own."""
    at_stop: set[Callable[[], None]] = field(default_factory=set, repr=False)
    """Called by ``stop``, in the same turn: what must not outlive the switch. None of them raises or waits."""
    _muxer: AudioMuxer | None = None
    _stopped: bool = False

    @property
    def said(self) -> str:
        """``on``, or ``none`` while no sound that we know comes: what pages and listings are told."""
        return "on" if self.parameters is not None else "none"

    def audio_changed(self, parameters: AudioParameters | None) -> None:
        """See SoundSink."""
        if self._stopped:
            return
        if parameters == self.parameters:
            if self._muxer is not None:
                self._muxer.restart()
            return
        self.parameters = parameters
        self._muxer = AudioMuxer(parameters, self.part_ms) if parameters is not None else None
        if self._muxer is not None:
            self._sink.part(self._muxer.init(self.clock.now()))
        else:
            self.shelf.clear()
        self.changed()

    def audio_frame(self, frame: AudioFrame) -> None:
        """See SoundSink. The hot path: up to 100 times a second for each camera."""
        if self._muxer is None or self._stopped:
            return
        for part in self._muxer.frame(frame, self.clock.now()):
            self._sink.part(part)

    @property
    def _sink(self) -> PartSink:
        return self.sealer if self.beside is None else self.beside

    def stop(self) -> None:
        """For good: nothing more is sealed, and nothing is kept."""
        self._stopped = True
        self.sealer.stop()
        self.shelf.clear()
        for ended in list(self.at_stop):
            ended()
