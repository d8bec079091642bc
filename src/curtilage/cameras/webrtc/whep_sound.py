"""The sound of one WebRTC view: sent when it comes, never in the picture's way, over with it and never after it.

``over`` is told when it ended by itself, and whether the view must end with it: it must when a part was not its own, or
when the grant is no longer live; it need not when the sound was switched off or the camera sends another codec.
"""

import asyncio
from collections.abc import Callable

from curtilage.cameras.views.view import AlarmCause
from curtilage.cameras.webrtc.peer import Peer
from curtilage.cameras.webrtc.sound_packetiser import Packetises, SoundPacket
from curtilage.cameras.webrtc.sound_sender import SoundSender
from curtilage.cameras.webrtc.sound_stream import SoundStream
from curtilage.cameras.webrtc.sound_transcoder import SoundTranscoder
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.consent.grant import Grant

_OLD_MS = 200
"""What is older beside the newest is left out: sound is heard at live, or not at all."""


class WhepSound:
    """See the module's text."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant
        self._loop = asyncio.get_running_loop()
        self.stream: SoundStream | None = None
        """What opens its parts; None until there is one."""
        self._packetiser: Packetises | None = None
        self._transcoder: SoundTranscoder | None = None
        """What this view shares, where its sound is transcoded."""
        self._sender: SoundSender | None = None
        self._peer: Peer | None = None
        self._over: Callable[[bool], None] | None = None
        self._due = False
        self._ended = False

    def carry(
        self,
        stream: SoundStream,
        packetiser: Packetises,
        sender: SoundSender,
        over: Callable[[bool], None],
        transcoder: SoundTranscoder | None = None,
    ) -> None:
        """What opens, packs and numbers it."""
        self.stream, self._packetiser, self._sender, self._over = stream, packetiser, sender, over
        self._transcoder = transcoder
        if transcoder is not None:
            transcoder.join(self.wake)

    @property
    def sounds(self) -> bool:
        """It was agreed, and did not end."""
        return self._sender is not None and not self._ended

    @property
    def trouble(self) -> SoundTrouble | None:
        """Why nothing comes, although it was agreed."""
        return self._transcoder.trouble if self._transcoder is not None and not self._ended else None

    def start(self, peer: Peer) -> None:
        """The viewer is connected."""
        self._peer = peer
        self._pump()

    def wake(self) -> None:
        """A part stands on the shelf, or what was made of one is ready; called in the same turn."""
        if not self._due and not self._ended and self._peer is not None:
            self._due = True
            self._loop.call_soon(self._pump)

    def cut(self) -> None:
        """Its stream was reset: by the grant's end, or because the sound was switched off."""
        self._finish(gravely=self.stream is not None and not self._live(), cut=True)

    def report(self) -> bytes | None:
        """The sender report that is due."""
        return self._sender.report() if self._sender is not None and not self._ended else None

    def end(self, *, cut: bool = False) -> None:
        """At once: no packet leaves after this. ``cut``: no viewer who left. Idempotent, never raises."""
        ended, self._ended = self._ended, True
        self._peer = None
        if self._transcoder is not None and not ended:
            self._transcoder.leave(self.wake, at_once=cut or not self._live())
        if self._packetiser is not None:
            self._packetiser.forget()
        if self.stream is not None:
            self.stream.forget()

    def _live(self) -> bool:
        return self.stream is not None and self.stream.grant_check.still(self._grant)

    def _finish(self, *, gravely: bool, cut: bool = False) -> None:
        if self._ended:
            return
        self.end(cut=cut)
        if self._over is not None:
            self._over(gravely)

    def _pump(self) -> None:
        self._due = False
        stream, sender = self.stream, self._sender
        if self._ended or stream is None or sender is None:
            return
        sounds = self._sounds(stream)
        live = self._live()  # what took longer to make was opened while it was
        peer = self._peer  # None: it ended while parts were opened
        if not stream.views() or not live:
            self._finish(gravely=True)
        elif stream.other_codec:
            self._finish(gravely=False, cut=True)
        elif peer is not None and sounds:
            peer.send(sender.packets(sounds))

    def _sounds(self, stream: SoundStream) -> list[SoundPacket]:
        runs = list(stream.runs())
        if self._packetiser is None:
            return []
        first = runs[-1].start - stream.agreed.rate_hz * _OLD_MS // 1000 if runs else 0
        try:
            fresh = [packet for run in runs if run.start >= first for packet in self._packetiser.packets(run)]
            return [*fresh, *self._packetiser.ready()]
        except ValueError:
            stream.refuse(AlarmCause.DOES_NOT_OPEN)
            return []
