"""Views by WebRTC: made from a live grant and an offer, connected within a time, fed from the cache, ended at once.

Each is a stream in ``Views`` (cameras/views.py) like a page's, so whatever cuts a page's view cuts it in the same call:
a grant that ended, a locked or removed camera, a sign-out, an alarm. This file adds what WebRTC needs: who is being
connected, when packets leave, and the bounds on all of it. Nothing is sent before the viewer's handshake is done.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from curtilage.cameras.h264 import read_sps
from curtilage.cameras.peer import MakePeer, Peer
from curtilage.cameras.picture_stream import PictureStream, SharedPictures
from curtilage.cameras.rtp_sender import RtpSender, StreamNumbers
from curtilage.cameras.sdp_answer import choose_codec, write_answer
from curtilage.cameras.sdp_offer import BadOffer, Fault, Offer, Trickle, read_offer
from curtilage.cameras.view import AlarmCause, View
from curtilage.cameras.view_opener import ViewOpener
from curtilage.cameras.views import Views
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantCheck
from curtilage.errors import OurError, PeerError, RefusalReason, Refused
from curtilage.wire.identifier import AccountId, Entropy, new_handle

_log = logging.getLogger("curtilage.cameras")
_REPORT_BEATS = 2
"""A sender report every second of these heartbeats."""
_RANDOM_BYTES = 4


class NotInstalled(OurError):
    """The extra ``webrtc`` is not installed."""


class NoPicture(PeerError):
    """The camera has nothing to begin with."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose view it will be."""

    account: AccountId
    grant_check: GrantCheck
    grant: Grant
    signed_in: Callable[[], bool] = field(repr=False)
    """Does the session that asked still stand?"""


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
        self._peer: Peer | None = None
        self._sender: RtpSender | None = None
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
        self._peer, self._sender = peer, sender

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
        if self.stream is not None:
            self.stream.forget()
        for timer in (self._timer, self._beat_timer):
            if timer is not None:
                timer.cancel()
        self._told_end(self)

    async def settled(self) -> None:
        """After ``end``: until nothing of it runs."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        if self._peer is not None:
            await self._peer.closed()

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
        if self._sender is not None and not self.ended:
            for sequence in sequences:
                self._sender.lost(sequence)
            self._send()

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
        self._pump()

    def _pump(self) -> None:
        """Open what came and queue it. The first time it is the newest group, as a burst."""
        self._pump_due = False
        if self.ended or self.stream is None or self._sender is None:
            return
        pictures = list(self.stream.pictures())
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
        for packet in sender.due(self._loop.time()):
            peer.send(packet)
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
                self._peer.send_report(report)


class Whep:
    """All views by WebRTC."""

    def __init__(self, views: Views, config: Config, entropy: Entropy, load: Callable[[], MakePeer | None]) -> None:
        self._views = views
        self._config = config
        self._entropy = entropy
        self._load = load
        self._make_peer: MakePeer | None = None
        self._loaded = False
        self._open: dict[str, WhepView] = {}
        self._shared: dict[bytes, SharedPictures] = {}
        self._settling: set[asyncio.Task[None]] = set()

    async def prepare(self) -> bool:
        """Load what WebRTC needs, in a thread because it takes most of a second. False: it is not installed."""
        if not self._loaded:
            self._make_peer = await asyncio.to_thread(self._load)
            self._loaded = True
        return self._make_peer is not None

    async def open(self, asking: Asking, sdp: bytes) -> WhepView | BadOffer | Refused:
        """A view by a grant that was just checked, waiting for its viewer.

        Refused(UNKNOWN) when the grant ended meanwhile or the camera does not run, Refused(BUSY) at a limit. Raises
        NotInstalled, and NoPicture when the camera has sent none yet.
        """
        offer = read_offer(sdp)
        if isinstance(offer, BadOffer):
            return offer
        if not await self.prepare() or self._make_peer is None:
            raise NotInstalled("WebRTC is not installed on this server.", do="Install curtilage[webrtc].")
        if (busy := self._busy(asking)) is not None:
            return busy
        made = WhepView(asking, self._config, self._ended)
        stream = self._stream(made)
        if isinstance(stream, Refused):
            return stream
        try:
            return await self._answered(made, stream, offer, self._make_peer)
        finally:
            if not made.answer:
                made.end()

    def find(self, handle: str, account: AccountId) -> WhepView | None:
        """The account's own view of that handle."""
        found = self._open.get(handle)
        return found if found is not None and found.asking.account == account else None

    def close(self, view: WhepView) -> None:
        """The viewer is done with it."""
        view.end()

    def alarm(self, view: WhepView, cause: AlarmCause) -> None:
        """The viewer's own report: counted as any page's, and the view is over."""
        if view.stream is not None:
            for carried in view.stream.views():
                self._views.alarm(view.stream, carried.number, cause)
        view.end()

    async def settle(self) -> None:
        """At the end, after Views cut everything: wait until nothing of it runs."""
        for view in list(self._open.values()):
            self.close(view)
        if self._settling:
            await asyncio.wait(set(self._settling))

    def count(self) -> int:
        """Views that are open."""
        return len(self._open)

    def _busy(self, asking: Asking) -> Refused | None:
        config, views = self._config, self._open.values()
        connecting = [view for view in views if not view.connected]
        limits = (
            (config.webrtc_views_count_max, len(views)),
            (config.webrtc_connecting_count_max, len(connecting)),
            (
                config.webrtc_connecting_per_home_count_max,
                sum(view.asking.grant.home == asking.grant.home for view in connecting),
            ),
            (
                config.webrtc_connecting_per_account_count_max,
                sum(view.asking.account == asking.account for view in connecting),
            ),
            (
                config.webrtc_views_per_camera_count_max,
                sum(view.asking.grant.camera == asking.grant.camera for view in views),
            ),
            (config.webrtc_views_per_account_count_max, sum(view.asking.account == asking.account for view in views)),
        )
        if any(count >= most for most, count in limits):
            return Refused(RefusalReason.BUSY, "Too many pictures at once.")
        return None

    def _stream(self, made: WhepView) -> PictureStream | Refused:
        asking, opener = made.asking, ViewOpener()

        def make(alarmed: Callable[[View], None]) -> PictureStream:
            return PictureStream(
                new_handle(self._entropy),
                asking.account,
                asking.grant_check,
                made.wake,
                made.end,
                alarmed,
                page=False,
                opener=opener,
                shared=SharedPictures(self._config),
                config=self._config,
            )

        stream = self._views.open_delivery(make)
        opened = self._views.open_view(stream, asking.grant, opener.public_key, None)
        if isinstance(opened, Refused):
            self._views.close_stream(stream)
            return opened
        view, _ = opened
        stream.shared = self._shared.setdefault(view.keys.stream_id, stream.shared)
        stream.shared.views_count += 1
        made.stream, made.handle = stream, stream.handle
        self._open[made.handle] = made
        return stream

    async def _answered(
        self, made: WhepView, stream: PictureStream, offer: Offer, make_peer: MakePeer
    ) -> WhepView | BadOffer | Refused:
        parameters = stream.begin()
        if stream.other_codec:
            return BadOffer(Fault.NOT_ACCEPTABLE, "The camera sends H.265, which is not sent by WebRTC.")
        if parameters is None:
            raise NoPicture("The camera has no picture at the moment.", do="Try again soon.")
        said = read_sps(parameters.sps)
        if said is not None and said.reorder:
            return BadOffer(Fault.NOT_ACCEPTABLE, "The camera sends B-frames, which WebRTC cannot carry.")
        codec = choose_codec(offer.codecs, parameters.profile_level_id)
        numbers = self._numbers(codec.payload_type)
        peer = make_peer(offer, numbers.ssrc, made)
        made.carry(peer, RtpSender(numbers, self._config))
        own = await peer.gather()
        if made.ended:
            return Refused(RefusalReason.UNKNOWN)
        made.etag = f'"{new_handle(self._entropy)}"'
        made.answer = write_answer(offer, codec, parameters.profile_level_id, numbers.ssrc, own)
        made.start()
        return made

    def _numbers(self, payload_type: int) -> StreamNumbers:
        """RFC 3550 §5.1. The sequence begins in the lower half: SRTP counts its wraps from the first packet seen."""
        ssrc, sequence, timestamp = (int.from_bytes(self._entropy(_RANDOM_BYTES)) for _ in range(3))
        return StreamNumbers(payload_type, max(1, ssrc), sequence & 0x7FFF, timestamp)

    def _ended(self, view: WhepView) -> None:
        """Called once by the view. Its stream may be cut already, or be the one to be closed now."""
        self._open.pop(view.handle, None)
        stream = view.stream
        if stream is not None:
            stream.shared.views_count -= 1
            if stream.shared.views_count == 0:
                self._shared = {key: shared for key, shared in self._shared.items() if shared is not stream.shared}
            if not stream.cut:
                self._views.close_stream(stream)
        task = asyncio.get_running_loop().create_task(view.settled())
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
