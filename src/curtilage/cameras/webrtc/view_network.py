"""The network of one WebRTC view, looked at a few times a second: what is sent, how fast, how long to wait with it.

It joins what knows (send_watch.py), what decides (quality.py, through the view's stream) and what sends
(rtp_sender.py).
Two things it does besides:

* Before a view rises to the main stream it *probes*: the newest packets are sent again and again, as fast as the main
  stream would be, for ``PROBE_S``. Where they do not fit the viewer reports it, and its picture has lost little.
* After a silence it asks the viewer by ICE's own check whether it is there, again and again; once it answers it is sent
  the newest group of pictures. Browsers take no packets after a silence until they were asked so.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from curtilage.cameras.webrtc.peer import Peer, Report
from curtilage.cameras.webrtc.picture_stream import PictureStream
from curtilage.cameras.webrtc.rtp_sender import RtpSender
from curtilage.cameras.webrtc.send_watch import PROBE_S, SendWatch
from curtilage.config import Config
from curtilage.wire.sealed_part import Track

_PROBE_MORE = 1.25
"""Than what the main stream needs on the average: keyframes come in one piece."""
_SILENT_LOOKS = 12
_REPORT_MIDDLE = slice(10, 14)
"""Of its NTP time: by which the viewer names it."""


class ViewNetwork:
    """See the module's text. ``back``: the viewer is there again; ``send``: something may leave."""

    def __init__(
        self,
        stream: PictureStream,
        sender: RtpSender,
        peer: Peer,
        config: Config,
        back: Callable[[], None],
        send: Callable[[], None],
    ) -> None:
        self._stream, self._sender, self._peer, self._config = stream, sender, peer, config
        self._back, self._send = back, send
        self._loop = asyncio.get_running_loop()
        self._watch = SendWatch(config, self._loop.time())
        self._timer: asyncio.TimerHandle | None = None
        self._asking: asyncio.Task[None] | None = None
        self._reports = False
        """Whose reports stay away has lost something; one that never reports has not."""
        self._away = False
        """It did not answer when it was asked last."""

    def start(self) -> None:
        """The viewer is connected."""
        self._watch.answered(self._loop.time())
        self._timer = self._loop.call_later(self._look_s, self._look)

    def stop(self) -> None:
        """At once, for good. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
        if self._asking is not None:
            self._asking.cancel()

    async def settled(self) -> None:
        """After ``stop``: until nothing of it runs."""
        if self._asking is not None:
            await asyncio.wait({self._asking})

    def lost(self, sequence: int) -> None:
        """The viewer asks for a packet."""
        if self._sender.lost(sequence):
            self._watch.lost(sequence)

    def heard(self, report: Report) -> None:
        """The viewer reports."""
        self._reports = True
        sender = self._sender
        self._watch.hear(report, sender.bytes_count / max(1, sender.packets_count), self._loop.time())

    def reported(self, report: bytes) -> None:
        """A report of ours left."""
        self._watch.reported(int.from_bytes(report[_REPORT_MIDDLE]), self._loop.time())

    def turned(self) -> None:
        """What comes next is of another track."""
        self._sender.turn()
        self._watch.turned(self._loop.time())

    @property
    def _look_s(self) -> float:
        return self._config.quality_look_ms / 1000

    def _look(self) -> None:
        self._timer = self._loop.call_later(self._look_s, self._look)
        carried = next(iter(self._stream.carried()), None)
        if carried is None:
            return
        sender, watch, now_s = self._sender, self._watch, self._loop.time()
        on_main = carried.view.keys.track is Track.MAIN
        seen = watch.look(sender.packets_count, sender.waits_s, now_s, on_main=on_main)
        fits = watch.probe_fits(seen, now_s)
        if fits is False:
            carried.quality.no_room()
        if not watch.probing:
            sender.pace_bytes_per_s = watch.pace_bytes_per_s
        sender.delay_ms = watch.delay_ms
        self._stream.look(replace(seen, room=bool(fits)), int(now_s * 1000))
        if carried.quality.wants_room and not watch.probing:
            self._probe(carried.main_bytes_per_s() * _PROBE_MORE, now_s)
        if watch.silent_s(now_s) > self._look_s * _SILENT_LOOKS and self._asking is None:
            self._asking = self._loop.create_task(self._ask())

    def _probe(self, bytes_per_s: float, now_s: float) -> None:
        most, least = self._config.webrtc_pace_bytes_per_s, self._config.webrtc_pace_bytes_per_s_min
        pace = min(max(bytes_per_s, least), most)
        self._watch.probe(now_s)
        self._sender.pace_bytes_per_s = pace
        self._sender.probe(pace * PROBE_S)
        self._send()

    async def _ask(self) -> None:
        try:
            if await self._peer.answers():
                self._watch.answered(self._loop.time())
                if self._reports or self._away:
                    self._back()
                self._away = False
            else:
                self._away = True
        finally:
            self._asking = None
