"""A camera by RTSP over TCP or TLS: the dialogue from OPTIONS to TEARDOWN (RFC 2326), as a Source.

Its pictures come over the same connection; from a camera that refuses that, over UDP, but never beside TLS.

Guards: every step is bounded in time, a redirect is followed once and to the same host only (a camera must not send us
elsewhere with its password), a stream that stops is noticed (``freeze_s``), and every way to fail is a SourceProblem.

Rules: one ``run`` is one connection. It pushes each picture in the same call of the event loop in which the picture's
last packet came. Does not reconnect (input/input.py). Asks for video alone, unless it was told where sound is to go.
"""

import asyncio
import re
from dataclasses import dataclass, replace
from functools import partial

from curtilage.cameras.input.camera_address import AddressError, CameraAddress
from curtilage.cameras.input.digest import Credentials
from curtilage.cameras.input.source import Sink, SourceError, SourceProblem
from curtilage.cameras.input.trust import CameraMemory
from curtilage.cameras.media.audio_codec import SoundSink
from curtilage.cameras.rtsp.depacketiser import Depacketiser, PictureLimits
from curtilage.cameras.rtsp.depacketiser_h264 import H264Depacketiser
from curtilage.cameras.rtsp.depacketiser_h265 import H265Depacketiser
from curtilage.cameras.rtsp.rtp import says_goodbye
from curtilage.cameras.rtsp.rtp_udp import RtpUdp
from curtilage.cameras.rtsp.rtsp_connection import RtspConnection
from curtilage.cameras.rtsp.rtsp_message import Response
from curtilage.cameras.rtsp.rtsp_sound import set_up_sound, set_up_sound_by_udp
from curtilage.cameras.rtsp.rtsp_tls import Dialler
from curtilage.cameras.rtsp.rtsp_transport import by_udp, channels, interleaved, report_port
from curtilage.cameras.rtsp.sdp import Description, Encoding, VideoMedia, parse, resolve
from curtilage.cameras.rtsp.sdp_audio import AudioMedia, find_audio
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.wire.identifier import Entropy

_OK = range(200, 300)
_REDIRECTED = frozenset((301, 302, 303, 307, 308))
_FORBIDDEN = 403
_UNSUPPORTED_TRANSPORT = 461
_SESSION = re.compile(r"([^;\s]{1,256})(?:\s*;.*?timeout\s*=\s*(\d{1,6}))?", re.ASCII | re.IGNORECASE)
_SESSION_TIMEOUT_S = 60
"""RFC 2326 §12.37: when the server does not say."""
_KEEP_ALIVE_S_MIN = 1.0
_CHECKS_PER_FREEZE = 4
_EXHAUSTED_COUNT_MAX = 5
"""Times a camera may use up its share of the server's time before it is left."""
_RATE_WINDOW_S = 1.0
"""A keyframe of the largest size may come all at once; over this time it must even out."""


@dataclass(frozen=True, slots=True)
class _Redirected:
    """The camera wants to be asked at another address."""

    address: CameraAddress


@dataclass(frozen=True, slots=True)
class _Stream:
    """What DESCRIBE told: the whole stream's URL and its video."""

    url: str
    video: VideoMedia
    video_url: str
    audio: AudioMedia | None
    """None: it offers none that we know, or is not asked for it."""
    audio_url: str


class _SoundUnanswered(Exception):
    """The camera does not answer, or hangs up, when it is asked for its sound."""


class RtspSource:
    """Implements Source, Remembers and GivesSound, for ``rtsp://`` and ``rtsps://`` addresses."""

    def __init__(self, address: CameraAddress, config: Config, clock: Clock, entropy: Entropy) -> None:
        self._address = address
        self._config = config
        self._clock = clock
        self._entropy = entropy
        self._memory: CameraMemory | None = None
        self._sound: SoundSink | None = None

    def sound_to(self, sink: SoundSink) -> None:
        """See GivesSound."""
        self._sound = sink

    def remember_in(self, memory: CameraMemory) -> None:
        """See Remembers: keeps what a camera under TLS is known by."""
        self._memory = memory

    async def run(self, sink: Sink) -> None:
        """See Source. Returns when the camera says goodbye or closes between two packets, after the stream began."""
        try:
            await self._follow(sink, self._sound)
        except _SoundUnanswered:
            if self._sound is not None:
                self._sound.audio_changed(None)
            await self._follow(sink, None)

    async def _follow(self, sink: Sink, sound: SoundSink | None) -> None:
        redirected = await self._run_at(self._address, sink, sound)
        if redirected is not None and await self._run_at(redirected.address, sink, sound) is not None:
            raise SourceError(SourceProblem.NO_SUCH_STREAM, "it redirects again and again")

    async def _run_at(self, address: CameraAddress, sink: Sink, sound: SoundSink | None) -> _Redirected | None:
        connection = await self._connect(address)
        udp = None if address.tls else RtpUdp(connection.peer_host(), self._config, self._clock, self._entropy)
        dialogue = _Dialogue(connection, self._config, self._clock, udp, sound)
        try:
            described = await dialogue.describe(address)
            if isinstance(described, _Redirected):
                return described
            depacketiser = _depacketiser(sink, described.video, _limits(self._config))
            await dialogue.play(described, depacketiser)
            await dialogue.watch(described, depacketiser)
        finally:
            dialogue.leave()
        return None

    async def _connect(self, address: CameraAddress) -> RtspConnection:
        credentials = Credentials(address.user, address.password) if address.user is not None else None
        make = partial(RtspConnection, self._config, credentials, self._entropy, self._clock)
        dialler = Dialler(address.host, address.port, self._config, make)
        if address.tls:
            return await dialler.connect_tls(address.trust, self._memory, self._clock)
        return await dialler.connect()


def _depacketiser(sink: Sink, video: VideoMedia, limits: PictureLimits) -> Depacketiser:
    if video.encoding is Encoding.H265:
        return H265Depacketiser(sink, video, limits)
    return H264Depacketiser(sink, video, limits)


def _limits(config: Config) -> PictureLimits:
    return PictureLimits(config.access_unit_bytes_max, config.access_unit_nal_count_max, config.picture_pixels_max)


class _Dialogue:
    """The requests of one connection, in their order."""

    def __init__(
        self, connection: RtspConnection, config: Config, clock: Clock, udp: RtpUdp | None, sound: SoundSink | None
    ) -> None:
        self._connection = connection
        self._sound = sound
        self._udp = udp
        self._config = config
        self._clock = clock
        self._keep_alive_method = "OPTIONS"
        self._keep_alive_s = config.rtsp_keep_alive_s
        self._stream_url = ""  # set while there is a session to leave

    async def describe(self, address: CameraAddress) -> _Stream | _Redirected:
        """OPTIONS and DESCRIBE. OPTIONS is courtesy: some cameras want it first, and it names their keep-alive."""
        url = address.request_url()
        options = await self._connection.request("OPTIONS", url)
        if "GET_PARAMETER" in (options.header("public") or "").upper():
            self._keep_alive_method = "GET_PARAMETER"
        response = await self._connection.request("DESCRIBE", url, {"Accept": "application/sdp"})
        if response.status in _REDIRECTED:
            return self._redirected(response, address)
        _check(response)
        return _stream(response, url, with_sound=self._sound is not None)

    async def play(self, stream: _Stream, depacketiser: Depacketiser) -> None:
        """SETUP of the video on this connection, or else over UDP, and of the sound; then PLAY."""
        setup = await self._connection.request("SETUP", stream.video_url, {"Transport": interleaved(0)})
        taken = None
        if setup.status == _UNSUPPORTED_TRANSPORT and self._udp is not None:
            setup = await self._set_up_udp(self._udp, stream, depacketiser)
        else:
            _check(setup)
            taken = packets, reports = channels(setup.header("transport") or "", 0)
            self._connection.reader.listen(packets, depacketiser.packets)
            self._connection.reader.listen(reports, self._report)
        self._join(setup.header("session") or "", stream.url)
        if self._sound is not None:
            try:
                await self._set_up_sound(self._sound, stream, taken)
            except SourceError:
                raise _SoundUnanswered from None
        _check(await self._connection.request("PLAY", stream.url, {"Range": "npt=0.000-"}))

    async def _set_up_sound(self, sink: SoundSink, stream: _Stream, taken: tuple[int, int] | None) -> None:
        """``taken``: the picture's channels; None: it comes by UDP."""
        audio, agreed = stream.audio, False
        if audio is not None and taken is not None:
            agreed = await set_up_sound(self._connection, audio, stream.audio_url, sink, taken)
        elif audio is not None and self._udp is not None:
            agreed = await set_up_sound_by_udp(self._connection, audio, stream.audio_url, sink, self._udp.beside())
        if not agreed:
            sink.audio_changed(None)

    async def _set_up_udp(self, udp: RtpUdp, stream: _Stream, depacketiser: Depacketiser) -> Response:
        def take(packet: bytes) -> None:
            depacketiser.packet(packet, 0, len(packet))

        await udp.open(self._connection.local_host(), take, self._connection.end)
        setup = await self._connection.request("SETUP", stream.video_url, {"Transport": by_udp(udp.port)})
        _check(setup)
        udp.report_to(report_port(setup.header("transport") or ""))
        return setup

    async def watch(self, stream: _Stream, depacketiser: Depacketiser) -> None:
        """Until the stream ends: keep the session alive, see that it goes on and keeps to its limits.

        Raises SourceError.
        """
        ended, progress = self._connection.ended, _Progress(self._clock.monotonic(), self._config)
        keep_alive_at = progress.checked_at + self._keep_alive_s
        while True:
            pause = min(self._config.freeze_s / _CHECKS_PER_FREEZE, max(0.0, keep_alive_at - progress.checked_at))
            await asyncio.wait((ended,), timeout=pause)
            if ended.done():
                ended.result()
                return
            received = self._connection.reader.bytes_count + (self._udp.bytes_count if self._udp is not None else 0)
            progress.check(self._clock.monotonic(), depacketiser, received)
            if self._exhausted_count() > _EXHAUSTED_COUNT_MAX:
                raise SourceError(SourceProblem.GARBAGE, "it takes more time to read than any camera should")
            if self._connection.unwilling and self._keep_alive_method != "OPTIONS":
                # It named GET_PARAMETER and refuses it: whether that kept the session is not known, so at once.
                self._keep_alive_method, self._connection.unwilling = "OPTIONS", False
                keep_alive_at = progress.checked_at
            if progress.checked_at >= keep_alive_at:
                self._connection.notify(self._keep_alive_method, stream.url)
                keep_alive_at = progress.checked_at + self._keep_alive_s

    def _exhausted_count(self) -> int:
        return self._connection.budget.exhausted_count + (self._udp.budget.exhausted_count if self._udp else 0)

    def leave(self) -> None:
        """TEARDOWN if there is a session, and close; does not wait."""
        if self._udp is not None:
            self._udp.close()
        if self._stream_url:
            self._connection.notify("TEARDOWN", self._stream_url)
        self._connection.close()

    def _redirected(self, response: Response, address: CameraAddress) -> _Redirected:
        try:
            target = CameraAddress.parse(response.header("location") or "")
        except AddressError:
            raise SourceError(SourceProblem.GARBAGE, "it redirects to something that is no address") from None
        if target.host not in (address.host, self._connection.peer_host()):
            raise SourceError(SourceProblem.NO_SUCH_STREAM, "it redirects to another host, which is not followed")
        if address.tls and not target.tls:
            raise SourceError(SourceProblem.NO_SUCH_STREAM, "it redirects away from TLS, which is not followed")
        own = replace(target, host=address.host, user=address.user, password=address.password, trust=address.trust)
        return _Redirected(own)

    def _join(self, header: str, url: str) -> None:
        match = _SESSION.match(header)
        if match is None:
            raise SourceError(SourceProblem.GARBAGE, "it gave no session")
        timeout_s = int(match[2]) if match[2] else _SESSION_TIMEOUT_S
        self._connection.session = match[1]
        self._stream_url = url
        self._keep_alive_s = max(_KEEP_ALIVE_S_MIN, min(timeout_s / 2, self._config.rtsp_keep_alive_s))

    def _report(self, octets: memoryview, begin: int, after: int, _: int) -> int:
        """RTCP. Sender reports are not needed: one stream is shown, by the time at which it comes."""
        if says_goodbye(octets, begin, after):
            self._connection.end()
        return after


class _Progress:
    """Whether pictures go on coming, and not too much of them; looked at now and then, so that packets cost nothing."""

    def __init__(self, now_s: float, config: Config) -> None:
        self._config = config
        self._pictures = self._delivered = self._bytes = 0
        self._picture_at = self._delivered_at = self._bytes_at = now_s
        self.checked_at = now_s

    def check(self, now_s: float, depacketiser: Depacketiser, bytes_count: int) -> None:
        """Raises SourceError when the stream is frozen, or a flood."""
        self.checked_at = now_s
        if depacketiser.pictures_count != self._pictures:
            self._pictures, self._picture_at = depacketiser.pictures_count, now_s
        if depacketiser.delivered_count != self._delivered:
            self._delivered, self._delivered_at = depacketiser.delivered_count, now_s
        if now_s - self._picture_at >= self._config.freeze_s or now_s - self._delivered_at >= self._config.keyframe_s:
            raise SourceError(SourceProblem.FROZEN, depacketiser.trouble)
        if now_s - self._bytes_at >= _RATE_WINDOW_S:
            if bytes_count - self._bytes > self._config.camera_bytes_per_s_max * (now_s - self._bytes_at):
                raise SourceError(SourceProblem.GARBAGE, "it sends more than any camera should")
            self._bytes, self._bytes_at = bytes_count, now_s


def _stream(response: Response, url: str, *, with_sound: bool) -> _Stream:
    """What the reply to DESCRIBE offers. Raises SourceError."""
    description = parse(response.body)
    video = description.video
    if video is None:
        raise SourceError(SourceProblem.NO_VIDEO, _no_video(description))
    if video.interleaved:
        raise SourceError(SourceProblem.UNSUPPORTED, "its video is sent out of order (interleaved)")
    base = resolve(url, response.header("content-base") or response.header("content-location") or "")
    whole = resolve(base, description.control)
    # Where the stream's own control is a whole URL, cameras mean their tracks relative to it.
    tracks = whole if "://" in description.control else base
    audio = find_audio(response.body) if with_sound else None
    audio_url = resolve(tracks, audio.control) if audio is not None else ""
    return _Stream(whole, video, resolve(tracks, video.control), audio, audio_url)


def _no_video(description: Description) -> str:
    return f"its video is {description.other_video}" if description.other_video else "it describes no video"


def _check(response: Response) -> None:
    """Raises SourceError unless the camera agreed."""
    if response.status in _OK:
        return
    if response.status == _FORBIDDEN:
        problem = SourceProblem.REFUSED_PASSWORD
    elif response.status == _UNSUPPORTED_TRANSPORT:
        problem = SourceProblem.UNSUPPORTED
    elif response.status >= 500:
        problem = SourceProblem.UNREACHABLE
    else:
        problem = SourceProblem.NO_SUCH_STREAM
    raise SourceError(problem, f"it answered {response.status}")
