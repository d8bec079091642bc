"""Views by WebRTC: made from a live grant and an offer, connected within a time, fed from the cache, ended at once.

Each is a stream in ``Views`` (views/views.py) like a page's, so whatever cuts a page's view cuts it in the same call:
a grant that ended, a locked or removed camera, a sign-out, an alarm. This file adds what WebRTC needs: who is being
connected, when packets leave, and the bounds on all of it. Nothing is sent before the viewer's handshake is done.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from curtilage.cameras.media.audio_codec import AudioParameters
from curtilage.cameras.views.sound_track import SoundTrack
from curtilage.cameras.views.view import AlarmCause, View
from curtilage.cameras.views.view_opener import ViewOpener
from curtilage.cameras.views.views import Views
from curtilage.cameras.webrtc.peer import MakePeer
from curtilage.cameras.webrtc.picture_stream import PictureStream, SharedPictures, SharedPool, reorders
from curtilage.cameras.webrtc.rtp_sender import RtpSender, StreamNumbers
from curtilage.cameras.webrtc.sdp_answer import choose_codec, write_answer
from curtilage.cameras.webrtc.sdp_offer import BadOffer, Fault, Offer, read_offer
from curtilage.cameras.webrtc.sdp_sound import SentSound, choose_sound
from curtilage.cameras.webrtc.sound_packetiser import SoundPacketiser
from curtilage.cameras.webrtc.sound_sender import SoundSender
from curtilage.cameras.webrtc.sound_stream import SoundStream
from curtilage.cameras.webrtc.sound_transcoder import SoundTranscoder
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble, is_transcoded, trouble_of
from curtilage.cameras.webrtc.transcoded_sound import TranscodedSound
from curtilage.cameras.webrtc.transcoder_records import OPUS_HZ
from curtilage.cameras.webrtc.transcoders import Transcoders
from curtilage.cameras.webrtc.whep_sound import WhepSound
from curtilage.cameras.webrtc.whep_view import Asking, WhepView
from curtilage.config import Config
from curtilage.errors import OurError, PeerError, RefusalReason, Refused, install_words
from curtilage.wire.identifier import AccountId, Entropy, new_handle

_log = logging.getLogger("curtilage.cameras")
_RANDOM_BYTES = 4


class NotInstalled(OurError):
    """The extra ``webrtc`` is not installed."""


class NoPicture(PeerError):
    """The camera has nothing to begin with."""


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
        self._shared = SharedPool(config)
        self._transcoders = Transcoders(config)
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
            raise NotInstalled("WebRTC is not installed on this server.", do=f"Install it: {install_words('webrtc')}.")
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
        await self._transcoders.settle()

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
                session=asking.session,
                opener=opener,
                shared=SharedPictures(self._config),
                config=self._config,
                reshare=self._shared.reshare,
            )

        stream = self._views.open_delivery(make)
        opened = self._views.open_view(stream, asking.grant, opener.public_key, None)
        if isinstance(opened, Refused):
            self._views.close_stream(stream)
            return opened
        view, _ = opened
        stream.shared = self._shared.share(view.keys.stream_id)
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
        if reorders(parameters):
            return BadOffer(Fault.NOT_ACCEPTABLE, "The camera sends B-frames, which WebRTC cannot carry.")
        codec = choose_codec(offer.codecs, parameters.profile_level_id)
        numbers = self._numbers(codec.payload_type, offer.delay_id)
        sound = self._sound(made, offer, numbers.ssrc)
        peer = make_peer(offer, numbers.ssrc, made)
        made.carry(peer, RtpSender(numbers, self._config))
        own = await peer.gather()
        if made.ended:
            return Refused(RefusalReason.UNKNOWN)
        made.etag = f'"{new_handle(self._entropy)}"'
        made.answer = write_answer(offer, codec, parameters.profile_level_id, numbers.ssrc, own, sound)
        made.start()
        return made

    def _sound(self, made: WhepView, offer: Offer, picture_ssrc: int) -> SentSound | None:
        """A view of the camera's sound beside the picture's; None: not offered, switched off, or in no common codec."""
        asking, track = made.asking, self._views.sound_of(made.asking.grant.camera)
        agreed = track.parameters if track is not None else None
        codec = choose_sound(offer.sound, agreed)
        if track is None or agreed is None or codec is None or offer.sound is None:
            return None
        opener, sound = ViewOpener(), WhepSound(asking.grant)

        def make(alarmed: Callable[[View], None]) -> SoundStream:
            return SoundStream(
                new_handle(self._entropy),
                asking.account,
                asking.grant_check,
                sound.wake,
                sound.cut,
                alarmed,
                page=False,
                opener=opener,
                track=track,
                agreed=agreed,
            )

        stream = self._views.open_delivery(make)
        if isinstance(self._views.open_view(stream, asking.grant, opener.public_key, None, sound=True), Refused):
            self._views.close_stream(stream)
            return None
        shared = self._shared_sound(made, stream, agreed, track)
        if isinstance(shared, SoundTrouble):
            made.sound_trouble = shared
            self._views.close_stream(stream)
            return None
        numbers = self._numbers(codec.payload_type, 0)
        if numbers.ssrc == picture_ssrc:
            numbers = replace(numbers, ssrc=numbers.ssrc ^ 1 or 2)

        def over(view_too: bool) -> None:
            self._views.close_stream(stream)
            if view_too:
                made.end()

        if shared is None:
            sound.carry(stream, SoundPacketiser(agreed.codec), SoundSender(numbers, agreed.rate_hz), over)
        else:
            packetiser = TranscodedSound(shared, agreed.rate_hz)
            sound.carry(stream, packetiser, SoundSender(numbers, OPUS_HZ), over, shared)
        made.sound = sound
        return SentSound(offer.sound.section, codec, numbers.ssrc)

    def _shared_sound(
        self, made: WhepView, stream: SoundStream, agreed: AudioParameters, track: SoundTrack
    ) -> SoundTranscoder | SoundTrouble | None:
        """What transcodes it for all who hear this camera; None: it goes out as it is."""
        if not is_transcoded(agreed):
            return None
        (view,) = stream.views()
        trouble = trouble_of(agreed)
        return trouble or self._transcoders.of(made.asking.grant.home, view.keys.stream_id, agreed, track)

    def _numbers(self, payload_type: int, delay_id: int) -> StreamNumbers:
        """RFC 3550 §5.1. The sequence begins in the lower half: SRTP counts its wraps from the first packet seen."""
        ssrc, sequence, timestamp = (int.from_bytes(self._entropy(_RANDOM_BYTES)) for _ in range(3))
        return StreamNumbers(payload_type, max(1, ssrc), sequence & 0x7FFF, timestamp, delay_id)

    def _ended(self, view: WhepView) -> None:
        """Called once by the view. Its stream may be cut already, or be the one to be closed now."""
        self._open.pop(view.handle, None)
        stream = view.stream
        if stream is not None:
            self._shared.give_up(stream.shared)
            self._views.close_stream(stream)
        if view.sound is not None and view.sound.stream is not None:
            self._views.close_stream(view.sound.stream)
        task = asyncio.get_running_loop().create_task(view.settled())
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
