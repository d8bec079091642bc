"""One viewer's session by WebRTC: when packets leave, what is sent again, how often it is looked after, how it ends.

The session begins with its handshake (nothing is sent before it is done) and ends at once, by whatever ends it first:
its grant, its stream, its peer, its viewer. What the sessions share, and how many there may be: webrtc/whep.py.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from curtilage.cameras.views.quality import Level
from curtilage.cameras.webrtc.peer import Peer, Report
from curtilage.cameras.webrtc.picture_stream import PictureStream
from curtilage.cameras.webrtc.rtp_sender import RtpSender
from curtilage.cameras.webrtc.sdp_offer import Trickle
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.cameras.webrtc.view_network import ViewNetwork
from curtilage.cameras.webrtc.whep_address import WhepAddress
from curtilage.cameras.webrtc.whep_sound import WhepSound
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantCheck
from curtilage.wire.identifier import AccountId, SessionDigest

_log = logging.getLogger("curtilage.cameras")
_REPORT_BEATS = 2
"""A sender report every second of these heartbeats."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose view it will be."""

    account: AccountId
    grant_check: GrantCheck
    grant: Grant
    signed_in: Callable[[], bool] = field(repr=False)
    """Does the session that asked still stand?"""
    address: WhepAddress | None = field(default=None, repr=False)
    """By whose token it was asked; None: by a session or a display."""
    session: SessionDigest | None = field(default=None, repr=False)
    """Whose session asked, or asked for the token."""


class WhepView:
    """One viewer's session. Implements PeerListener."""

    def __init__(self, asking: Asking, config: Config, ended: Callable[["WhepView"], None]) -> None:
        self.asking = asking
        self.handle = ""
        self.etag = ""
        self.answer = ""
        self.connected = False
        self.ended = False
        self._config = config
        self._loop = asyncio.get_running_loop()
        self._told_end = ended
        self.stream: PictureStream | None = None
        """What opens its parts; None until there is one."""
        self.sound: WhepSound | None = None
        """The camera's, if the viewer wants it and gets it."""
        self.sound_trouble: SoundTrouble | None = None
        """Why it gets none, although there is one."""
        self._peer: Peer | None = None
        self._sender: RtpSender | None = None
        self._network: ViewNetwork | None = None
        self._begun = False
        self._pump_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._beats = 0
        self._beat_timer: asyncio.TimerHandle | None = None
        self._last_burst_s = float("-inf")
        self._connecting: asyncio.Task[None] | None = None
        self._since_s = self._loop.time()

    def carry(self, peer: Peer, sender: RtpSender) -> None:
        """What takes its pictures to the viewer."""
        assert self.stream is not None, "a view has a stream before it is carried"
        self._peer, self._sender = peer, sender
        self._network = ViewNetwork(self.stream, sender, peer, self._config, self.keyframe_wanted, self._send)

    def start(self) -> None:
        """Wait for the viewer, not for ever."""
        self._connecting = self._loop.create_task(self._connect())
        self._beat_timer = self._loop.call_later(self._beat_s, self._beat)

    def wake(self) -> None:
        """A part stands on the shelf; called in the turn in which it was sealed."""
        if not self._pump_due and self.connected and not self.ended:
            self._pump_due = True
            self._loop.call_soon(self._pump)

    def end(self) -> None:
        """At once: no packet leaves after this. Idempotent, never raises."""
        if self.ended:
            return
        self.ended = True
        if self._peer is not None:
            self._peer.close()
        if self._sender is not None:
            self._sender.forget()
        if self._network is not None:
            self._network.stop()
        if self.stream is not None:
            self.stream.forget()
        if self.sound is not None:
            self.sound.end(cut=self.stream is not None and self.stream.cut)
        for timer in (self._timer, self._beat_timer):
            if timer is not None:
                timer.cancel()
        self._told_end(self)

    async def settled(self) -> None:
        """After ``end``: until nothing of it runs."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        if self._network is not None:
            await self._network.settled()
        if self._peer is not None:
            await self._peer.closed()

    @property
    def quality(self) -> Level:
        """What its network lets through."""
        carried = self.stream.carried() if self.stream is not None else []
        return carried[0].quality.level if carried else Level.MAIN

    @property
    def hears(self) -> SoundTrouble | bool:
        """Is sound being sent, or what is in its way?"""
        sound = self.sound
        return self.sound_trouble or (sound is not None and (sound.trouble or sound.sounds))

    @property
    def newest(self) -> tuple[int, int] | None:
        """See RtpSender."""
        return self._sender.newest if self._sender is not None else None

    async def trickle(self, trickle: Trickle) -> bool:
        """Further candidates; False when they are of another ICE session (a restart, which is not done here)."""
        peer = self._peer
        if peer is None or (trickle.ice is not None and trickle.ice != peer.remote):
            return False
        await peer.add(trickle.candidates)
        return True

    # PeerListener

    def lost(self, sequences: Sequence[int]) -> None:
        """See PeerListener."""
        if self._network is not None and not self.ended:
            for sequence in sequences:
                self._network.lost(sequence)
            self._send()

    def heard(self, report: Report) -> None:
        """See PeerListener."""
        if self._network is not None and not self.ended:
            self._network.heard(report)

    def keyframe_wanted(self) -> None:
        """See PeerListener. Answered from what this view opened of the cache: no camera is asked."""
        now = self._loop.time()
        soon = now - self._last_burst_s < self._config.webrtc_keyframe_pause_s
        if self.stream is None or self._sender is None or self.ended or soon:
            return
        self._last_burst_s = now
        self._sender.burst(self.stream.newest_group())
        self._send()

    def gone(self) -> None:
        """See PeerListener."""
        self.end()

    # Inside

    @property
    def _beat_s(self) -> float:
        return self._config.stream_heartbeat_ms / 1000

    async def _connect(self) -> None:
        assert self._peer is not None, "carried before it is started"
        try:
            async with asyncio.timeout(self._config.webrtc_connect_s):
                connected = await self._peer.connect()
        except TimeoutError:
            connected = False
        except Exception as error:  # noqa: BLE001 -- whatever a viewer's handshake breaks, it breaks for that viewer alone
            _log.info("A viewer's handshake failed with %s.", type(error).__qualname__)
            connected = False
        if self.ended:
            return
        if not connected:
            self.end()
            return
        self.connected = True
        if self._network is not None:
            self._network.start()
        self._pump()
        if self.sound is not None and self._peer is not None and not self.ended:
            self.sound.start(self._peer)

    def _pump(self) -> None:
        """Open what came and queue it. The first time it is the newest group, as a burst."""
        self._pump_due = False
        if self.ended or self.stream is None or self._sender is None or self._network is None:
            return
        pictures = list(self.stream.pictures())
        if self.stream.turned and pictures:
            self.stream.turned = False
            self._network.turned()
            self._begun = len(pictures) == 1  # more than one: a group that stood there already
        if self.stream.cut or not self.stream.views():
            self.end()
            return
        if pictures and not self._begun:
            self._begun = True
            self._last_burst_s = self._loop.time()
            self._sender.burst(pictures)
        else:
            for picture in pictures:
                self._sender.live(picture)
        self._send()

    def _send(self) -> None:
        sender, peer = self._sender, self._peer
        if self.ended or not self.connected or sender is None or peer is None:
            return
        peer.send(sender.due(self._loop.time()))
        wait_s = sender.wait_s
        if wait_s is not None and self._timer is None:
            self._timer = self._loop.call_later(wait_s, self._send_later)

    def _send_later(self) -> None:
        self._timer = None
        self._send()

    def _beat(self) -> None:
        """Is its session still signed in, and its time not over? And the sender report."""
        if self.ended:
            return
        too_long = self._loop.time() - self._since_s > self._config.stream_open_s
        if too_long or not self.asking.signed_in():
            self.end()
            return
        self._beat_timer = self._loop.call_later(self._beat_s, self._beat)
        self._beats += 1
        if self.connected and self._beats % _REPORT_BEATS == 0 and self._sender is not None and self._peer is not None:
            report = self._sender.report()
            if report is not None:
                if self._network is not None:
                    self._network.reported(report)
                self._peer.send_report(report)
            heard = self.sound.report() if self.sound is not None else None
            if heard is not None:
                self._peer.send_report(heard)
