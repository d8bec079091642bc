"""One view's share of a camera's transcoded sound: what was made of the runs that this very view opened.

Viewers of one camera share its transcoder, and with it what it made. A view takes a packet only when all of what went
into it stood in parts that the view opened itself, each after its grant was asked for. A run that another view handed
in before counts only when it is the same to the octet (sound_transcoder.py compares digests). Pure.
"""

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket
from curtilage.cameras.webrtc.transcoder_records import OPUS_HZ

_SPANS_COUNT_MAX = 16


class Transcodes(Protocol):
    """What the views of a camera share."""

    def feed(self, run: AudioRun) -> bool:
        """Hand it in, if nobody did. False: it was not taken, or another one was for its time."""
        ...

    def packets(self, after: int) -> Iterator[SoundPacket]:
        """The newest that begin later than ``after``, in 1/48,000 s."""
        ...


class TranscodedSound:
    """See the module's text. Implements Packetises."""

    __slots__ = ("_rate_hz", "_sent", "_spans", "_transcoder")

    def __init__(self, transcoder: Transcodes, rate_hz: int) -> None:
        self._transcoder: Transcodes | None = transcoder
        self._rate_hz = rate_hz
        self._spans = deque[tuple[int, int]](maxlen=_SPANS_COUNT_MAX)
        """Begin and end of what this view opened, in 1/rate_hz s; what follows without a hole is one span."""
        self._sent = -1
        """Where the newest packet begins that was handed out."""

    def packets(self, run: AudioRun) -> Iterator[SoundPacket]:
        """Hands in a run; what is made of it comes by ``ready``."""
        if self._transcoder is not None and self._transcoder.feed(run):
            start, end = run.start, run.start + sum(duration for _, duration in run.frames)
            if self._spans and self._spans[-1][1] == start:
                start = self._spans.pop()[0]
            self._spans.append((start, end))
        return iter(())

    def ready(self) -> Iterator[SoundPacket]:
        """Of what was handed in, what is there by now."""
        if self._transcoder is None:
            return
        for packet in self._transcoder.packets(self._sent):
            if self._opened(packet):
                self._sent = packet.start
                yield packet

    def forget(self) -> None:
        """It shares nothing any more."""
        self._transcoder = None
        self._spans.clear()

    def _opened(self, packet: SoundPacket) -> bool:
        begin, end = (at * self._rate_hz for at in (packet.start, packet.start + packet.duration))
        return any(start * OPUS_HZ <= begin and end <= last * OPUS_HZ for start, last in self._spans)
